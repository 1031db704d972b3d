"""What keeps an approved ticket from starting, as far as stored facts tell."""

from datetime import UTC
from typing import Any

from deploytickets.catalog.models import Start
from deploytickets.tickets.findings import Level, names_of
from deploytickets.tickets.standing import Standing


def before_start(standing: Standing) -> dict[str, Any] | None:
    """The first thing to wait for, {"code", **params}; None when the ticket may start.

    Queues and Rancher being away are not known here: `deployments` adds them.
    """
    ticket, environment = standing.ticket, standing.ticket.environment
    if not standing.is_approved_enough:
        return {
            "code": "approvals_missing",
            "given": len(standing.approvals),
            "needed": environment.approvals_required,
        }
    if ticket.plan_problem:
        return {"code": "plan"}
    blockers = names_of(ticket.findings, Level.BLOCKER)
    if blockers:
        return {"code": "blocked", "names": ", ".join(blockers)}
    if environment.is_locked:
        return {
            "code": "locked",
            "environment": environment.name,
            "by": environment.locked_by,
            "reason": environment.locked_reason,
        }
    if ticket.scheduled_for is not None and ticket.scheduled_for > standing.now:
        at = ticket.scheduled_for.astimezone(UTC).isoformat(timespec="minutes")
        return {"code": "scheduled", "at": at}
    if environment.start == Start.BY_HAND and not standing.by.is_person:
        return {"code": "start_by_hand", "environment": environment.name}
    return None
