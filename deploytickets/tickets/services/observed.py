"""Facts that `deployments` observed and writes onto the ticket, where every "may I" reads them.

They change no state and are no events; who wrote them publishes that they changed. Tickets come
from `locked`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from deploytickets.tickets.models import Ticket


def record_waiting(ticket: Ticket, waits_for: Mapping[str, Any] | None) -> bool:
    """What the approved ticket waits for, {"code", **params} of `words`; True when that is new."""
    return _record(ticket, "waits_for", None if waits_for is None else dict(waits_for))


def record_away(ticket: Ticket, since: datetime | None) -> bool:
    """Since when Rancher gives no usable answer about it; None: it does. True when that is new."""
    return _record(ticket, "rancher_away_since", since)


def record_failure(ticket: Ticket, failure: Mapping[str, Any] | None) -> bool:
    """Why it needs a decision, {"code", **params}; put into words by `deployments`. True when that is new."""
    return _record(ticket, "failure", None if failure is None else dict(failure))


def record_clear(ticket: Ticket, is_clear: bool) -> bool:
    """Whether Rancher shows nothing of ours any more (or yet); True when that is new."""
    return _record(ticket, "clear_in_rancher", is_clear)


def _record(ticket: Ticket, name: str, value: Any) -> bool:
    assert ticket.facts_when_locked is not None, "record_…() is for tickets from locked()"
    if getattr(ticket, name) == value:
        return False
    setattr(ticket, name, value)
    ticket.save(update_fields=[name])
    return True
