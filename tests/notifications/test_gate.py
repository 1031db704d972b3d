"""What the log says of a Redis that is away: once, and once when it is back."""

import logging

import pytest
from redis.exceptions import RedisError

from deploytickets.notifications.gate import Gate


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_an_absence_is_told_once_and_its_end_once(caplog: pytest.LogCaptureFixture) -> None:
    gate = Gate(now=lambda: 0.0, pause=3.0)

    for _ in range(3):
        with gate.trying("Publishing"):
            raise RedisError("refused")
    for _ in range(2):
        with gate.trying("Publishing"):
            pass

    assert told(caplog) == [
        "Publishing failed; Redis is tried again every 3 s: refused",
        "Redis answers again.",
    ]


def test_it_is_closed_for_its_pause_after_a_failure() -> None:
    now = 0.0
    gate = Gate(now=lambda: now, pause=3.0)

    with gate.trying("Publishing"):
        raise RedisError("refused")

    assert not gate.is_open
    now = 3.0
    assert gate.is_open
