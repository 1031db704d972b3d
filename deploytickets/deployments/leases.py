"""Who may drive an upgrade now: a lease with a number that fences off everybody who had it before (F6)."""

from datetime import datetime, timedelta

from django.db.models import F, Q

from deploytickets.deployments.models import Upgrade

LASTS = timedelta(seconds=30)


def take(upgrade_id: int, now: datetime) -> int | None:
    """The number of our lease; None when somebody else holds one, or the upgrade is settled.

    One conditional UPDATE: of two at once one wins.
    """
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    taken = Upgrade.objects.filter(free, pk=upgrade_id, settled_at__isnull=True).update(
        lease_number=F("lease_number") + 1, lease_until=now + LASTS
    )
    if not taken:
        return None
    # Ours until it runs out, so nobody raises the number between the two statements.
    return Upgrade.objects.values_list("lease_number", flat=True).get(pk=upgrade_id)


def renew(upgrade_id: int, number: int, now: datetime) -> bool:
    """Keep it for longer; False when it is no longer ours."""
    mine = Upgrade.objects.filter(pk=upgrade_id, lease_number=number)
    return bool(mine.update(lease_until=now + LASTS))


def release(upgrade_id: int, number: int) -> None:
    """Give it back; nothing happens when it is no longer ours."""
    Upgrade.objects.filter(pk=upgrade_id, lease_number=number).update(lease_until=None)
