"""Two plays of one program: what they did differently. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .pictures import Picture
from .player import Noted, Play
from .steps import Program, Step

SETS = frozenset({"fields", "container fields", "actions"})
"""Aspects that are sets: only what one side has alone is shown."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One aspect of one subject that differs after a step; `first` and `second` are what was shown."""

    program: str
    number: int
    step: Step
    subject: str
    aspect: str
    first: Any
    second: Any


@dataclass(slots=True)
class Compared:
    """What came of a program. A step counts as settled when both servers have a picture of it.

    Attributes:
        parted: the number of the step after which a service was in different states: from there on the two
            have different things to do, and nothing more is compared.
    """

    calls: int = 0
    answers_equal: int = 0
    settled: int = 0
    settled_equal: int = 0
    parted: int | None = None
    differences: list[Difference] = field(default_factory=list)


def compare(program: Program, first: Play, second: Play) -> Compared:
    """Compare step by step, until the states part."""
    found = Compared()
    for number, (step, one, other) in enumerate(zip(program.steps, first.steps, second.steps, strict=False)):
        _compare_answers(found, program, number, step, one, other)
        if one.picture is None or other.picture is None:
            continue
        found.settled += 1
        rows = list(_apart(one.picture, other.picture))
        found.settled_equal += not rows
        found.differences += [Difference(program.name, number, step, *row) for row in rows]
        if any(aspect in ("state", "at rest") for _, aspect, _, _ in rows):
            found.parted = number
            break
    return found


def _compare_answers(
    found: Compared, program: Program, number: int, step: Step, one: Noted, other: Noted
) -> None:
    found.calls += 1
    if one.answer == other.answer:
        found.answers_equal += 1
    else:
        found.differences.append(
            Difference(program.name, number, step, "answer", "answer", one.answer, other.answer)
        )


def _apart(first: Picture, second: Picture) -> Iterable[tuple[str, str, Any, Any]]:
    """(subject, aspect, here, there) of each aspect that differs."""
    for subject in sorted(first.keys() | second.keys()):
        one, other = first.get(subject, {}), second.get(subject, {})
        for aspect in sorted(one.keys() | other.keys()):
            here, there = one.get(aspect), other.get(aspect)
            if here == there:
                continue
            if aspect in SETS and isinstance(here, list) and isinstance(there, list):
                here, there = [x for x in here if x not in there], [x for x in there if x not in here]
            yield subject, aspect, here, there
