"""Whom an approved ticket is queued behind: those that hold its services, and those before it in the order.

The order is that of the last approval, emergencies first. A ticket that waits for something of its
own (a schedule, a lock, a person) holds no place.
"""

from collections.abc import Sequence
from datetime import datetime

from deploytickets.deployments import lanes
from deploytickets.deployments.outlook import Ahead
from deploytickets.tickets.models import Ticket
from deploytickets.tickets.plans import PlanContent
from deploytickets.tickets.transitions import IN_RANCHER, State

HOLDS_A_PLACE = frozenset({"queued", "rancher_away", "starting"})
"""What an approved ticket may wait for without giving its place away."""


def behind(ticket: Ticket, now: datetime) -> list[str]:
    """The keys of the tickets that an approved one must wait for; empty when it is its turn."""
    content = content_of(ticket)
    if content is None:
        return []
    wanted = lanes.services_of(content)
    held = lanes.held_in(ticket.environment, besides=ticket)
    holders = {held[service] for service in wanted if service in held}
    before = [
        other.key
        for other in _in_order(ticket)
        if _place(other) < _place(ticket) and _keeps_its_place(other, now) and _shares(other, wanted)
    ]
    return sorted(holders | set(before))


def ahead_of(ticket: Ticket, content: PlanContent | None, now: datetime) -> Sequence[Ahead]:
    """The plans that will be carried out before this ticket's, in their order.

    Those that stand in Rancher already are in the survey, except for what they have not begun yet.
    """
    under_way = (
        Ticket.objects.filter(
            environment=ticket.environment_id, state__in=[state.value for state in IN_RANCHER]
        )
        .exclude(pk=ticket.pk)
        .select_related("plan")
        .order_by("approved_at", "number")
    )
    approved = [
        other
        for other in _in_order(ticket)
        if _keeps_its_place(other, now) and (ticket.state != State.APPROVED or _place(other) < _place(ticket))
    ]
    wanted = None if content is None else lanes.services_of(content)
    found = []
    for other in [*under_way, *approved]:
        plan = content_of(other)
        if plan is not None and (wanted is None or lanes.services_of(plan) & wanted):
            found.append(Ahead(other.key, plan))
    return found


def content_of(ticket: Ticket) -> PlanContent | None:
    """The ticket's plan; None while there is none."""
    return None if ticket.plan is None else PlanContent.from_json(ticket.plan.content)


def _in_order(ticket: Ticket) -> list[Ticket]:
    """The other approved tickets of the environment, first come first."""
    others = Ticket.objects.filter(environment=ticket.environment_id, state=State.APPROVED.value)
    return sorted(others.exclude(pk=ticket.pk).select_related("plan"), key=_place)


def _place(ticket: Ticket) -> tuple[bool, datetime, int]:
    return not ticket.is_emergency, ticket.approved_at or ticket.changed_at, ticket.number


def _keeps_its_place(ticket: Ticket, now: datetime) -> bool:
    if ticket.scheduled_for is not None and ticket.scheduled_for > now:
        return False
    return ticket.waits_for is None or ticket.waits_for.get("code") in HOLDS_A_PLACE


def _shares(ticket: Ticket, wanted: frozenset[tuple[str, str]]) -> bool:
    content = content_of(ticket)
    return content is not None and bool(lanes.services_of(content) & wanted)
