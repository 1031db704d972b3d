"""What a project holds, to be compared before and after a run: a Rancher is left as it was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .target import Wire
from .waiting import wait_for

KINDS = ("stacks", "services", "containers", "hosts", "apikeys", "registrationtokens", "certificates")
"""What the cases make or move. Of hosts the state counts, and of keys and tokens."""

_WITH_STATE = frozenset({"hosts", "apikeys", "registrationtokens"})


def taken(wire: Wire) -> frozenset[str]:
    """A line for everything of those kinds; removed rows are not listed (1.6).

    Containers that a host tells of by itself are no one's of the suite: a simulated host goes on telling of
    those that Rancher has purged long ago.
    """
    return frozenset(
        _line(kind, row)
        for kind in KINDS
        for row in wire("GET", f"{kind}?limit=3000").json()["data"]
        if not row.get("nativeContainer")
    )


def left_as_found(wire: Wire, before: frozenset[str]) -> None:
    """Wait until all is as before; raises AssertionError with what is too much and what is missing.

    What follows later (3.2) may still be going: that is waited for.
    """
    after = wait_for(lambda: taken(wire), lambda now: now == before, or_end=True)
    too_much, missing = sorted(after - before), sorted(before - after)
    is_as_found = not too_much and not missing
    assert is_as_found, f"left behind: {too_much}; no more as it was: {missing}"


def _line(kind: str, row: Mapping[str, Any]) -> str:
    named = f"{kind} {row['id']} {row.get('name') or ''}".rstrip()
    return f"{named} ({row['state']})" if kind in _WITH_STATE else named
