"""A ticket's decided facts: what events record before and after, and what folding them gives back (I4).

Not among them is what was merely observed (findings, what it waits for, Rancher being away).
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deploytickets.tickets.models import Ticket

DECIDED = (
    "state",
    "version",
    "branch",
    "description",
    "links",
    "scheduled_for",
    "is_emergency",
    "emergency_reason",
    "plan_digest",
    "accepted_warnings",
    "plan_editors",
    "approved_at",
    "failed_from",
    "attempt",
)


def facts_of(ticket: "Ticket") -> dict[str, Any]:
    """The decided facts as JSON values."""
    return {name: _as_json(getattr(ticket, name)) for name in DECIDED}


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What differs, as it was and as it is."""
    names = [name for name in DECIDED if before[name] != after[name]]
    return {name: before[name] for name in names}, {name: after[name] for name in names}


def fold(afters: Iterable[Mapping[str, Any] | None]) -> dict[str, Any]:
    """The facts that the events' `after`, oldest first, add up to: those of the ticket's row."""
    facts: dict[str, Any] = {}
    for after in afters:
        facts.update(after or {})
    return facts


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, list):
        return list(value)
    return str(value) if isinstance(value, str) else value
