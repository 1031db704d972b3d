"""Pull tasks: all fitting hosts fetch an image, each tells how it went (rancher-1.6-api.md 9.1)."""

from __future__ import annotations

from typing import Any

from . import scheduling
from .images import bare_reference, keep
from .model import PullTask
from .refusals import action_not_available
from .state_machines import PULL_TASK
from .world import World


def create(world: World, fields: dict[str, Any], *, project: int) -> PullTask:
    """POST of a pull task; `cached` touches no registry."""
    task = PullTask(
        id=world.next_id("pullTask"),
        uuid=world.new_uuid(),
        created=world.now,
        project=project,
        image=str(fields["image"]),
        mode=str(fields["mode"]),
        labels={str(key): str(value) for key, value in (fields.get("labels") or {}).items()},
    )
    world.pull_tasks[task.id] = task
    world.touch("pullTask", task.id)
    behaviour = world.images.of(task.image)
    pull = world.timing.pull if behaviour.pull is None else behaviour.pull
    world.later(
        world.timing.pull_task_step + (pull if task.mode == "all" else 0.0), "pull_task.done", task.id
    )
    return task


def done(world: World, task: PullTask) -> None:
    """Event: the task ends `active`, also when a host could not pull; `status` is by host name.

    One that is removed meanwhile is left alone.
    """
    if task.state != "activating":
        return
    reference = bare_reference(task.image)
    exists = world.images.of(task.image).exists
    rules = scheduling.rules_of(task.labels, {})
    task.status = {}
    for host in scheduling.usable_hosts(world, task.project):
        if not scheduling.fits_labels(world, host, rules):
            continue
        if task.mode == "all" and exists:
            keep(host.images, reference)
        has_it = reference in host.images
        name = host.fields.get("name")
        if name is not None:  # hosts without a name are pulled on and never reported
            failed = f"Image [{reference}] failed to pull: manifest unknown"
            task.status[str(name)] = "Done" if has_it and (exists or task.mode != "all") else failed
    task.state = "active"
    world.touch("pullTask", task.id)


def act(world: World, task: PullTask, action: str) -> None:
    """Its one action is to be removed. Raises Refused."""
    if action not in PULL_TASK.offered(task.state):
        raise action_not_available()
    task.state = PULL_TASK.processes[action].begin(task.state)
    world.touch("pullTask", task.id)
    world.later(world.timing.pull_task_step, "pull_task.removed", task.id)


def removed(world: World, task: PullTask) -> None:
    """Event: nothing of the task is left; the images stay on the hosts."""
    task.state, task.removed = "removed", world.now
    world.touch("pullTask", task.id)
