"""Which of two versions is newer."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploytickets.inventory.versions import Order, compare, is_newer, is_older

ASCENDING = [
    "0.9",
    "1.0.0-SNAPSHOT",
    "1.0.0-alpha",
    "1.0.0-alpha.2",
    "1.0.0-beta.1",
    "1.0.0-rc.1",
    "1.0.0-rc.2",
    "1.0.0-rc10",
    "1.0.0",
    "1.0.0-1",
    "1.0.0-2",
    "1.0.1",
    "1.0.9",
    "1.0.10",
    "1.1",
    "2",
    "10.0",
    "2026.11.24",
]


@pytest.mark.parametrize(("older", "newer"), list(pairwise(ASCENDING)))
def test_versions_in_their_order(older: str, newer: str) -> None:
    assert compare(newer, older) is Order.NEWER
    assert compare(older, newer) is Order.OLDER


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.0", "1.0.0"),
        ("v1.0.1", "1.0.1"),
        ("1.0.0.Final", "1.0.0"),
        ("latest", "latest"),
        ("1-rc.1", "1-rc1"),
    ],
)
def test_names_of_the_same_version(one: str, other: str) -> None:
    assert compare(one, other) is Order.SAME


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("latest", "1.0.0"),
        ("1.0.0", "stable"),
        ("3f6c2a1", "1.0.0"),
        ("3f6c2a1", "4a7d9b2"),
        ("1.0.0-alpine", "1.0.0"),
        ("1.0.0-hotfix", "1.0.0-other"),
        ("", "1.0.0"),
        ("9" * 40, "1"),
        ("sha256:ab12", "1.0"),
    ],
)
def test_names_that_tell_no_age(one: str, other: str) -> None:
    assert compare(one, other) is Order.UNKNOWN
    assert not is_newer(one, other)
    assert not is_older(one, other)


def test_numbers_decide_between_variants() -> None:
    assert is_newer("1.0.1-alpine", "1.0.0")


_NAMES = st.one_of(
    st.sampled_from(ASCENDING), st.text(max_size=20), st.from_regex(r"v?[0-9.]{1,9}[-a-z0-9.]{0,9}")
)
_REVERSED = {
    Order.NEWER: Order.OLDER,
    Order.OLDER: Order.NEWER,
    Order.SAME: Order.SAME,
    Order.UNKNOWN: Order.UNKNOWN,
}


@given(_NAMES, _NAMES)
def test_the_other_way_round_it_is_the_reverse(one: str, other: str) -> None:
    assert compare(other, one) is _REVERSED[compare(one, other)]
