"""Which images exist and how containers made of them behave."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How an image behaves wherever it runs. None = as `Timing` says; durations in seconds."""

    exists: bool = True
    pull: float | None = None
    start: float | None = None
    start_error: str | None = None
    """Docker refuses the start with this text."""
    answers_health: bool = True
    healthy_after: float | None = None
    """First good answer to a health check, counted from the start."""
    exits_after: float | None = None
    """The process ends by itself this long after every start."""
    stop: float | None = None
    """The application's reaction to the stop signal."""
    stop_hangs: bool = False
    """The host never reports the stop."""


class Images:
    """Rules by image reference (`registry/shop:1.0.2`, without the `docker:` or `sim:` before it).

    A registry prefix that is `closed` holds only images with a rule of their own; every other
    reference exists. So a demo says `close("registry/shop")` and adds the tags that were pushed.
    """

    def __init__(self) -> None:
        self._rules: dict[str, Behaviour] = {}
        self._closed: list[str] = []

    def close(self, prefix: str) -> None:
        """From now on an unknown reference that begins with `prefix` does not exist."""
        if prefix not in self._closed:
            self._closed.append(prefix)

    def open(self, prefix: str) -> None:
        """Undo `close`."""
        if prefix in self._closed:
            self._closed.remove(prefix)

    def change(self, reference: str, **changes: Any) -> Behaviour:
        """Change some fields of a rule (an absent rule counts as an existing, ordinary image)."""
        changed = replace(self._rules.get(_bare(reference), Behaviour()), **changes)
        self._rules[_bare(reference)] = changed
        return changed

    def of(self, image_uuid: str | None) -> Behaviour:
        """The behaviour of a launch config's `imageUuid`; a config without image is ordinary (5.1)."""
        if not image_uuid:
            return Behaviour()
        bare = _bare(image_uuid)
        if bare in self._rules:
            return self._rules[bare]
        missing = any(bare.startswith(prefix) for prefix in self._closed)
        return Behaviour(exists=not missing)

    def saved(self) -> dict[str, Any]:
        """A JSON-able copy."""
        return {
            "rules": {name: asdict(rule) for name, rule in self._rules.items()},
            "closed": list(self._closed),
        }

    @classmethod
    def restored(cls, saved: dict[str, Any]) -> Images:
        """The inverse of `saved`."""
        images = cls()
        images._rules = {name: Behaviour(**rule) for name, rule in saved["rules"].items()}
        images._closed = list(saved["closed"])
        return images


def keep(there: list[str], reference: str) -> None:
    """A host has pulled an image."""
    if reference not in there:
        there.append(reference)


def bare_reference(image_uuid: str | None) -> str:
    """The reference Docker knows: `docker:registry/shop:1` -> `registry/shop:1`."""
    return _bare(image_uuid or "")


def _bare(reference: str) -> str:
    for prefix in ("docker:", "sim:"):
        if reference.startswith(prefix):
            return reference[len(prefix) :]
    return reference
