"""Building the body of an upgrade, and refusing those that Rancher takes and dies of. Pure.

Rancher checks next to nothing of it: a launch config without an image, `batchSize: null`, a sidekick named
twice are all answered 202 and ruin the service (rancher-1.6-api.md 5.1, trap 49).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeGuard

from rancher_client.cattle.kinds import WITHOUT_CONTAINERS
from rancher_client.cattle.resources import NO_IMAGE
from rancher_client.errors import UnsafeBody

LARGEST_BODY = 1024 * 1024
"""Bytes. A body of 1 MB took a server 5 s, one of 20 MB kept it busy for more than a minute (12.1)."""

LEAST_INTERVAL_MILLIS = 100

NEVER_NULL = ("environment", "labels", "secrets")
"""Fields of a launch config for which null is refused with 422 NotNullable (1.7)."""

_IMAGE = re.compile(r"(docker|sim):[^\s:/@][^\s]*[^\s:/@]|(docker|sim):[^\s:/@]")
_NAME = re.compile(r"[a-zA-Z0-9](?!.*--)[a-zA-Z0-9-]*(?<!-)")


def upgrade_body(
    *,
    service_name: str,
    sidekicks: Collection[str],
    launch_config: Mapping[str, Any] | None,
    secondary_launch_configs: Sequence[Mapping[str, Any]] = (),
    batch_size: int,
    interval_millis: int,
    start_first: bool,
) -> dict[str, Any]:
    """The complete body of action `upgrade`, in-service strategy.

    Each config given replaces the stored one wholly; configs left out stay as they are (5.2).

    Args:
        service_name: the primary's name, which no sidekick may have.
        sidekicks: names of the sidekicks that the service has now.
        secondary_launch_configs: complete configs with `name`; image `rancher/none` removes a sidekick.

    Raises:
        UnsafeBody: in words, what is wrong with it.
    """
    _check_numbers(batch_size, interval_millis, start_first)
    if launch_config is None and not secondary_launch_configs:
        raise UnsafeBody("The upgrade changes neither the service's own launch config nor a sidekick's.")
    if launch_config is not None:
        _check_config(launch_config, f"service '{service_name}'")
    names = _checked_names(service_name, secondary_launch_configs)
    for name, config in zip(names, secondary_launch_configs, strict=True):
        if config.get("imageUuid") != NO_IMAGE:
            _check_config(config, f"sidekick '{name}'")
        elif name not in sidekicks:
            raise UnsafeBody(f"The upgrade removes sidekick '{name}', which the service does not have.")
    _check_references(
        service_name, sidekicks, launch_config, dict(zip(names, secondary_launch_configs, strict=True))
    )
    strategy: dict[str, Any] = {
        "batchSize": batch_size,
        "intervalMillis": interval_millis,
        "startFirst": start_first,
    }
    if launch_config is not None:
        strategy["launchConfig"] = dict(launch_config)
    if secondary_launch_configs:
        strategy["secondaryLaunchConfigs"] = [dict(config) for config in secondary_launch_configs]
    return of_bearable_size({"inServiceStrategy": strategy})


def service_body(fields: Mapping[str, Any], *, stack_id: str) -> dict[str, Any]:
    """The body that creates a service in `stack_id`: `fields` as Rancher names them, `name` and configs in
    it.

    Rancher checks references on creation by itself, but takes a service without any launch config (2). Kinds
    for which nothing runs have none.

    Raises UnsafeBody in words.
    """
    name = fields.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise UnsafeBody(f"{name!r} cannot be the name of a service.")
    if fields.get("type") in WITHOUT_CONTAINERS:
        return of_bearable_size({**fields, "stackId": stack_id})
    config = fields.get("launchConfig")
    if not isinstance(config, Mapping):
        raise UnsafeBody(f"Service '{name}' has no launch config.")
    if not (config.get("imageUuid") == NO_IMAGE and fields.get("selectorContainer")):
        _check_config(config, f"service '{name}'")
    secondary = fields.get("secondaryLaunchConfigs", [])
    if not isinstance(secondary, Sequence) or isinstance(secondary, str):
        raise UnsafeBody(f"The sidekicks of service '{name}' are no list.")
    for sidekick, sidekick_config in zip(_checked_names(name, secondary), secondary, strict=True):
        _check_config(sidekick_config, f"sidekick '{sidekick}'")
    return of_bearable_size({**fields, "stackId": stack_id})


def _check_numbers(batch_size: object, interval_millis: object, start_first: object) -> None:
    if not _is_whole(batch_size) or batch_size < 1:
        raise UnsafeBody("The batch size must be a whole number from 1 on; null would ruin the service.")
    if not _is_whole(interval_millis) or interval_millis < LEAST_INTERVAL_MILLIS:
        raise UnsafeBody(
            f"The interval must be a whole number of milliseconds from {LEAST_INTERVAL_MILLIS} on."
        )
    if not isinstance(start_first, bool):
        raise UnsafeBody("Start first must be true or false; Rancher reads other values as it likes.")


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _checked_names(service_name: str, configs: Iterable[Mapping[str, Any]]) -> list[str]:
    names: list[str] = []
    taken = {service_name.lower()}
    for config in configs:
        name = config.get("name") if isinstance(config, Mapping) else None
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise UnsafeBody(
                f"A sidekick of service '{service_name}' has no name, or one that Rancher refuses."
            )
        if name.lower() == service_name.lower():
            raise UnsafeBody(
                f"Sidekick '{name}' is named like its service; Rancher could not tell them apart."
            )
        if name.lower() in taken:
            raise UnsafeBody(f"Sidekick '{name}' is named twice; the upgrade would never end.")
        taken.add(name.lower())
        names.append(name)
    return names


def _check_config(config: object, of: str) -> None:
    if not isinstance(config, Mapping):
        raise UnsafeBody(f"The launch config of {of} is no object.")
    image = config.get("imageUuid")
    if not isinstance(image, str) or not image:
        raise UnsafeBody(f"The launch config of {of} has no image; its containers would have none.")
    if not _IMAGE.fullmatch(image):
        raise UnsafeBody(
            f"The image '{image}' of {of} is not of the form docker:<repository>[:<tag>|@<digest>]."
        )
    for name in NEVER_NULL:
        if name in config and config[name] is None:
            raise UnsafeBody(f"'{name}' of {of} is null; leave it out instead.")
    for name in ("environment", "labels"):
        _check_texts(config.get(name, {}), f"'{name}' of {of}")
    ports = config.get("ports")
    if ports is not None and not (
        isinstance(ports, list | tuple) and all(isinstance(port, str) for port in ports)
    ):
        raise UnsafeBody(f"The ports of {of} are no list of texts.")


def _check_texts(values: object, what: str) -> None:
    if not isinstance(values, Mapping):
        raise UnsafeBody(f"{what} is no object.")
    for name, value in values.items():
        if not (isinstance(name, str) and (value is None or isinstance(value, str))):
            raise UnsafeBody(f"{what} has a value that is no text: {name!r}.")


def _check_references(
    service_name: str,
    sidekicks: Collection[str],
    launch_config: Mapping[str, Any] | None,
    sent: Mapping[str, Mapping[str, Any]],
) -> None:
    """Rancher checks on creation that configs name each other rightly, but not in an upgrade (5.1)."""
    removed = {name for name, config in sent.items() if config.get("imageUuid") == NO_IMAGE}
    standing = {service_name, *sidekicks, *sent} - removed
    of_all = {service_name: launch_config or {}, **sent}
    for name, config in of_all.items():
        sharing = config.get("dataVolumesFromLaunchConfigs") or []
        for wanted in [*sharing, config.get("networkLaunchConfig")]:
            if wanted is not None and name not in removed and wanted not in standing:
                raise UnsafeBody(f"'{name}' shares the network or volumes of '{wanted}', which is not there.")


def of_bearable_size(body: dict[str, Any]) -> dict[str, Any]:
    """`body` itself; raises UnsafeBody when it is larger than `LARGEST_BODY` (12.1)."""
    size = len(json.dumps(body).encode())
    if size > LARGEST_BODY:
        raise UnsafeBody(
            f"The request has {size} bytes; more than {LARGEST_BODY} would keep Rancher busy for long."
        )
    return body
