"""What time has come for, read from rows alone: the sweeps find everything without any message (I6, I12)."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import OperationalError, transaction
from django.db.models import Q

from deploytickets import clock
from deploytickets.deployments.models import Upgrade
from deploytickets.deployments.recording import close
from deploytickets.tickets import services as tickets
from deploytickets.tickets.models import Ticket
from deploytickets.tickets.transitions import FINAL, State

log = logging.getLogger(__name__)

AT_ONCE = 100
"""How many one sweep finds: after a long absence Rancher is not stormed (F27)."""


def upgrades(now: datetime) -> Sequence[int]:
    """Primary keys of the unsettled upgrades that should be looked at again and that nobody drives now."""
    due = (
        Upgrade.objects.filter(settled_at__isnull=True)
        .filter(Q(look_again_at__isnull=True) | Q(look_again_at__lte=now))
        .filter(Q(lease_until__isnull=True) | Q(lease_until__lte=now))
        .order_by("look_again_at")
    )
    return list(due.values_list("pk", flat=True)[:AT_ONCE])


def approved(now: datetime) -> Sequence[str]:
    """Keys of the approved tickets that may have something to do, in the order of their approval."""
    found = Ticket.objects.filter(state=State.APPROVED).order_by("approved_at")
    return [key for key, waits_for in found.values_list("key", "waits_for") if not _rests(waits_for, now)]


def _rests(waits_for: Mapping[str, Any] | None, now: datetime) -> bool:
    """Is it too early to ask a Rancher again that gave no answer? (F27)"""
    again_at = (waits_for or {}).get("again_at")
    return again_at is not None and now < datetime.fromisoformat(again_at)


def plans(now: datetime) -> Sequence[str]:
    """Keys of the tickets whose plan is wanted, the longest wish first."""
    wanted = Ticket.objects.filter(state__in=[State.PENDING, State.APPROVED], plan_wanted_at__lte=now)
    return list(wanted.order_by("plan_wanted_at").values_list("key", flat=True)[:AT_ONCE])


def close_orphans() -> None:
    """Close upgrades whose ticket has ended without them, as by a cancellation from `failed`."""
    ended = Upgrade.objects.filter(
        settled_at__isnull=True, ticket__state__in=[state.value for state in FINAL]
    ).values_list("pk", "ticket__key")
    for upgrade_id, key in ended:
        try:
            _close(upgrade_id, key)
        except OperationalError as error:  # held by somebody else: the next sweep (F16)
            log.info("The upgrade of %s is closed later: %s", key, error)


@transaction.atomic
def _close(upgrade_id: int, key: str) -> None:
    ticket = tickets.locked(key)
    upgrade = Upgrade.objects.select_for_update().get(pk=upgrade_id)
    if State(ticket.state).is_final and upgrade.settled_at is None:
        close(ticket, upgrade, clock.now())
