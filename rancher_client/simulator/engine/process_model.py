"""The rows of processes and of their tries, and where they are kept; `process_instances` has the rules."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class ProcessInstance:
    """One process of one row: `service.upgrade` of service 12."""

    id: int
    started: float
    """When it was asked for, not when its first try began."""
    project: int
    name: str
    doing: str
    """The process that is really run: `instance.start`, once `instance.create` has handed over to it."""
    kind: str
    number: int
    run_after: float | None
    priority: int = 0
    data: Mapping[str, Any] = field(default_factory=dict)
    ended: float | None = None
    phase: str = "REQUESTED"
    exit_reason: str | None = "SCHEDULED"
    """Why the last try ended; None while one runs."""
    result: str | None = None
    tries: int = 0
    executions: list[int] = field(default_factory=list)
    """Numbers of the tries that are still kept, the newest last."""


@dataclass(slots=True)
class ProcessExecution:
    """One try. What it handed its work to belongs to the same try."""

    id: int
    project: int
    instance: int
    began: float
    parts: list[list[Any]]
    """[name, began, ended or None, exit reason or None, text of the exception or None] for each process."""


class Processes:
    """The rows by number; those not ended, and the running ones, by what they belong to; those ended."""

    def __init__(self) -> None:
        self.instances: dict[int, ProcessInstance] = {}
        self.executions: dict[int, ProcessExecution] = {}
        self.open: dict[tuple[str, int], list[ProcessInstance]] = {}
        self.running: dict[tuple[str, int], ProcessInstance] = {}
        self.ended: deque[tuple[float, ProcessInstance]] = deque()

    def add(self, row: ProcessInstance) -> None:
        """Keep a row, also one from a snapshot."""
        self.instances[row.id] = row
        if row.ended is None:
            self.open.setdefault((row.kind, row.number), []).append(row)
            if row.exit_reason is None:
                self.running[(row.kind, row.number)] = row
        else:
            self.ended.append((row.ended, row))

    def close(self, row: ProcessInstance, at: float) -> None:
        """The row ends and has not to be looked for among the open ones any more."""
        row.ended = at
        key = (row.kind, row.number)
        self.open[key].remove(row)
        if not self.open[key]:
            del self.open[key]
        self.ended.append((at, row))

    def forget(self, before: float) -> None:
        """Let go of rows that ended before a moment, with their tries."""
        while self.ended and self.ended[0][0] <= before:
            _, row = self.ended.popleft()
            del self.instances[row.id]
            for number in row.executions:
                del self.executions[number]

    def forget_tries(self, row: ProcessInstance, before: float) -> None:
        """Let go of a row's tries that began before a moment; the newest one has not."""
        while self.executions[row.executions[0]].began <= before:
            del self.executions[row.executions.pop(0)]

    def put_in_order(self) -> None:
        """Of rows added in order of their number: the ended ones by the time of their end."""
        self.ended = deque(sorted(self.ended, key=lambda ended: (ended[0], ended[1].id)))
