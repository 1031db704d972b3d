"""The record of the processes that the engine runs: what runs, what waits, why it failed, how it ended (9).

At most one process of a row runs. What was asked for later waits as `SCHEDULED`; what failed or was
overtaken stays open, and ends as `CANCELED` as soon as a later process of the row has ended [run].
Nothing here decides what happens next: `runs`, `stack_processes`, `containers` and `hosts` only tell.
Source: cattle:code/framework/engine/.../DefaultProcessInstanceImpl.java, JooqProcessRecordDao.java.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .model import Container
from .process_model import ProcessExecution, ProcessInstance
from .world import World

KEPT = 3600.0
"""Seconds after which an ended process and an old try go (process_instance.purge.after.seconds)."""

_WHILE_RUNNING = 120.0
"""`runAfter` lies so far ahead while a try runs: nobody else takes it up (process.running_delay.millis)."""
_SCHEDULED_SINCE = 300.0
"""`runAfter` of what nobody put off lies so far back (JooqProcessRecordDao.merge)."""
_RESULTS = {"DONE": "SUCCESS", "CHAIN": "SUCCESS", "ALREADY_DONE": "SUCCESS", "CANCELED": "CANCELED"}
"""The exit reasons that end a process (ExitReason.java)."""

_PRIORITIES = {"container": 50}
_PRIORITY_OF_SYSTEM = 1000

_OF_STATE = {
    "creating": "instance.create",
    "starting": "instance.start",
    "stopping": "instance.stop",
    "restarting": "instance.restart",
    "removing": "instance.remove",
    "erroring": "instance.error",
    "purging": "instance.purge",
    "updating-running": "instance.update",
    "updating-stopped": "instance.update",
    "migrating": "instance.migrate",
}
"""The process that a container in a transitional state is in."""
_HANDED_OVER = ("instance.create", "instance.start")
_CHAINED = frozenset(
    {
        ("instance.restart", "instance.stop"),
        ("instance.stop", "instance.start"),
        ("instance.stop", "instance.remove"),
        ("instance.stop", "instance.error"),
    }
)
_DATA_OF_CREATED = {
    starts: {"io.cattle.platform.process.instance.InstanceCreate": {"startOnCreate": starts}}
    for starts in (True, False)
}
_DATA_OF_RESTARTED = {"io.cattle.platform.process.instance.InstanceProcessOptions": {"start": True}}
_DATA_OF_FAILED = {"errorState": True, "instance.stop::chain": "instance.error"}


def schedule(
    world: World, kind: str, number: int, project: int, name: str, data: Mapping[str, Any] | None = None
) -> ProcessInstance:
    """A process is asked for. `name` with the kind it belongs to: `service.upgrade`.

    Nobody may change `data` afterwards.
    """
    given = data or {}
    row = ProcessInstance(
        id=world.next_id("processInstance"),
        started=world.now,
        project=project,
        name=name,
        doing=name,
        kind=kind,
        number=number,
        run_after=world.now - _SCHEDULED_SINCE,
        priority=_PRIORITY_OF_SYSTEM if given.get("system") else _PRIORITIES.get(kind, 0),
        data=given,
    )
    world.processes.add(row)
    return row


def begin(world: World, kind: str, number: int, project: int, name: str) -> None:
    """A try of the newest process begins, which has that name; one that ran till now has been overtaken.

    A process that was under way before anybody kept a record is asked for now.
    """
    running = _running(world, kind, number)
    if running is not None:
        _exit(world, running, "STATE_CHANGED")
    waiting = world.processes.open.get((kind, number))
    row = waiting[-1] if waiting else schedule(world, kind, number, project, name)
    row.tries += 1
    row.exit_reason = None
    world.processes.running[(kind, number)] = row
    if row.phase == "REQUESTED":
        row.phase = "STARTED"
    row.run_after = world.now + _WHILE_RUNNING
    _log(world, row, ended=None, reason=None)


def end(world: World, kind: str, number: int, reason: str = "DONE") -> None:
    """The running process has ended well: by itself, or with another one chained to it (`CHAIN`)."""
    row = _running(world, kind, number)
    if row is None:
        return
    row.phase = "DONE"
    _exit(world, row, reason)
    _close(world, row, reason)
    for older in list(world.processes.open.get((kind, number), ())):
        if older.phase != "REQUESTED":
            _log(world, older, ended=world.now, reason="CANCELED")
        older.exit_reason = "CANCELED"
        older.run_after = world.now + world.timing.pause(max(1, older.tries))
        _close(world, older, "CANCELED")


def fail(
    world: World, kind: str, number: int, message: str | None, reason: str = "UNKNOWN_EXCEPTION"
) -> None:
    """The running try has failed, or waited in vain (`TIMEOUT`); it stays open to be tried again."""
    row = _running(world, kind, number)
    if row is not None:
        row.phase = "HANDLERS"
        _exit(world, row, reason, message)


def leave(world: World, kind: str, number: int, *, phase: str = "HANDLERS", name: str | None = None) -> None:
    """The running try found that its row had been moved on. `phase`: how far it was by then.

    With a `name`, only if the process of that name still runs.
    """
    row = _running(world, kind, number)
    if row is not None and name in (None, row.name):
        row.phase = phase
        _exit(world, row, "STATE_CHANGED", "STATE_CHANGED" if phase == "HANDLERS" else None)


def at_once(
    world: World,
    kind: str,
    number: int,
    project: int,
    name: str,
    data: Mapping[str, Any] | None = None,
    *,
    reason: str = "DONE",
) -> None:
    """A process that begins and ends in the same moment."""
    schedule(world, kind, number, project, name, data)
    begin(world, kind, number, project, name)
    end(world, kind, number, reason)


def follow(world: World, container: Container) -> None:
    """The container's state tells which of its processes runs: begin and end them accordingly.

    Its creation hands over to its start, so that both are one process; what is chained to a process gets
    its data [run].
    """
    number = container.id
    running = world.processes.running.get(("container", number))
    wanted = _OF_STATE.get(container.state)
    doing = running.doing if running is not None else None
    if doing == wanted:
        return
    data = _data_of(container, wanted)
    if running is not None:
        if (doing, wanted) == _HANDED_OVER:
            _hand_over(world, running, _HANDED_OVER[1])
            return
        if (doing, wanted) in _CHAINED and not _is_overtaken(container, wanted):
            data = running.data
            end(world, "container", number, "CHAIN")
        elif wanted is None:
            end(world, "container", number)
        elif container.failure is not None:
            fail(world, "container", number, container.failure, "UNKNOWN_EXCEPTION")
        else:
            leave(world, "container", number)
    if wanted is not None:
        schedule(world, "container", number, container.project, wanted, data)
        begin(world, "container", number, container.project, wanted)


def count_anew(row: ProcessInstance) -> None:
    """What the action `replay` does to the row (cattle: ProcessInstanceReplayHandler)."""
    row.tries, row.run_after = 0, None


def forget(world: World) -> None:
    """Let go of what ended so long ago that the server deletes it too; it grows without end otherwise."""
    world.processes.forget(world.now - KEPT)


def _data_of(container: Container, process: str | None) -> Mapping[str, Any]:
    if process == "instance.create":
        return _DATA_OF_CREATED[container.start_after_create]
    if process == "instance.restart":
        return _DATA_OF_RESTARTED
    if process == "instance.stop":
        if container.failure is not None and not container.starts_again:
            return _DATA_OF_FAILED
        return {"remove": True} if container.remove_after_stop else {}
    return {}


def _is_overtaken(container: Container, process: str | None) -> bool:
    """Whether somebody else stops it that was only about to be restarted."""
    return process == "instance.stop" and not container.starts_after_stop


def _running(world: World, kind: str, number: int) -> ProcessInstance | None:
    return world.processes.running.get((kind, number))


def _exit(world: World, row: ProcessInstance, reason: str, message: str | None = None) -> None:
    """The running try ends; of the process itself nothing is said."""
    row.exit_reason = reason
    del world.processes.running[(row.kind, row.number)]
    row.run_after = world.now + world.timing.pause(max(1, row.tries))
    part = world.processes.executions[row.executions[-1]].parts[-1]
    part[2:] = [world.now, reason, message]


def _close(world: World, row: ProcessInstance, reason: str) -> None:
    row.result = _RESULTS[reason]
    world.processes.close(row, world.now)


def _hand_over(world: World, row: ProcessInstance, name: str) -> None:
    _exit(world, row, "DELEGATE")
    row.doing, row.exit_reason = name, None
    world.processes.running[(row.kind, row.number)] = row
    row.tries += 1
    row.run_after = world.now + _WHILE_RUNNING
    world.processes.executions[row.executions[-1]].parts.append([name, world.now, None, None, None])


def _log(world: World, row: ProcessInstance, *, ended: float | None, reason: str | None) -> None:
    execution = ProcessExecution(
        id=world.next_id("processExecution"),
        project=row.project,
        instance=row.id,
        began=world.now,
        parts=[[row.doing if reason is None else row.name, world.now, ended, reason, None]],
    )
    world.processes.executions[execution.id] = execution
    row.executions.append(execution.id)
    if row.tries > 1:
        world.processes.forget_tries(row, world.now - KEPT)
