"""Findings as a page shows them. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from deploytickets.tickets.findings import Level, Shown, render

_ORDER = list(Level)


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding in words. `is_open`: a warning that still has to be accepted by name."""

    shown: Shown
    is_accepted: bool = False
    is_open: bool = False


def findings_of(
    facts: Iterable[Mapping[str, Any]], *, accepted: Collection[str] = (), is_pending: bool = False
) -> list[Finding]:
    """Blockers first, then warnings, then notes; those of one level in the order they were found."""
    shown = sorted((render(fact) for fact in facts), key=lambda one: _ORDER.index(one.level))
    return [
        Finding(
            one,
            is_accepted=one.name in accepted,
            is_open=is_pending and one.level is Level.WARNING and one.name not in accepted,
        )
        for one in shown
    ]
