"""Draws programs, plays each on both servers, and reports. Those that move hosts run alone in the project."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import requests

from . import programs
from .comparison import compare
from .moments import pair_of
from .player import Play, play
from .report import Report
from .server import Server
from .steps import Program


def drawn(kinds: Sequence[str], *, sequences: int, seed: int, steps: int) -> list[Program]:
    """`sequences` programs, the kinds in turn. Raises KeyError for an unknown kind."""
    return [
        programs.draw(kinds[number % len(kinds)], seed=seed, sequence=number // len(kinds), steps=steps)
        for number in range(sequences)
    ]


def run(first: Server, second: Server, chosen: Sequence[Program], *, at_once: int = 1) -> Report:
    """Play and compare them; `at_once` of those that need not be alone at the same time."""
    report, lock = Report(), threading.Lock()

    def one(program: Program) -> None:
        if program.needs_lever and (first.levers is None or second.levers is None):
            with lock:
                report.leave_out(program)
            return
        try:
            plays = _played(program, first, second)
        except (requests.RequestException, TimeoutError, LookupError) as broken:
            with lock:
                report.broken.append(f"{program.name}: {broken!r}")
            return
        with lock:
            _count(report, program, *plays)

    for program in chosen:
        if program.is_alone:
            one(program)
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(one, [program for program in chosen if not program.is_alone]))
    return report


def _played(program: Program, first: Server, second: Server) -> tuple[Play, Play]:
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.submit(play, program, first), pool.submit(play, program, second)
        return one.result(), other.result()


def _count(report: Report, program: Program, first: Play, second: Play) -> None:
    if first.outcome is not None and second.outcome is not None:
        report.add_moment(pair_of(program.sequence).name, first.outcome, second.outcome)
    else:
        report.add(compare(program, first, second))
