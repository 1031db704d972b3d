"""A pause after Redis failed, so that of many clicks only one in a while pays for finding out (F12, F14)."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

PAUSE_SECONDS = 3.0
REDIS_ERRORS = (RedisError, OperationalError, OSError)
"""What redis-py and kombu raise while Redis is away, full, read-only or does not answer."""


class Gate:
    """Closed for a while after each failure. Time is monotonic: it is about this process alone."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic, pause: float = PAUSE_SECONDS) -> None:
        self._now = now
        self._pause = pause
        self._closed_until = 0.0
        self._is_away = False
        self._lock = Lock()

    @property
    def is_open(self) -> bool:
        """May Redis be tried?"""
        return self._now() >= self._closed_until

    @contextmanager
    def trying(self, what: str) -> Iterator[None]:
        """Try something with Redis: its failure is not raised, and closes the gate.

        The log tells once that Redis is away, and once that it is back.
        """
        try:
            yield
        except REDIS_ERRORS as error:
            with self._lock:
                was_away, self._is_away = self._is_away, True
                self._closed_until = self._now() + self._pause
            level = logging.DEBUG if was_away else logging.WARNING
            log.log(level, "%s failed; Redis is tried again every %g s: %s", what, self._pause, error)
        else:
            if self._is_away:
                self._is_away = False
                log.warning("Redis answers again.")


REDIS = Gate()
"""The one of this process: whoever finds Redis away tells the others."""
