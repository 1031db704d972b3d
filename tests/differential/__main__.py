"""`python -m tests.differential A.json B.json`: two servers side by side; exit status 1 below thresholds."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .programs import KINDS
from .report import exit_status
from .server import Server, read_address
from .side_by_side import drawn, run


def main(arguments: list[str] | None = None) -> int:
    """Play, print the report; returns the exit status."""
    options = _parser().parse_args(arguments)
    first, second = (Server(read_address(path)) for path in (options.first, options.second))
    chosen = drawn(options.kinds, sequences=options.sequences, seed=options.seed, steps=options.steps)
    try:
        report = run(first, second, chosen, at_once=options.at_once)
    finally:
        first.close()
        second.close()
    for line in report.lines():
        sys.stdout.write(line + "\n")
    return exit_status(report, (options.answers, options.settled, options.moments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("first", type=Path, help="JSON about the server that is right")
    parser.add_argument("second", type=Path, help="JSON about the server that is judged")
    parser.add_argument("--sequences", type=int, default=20, help="programs to play, the kinds in turn")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes other programs")
    parser.add_argument("--steps", type=int, default=7, help="steps of a program after its opening")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--at-once", type=int, default=4, help="programs at the same time, of those that may")
    parser.add_argument("--answers", type=float, default=99.5, help="percent of answers that must be equal")
    parser.add_argument("--settled", type=float, default=95.0, help="percent of settled pictures")
    parser.add_argument(
        "--moments", type=float, default=95.0, help="percent of outcomes that the first shows too"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
