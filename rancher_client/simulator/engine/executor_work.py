"""The executor's work on one event: passes through all services at once, or a way through them one by one.

`create` and `up` begin every service whose predecessors have had their turn, whatever came of it; the first
error is the work's. `finishupgrade` and `rollback` know only the services the stack has, in order of id, and
three seconds for each (rancher-1.6-api.md 3.4).
Source: rancher-compose-executor v0.14.30, project/project.go, executor/handlers/.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import executor_calls, services, stack_processes
from .executor_model import Turn, Work
from .model import Service, Stack
from .state_machines import SERVICE
from .world import World


def begin_pass(world: World, work: Work) -> None:
    """The next pass through the services of the text; without one left the work is done."""
    if not work.passes:
        end(world, work, work.answer)
        return
    try:
        for volume in work.volumes:
            executor_calls.ensure_volume(world, world.stacks[work.stack], volume)
    except executor_calls.CallFailed as failed:
        fail(world, work, failed.text)
        return
    if not work.wanted:
        end(world, work, work.answer)
        return
    work.turns = {
        service["name"]: Turn(service["name"], after=list(service["after"])) for service in work.wanted
    }
    # The executor keeps its services in a map of Go, whose order is chance.
    names = sorted(work.turns)
    world.random.shuffle(names)
    for name in names:
        _begin_if_free(world, work, work.turns[name])


def end_turn(world: World, work: Work, turn: Turn, error: str | None = None) -> None:
    """A service's turn is over; those that waited for it begin, after the last the next pass."""
    turn.has_ended, turn.error = True, error
    for other in work.turns.values():
        if turn.name in other.after:
            _begin_if_free(world, work, other)
    if not all(each.has_ended for each in work.turns.values()):
        return
    failed = next((each.error for each in work.turns.values() if each.error is not None), None)
    if failed is not None:
        fail(world, work, failed)
        return
    work.passes = work.passes[1:]
    begin_pass(world, work)


def end(world: World, work: Work, fields: Mapping[str, Any]) -> None:
    """The answer that the server waits for."""
    world.executor.works.pop(work.event, None)
    stack_processes.answered(world, world.stacks[work.stack], work.event, fields)


def fail(world: World, work: Work, text: str) -> None:
    """A refusal is an answer to `create`; to `upgrade` it is mere progress, and the server waits on (3.4)."""
    world.executor.works.pop(work.event, None)
    stack = world.stacks[work.stack]
    if work.process == "create":
        stack_processes.refused(world, stack, work.event, text)
    elif work.process == "upgrade":
        stack_processes.progressed(world, stack, work.event, text)


def go_through(world: World, work: Work) -> None:
    """The work of `finishupgrade` and `rollback` begins."""
    work.left = [s.id for s in stack_processes.services_of(world, world.stacks[work.stack])]
    look(world, work.event)


def look(world: World, event: int) -> None:
    """Event: the executor looks at the service that its finish or rollback stands at."""
    work = world.executor.works.get(event)
    if work is None:
        return
    if not work.left:
        end(world, work, _after(work.process, world.stacks[work.stack]))
        return
    service = world.services[work.left[0]]
    moving = transitioning(service)
    if moving == "yes" and work.looks + 1 < world.timing.executor_looks:
        work.looks += 1
        world.later(world.timing.executor_look, "executor.look", event)
        return
    if moving != "no":
        fail(world, work, "")  # no answer at all: the event times out
        return
    if work.is_begun or service.state != "upgraded":
        work.left, work.is_begun = work.left[1:], False
    else:
        services.act(world, service, work.process, {})
        work.is_begun = True
    work.looks = 0
    world.later(world.timing.executor_call, "executor.look", event)


def transitioning(service: Service) -> str:
    """`transitioning` as the API shows it to the executor."""
    return SERVICE.transitioning(service.state, failed=service.failed)


def _begin_if_free(world: World, work: Work, turn: Turn) -> None:
    if all(work.turns[name].has_ended for name in turn.after):
        turn.step = "begun"
        world.later(world.timing.executor_call, "executor.turn", work.event, turn.name)


def _after(process: str, stack: Stack) -> dict[str, Any]:
    """Nothing is previous any more; a rollback returns to what was (3.4)."""
    fields = stack.fields
    cleared: dict[str, Any] = {"previousExternalId": None, "previousEnvironment": None}
    if process == "finishupgrade":
        return cleared
    return cleared | {
        "externalId": fields.get("previousExternalId") or fields.get("externalId"),
        "environment": fields.get("previousEnvironment") or fields.get("environment"),
    }
