"""What workers do: load and call. Every task may run twice, late, or never (I12)."""

import logging
from collections.abc import Iterable
from typing import Any

from celery import Task, shared_task

from deploytickets import clock
from deploytickets.deployments import due, planning, reconcile, starting
from deploytickets.deployments.models import Upgrade
from deploytickets.drivers import open_for
from deploytickets.tickets import services as tickets
from deploytickets.tickets.models import Ticket
from deploytickets.tickets.transitions import State

log = logging.getLogger(__name__)

STALE_SECONDS = 10
"""What a sweep hands out and nobody takes within that time the next sweeps find again."""


@shared_task(name="deployments.reconcile_upgrade", ignore_result=True)
def reconcile_upgrade(upgrade_id: int) -> None:
    """One step for one upgrade; the sweep finds what a lost message missed."""
    upgrade = (
        Upgrade.objects.filter(pk=upgrade_id, settled_at__isnull=True)
        .select_related("ticket__environment__server")
        .first()
    )
    if upgrade is not None:
        reconcile.step(upgrade.pk, driver=open_for(upgrade.ticket.environment))


@shared_task(name="deployments.start_approved", ignore_result=True)
def start_approved(key: str) -> None:
    """Begin an approved ticket, or write down what it waits for."""
    ticket = (
        Ticket.objects.filter(key=key, state=State.APPROVED).select_related("environment__server").first()
    )
    if ticket is not None:
        starting.begin(key, driver=open_for(ticket.environment))


@shared_task(name="deployments.refresh_plan", ignore_result=True)
def refresh_plan(key: str) -> None:
    """Compute the ticket's plan from a survey of now."""
    ticket = (
        Ticket.objects.filter(key=key, state__in=[State.PENDING, State.APPROVED])
        .select_related("environment__server")
        .first()
    )
    if ticket is not None:
        planning.refresh(key, driver=open_for(ticket.environment))


@shared_task(name="deployments.sweep_upgrades", ignore_result=True)
def sweep_upgrades() -> None:
    """Look again at every unsettled upgrade whose time has come, whatever messages were lost (I6)."""
    due.close_orphans()
    _hand_out(reconcile_upgrade, due.upgrades(clock.now()))


@shared_task(name="deployments.sweep_approved", ignore_result=True)
def sweep_approved() -> None:
    """Begin what may begin, end approvals that no longer hold."""
    tickets.expire_approvals(clock.now())
    _hand_out(start_approved, due.approved(clock.now()))


@shared_task(name="deployments.sweep_plans", ignore_result=True)
def sweep_plans() -> None:
    """Make the plans that are wanted."""
    _hand_out(refresh_plan, due.plans(clock.now()))


def sweep_here() -> None:
    """All sweeps and what they find, in this process: for as long as there is no broker."""
    due.close_orphans()
    tickets.expire_approvals(clock.now())
    _do_here(refresh_plan, due.plans(clock.now()))
    _do_here(start_approved, due.approved(clock.now()))
    _do_here(reconcile_upgrade, due.upgrades(clock.now()))


def _do_here(task: "Task[Any, Any]", arguments: Iterable[int | str]) -> None:
    """One after the other; as in a worker, what one of them raises keeps none of the others from its turn."""
    for argument in arguments:
        try:
            task(argument)
        except Exception:
            log.exception("%s(%s) failed", task.name, argument)


def _hand_out(task: "Task[Any, Any]", arguments: Iterable[int | str]) -> None:
    for argument in arguments:
        task.apply_async(args=(argument,), expires=STALE_SECONDS)
