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
    """Events and roots of an export, as `chain.verify` reads them. Raises ValueError: a line is neither."""
    events: list[Mapping[str, Any]] = []
    roots: list[Mapping[str, Any]] = []
    for line in filter(str.strip, exported):
        row = json.loads(line)
        if not isinstance(row, dict) or not ("root" in row or "hash" in row):
            raise ValueError("A line is neither an event nor a sealed root.")
        (roots if "root" in row else events).append(row)
    return events, roots
