"""What each event of the agenda does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import (
    containers,
    derived_processes,
    executor,
    executor_turns,
    executor_work,
    health,
    hosts,
    instance_links,
    labels,
    process_instances,
    projects,
    pull_tasks,
    reevaluating,
    services,
    stack_processes,
    stacks,
    volume_templates,
    volumes,
)
from .world import World

Handler = Callable[..., None]


def play(world: World, to: float) -> None:
    """Play every event due until `to`, in order; the clock never goes back."""
    while (event := world.agenda.pop_due(to)) is not None:
        world.now = max(world.now, event.at)
        _HANDLERS[event.name](world, *event.args)
    world.now = max(world.now, to)
    process_instances.forget(world)


def _service(handler: Callable[..., None]) -> Handler:
    def handle(world: World, number: int, *rest: Any) -> None:
        handler(world, world.services[number], *rest)

    return handle


def _stack(handler: Callable[..., None]) -> Handler:
    def handle(world: World, number: int, *rest: Any) -> None:
        handler(world, world.stacks[number], *rest)

    return handle


def _host(handler: Callable[..., None]) -> Handler:
    def handle(world: World, number: int, *rest: Any) -> None:
        handler(world, world.hosts[number], *rest)

    return handle


def _project(handler: Callable[..., None]) -> Handler:
    def handle(world: World, number: int, *rest: Any) -> None:
        handler(world, world.projects[number], *rest)

    return handle


def _health_answered(world: World, number: int, since: float) -> None:
    if health.answer(world, number, since):
        containers.tell_health(world, world.containers[number])


def _never_healthy(world: World, number: int, since: float) -> None:
    """The task leaves what is stopping to its next look (cattle: HealthcheckCleanupMonitorImpl)."""
    container = world.containers[number]
    if not health.is_given_up(container, since):
        return
    if container.state == "stopping":
        health.plan_giving_up(world, container, after=world.now)
    else:
        containers.remove(world, container)


def _purge(world: World, kind: str, number: int) -> None:
    """The task purges what nobody has purged by hand."""
    row = world.table(kind)[number]
    if row.state == "removed":
        _PURGED_BY[kind](world, row)


_PURGED_BY: dict[str, Callable[[World, Any], None]] = {
    "container": lambda world, row: containers.act(world, row, "purge", {}),
    "host": lambda world, row: hosts.act(world, row, "purge"),
    "project": lambda world, row: projects.act(world, row, "purge"),
    "volumeTemplate": lambda world, row: volume_templates.act(world, row, "purge"),
}


def _pull_task(handler: Callable[..., None]) -> Handler:
    def handle(world: World, number: int) -> None:
        handler(world, world.pull_tasks[number])

    return handle


_HANDLERS: dict[str, Handler] = {
    "container.step": containers.step,
    "container.unanswered": containers.unanswered,
    "container.exit": containers.exit_by_itself,
    "container.exit_noticed": containers.exit_noticed,
    "container.health": _health_answered,
    "container.never_healthy": _never_healthy,
    "container.forgotten": instance_links.forget,
    "row.purge": _purge,
    "service.created": _service(services.created),
    "service.run": _service(services.step),
    "service.trigger": _service(reevaluating.look),
    "stack.run": _stack(stack_processes.step),
    "derived.end": derived_processes.end,
    "derived.step": derived_processes.step,
    "executor.taken": executor.taken,
    "executor.turn": executor_turns.go_on,
    "executor.look": executor_work.look,
    "executor.restarted": executor.restarted,
    "stack.health": _stack(stacks.settle_health),
    "host.step": _host(hosts.step),
    "host.evacuated": _host(hosts.evacuated),
    "host.reconnecting": _host(hosts.reconnecting),
    "host.disconnected": _host(hosts.disconnected),
    "host.reconnected": _host(hosts.reconnected),
    "label.removed": labels.removed,
    "project.step": _project(projects.step),
    "pull_task.done": _pull_task(pull_tasks.done),
    "pull_task.removed": _pull_task(pull_tasks.removed),
    "volume.lost": volumes.lost,
    "volume_template.step": volume_templates.step,
}
