"""Computing a ticket's plan from a survey of now, and putting it onto the ticket."""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from deploytickets import clock
from deploytickets.deployments import absence, lanes, plan, queue
from deploytickets.drivers.base import Driver
from deploytickets.drivers.errors import RancherError
from deploytickets.inventory.queries import stage_before
from deploytickets.notifications.services import publish_progress, tell_soon
from deploytickets.tickets import services as tickets
from deploytickets.tickets.models import Ticket
from deploytickets.tickets.transitions import State

log = logging.getLogger(__name__)

TRY_AGAIN_AFTER = timedelta(seconds=15)
"""Until a plan that could not be made is tried again by itself."""


def refresh(key: str, driver: Driver) -> None:
    """Make the plan of a ticket that has not started; what keeps one from being made goes onto it too."""
    began_at = clock.now()
    ticket = Ticket.objects.select_related(
        "environment__server", "plan", "placement__application", "placement__environment__server"
    ).get(key=key)
    try:
        survey = driver.survey()
    except RancherError as error:
        log.info("No survey for the plan of %s: %s", key, error)
        _note_absence(key, error, asked_at=began_at)
        return
    result = plan.compute(
        ticket.placement,
        ticket.version,
        survey,
        held_by_us=lanes.held_in(ticket.environment, besides=ticket),
        ahead=queue.ahead_of(ticket, queue.content_of(ticket), began_at),
        stage_before=stage_before(ticket.placement, ticket.version),
    )
    with transaction.atomic():
        ticket = tickets.locked(key)
        if ticket.state not in (State.PENDING, State.APPROVED):
            return
        is_changed = tickets.record_away(ticket, None)
        if isinstance(result, plan.PlanProblem):
            is_changed |= tickets.record_plan_problem(ticket, result.fact)
            tickets.put_plan_off(ticket, asked_at=began_at, until=clock.now() + TRY_AGAIN_AFTER)
        else:
            before = list(ticket.findings)
            is_changed |= tickets.record_plan(
                ticket,
                content=result.content,
                shown=result.shown,
                findings=result.findings,
                now=began_at,
            )
            is_changed |= ticket.findings != before
        if is_changed:
            publish_progress(ticket.environment_id, [key])
        tell_soon()


def _note_absence(key: str, error: RancherError, *, asked_at: datetime) -> None:
    with transaction.atomic():
        ticket = tickets.locked(key)
        if ticket.state not in (State.PENDING, State.APPROVED):
            return
        now = clock.now()
        since = ticket.rancher_away_since or now
        pause = absence.pause(error, since, now, shortest=TRY_AGAIN_AFTER)
        tickets.put_plan_off(ticket, asked_at=asked_at, until=now + pause)
        if tickets.record_away(ticket, since):
            publish_progress(ticket.environment_id, [key])
