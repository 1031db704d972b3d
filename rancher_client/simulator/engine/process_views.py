"""Processes and their tries as the API shows them to admins (rancher-1.6-api.md 9)."""

from __future__ import annotations

import copy
import uuid
from typing import Any

from .model import Ref
from .process_model import ProcessExecution, ProcessInstance
from .world import World

View = dict[str, Any]

SERVER = "192.0.2.2"
"""What the only server calls itself: an address."""

_SAVED_AFTER = 5.0
"""Seconds after which a running try is written down with where it is (process.log.save.interval.ms)."""

_BASE_TYPES = {"container": "instance"}

_HANDLERS = {
    "instance.create": "InstanceCreate",
    "instance.remove": "InstanceRemove",
    "instance.restart": "InstanceRestart",
    "instance.start": "InstanceStart",
    "instance.stop": "InstanceStop",
    "service.activate": "ServiceUpdateActivate",
    "service.continueupgrade": "ServiceContinueupgrade",
    "service.create": "ServiceCreate",
    "service.deactivate": "ServiceDeactivate",
    "service.finishupgrade": "ServiceFinishUpgrade",
    "service.remove": "ServiceRemove",
    "service.restart": "ServiceRestart",
    "service.rollback": "ServiceRollback",
    "service.update": "ServiceUpdateActivate",
    "service.upgrade": "ServiceUpgrade",
    "stack.create": "rancher-compose-executor",
    "stack.finishupgrade": "rancher-compose-executor",
    "stack.rollback": "rancher-compose-executor",
    "stack.upgrade": "rancher-compose-executor",
}
"""The handler in which a process spends its time; others of its handlers are not kept."""


def of_instance(world: World, row: ProcessInstance) -> View:
    """One process. Its data are in clear, variables too, as the server has them."""
    runs = row.exit_reason is None
    return {
        "kind": "processInstance",
        "accountId": Ref("project", row.project),
        "data": copy.deepcopy(row.data),
        "startTime": row.started,
        "endTime": row.ended,
        "executionCount": row.tries,
        "exitReason": row.exit_reason,
        "phase": "HANDLERS" if runs and _is_saved(world, row.executions[-1]) else row.phase,
        "priority": row.priority,
        "processName": row.name,
        "resourceId": Ref(row.kind, row.number),
        "resourceType": _BASE_TYPES.get(row.kind, row.kind),
        "result": row.result,
        "runAfter": row.run_after,
        "runningProcessServerId": SERVER if runs else None,
        "startProcessServerId": SERVER,
    }


def of_execution(world: World, row: ProcessExecution) -> View:
    """One try with its log. Uuids come from its number, so that looking changes nothing."""
    instance = world.processes.instances[row.instance]
    own = _uuid("processExecution", row.id)
    return {
        "kind": "processExecution",
        "created": row.began,
        "processInstanceId": Ref("processInstance", row.instance),
        "uuid": own,
        "log": {
            "uuid": own,
            "executions": [_part(world, row, instance, index, *part) for index, part in enumerate(row.parts)],
        },
    }


def summary(world: World) -> list[View]:
    """The processes that have not ended, counted by name (cattle: ProcessSummaryDaoImpl)."""
    counted: dict[str, View] = {}
    for row in (row for rows in world.processes.open.values() for row in rows):
        of_name = counted.setdefault(
            row.name, {"processName": row.name, "running": 0, "ready": 0, "delay": 0}
        )
        is_put_off = row.run_after is not None and row.run_after > world.now
        of_name["running" if row.exit_reason is None else "delay" if is_put_off else "ready"] += 1
    return [counted[name] for name in sorted(counted)]


def _part(
    world: World,
    row: ProcessExecution,
    instance: ProcessInstance,
    index: int,
    name: str,
    began: float,
    ended: float | None,
    reason: str | None,
    message: str | None,
) -> View:
    failed = {"message": message, "clz": _class_of(reason), "cause": None, "stackTrace": message}
    handler: View = {
        "children": [],
        "name": _HANDLERS.get(name, name),
        "startTime": _millis(began),
        "stopTime": _millis(ended),
        "exception": failed if message is not None or reason == "TIMEOUT" else None,
        "shouldContinue": False,
        "shouldDelegate": reason == "DELEGATE",
        "chainProcessName": None,
    }
    told = reason != "CANCELED" if ended is not None else _is_saved(world, row.id)
    return {
        "children": [],
        "id": _uuid(name, row.id, index),
        "startTime": _millis(began),
        "processName": name,
        "stopTime": _millis(ended),
        "processingServerId": SERVER,
        "resourceType": _BASE_TYPES.get(instance.kind, instance.kind),
        "resourceId": str(instance.number),
        "processId": instance.id,
        "transitions": [],
        "processHandlerExecutions": [handler] if told else [],
        "exception": failed if reason == "UNKNOWN_EXCEPTION" else None,
        "exitReason": reason,
        "name": name,
    }


def _is_saved(world: World, execution: int) -> bool:
    began: float = world.processes.executions[execution].parts[-1][1]
    return world.now - began >= _SAVED_AFTER


def _class_of(reason: str | None) -> str:
    if reason == "STATE_CHANGED":
        return "io.cattle.platform.engine.process.impl.ProcessExecutionExitException"
    if reason == "TIMEOUT":
        return "io.cattle.platform.async.utils.TimeoutException"
    return "io.cattle.platform.util.exception.ExecutionException"


def _millis(epoch: float | None) -> int | None:
    return None if epoch is None else round(epoch * 1000)


def _uuid(*parts: object) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, " ".join(map(str, parts))))
