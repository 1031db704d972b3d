"""What the compose executor has in hand. No rules here: `executor` and its neighbours move it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Turn:
    """One service's turn in a pass of the executor, beside the turns of the others."""

    name: str
    after: list[str] = field(default_factory=list)
    """The services whose turns come before."""
    step: str = "waiting"
    error: str | None = None
    has_ended: bool = False


@dataclass(slots=True)
class Work:
    """What the executor does about one event, beside its work about others."""

    event: int
    stack: int
    process: str
    body: dict[str, Any] = field(default_factory=dict)
    is_taken: bool = False
    """Whether it has looked at the event yet."""
    wanted: list[dict[str, Any]] = field(default_factory=list)
    """The services of the text, as `simulator.executor` reads them."""
    volumes: list[dict[str, Any]] = field(default_factory=list)
    """The fields of the volume templates that the text names."""
    passes: list[str] = field(default_factory=list)
    """Passes through the services, the present one first."""
    turns: dict[str, Turn] = field(default_factory=dict)
    left: list[int] = field(default_factory=list)
    """Services that a finish or a rollback has not been through, the present one first."""
    is_begun: bool = False
    """Whether the present service's own process was asked for."""
    looks: int = 0
    answer: dict[str, Any] = field(default_factory=dict)
    """Fields of the stack that the good end sets."""


@dataclass(slots=True)
class Executor:
    """The compose executor as the server knows it, and what it has in hand (3.1)."""

    is_registered: bool = True
    is_running: bool = True
    restarts_at: float | None = None
    """A text has ended it; the server starts it again at this moment."""
    events: int = 0
    """Events sent so far."""
    works: dict[int, Work] = field(default_factory=dict)
