"""When a read is tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rancher_client.errors import KeyRefused, NotFound, OutcomeUnknown, Throttled, Unreachable, Unusable
from rancher_client.retry import ONCE, Backoff

BACKOFF = Backoff(tries=6, first=timedelta(seconds=1), longest=timedelta(seconds=5))


@pytest.mark.parametrize(("tried", "seconds"), [(1, 1), (2, 2), (3, 4), (4, 5), (5, 5)])
def test_waits_double_up_to_the_longest(tried, seconds):
    assert BACKOFF.pause(tried, Unreachable(""), chance=lambda: 0.0) == timedelta(seconds=seconds)


def test_chance_shortens_a_wait_by_up_to_a_half():
    assert BACKOFF.pause(1, Unreachable(""), chance=lambda: 1.0) == timedelta(seconds=0.5)


def test_the_last_try_is_the_last():
    assert BACKOFF.pause(6, Unreachable(""), chance=lambda: 0.0) is None
    assert ONCE.pause(1, Unreachable(""), chance=lambda: 0.0) is None


def test_the_servers_own_wish_is_never_undercut():
    error = Throttled("", retry_after=timedelta(seconds=30))

    assert BACKOFF.pause(1, error, chance=lambda: 1.0) == timedelta(seconds=30)


@pytest.mark.parametrize("error", [KeyRefused(""), NotFound(""), Unusable("")])
def test_a_clear_answer_is_not_asked_for_again(error):
    assert BACKOFF.pause(1, error, chance=lambda: 0.0) is None


def test_an_unknown_outcome_is_worth_another_read():
    assert BACKOFF.pause(1, OutcomeUnknown(""), chance=lambda: 0.0) is not None
