"""Values that are mappings, or lists that stand for one; for what a reader is see `readers`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rancher_client.compose import readers

_ULIMIT = re.compile(r"[a-z]+")


def mapping(value: Any) -> dict[str, Any]:
    """A mapping, as it is."""
    if isinstance(value, dict):
        return value
    raise ValueError("must be a mapping")


def known(value: Any, *keys: str) -> dict[str, Any]:
    """A mapping that has no other keys than these."""
    given = mapping(value)
    for key in given:
        if key not in keys:
            raise ValueError(f"has a key '{key}' that is not known")
    return given


def pairs(value: Any) -> dict[str, str]:
    """Labels: a mapping, or a list of `name=value`. Values become texts; null is refused."""
    if isinstance(value, list):
        split = (
            entry.strip().partition("=") for entry in readers.once([readers.scalar(entry) for entry in value])
        )
        return {name: given for name, _, given in split}
    return {name: readers.scalar(given) for name, given in _list_or_mapping(value).items()}


def options(value: Any) -> dict[str, str]:
    """Options of a driver: a mapping of texts or numbers."""
    return {name: readers.text_or_number(given) for name, given in mapping(value).items()}


def settings(value: Any) -> dict[str, str]:
    """sysctls: a mapping or a list of `name=value`, of texts only."""
    if isinstance(value, list):
        split = (entry.strip().partition("=") for entry in readers.listed(value))
        return {name: given for name, _, given in split}
    return {name: readers.text(given) for name, given in _list_or_mapping(value).items()}


def environment(value: Any, variables: Mapping[str, str]) -> dict[str, str]:
    """Variables of the container. One without a value takes that of `variables`, or is left out."""
    named: dict[str, Any]
    if isinstance(value, list):
        split = (entry.partition("=") for entry in readers.once([readers.scalar(entry) for entry in value]))
        named = {name: given if equals else None for name, equals, given in split}
    else:
        named = _list_or_mapping(value)
    return {
        name: variables[name] if given is None else readers.scalar(given)
        for name, given in named.items()
        if given is not None or name in variables
    }


def by_device(value: Any) -> dict[str, int]:
    """One number for each block device: a mapping, or a list of `device:number`."""
    if isinstance(value, list):
        split = (entry.rpartition(":") for entry in readers.listed(value))
        return {device: readers.whole(number) for device, _, number in split}
    return {device: readers.whole(number) for device, number in _list_or_mapping(value).items()}


def limits(value: Any) -> list[dict[str, Any]]:
    """ulimits by name; one number stands for both. A nought is not stored, as everywhere."""
    found: list[dict[str, Any]] = []
    for name, limit in sorted(mapping(value).items()):
        if not _ULIMIT.fullmatch(name):
            raise ValueError(f"has a limit '{name}' that is none")
        if isinstance(limit, dict):
            if limit.keys() != {"soft", "hard"}:
                raise ValueError(f"must give {name} one number, or soft and hard")
            soft, hard = limit["soft"], limit["hard"]
        else:
            soft = hard = limit
        limits = {"soft": readers.number(soft), "hard": readers.number(hard)}
        found.append({"name": name} | {kind: number for kind, number in limits.items() if number})
    return found


def logging(value: Any) -> dict[str, Any]:
    """`logging` of a version 2 file."""
    given = known(value, "driver", "options")
    found: dict[str, Any] = {}
    if given.get("driver") is not None:
        found["driver"] = readers.text(given["driver"])
    if given.get("options") is not None:
        found["config"] = options(given["options"])
    return found


def scale_policy(value: Any) -> dict[str, int] | None:
    """Between how many containers, and in steps of how many (1 by default), Rancher may choose."""
    given = known(value, "min", "max", "increment")
    policy = {key: readers.whole(number) for key, number in given.items() if number is not None}
    if policy.get("min", 0) > policy.get("max", readers.LARGEST_NUMBER):
        raise ValueError("has a min that exceeds its max")
    return {"increment": 1} | policy if policy else None


def start_first(value: Any) -> bool | None:
    """`upgrade_strategy`: nothing but start_first counts there (rancher-1.6-api.md 10.4)."""
    given = known(value, "batch_size", "interval_millis", "start_first")
    if given.get("start_first") is None:
        return None
    try:
        return readers.flag(given["start_first"])
    except ValueError as error:
        raise ValueError(f"start_first {error}") from None


def _list_or_mapping(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise ValueError("must be a list of name=value or a mapping")
