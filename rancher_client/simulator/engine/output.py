"""What containers write: lines of a made-up application, the same ones for the same seed (6.3).

Nothing is stored but when processes began and ended, and what levers made them say; the lines of any stretch
of time follow from that. Docker keeps those of earlier runs of a container too.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .images import bare_reference
from .model import Container

STDOUT, STDERR = "stdout", "stderr"

RUNS_KEPT = 20
"""Older runs are forgotten, as Docker forgets rotated logs."""

_OPENING_SECONDS = 0.05
"""Between the first two lines of a run."""

_INSTANT = 1e-6


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """One line: when (epoch seconds), where to, and what."""

    at: float
    stream: str
    text: str


def began(container: Container, now: float) -> None:
    """Note that a process of the container runs from now on."""
    ended(container, now, "stopped")
    container.runs.append([now, None, None])
    del container.runs[:-RUNS_KEPT]


def ended(container: Container, now: float, how: str) -> None:
    """Note that the process has ended: "stopped" by a signal, or "exited" by itself."""
    if container.runs and container.runs[-1][1] is None:
        container.runs[-1][1:] = [now, how]


def lines(container: Container, *, after: float, until: float, said_from: int) -> list[Line]:
    """The lines written after `after` and not later than `until`, oldest first.

    Of those that levers made it write, all from number `said_from` on: they may come while time stands.
    """
    made_up = (line for run in container.runs for line in _of_run(container, run, after, until))
    said = (Line(*one) for one in container.said[said_from:] if one[0] <= until)
    return _sorted([*made_up, *said])


def last_lines(container: Container, count: int, *, since: float, until: float) -> list[Line]:
    """The last `count` lines until `until`, as far as they are not older than `since`."""
    found = [Line(*one) for one in container.said if since <= one[0] <= until]
    for run in reversed(container.runs):
        # The made-up lines of a run come at a steady pace, so its last ones need no look at the others.
        late = min(run[1] or until, until) - (count + 2) * _pace(container)
        found += _of_run(container, run, max(run[0], since, late) - _INSTANT, until)
        if len(found) >= count + len(container.said):
            break
    return _sorted(found)[max(0, len(found) - count) :]


def _sorted(found: Iterable[Line]) -> list[Line]:
    return sorted(found, key=lambda line: line.at)


def _of_run(container: Container, run: Sequence[Any], after: float, until: float) -> Iterator[Line]:
    """What a run writes by itself in a stretch of time."""
    begin, end, how = run
    last = until if end is None else min(end, until)
    pace = _pace(container)
    number = max(0, int((after - begin - _OPENING_SECONDS) / pace))
    while (at := _at(begin, number, pace)) <= last:
        if at > after:
            yield Line(at, *_text(container, begin, number))
        number += 1
    if end is not None and after < end <= until:
        yield _last_words(end, how)


def _at(begin: float, number: int, pace: float) -> float:
    return begin if number == 0 else begin + _OPENING_SECONDS + (number - 1) * pace


def _pace(container: Container) -> float:
    """Seconds between the lines of this container, from 2 to 7."""
    return 2.0 + zlib.crc32(container.uuid.encode()) % 5000 / 1000


def _text(container: Container, begin: float, number: int) -> tuple[str, str]:
    if number == 0:
        return STDOUT, f"Starting {bare_reference(container.config.get('imageUuid'))}"
    if number == 1:
        return STDOUT, "Ready to take requests"
    drawn = zlib.crc32(f"{container.uuid}/{begin}/{number}".encode())
    if drawn % 11 == 0:
        return STDERR, f"WARN slow query took {200 + drawn % 800} ms"
    return STDOUT, f"GET /orders/{drawn % 10_000} 200 {1 + drawn % 90} ms"


def _last_words(at: float, how: str) -> Line:
    if how == "exited":
        return Line(at, STDERR, "The process has ended by itself")
    return Line(at, STDOUT, "Received signal 15, shutting down")
