"""What a benchmark is: a measurement against a yardstick, and the ratio it should reach."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Round:
    """One round: the yardstick's own value, and how many times as much was measured."""

    ratio: float
    yardstick: float


@dataclass(frozen=True, slots=True)
class Benchmark:
    """`what` says in words what the ratio is; `goal` is the least it should be."""

    what: str
    goal: float
    measure: Callable[[], Round]
