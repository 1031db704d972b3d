"""Processes of stacks: what the server does around the compose executor (rancher-1.6-api.md 3.1, 3.4).

An external handler stands behind four of them. The server sends it an event and holds the stack until the
answer or the time-out; a time-out is tried again by the task of 13.3, without end. What was requested
meanwhile waits, and the overtaken process then ends without a state of its own.
Source: cattle:code/iaas/logic-common/.../EventBasedProcessHandler.java, RetryTimeoutServiceImpl.java.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from . import executor, process_instances, services, volume_templates, volumes
from .model import Service, Stack, StackRun
from .state_machines import STACK
from .world import World

WITH_HANDLER = frozenset({"create", "upgrade", "finishupgrade", "rollback"})
"""The processes the executor registers itself for."""


def request(
    world: World,
    stack: Stack,
    process: str,
    body: Mapping[str, Any] | None = None,
    *,
    told: Mapping[str, Any] | None = None,
) -> None:
    """Move the stack into the process's transitional state and schedule the process.

    The caller has checked that the process may start. `told` as in `schedule`.
    """
    stack.former_state = stack.state
    stack.state = STACK.processes[process].begin(stack.state)
    schedule(world, stack, process, body, told=told)


def schedule(
    world: World,
    stack: Stack,
    process: str,
    body: Mapping[str, Any] | None = None,
    *,
    told: Mapping[str, Any] | None = None,
) -> None:
    """The same for a stack that is in the transitional state already.

    `told` is what the record of the process keeps as its data.
    """
    stack.failed, stack.message = False, None
    stack.queued, stack.queued_body = process, copy.deepcopy(dict(body or {}))
    data = {
        **copy.deepcopy(dict(told or {})),
        **({"system": True} if stack.fields.get("system") else {}),
    }
    process_instances.schedule(world, "stack", stack.id, stack.project, f"stack.{process}", data)
    world.touch("stack", stack.id)
    if stack.run is None or stack.run.retry_at is not None:
        stack.run = None
        _plan(world, stack, world.now + world.timing.process_start)


def step(world: World, stack: Stack, beat: int) -> None:
    """Event: a process begins or is tried again, one without a handler ends, or a time-out is over."""
    if beat != stack.beat:
        return
    run = stack.run
    if run is None:
        _begin(world, stack)
    elif run.retry_at is not None:
        run.retry_at = None
        _recorded(world, stack, run)
        _send(world, stack, run)
    elif run.event is None:
        _end(world, stack, run)
    elif run.was_kept_alive:
        run.was_kept_alive = False
        _plan(world, stack, world.now + world.timing.wait_timeout)
    else:
        _time_out(world, stack, run)


def retry_now(world: World, stack: Stack) -> None:
    """A process that has timed out does not wait for its next try any longer."""
    if stack.run is not None and stack.run.retry_at is not None:
        _plan(world, stack, world.now)


def _awaiting(stack: Stack, event: int) -> StackRun | None:
    """The run that waits for an answer to this event; what comes after its time-out is not heard."""
    return stack.run if stack.run is not None and stack.run.event == event else None


def progressed(world: World, stack: Stack, event: int, message: str) -> None:
    """The executor says how far it is: the message is shown, and the time-out set once more."""
    run = _awaiting(stack, event)
    if run is None:
        return
    run.was_kept_alive = True
    stack.message = message
    world.touch("stack", stack.id)


def answered(world: World, stack: Stack, event: int, fields: Mapping[str, Any]) -> None:
    """The executor has done its work; its fields count also when the stack has moved on meanwhile."""
    run = _awaiting(stack, event)
    if run is None:
        return
    stack.fields |= copy.deepcopy(dict(fields))
    world.touch("stack", stack.id)
    # The state follows in a write of its own, for a moment the fields are ahead of it.
    run.event = None
    _plan(world, stack, world.now + world.timing.executor_call / 2)


def refused(world: World, stack: Stack, event: int, message: str) -> None:
    """The executor cannot do it at all: of all processes only `create` ends so (3.2)."""
    run = _awaiting(stack, event)
    if run is None:
        return
    stack.run = None
    process_instances.fail(world, "stack", stack.id, message)
    if stack.state == run.state:
        error = STACK.processes["error"]
        stack.state = error.end(error.begin(stack.state))
        process_instances.at_once(world, "stack", stack.id, stack.project, "stack.error")
        stack.failed, stack.message = True, message
    world.touch("stack", stack.id)
    _begin(world, stack)


def services_of(world: World, stack: Stack) -> list[Service]:
    """The stack's services that are not removed."""
    return [s for s in world.services.values() if s.stack == stack.id and s.removed is None]


def _begin(world: World, stack: Stack) -> None:
    if stack.queued is None:
        return
    run = StackRun(process=stack.queued, state=stack.state, body=stack.queued_body)
    stack.run, stack.queued, stack.queued_body = run, None, {}
    _recorded(world, stack, run)
    if run.process == "remove":
        for service in services_of(world, stack):
            services.delete(world, service)
        volume_templates.remove_all(world, stack)
        volumes.remove_with(world, stack)
    _send(world, stack, run)


def _send(world: World, stack: Stack, run: StackRun) -> None:
    if run.process in WITH_HANDLER and world.executor.is_registered:
        run.event = executor.send(world, stack, run.process, run.body)
        _plan(world, stack, world.now + world.timing.wait_timeout)
    else:
        _plan(world, stack, world.now + world.timing.stack_step)


def _end(world: World, stack: Stack, run: StackRun) -> None:
    stack.run = None
    if stack.state == run.state:
        process_instances.end(world, "stack", stack.id)
        stack.state = STACK.processes[run.process].end(stack.state)
        if stack.state == "removed":
            stack.removed = world.now
    else:
        process_instances.leave(world, "stack", stack.id, phase="DONE")
    world.touch("stack", stack.id)
    _begin(world, stack)


def _time_out(world: World, stack: Stack, run: StackRun) -> None:
    run.event = None
    if stack.state != run.state:
        _end(world, stack, run)
        return
    process_instances.fail(world, "stack", stack.id, None, "TIMEOUT")
    run.tries += 1
    run.retry_at = world.next_beat(world.timing.retry_task, after=world.now + world.timing.pause(run.tries))
    _plan(world, stack, run.retry_at)


def _recorded(world: World, stack: Stack, run: StackRun) -> None:
    process_instances.begin(world, "stack", stack.id, stack.project, f"stack.{run.process}")


def _plan(world: World, stack: Stack, at: float) -> None:
    """Plan the next look; an earlier plan becomes void."""
    stack.beat += 1
    world.at(at, "stack.run", stack.id, stack.beat)
