"""Plans arriving on tickets."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from deploytickets.audit.actors import SYSTEM, Actor
from deploytickets.tickets.differences import difference
from deploytickets.tickets.models import Plan, Ticket
from deploytickets.tickets.plans import PlanContent
from deploytickets.tickets.services._entering import enter
from deploytickets.tickets.services.approval import approve_by_policy, end_approvals, present_digest
from deploytickets.tickets.transitions import Action, State


def record_plan(
    ticket: Ticket,
    *,
    content: PlanContent,
    shown: Any,
    findings: Sequence[Mapping[str, Any]],
    now: datetime,
    by: Actor = SYSTEM,
) -> bool:
    """Put a freshly computed plan onto the ticket; True when it differs from the one before.

    A plan that differs ends all approvals and takes the ticket back to `pending`, with the
    difference in the event (I2, F34, F41), and warnings have to be accepted again. One that does
    not differ only brings its findings up to date. Does nothing for a ticket that is past
    approval, or was edited while the plan was being computed, nor when a plan of a later time is
    there already (I11). Where the policy asks for no approval the ticket is approved at once.

    Args:
        now: the database's time when the computing began; a wish for a plan that is newer stays.
    """
    if ticket.state not in (State.PENDING, State.APPROVED) or not _is_for(content, ticket):
        return False
    if ticket.plan is not None and ticket.plan_digest and now < ticket.plan.made_at:
        return False
    if ticket.plan_wanted_at is not None and ticket.plan_wanted_at <= now:
        ticket.plan_wanted_at = None
    ticket.plan_problem = None
    ticket.findings = [dict(finding) for finding in findings]
    is_new = present_digest(content, ticket.accepted_warnings) != ticket.plan_digest
    if is_new:
        _replace(ticket, content=content, shown=shown, now=now, by=by)
    else:
        ticket.save(update_fields=["plan_wanted_at", "plan_problem", "findings"])
    approve_by_policy(ticket, now=now)
    return is_new


def record_plan_problem(ticket: Ticket, problem: Mapping[str, Any] | None) -> bool:
    """Why no plan can be made now (a fact of `findings.problem`); None: it can. True when that is new.

    The plan before stays, and a new one is wanted (`put_plan_off`); until that is there nobody can
    approve, and nothing starts.
    """
    assert ticket.facts_when_locked is not None, "record_plan_problem() is for tickets from locked()"
    value = None if problem is None else dict(problem)
    if ticket.plan_problem == value:
        return False
    ticket.plan_problem = value
    ticket.save(update_fields=["plan_problem"])
    return True


def want_plan(ticket: Ticket, *, now: datetime) -> None:
    """Ask for the plan to be computed again: the world has moved."""
    ticket.plan_wanted_at = now
    ticket.save(update_fields=["plan_wanted_at"])


def put_plan_off(ticket: Ticket, *, asked_at: datetime, until: datetime) -> None:
    """Try the plan that could not be made again later, so that it holds up no other; a newer wish stays."""
    if ticket.plan_wanted_at is None or ticket.plan_wanted_at <= asked_at:
        want_plan(ticket, now=until)


def _replace(ticket: Ticket, *, content: PlanContent, shown: Any, now: datetime, by: Actor) -> None:
    before = None if ticket.plan is None else PlanContent.from_json(ticket.plan.content)
    ticket.accepted_warnings = []
    ticket.plan_digest = present_digest(content, ())
    ticket.plan = Plan.objects.create(
        ticket=ticket,
        made_at=now,
        digest=ticket.plan_digest,
        content=content.as_json(),
        shown=shown,
        findings=ticket.findings,
    )
    voided = end_approvals(ticket, because="plan_changed", now=now)
    details: dict[str, Any] = {
        "plan": ticket.plan.pk,
        "plan_digest": ticket.plan_digest,
        "findings": _count(ticket.findings),
        "difference": [] if before is None else difference(before, content),
    }
    if voided or ticket.state == State.APPROVED:
        enter(ticket, Action.VOID_APPROVALS, by=by, now=now, because="plan_changed", voided=voided, **details)
    else:
        enter(ticket, Action.PLAN, by=by, now=now, **details)


def _is_for(content: PlanContent, ticket: Ticket) -> bool:
    return (content.application, content.environment, content.version) == (
        ticket.application.name,
        ticket.environment.name,
        ticket.version,
    )


def _count(findings: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for finding in findings:
        counts[finding["level"]] = counts.get(finding["level"], 0) + 1
    return counts
