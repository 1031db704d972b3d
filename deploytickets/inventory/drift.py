"""Which ticket brought about what runs, or that none did: a pure decision."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from deploytickets.tickets.transitions import IN_RANCHER, State

GOES_BACK = frozenset({State.ROLLING_BACK, State.ROLLED_BACK, State.FAILED})


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """One ticket of the placement that was started at least once."""

    pk: int
    version: str
    state: State
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What was known of the placement before this observation."""

    version: str
    since: datetime | None
    ticket_pk: int | None
    is_drift: bool


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the version comes from. `is_drift`: it changed, and no ticket of ours says so."""

    ticket_pk: int | None
    is_drift: bool


def origin(version: str, known: Known | None, tickets: Iterable[TicketFacts]) -> Origin:
    """Which ticket brought `version` about.

    What ran when the product first looked is nobody's drift. A ticket that was finished before the
    version known so far came to run explains nothing: bringing its version back is a change of its
    own. A ticket that goes back explains the version of the ticket before it.
    """
    newest_first = sorted(tickets, key=lambda ticket: (ticket.changed_at, ticket.pk), reverse=True)
    brought = [
        ticket
        for ticket in newest_first
        if ticket.version == version and (ticket.state in IN_RANCHER or ticket.state is State.FINISHED)
    ]
    if known is None or not known.version:
        return Origin(brought[0].pk if brought else None, is_drift=False)
    recent = [ticket for ticket in brought if _is_after(ticket, known)]
    if version == known.version:
        if recent and (known.is_drift or known.ticket_pk is None):
            return Origin(recent[0].pk, is_drift=False)
        return Origin(known.ticket_pk, known.is_drift)
    if recent:
        return Origin(recent[0].pk, is_drift=False)
    went_back = any(
        ticket.version == known.version and ticket.state in GOES_BACK and _is_after(ticket, known)
        for ticket in newest_first
    )
    if went_back:
        finished = (ticket for ticket in brought if ticket.state is State.FINISHED)
        return Origin(next((ticket.pk for ticket in finished), None), is_drift=False)
    return Origin(None, is_drift=True)


def _is_after(ticket: TicketFacts, known: Known) -> bool:
    return ticket.state in IN_RANCHER or known.since is None or ticket.changed_at >= known.since
