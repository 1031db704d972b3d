"""Counts of what two servers did alike, and the first rows of what they did not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .comparison import Compared, Difference
from .moments import Outcome, Permitted, permitted
from .steps import Program

ROWS = 6
WIDTH = 700


@dataclass(slots=True)
class Report:
    """Collects compared programs; `lines` is what is printed."""

    calls: int = 0
    answers_equal: int = 0
    settled: int = 0
    settled_equal: int = 0
    parted: int = 0
    differences: list[Difference] = field(default_factory=list)
    moments: list[tuple[str, Outcome, Outcome]] = field(default_factory=list)
    not_run: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    """Programs that could not be played to the end, with the reason."""

    def add(self, compared: Compared) -> None:
        """Count a program in."""
        self.calls += compared.calls
        self.answers_equal += compared.answers_equal
        self.settled += compared.settled
        self.settled_equal += compared.settled_equal
        self.parted += compared.parted is not None
        self.differences += compared.differences

    def add_moment(self, pair: str, first: Outcome, second: Outcome) -> None:
        """Count the outcomes of one pair of calls in."""
        self.moments.append((pair, first, second))

    def leave_out(self, program: Program) -> None:
        """A program that needs a lever was not run."""
        self.not_run[program.kind] += 1

    @property
    def answers_share(self) -> float:
        """Answers equal, in percent."""
        return _percent(self.answers_equal, self.calls)

    @property
    def settled_share(self) -> float:
        """Settled pictures equal, in percent."""
        return _percent(self.settled_equal, self.settled)

    @property
    def pairs(self) -> list[Permitted]:
        """What came of calls at the same moment."""
        return permitted(self.moments)

    @property
    def moments_share(self) -> float:
        """Plays of the second server that ended as the first one's may, in percent."""
        strange = sum(sum(pair.strange.values()) for pair in self.pairs)
        return _percent(len(self.moments) - strange, len(self.moments))

    def is_good(self, *, answers: float, settled: float, moments: float) -> bool:
        """Whether the shares reach these percentages and every program was played to its end."""
        return (
            not self.broken
            and self.answers_share >= answers
            and self.settled_share >= settled
            and self.moments_share >= moments
        )

    def lines(self) -> Iterator[str]:
        """The report as text."""
        by_aspect: dict[str, list[Difference]] = defaultdict(list)
        for difference in self.differences:
            by_aspect[difference.aspect].append(difference)
        for aspect, rows in by_aspect.items():
            yield f"--- {aspect}: {len(rows)}"
            for row in rows[:ROWS]:
                yield _cut(f"    {row.program} step {row.number} {row.subject}: {row.step}")
                yield _cut(f"        first  {row.first}")
                yield _cut(f"        second {row.second}")
        for pair in self.pairs:
            yield f"--- at the same moment: {pair.pair}"
            for outcome in dict.fromkeys((*pair.first, *pair.second)):
                counts = f"{pair.first.get(outcome, 0):4} {pair.second.get(outcome, 0):4}"
                yield f"    {counts}  {outcome}"
        yield from _cut_all(f"not played to the end: {reason}" for reason in self.broken)
        for kind, count in sorted(self.not_run.items()):
            yield f"not run, no lever: {count} of kind {kind}"
        yield f"programs cut where states parted: {self.parted}"
        if self.moments:
            yield f"outcomes of calls at the same moment that the first shows too: {self.moments_share:.1f} %"
        yield f"answers equal {self.answers_equal} of {self.calls} ({self.answers_share:.2f} %)"
        yield f"settled equal {self.settled_equal} of {self.settled} ({self.settled_share:.2f} %)"


def exit_status(report: Report, thresholds: Sequence[float]) -> int:
    """0 where (answers, settled, moments) reach the thresholds, else 1."""
    answers, settled, moments = thresholds
    return 0 if report.is_good(answers=answers, settled=settled, moments=moments) else 1


def _percent(part: int, whole: int) -> float:
    return 100.0 * part / whole if whole else 100.0


def _cut(text: str) -> str:
    return text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"


def _cut_all(texts: Iterator[str]) -> Iterator[str]:
    return (_cut(text) for text in texts)
