"""How long a case waits for what it says: by condition, never by sleeping."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

T = TypeVar("T")

patience = timedelta(seconds=90)
"""How long anything may take, with the engine's waits of 45 s in between; `--rancher-patience` sets it."""


def wait_for(
    read: Callable[[], T],
    holds: Callable[[T], Any],
    *,
    longest: timedelta | None = None,
    or_end: bool = False,
) -> T:
    """Read until it holds; the assertion shows what was last read when the patience is over.

    With `or_end` the last read is returned then, and the caller judges.
    """
    limit = longest or patience
    deadline = time.monotonic() + limit.total_seconds()
    seen = read()
    while not holds(seen):
        if or_end and time.monotonic() >= deadline:
            return seen
        assert time.monotonic() < deadline, f"after {limit} still {seen!r}"
        time.sleep(0.05)
        seen = read()
    return seen
