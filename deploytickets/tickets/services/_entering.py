"""The one place that assigns a ticket's state, and the lock that comes before it."""

from datetime import datetime
from typing import Any

from deploytickets import clock
from deploytickets.audit import outbox
from deploytickets.audit.actors import Actor
from deploytickets.audit.models import Event
from deploytickets.audit.services import record
from deploytickets.tickets import words
from deploytickets.tickets.errors import UnknownTicket, WrongState
from deploytickets.tickets.facts import changed, facts_of
from deploytickets.tickets.models import Ticket
from deploytickets.tickets.transitions import Action, State, event_name, targets

SUBJECT = "ticket"


def locked(key: str) -> Ticket:
    """The ticket with its row locked until the caller's transaction ends.

    What belongs to it (environment, approvals) is read after the lock was won, so that it is
    never older than the row (I14). Raises UnknownTicket.
    """
    try:
        # No select_related: joined rows would be those of before the wait for the lock.
        ticket = Ticket.objects.select_for_update().get(key=key)
    except Ticket.DoesNotExist:
        raise UnknownTicket(key) from None
    ticket.facts_when_locked = facts_of(ticket)
    return ticket


def enter(
    ticket: Ticket,
    action: Action,
    *,
    by: Actor,
    target: State | None = None,
    now: datetime | None = None,
    **details: Any,
) -> Ticket:
    """Take the action: new state, every other fact changed since `locked`, one event, one outbox row (I4).

    Who may is asked before, by `policy.require`; what may follow what is checked here, by the
    transition table (I11). `target` is needed only where the table leaves a choice. Going to
    `failed` remembers where from; `start` counts the attempt. `details` go into the event.

    Raises:
        WrongState: the table does not lead from the ticket's state to the target by this action.
    """
    assert ticket.facts_when_locked is not None, "enter() is for tickets from locked()"
    source = State(ticket.state)
    possible = targets(action, source, failed_from=ticket.failed_from)
    if target is None and len(possible) == 1:
        (target,) = possible
    if target is None or target not in possible:
        raise WrongState(ticket, words.is_by_now(ticket))
    now = now or clock.now()
    ticket.state = target.value
    ticket.changed_at = now
    _settle_marks(ticket, action, source, target, now)
    before, after = changed(ticket.facts_when_locked, facts_of(ticket))
    ticket.save(update_fields=[*after, *_OBSERVED, "plan", "changed_at"])
    ticket.facts_when_locked = facts_of(ticket)
    note(ticket, action, by=by, now=now, before=before, after=after, **details)
    return ticket


def note(
    ticket: Ticket,
    action: Action,
    *,
    by: Actor,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    **details: Any,
) -> Event:
    """The event and outbox row of an action."""
    return outbox.put(
        record(
            event_name(action),
            subject_kind=SUBJECT,
            subject_key=ticket.key,
            by=by,
            now=now,
            before=before,
            after=after,
            **details,
        )
    )


_OBSERVED = ("waits_for", "failure", "clear_in_rancher", "findings", "plan_problem", "plan_wanted_at")


def _settle_marks(ticket: Ticket, action: Action, source: State, target: State, now: datetime) -> None:
    """The columns that follow from the step itself."""
    if action is Action.START:
        ticket.attempt += 1
    if target is State.FAILED:
        ticket.failed_from = source.value
    elif source is State.FAILED:
        ticket.failed_from = ""
        ticket.failure = None
    if target is not State.APPROVED:
        ticket.waits_for = None
    if target is State.PENDING:
        ticket.approved_at = None
    elif target is State.APPROVED and source is State.PENDING:
        ticket.approved_at = now
