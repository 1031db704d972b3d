"""The compose executor beside the server: which events reach it, and what it answers (3.1).

It works on all events at once. An event that it does not get, because it is not running or a text has ended
it, is lost; the server sends the next one when it has waited long enough (`stack_processes`).
Source: rancher-compose-executor v0.14.30, executor/.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from rancher_client.simulator.executor import ExecutorEnded, Refusal, read

from . import executor_work, stack_processes
from .executor_model import Work
from .model import Stack
from .world import World


def send(world: World, stack: Stack, process: str, body: Mapping[str, Any]) -> int:
    """Send the event of a stack's process; returns its number."""
    executor = world.executor
    executor.events += 1
    event = executor.events
    if executor.is_running and executor.restarts_at is None:
        pause = world.timing.executor_answer
        if not all(work.is_taken for work in executor.works.values()):
            pause *= world.random.uniform(0.5, 1.5)  # of two events at once either may be looked at first
        executor.works[event] = Work(event, stack.id, process, copy.deepcopy(dict(body)))
        world.later(pause, "executor.taken", event)
    return event


def start(world: World) -> None:
    """The process runs from now on and registers itself; the first time on this server, too."""
    world.executor.is_registered = world.executor.is_running = True
    world.executor.restarts_at = None


def stop(world: World) -> None:
    """The process ends, whatever it had in hand is lost; the registration stays."""
    world.executor.is_running = False
    world.executor.works.clear()


def forget(world: World) -> None:
    """As if it had never run on this server."""
    stop(world)
    world.executor.is_registered = False


def taken(world: World, event: int) -> None:
    """Event: the executor looks at an event that has reached it."""
    work = world.executor.works.get(event)
    if work is None:
        return
    work.is_taken = True
    stack = world.stacks[work.stack]
    if work.process in ("finishupgrade", "rollback"):
        executor_work.go_through(world, work)
        return
    if not stack.fields.get("dockerCompose"):
        # The stored text counts, not the one sent: a stack made without is an empty shell for ever (3.4).
        executor_work.end(world, work, {})
        return
    try:
        _read(world, work, stack)
    except ExecutorEnded:
        _crash(world)
        return
    except Refusal as refusal:
        executor_work.fail(world, work, refusal.text)
        return
    is_upgrade = work.process == "upgrade"
    stack_processes.progressed(world, stack, event, "Upgrading stack" if is_upgrade else "Creating stack")
    executor_work.begin_pass(world, work)


def restarted(world: World) -> None:
    """Event: the server has started an executor again that a text had ended."""
    executor = world.executor
    if executor.restarts_at is not None and world.now >= executor.restarts_at - 1e-9:
        executor.restarts_at = None


def _crash(world: World) -> None:
    world.executor.works.clear()
    world.executor.restarts_at = world.now + world.timing.executor_restart
    world.at(world.executor.restarts_at, "executor.restarted")


def _read(world: World, work: Work, stack: Stack) -> None:
    """Read the texts of the event. Raises Refusal, ExecutorEnded."""
    is_upgrade = work.process == "upgrade"
    texts = work.body if is_upgrade else stack.fields
    project = world.projects[stack.project]
    wanted = read(
        str(texts.get("dockerCompose") or ""),
        str(texts.get("rancherCompose") or ""),
        stored=stack.fields.get("environment") or {},
        given=(work.body.get("environment") or {}) if is_upgrade else {},
        stack=stack.name,
        environment=str(project.fields.get("name") or ""),
        former=str(stack.fields.get("rancherCompose") or "") if is_upgrade else "",
    )
    work.wanted = [service.saved() for service in wanted.services]
    work.volumes = list(wanted.volumes)
    if is_upgrade:
        work.passes = ["up"]
        work.answer = _after_upgrade(stack, work.body, wanted.variables)
    elif stack.fields.get("startOnCreate"):
        work.passes = ["create", "create", "up"]
    else:
        # The second one sets the links of services that link to each other.
        work.passes = ["create", "create"]


def _after_upgrade(stack: Stack, body: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, Any]:
    """What an upgraded stack remembers; what there was before stays where it is not finished (3.4)."""
    fields = stack.fields
    return {
        "externalId": str(body.get("externalId") or ""),
        "environment": dict(variables),
        "previousExternalId": fields.get("previousExternalId") or fields.get("externalId"),
        "previousEnvironment": fields.get("previousEnvironment") or fields.get("environment"),
    }
