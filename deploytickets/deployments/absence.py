"""How long a Rancher that gave no answer is left alone: longer and longer, a minute at most (F27)."""

from datetime import datetime, timedelta

LONGEST = timedelta(seconds=60)


def pause(since: datetime, now: datetime, *, shortest: timedelta) -> timedelta:
    """Until it is asked again by itself, for one that has been away since then."""
    return min(max((now - since) / 4, shortest), LONGEST)
