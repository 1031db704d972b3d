"""Agreeing to a plan, and taking that back."""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import OperationalError, transaction

from deploytickets import clock
from deploytickets.audit.actors import SYSTEM, Actor
from deploytickets.audit.errors import DomainError
from deploytickets.tickets import findings, policy, wishes
from deploytickets.tickets.models import Approval, Ticket
from deploytickets.tickets.plans import PlanContent, digest_of
from deploytickets.tickets.services._entering import enter, locked
from deploytickets.tickets.standing import Standing
from deploytickets.tickets.transitions import Action, State

log = logging.getLogger(__name__)


@transaction.atomic
def approve(key: str, *, by: Actor, plan_digest: str, accept: Collection[str] = (), note: str = "") -> Ticket:
    """Approve the plan that `by` has read; the last approval needed moves the ticket to `approved`.

    `accept` names warnings to accept in the same breath: the approval is then given to the digest
    that results, provided that the one posted was the present one (F41).

    Raises:
        UnknownTicket, NotAllowed, WrongState: see `policy.require`.
        NoPlan, PlanChanged, Blocked, WarningsOpen: what stands against it; nothing was approved.
        Invalid: the note is too long.
    """
    ticket = locked(key)
    now = clock.now()
    note = wishes.check_text("note", note, at_most=wishes.MAX_NOTE)
    policy.require(Action.APPROVE, ticket, by, now=now, plan_digest=plan_digest, accept=tuple(accept))
    assert by.user_id is not None, "policy.require let nobody but people come here"
    accepted, voided = _accept(ticket, accept, now=now)
    # One that expired a moment ago and was not swept yet makes room for its renewal.
    own = ticket.approvals.filter(by_id=by.user_id, plan_digest=ticket.plan_digest, ended_at__isnull=True)
    own.update(ended_at=now, ended_because="renewed")
    Approval.objects.create(
        ticket=ticket,
        by_id=by.user_id,
        plan_digest=ticket.plan_digest,
        given_at=now,
        expires_at=now + timedelta(hours=ticket.environment.approval_lasts_hours),
        note=note,
    )
    standing = Standing(ticket, by, now)
    return enter(
        ticket,
        Action.APPROVE,
        by=by,
        target=State.APPROVED if standing.is_approved_enough else State.PENDING,
        now=now,
        plan_digest=ticket.plan_digest,
        given=len(standing.approvals),
        needed=ticket.environment.approvals_required,
        accepted=accepted,
        voided=voided,
        note=note,
    )


@transaction.atomic
def accept_warnings(key: str, *, by: Actor, plan_digest: str, names: Collection[str]) -> Ticket:
    """Accept warnings of the plan by name. Approvals given before are void: they were to less.

    Raises as `approve`, and Invalid when none of the names is an open warning.
    """
    ticket = locked(key)
    now = clock.now()
    policy.require(Action.ACCEPT_WARNINGS, ticket, by, now=now, plan_digest=plan_digest)
    accepted, voided = _accept(ticket, names, now=now)
    if not accepted:
        return ticket
    enter(ticket, Action.ACCEPT_WARNINGS, by=by, now=now, accepted=accepted, voided=voided)
    approve_by_policy(ticket, now=now)
    return ticket


@transaction.atomic
def withdraw_approval(key: str, *, by: Actor, reason: str = "") -> Ticket:
    """Take one's own approval back: the ticket is `pending` again. Not possible once it has started.

    Raises UnknownTicket, NotAllowed, WrongState, NotYours, Invalid.
    """
    ticket = locked(key)
    now = clock.now()
    reason = wishes.check_text("reason", reason, at_most=wishes.MAX_REASON)
    policy.require(Action.WITHDRAW_APPROVAL, ticket, by, now=now)
    own = ticket.approvals.filter(by_id=by.user_id, plan_digest=ticket.plan_digest, ended_at__isnull=True)
    own.update(ended_at=now, ended_because="withdrawn")
    return enter(ticket, Action.WITHDRAW_APPROVAL, by=by, now=now, reason=reason)


def expire_approvals(now: datetime) -> int:
    """End what expired by `now`, and send back to `pending` what is no longer approved enough.

    The latter happens as well when an approver lost the role or the policy asks for more (F43).
    One transaction per ticket, so that one that is busy holds up no other. Returns how many changed.
    """
    expired = Ticket.objects.filter(
        state__in=[State.PENDING, State.APPROVED],
        approvals__ended_at__isnull=True,
        approvals__expires_at__lte=now,
    )
    approved = Ticket.objects.filter(state=State.APPROVED)
    keys = sorted(set(expired.values_list("key", flat=True)) | set(approved.values_list("key", flat=True)))
    return sum(_expire_unless_busy(key, now) for key in keys)


def _expire_unless_busy(key: str, now: datetime) -> bool:
    """A ticket whose row is held by somebody else is left to the next sweep (F16)."""
    try:
        return _expire(key, now)
    except OperationalError as error:
        log.info("The approvals of %s are looked at later: %s", key, error)
        return False


@transaction.atomic
def _expire(key: str, now: datetime) -> bool:
    ticket = locked(key)
    if ticket.state not in (State.PENDING, State.APPROVED):
        return False
    if ticket.state == State.APPROVED and Standing(ticket, SYSTEM, now).is_approved_enough:
        # More had approved than were needed: what expired does not count, and the others still carry it.
        return False
    ended = end_approvals(ticket, because="expired", now=now, expired_by=now)
    if ticket.state == State.PENDING and not ended:
        return False
    because = "expired" if ended else "not_enough"
    enter(ticket, Action.VOID_APPROVALS, by=SYSTEM, now=now, because=because, voided=ended)
    return True


def approve_by_policy(ticket: Ticket, *, now: datetime) -> bool:
    """Approve for the system where the policy asks for nobody's approval and nothing stands against it."""
    if ticket.environment.approvals_required or ticket.state != State.PENDING:
        return False
    try:
        policy.require(Action.APPROVE, ticket, SYSTEM, now=now)
    except DomainError:
        return False
    enter(
        ticket,
        Action.APPROVE,
        by=SYSTEM,
        target=State.APPROVED,
        now=now,
        plan_digest=ticket.plan_digest,
        given=0,
        needed=0,
        accepted=[],
        voided=[],
        note="",
    )
    return True


def end_approvals(
    ticket: Ticket, *, because: str, now: datetime, expired_by: datetime | None = None
) -> list[str]:
    """End the ticket's approvals, or only those that expired by then; returns the givers' names.

    The caller records the event that says so.
    """
    approvals = ticket.approvals.filter(ended_at__isnull=True)
    if expired_by is not None:
        approvals = approvals.filter(expires_at__lte=expired_by)
    names = [str(approval.by) for approval in approvals.select_related("by")]
    approvals.update(ended_at=now, ended_because=because)
    return names


def present_digest(content: PlanContent, accepted: Collection[str]) -> str:
    """The digest of the plan with these warnings accepted, under the server's key."""
    return digest_of(content, accepted_warnings=accepted, key=settings.PLAN_KEY)


def _accept(ticket: Ticket, names: Collection[str], *, now: datetime) -> tuple[list[str], list[str]]:
    """Put the open warnings among the names into the ticket and its digest.

    Returns what was accepted, and whose approvals (to the digest before) that ended.
    """
    open_ones = findings.open_warnings(ticket.findings, ticket.accepted_warnings)
    accepted = [name for name in open_ones if name in set(names)]
    if not accepted:
        return [], []
    assert ticket.plan is not None, "a ticket with a digest has its plan"
    ticket.accepted_warnings = sorted({*ticket.accepted_warnings, *accepted})
    ticket.plan_digest = present_digest(PlanContent.from_json(ticket.plan.content), ticket.accepted_warnings)
    return accepted, end_approvals(ticket, because="warnings_accepted", now=now)
