"""What the record of processes and the service log tell, for the tests."""

from __future__ import annotations

from typing import Any

from .lab import Lab


def processes(lab: Lab, kind: str, number: int) -> list[dict[str, Any]]:
    """The processes of a row in the order in which they were asked for."""
    views = (lab.engine.view("processInstance", each) or {} for each in lab.engine.ids("processInstance"))
    return [view for view in views if view["resourceId"] == (kind, number)]


def ends(lab: Lab, kind: str, number: int) -> list[tuple[str, str | None, str | None]]:
    """Of each process of a row: its name, why its last try ended, with what it ended itself."""
    found = processes(lab, kind, number)
    return [(each["processName"], each["exitReason"], each["result"]) for each in found]


def tries(lab: Lab, process: str, kind: str, number: int) -> list[dict[str, Any]]:
    """What the logs tell of the newest process of that name, one entry for each process of each try."""
    [*_, found] = [
        each
        for each in lab.engine.ids("processInstance")
        if (view := lab.engine.view("processInstance", each) or {})["resourceId"] == (kind, number)
        and view["processName"] == process
    ]
    runs = (
        lab.engine.view(*run) or {}
        for run in lab.engine.related("processInstance", found, "processExecutions")
    )
    return [execution for run in runs for execution in run["log"]["executions"]]


def told(lab: Lab, service: int) -> list[tuple[str, str]]:
    """The service's log, line by line: event and text."""
    return [(line["eventType"], line["description"]) for line in lines(lab, service)]


def lines(lab: Lab, service: int) -> list[dict[str, Any]]:
    """The lines of the service's log in the order in which they were written."""
    return [lab.engine.view(*log) or {} for log in lab.engine.related("service", service, "serviceLogs")]
