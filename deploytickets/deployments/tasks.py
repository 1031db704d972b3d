"""What workers do: load and call. Every task may run twice, late, or never (I12)."""

from collections.abc import Iterable
from datetime import timedelta

from celery import shared_task
from django.db import transaction
from django.db.models import Q

from deploytickets import clock
from deploytickets.deployments import planning, reconcile, starting
from deploytickets.deployments.models import Upgrade
from deploytickets.deployments.recording import close
from deploytickets.drivers import open_for
from deploytickets.tickets import services as tickets
from deploytickets.tickets.models import Ticket
from deploytickets.tickets.transitions import FINAL, State

AT_ONCE = 100
"""Upgrades that one sweep hands out: after a long absence Rancher is not stormed (F27)."""

PLANS_AT_ONCE = 50
PLAN_CLAIMED_FOR = timedelta(seconds=20)


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
    _close_orphans()
    now = clock.now()
    due = (
        Upgrade.objects.filter(settled_at__isnull=True)
        .filter(Q(look_again_at__isnull=True) | Q(look_again_at__lte=now))
        .filter(Q(lease_until__isnull=True) | Q(lease_until__lte=now))
        .order_by("look_again_at")
    )
    _hand_out(reconcile_upgrade, due.values_list("pk", flat=True)[:AT_ONCE])


@shared_task(name="deployments.sweep_approved", ignore_result=True)
def sweep_approved() -> None:
    """Begin what may begin, end approvals that no longer hold."""
    tickets.expire_approvals(clock.now())
    approved = Ticket.objects.filter(state=State.APPROVED).order_by("approved_at")
    _hand_out(start_approved, approved.values_list("key", flat=True))


@shared_task(name="deployments.sweep_plans", ignore_result=True)
def sweep_plans() -> None:
    """Make the plans that are wanted."""
    wanted = Ticket.objects.filter(
        state__in=[State.PENDING, State.APPROVED], plan_wanted_at__lte=clock.now()
    ).order_by("plan_wanted_at")
    _hand_out(refresh_plan, wanted.values_list("key", flat=True)[:PLANS_AT_ONCE])


def _hand_out(task: "shared_task", arguments: Iterable[int | str]) -> None:
    for argument in arguments:
        task.delay(argument)


def _close_orphans() -> None:
    """Close upgrades whose ticket has ended without them, as by a cancellation from `failed`."""
    ended = Upgrade.objects.filter(
        settled_at__isnull=True, ticket__state__in=[state.value for state in FINAL]
    ).values_list("pk", "ticket__key")
    for upgrade_id, key in ended:
        with transaction.atomic():
            ticket = tickets.locked(key)
            upgrade = Upgrade.objects.select_for_update().get(pk=upgrade_id)
            if State(ticket.state).is_final and upgrade.settled_at is None:
                close(ticket, upgrade, clock.now())
