"""Why a container does not run, as far as its own fields tell (rancher-1.6-api.md 6.1, 6.2, 7.4 and 9). Pure.

Rancher keeps no exit code where a key can read it, so a crash, a `docker stop` and an upgrade's old container
all look alike: `stopped`. The application's own words are in `logs`; read them before the next try removes
the container.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rancher_client.cattle.resources import Container

ALLOCATION_FAILED = "Allocation failed"
"""How Rancher's own texts about placement begin (7.4). Docker's change with its version: only shown."""

START_ONCE_LABEL = "io.rancher.container.start_once"
"""A job: it may end, and is not started again (4.2)."""

_AFTER_AN_ERROR = frozenset({"error", "erroring"})
_GONE = frozenset({"removing", "removed", "purging", "purged"})


class Exit(StrEnum):
    """What kind of end it was."""

    NOT_PLACED = "not-placed"
    """No host could take it: port taken, label missing, no host at all. `message` says which."""
    NOT_STARTED = "not-started"
    """Placed, but it never ran: its image could not be pulled, or Docker refused. `message` says why."""
    FAILED_AGAIN = "failed-again"
    """It ran before, and a later start failed; `message` says why."""
    JOB_ENDED = "job-ended"
    """A job that starts once has ended, well or not."""
    STOPPED = "stopped"
    """It stopped: by itself, by somebody, or as the old one of an upgrade."""
    UNHEALTHY = "unhealthy"
    """It is being taken away because it did not answer its health check."""
    REMOVED = "removed"
    """Somebody, or its service, removed it."""


@dataclass(frozen=True, slots=True)
class ExitReason:
    """Why a container does not run.

    Attributes:
        message: Rancher's or Docker's own words, where there are any.
        starts: how often Rancher started it; a number that rises tells of a crash loop, but restarts by
            Docker itself do not count reliably (6.1).
    """

    kind: Exit
    message: str | None
    starts: int


def exit_reason(container: Container) -> ExitReason | None:
    """Why it does not run; None for one that runs, or is on its way there."""
    kind = _kind(container)
    if kind is None:
        return None
    return ExitReason(kind, container.transitioning_message, container.start_count or 0)


def _kind(container: Container) -> Exit | None:
    if container.state in _AFTER_AN_ERROR:
        if (container.transitioning_message or "").startswith(ALLOCATION_FAILED):
            return Exit.NOT_PLACED
        return Exit.FAILED_AGAIN if container.first_running_at is not None else Exit.NOT_STARTED
    if container.state in ("stopping", *_GONE) and container.health_state == "unhealthy":
        return Exit.UNHEALTHY
    if container.state in _GONE:
        return Exit.REMOVED
    if container.state == "stopped":
        is_job = container.labels.get(START_ONCE_LABEL, "").lower() == "true"
        return Exit.JOB_ENDED if is_job else Exit.STOPPED
    return None
