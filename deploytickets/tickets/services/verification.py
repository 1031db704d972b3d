"""Saying that the new version works, or that it does not."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from deploytickets import clock
from deploytickets.audit.actors import Actor
from deploytickets.audit.errors import Invalid
from deploytickets.tickets import policy, wishes
from deploytickets.tickets.errors import WrongState
from deploytickets.tickets.models import Ticket, Verification, VerifyingRole
from deploytickets.tickets.services._entering import enter, locked
from deploytickets.tickets.standing import Standing
from deploytickets.tickets.transitions import Action


@transaction.atomic
def verify(
    key: str,
    *,
    by: Actor,
    role: VerifyingRole | str,
    works: bool,
    note: str = "",
    checked: Sequence[str] = (),
    looked_at: Mapping[str, Any] | None = None,
) -> Ticket:
    """Say in a role how the new version does; it covers the whole ticket and answers the one before it.

    "Does not work" disables Finish until it is withdrawn or answered, and rolls nothing back.

    Args:
        checked: the entries of the application's checklist that were done; others are not kept.
        looked_at: the containers and version that were on the screen.

    Raises UnknownTicket, NotAllowed (also for who verified in the other role), WrongState, Invalid.
    """
    role = _role(role)
    ticket = locked(key)
    now = clock.now()
    policy.require(Action.VERIFY, ticket, by, now=now, role=role)
    assert by.user_id is not None, "policy.require let nobody but people come here"
    note = wishes.check_text("note", note, at_most=wishes.MAX_VERIFICATION_NOTE, is_needed=not works)
    before = Standing(ticket, by, now).verifications.get(role)
    if before is not None and (before.by_id, before.works, before.note) == (by.user_id, works, note):
        raise WrongState(ticket, _("You have said so already."))
    if before is not None:
        ticket.verifications.filter(pk=before.pk).update(withdrawn_at=now)
    Verification.objects.create(
        ticket=ticket,
        attempt=ticket.attempt,
        role=role,
        by_id=by.user_id,
        works=works,
        note=note,
        checked=[entry for entry in ticket.application.checklist if entry in checked],
        looked_at=dict(looked_at or {}),
        given_at=now,
    )
    return enter(
        ticket,
        Action.VERIFY,
        by=by,
        now=now,
        role=role.value,
        works=works,
        note=note,
        answers=str(before.by) if before else "",
    )


@transaction.atomic
def withdraw_verification(key: str, *, by: Actor, role: VerifyingRole | str) -> Ticket:
    """Take one's own verification back. Raises UnknownTicket, NotAllowed, WrongState, NotYours, Invalid."""
    role = _role(role)
    ticket = locked(key)
    now = clock.now()
    policy.require(Action.WITHDRAW_VERIFICATION, ticket, by, now=now, role=role)
    own = ticket.verifications.filter(
        attempt=ticket.attempt, role=role, by_id=by.user_id, withdrawn_at__isnull=True
    )
    own.update(withdrawn_at=now)
    return enter(ticket, Action.WITHDRAW_VERIFICATION, by=by, now=now, role=role.value)


def _role(value: VerifyingRole | str) -> VerifyingRole:
    try:
        return VerifyingRole(value)
    except ValueError:
        raise Invalid({"role": _("A verification is given as developer or as ops.")}) from None
