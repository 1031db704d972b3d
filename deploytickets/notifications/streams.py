"""The Redis Stream that live pages follow: short, capped, and worth nothing once it was read.

An entry says that something about a topic changed; pages fetch what it is. Losing the stream loses
nothing (I12): pages look again by themselves.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from deploytickets.notifications.gate import REDIS

LIVE_STREAM = "live"
KEPT = 1000
TIMEOUT_SECONDS = 0.2
"""What publishing after a commit may take at most."""

STATE = "state"
PROGRESS = "progress"
BOARD = "board"


def topic_of(ticket_key: str) -> str:
    """The topic of a ticket's page."""
    return f"ticket:{ticket_key}"


def publish(entries: Iterable[Mapping[str, str]]) -> bool:
    """Append entries {"topic", "kind"}; False when Redis did not take them. Never raises for Redis."""
    told = list(entries)
    if not told or not REDIS.is_open:
        return not told
    with REDIS.trying("Publishing to live pages"):
        pipeline = _redis(settings.REDIS_URL).pipeline(transaction=False)
        for entry in told:
            pipeline.xadd(LIVE_STREAM, dict[Any, Any](entry), maxlen=KEPT, approximate=True)
        pipeline.execute()
        return True
    return False


def is_away() -> bool:
    """Does Redis not answer? Asked at most once per pause after a failure."""
    if not REDIS.is_open:
        return True
    with REDIS.trying("Asking Redis"):
        _redis(settings.REDIS_URL).ping()
        return False
    return True


@cache
def _redis(url: str) -> Redis:
    return Redis.from_url(
        url,
        socket_connect_timeout=TIMEOUT_SECONDS,
        socket_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=0,
    )
