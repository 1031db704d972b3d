"""The whole log as JSON lines, to be proved whole elsewhere: events first, then the roots over them."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from deploytickets.audit import queries, sealing


def lines() -> Iterator[str]:
    """The export of the present log, line by line, with constant memory."""
    for event in queries.event_rows():
        yield sealing.as_line(event)
    for root in queries.root_rows():
        yield sealing.as_line(root)


def parse(exported: Iterable[str]) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Events and roots of an export, as `chain.verify` reads them. Raises ValueError: a line is neither.

    A line that a crash cut short counts as the whole one that was written after it, and a root that
    two processes wrote in the same moment counts once.
    """
    events: list[Mapping[str, Any]] = []
    roots: list[Mapping[str, Any]] = []
    written: set[str] = set()
    lines = [line.strip() for line in exported if line.strip()]
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if following != line and following.startswith(line):
            continue
        row = json.loads(line)
        if not isinstance(row, dict) or not ("root" in row or "hash" in row):
            raise ValueError("A line is neither an event nor a sealed root.")
        if "root" not in row:
            events.append(row)
        elif line not in written:
            written.add(line)
            roots.append(row)
    return events, roots
