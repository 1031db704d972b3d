"""Ending a ticket before anything was done in Rancher."""

from django.db import transaction

from deploytickets import clock
from deploytickets.audit.actors import Actor
from deploytickets.tickets import policy, wishes
from deploytickets.tickets.models import Ticket
from deploytickets.tickets.services._entering import enter, locked
from deploytickets.tickets.transitions import Action


@transaction.atomic
def reject(key: str, *, by: Actor, reason: str) -> Ticket:
    """Say no to the ticket, with a reason for its requester.

    Raises UnknownTicket, NotAllowed, WrongState; Invalid without a reason.
    """
    ticket = locked(key)
    now = clock.now()
    policy.require(Action.REJECT, ticket, by, now=now)
    reason = wishes.check_text("reason", reason, at_most=wishes.MAX_REASON, is_needed=True)
    return enter(ticket, Action.REJECT, by=by, now=now, reason=reason)


@transaction.atomic
def cancel(key: str, *, by: Actor, reason: str = "") -> Ticket:
    """Take the ticket back; from `failed` only when nothing of ours stands in Rancher.

    Raises UnknownTicket, NotAllowed, WrongState, NotReady, Invalid.
    """
    ticket = locked(key)
    now = clock.now()
    policy.require(Action.CANCEL, ticket, by, now=now)
    reason = wishes.check_text("reason", reason, at_most=wishes.MAX_REASON)
    return enter(ticket, Action.CANCEL, by=by, now=now, reason=reason)
