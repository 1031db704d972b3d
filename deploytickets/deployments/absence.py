"""How long a Rancher that gave no answer is left alone: longer and longer, a minute at most (F27)."""

from datetime import datetime, timedelta

from deploytickets.drivers.errors import RancherError

LONGEST = timedelta(seconds=60)


def pause(error: RancherError, since: datetime, now: datetime, *, shortest: timedelta) -> timedelta:
    """Until one that has been away since then is asked again by itself; never sooner than it asks for."""
    usual = min(max((now - since) / 4, shortest), LONGEST)
    return usual if error.retry_after is None else max(usual, error.retry_after)
