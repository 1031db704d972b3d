"""The state machines of rows that follow from others, as data; see `state_machines`."""

from __future__ import annotations

from collections.abc import Mapping

from .state_machines import PROJECT, PULL_TASK, Machine, Process, states

_STANDARD = {name: process for name, process in PROJECT.processes.items() if name != "upgrade"}
"""The processes that a kind has by default (cattle: ProcessDefinition `defaultProcesses`)."""

MACHINES: Mapping[str, Machine] = {
    "healthcheckInstanceHostMap": Machine(
        processes={"remove": Process(states("active activating"), "removing", "removed")}
    ),
    "instanceLink": Machine(processes=_STANDARD, hidden=frozenset({"create"})),
    "ipAddress": Machine(
        processes=_STANDARD
        | {
            "associate": Process(states("active"), "associating", "associated"),
            "disassociate": Process(states("associating associated"), "disassociating", "active"),
        },
        hidden=frozenset({"create"}),
    ),
    "network": Machine(processes=_STANDARD, hidden=frozenset({"create"})),
    "physicalHost": Machine(
        processes={
            "update": Process(states("active"), "updating", "active"),
            "remove": Process(states("active updating"), "removing", "removed"),
        }
    ),
    "port": Machine(processes=_STANDARD, hidden=frozenset({"create"})),
    "serviceConsumeMap": Machine(
        processes={
            "update": Process(states("active"), "updating-active", "active"),
            "remove": Process(states("active updating-active"), "removing", "removed"),
        }
    ),
    "serviceExposeMap": PULL_TASK,
    "storagePool": Machine(processes=_STANDARD, hidden=frozenset({"create"})),
    "subnet": Machine(processes=_STANDARD, hidden=frozenset({"create"})),
    "volume": Machine(
        processes=_STANDARD
        | {
            "activate": Process(states("inactive registering detached"), "activating", "active"),
            "deactivate": Process(
                states("requested registering creating active activating updating-active updating-inactive"),
                "deactivating",
                "detached",
            ),
            "remove": Process(
                states(
                    "requested inactive detached deactivating registering updating-active updating-inactive"
                ),
                "removing",
                "removed",
            ),
        },
        extra={
            "active": frozenset({"deallocate"}),
            "activating": frozenset({"deallocate"}),
            "inactive": frozenset({"allocate"}),
        },
        hidden=frozenset({"create", "deactivate"}),
    ),
}
"""Rows that follow from others (cattle: spring-process-context.xml). `allocate` and `deallocate` of a
volume are offered by its state and move another one, that of its allocation: they change nothing [run]. That
it is activated is an action in v1 only, as the schemas say, and that it is deactivated in neither."""
