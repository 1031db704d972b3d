"""When to try a read again. Pure: says how long to wait, does not wait."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from rancher_client.errors import OutcomeUnknown, RancherError, Throttled, Unreachable

WORTH_REPEATING = (Unreachable, OutcomeUnknown, Throttled)
"""Errors that may pass by themselves. A refusal does not, and an unusable answer is shown at once."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits that double from `first` up to `longest`, each shortened at random by up to a half.

    `tries` counts the first one too.
    """

    tries: int = 3
    first: timedelta = timedelta(milliseconds=200)
    longest: timedelta = timedelta(seconds=5)

    def pause(self, tried: int, error: RancherError, *, chance: Callable[[], float]) -> timedelta | None:
        """How long to wait after try number `tried` ended in `error`, or None to give up.

        `chance` gives a number from 0 to 1. A server's own Retry-After is never undercut.
        """
        if tried >= self.tries or not isinstance(error, WORTH_REPEATING):
            return None
        doubled = min(self.first * int(2 ** (tried - 1)), self.longest)
        shortened = doubled * (1 - chance() / 2)
        return max(shortened, error.retry_after or timedelta(0))


PATIENT = Backoff()
"""What a session uses unless told otherwise."""

ONCE = Backoff(tries=1)
"""No second try."""
