"""What is due when: the queue of events of the virtual clock."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import Any, NamedTuple


class Event(NamedTuple):
    """One thing that happens at `at`; `seq` is unique and keeps the order of planning among equals."""

    at: float
    seq: int
    name: str
    args: tuple[Any, ...]


class Agenda:
    """A heap of events. Names and JSON-able arguments only, so that it can be saved."""

    def __init__(self) -> None:
        self._heap: list[Event] = []
        self._seq = 0

    def put(self, at: float, name: str, args: Sequence[Any]) -> None:
        """Plan `name(*args)` for the moment `at` (epoch seconds)."""
        self._seq += 1
        heapq.heappush(self._heap, Event(at, self._seq, name, tuple(args)))

    def due_at(self) -> float | None:
        """When the next event is due, None when nothing is planned."""
        return self._heap[0].at if self._heap else None

    def pop_due(self, to: float) -> Event | None:
        """Take the first event due at or before `to`."""
        if self._heap and self._heap[0].at <= to:
            return heapq.heappop(self._heap)
        return None

    def __len__(self) -> int:
        return len(self._heap)

    def saved(self) -> dict[str, Any]:
        """A JSON-able copy."""
        return {"seq": self._seq, "events": [[e.at, e.seq, e.name, list(e.args)] for e in sorted(self._heap)]}

    @classmethod
    def restored(cls, saved: dict[str, Any]) -> Agenda:
        """The inverse of `saved`."""
        agenda = cls()
        agenda._seq = saved["seq"]
        agenda._heap = [Event(at, seq, name, tuple(args)) for at, seq, name, args in saved["events"]]
        return agenda
