"""Every changing call that came in, and whether it was accepted: what tests ask about lost answers."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

BODIES_KEPT = 1000
"""Of how many calls, the newest, the body is kept."""

_CONFIG_KEYS = ("launchConfig", "secondaryLaunchConfigs")


@dataclass(frozen=True, slots=True)
class Entry:
    """One call. `status` is None while nothing was answered or decided (the request was cut off before).

    `labels` are those of all launch configs in the body together, so that a deploy token is found.
    `at` is virtual time; `resource` the formatted id of the row, as the path had it or as it was made.
    `body` is the complete JSON as it arrived. It holds secrets, so it stays in memory: None in what was
    saved and restored, and for all but the newest `BODIES_KEPT` calls.
    """

    number: int
    at: float
    method: str
    path: str
    action: str | None
    resource: str | None
    labels: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None
    body: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def accepted(self) -> bool:
        """Whether Rancher took the call, whatever became of the answer."""
        return self.status is not None and self.status < 300


class Journal:
    """All entries in the order they came in."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._with_body: deque[int] = deque()

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def received(
        self,
        *,
        at: float,
        method: str,
        path: str,
        action: str | None,
        resource: str | None,
        body: Mapping[str, Any],
    ) -> int:
        """Note that a call came in; returns the number to close it with."""
        number = len(self._entries) + 1
        labels = labels_in(body)
        self._entries.append(Entry(number, at, method, path, action, resource, labels, body=body))
        self._with_body.append(number)
        if len(self._with_body) > BODIES_KEPT:
            oldest = self._with_body.popleft() - 1
            self._entries[oldest] = replace(self._entries[oldest], body=None)
        return number

    def decided(self, number: int, status: int, resource: str | None = None) -> None:
        """Note what was decided about a call, before the answer leaves."""
        entry = self._entries[number - 1]
        self._entries[number - 1] = replace(entry, status=status, resource=resource or entry.resource)

    def calls(
        self,
        action: str | None = None,
        *,
        resource: str | None = None,
        label: tuple[str, str] | None = None,
        accepted: bool | None = None,
    ) -> list[Entry]:
        """The entries that fit everything given."""
        return [
            entry
            for entry in self._entries
            if (action is None or entry.action == action)
            and (resource is None or entry.resource == resource)
            and (label is None or entry.labels.get(label[0]) == label[1])
            and (accepted is None or entry.accepted == accepted)
        ]

    def saved(self) -> list[dict[str, Any]]:
        """A JSON-able copy without the bodies."""
        names = [one.name for one in fields(Entry) if one.name != "body"]
        return [
            {**{name: getattr(entry, name) for name in names}, "accepted": entry.accepted}
            for entry in self._entries
        ]

    def restore(self, saved: list[dict[str, Any]]) -> None:
        """Take over what `saved` wrote."""
        self._entries = [Entry(**{k: v for k, v in row.items() if k != "accepted"}) for row in saved]
        self._with_body.clear()


def labels_in(body: Mapping[str, Any]) -> dict[str, str]:
    """The labels of all launch configs in a body, at the top or inside an upgrade strategy."""
    places = [body, body.get("inServiceStrategy")]
    configs: list[Any] = []
    for place in places:
        if isinstance(place, Mapping):
            configs += [place.get(_CONFIG_KEYS[0])]
            sidekicks = place.get(_CONFIG_KEYS[1])
            configs += sidekicks if isinstance(sidekicks, list) else []
    found = [config["labels"] for config in configs if isinstance(config, Mapping) and config.get("labels")]
    return {
        str(name): str(value)
        for labels in found
        if isinstance(labels, Mapping)
        for name, value in labels.items()
    }
