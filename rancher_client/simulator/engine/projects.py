"""Projects, the environments of the UI: their life, and the end of their stacks (rancher-1.6-api.md 11)."""

from __future__ import annotations

from typing import Any

from . import networks, purging, stacks, volumes
from .model import Project
from .refusals import action_not_available, not_found
from .state_machines import PROJECT
from .world import World


def create(world: World, fields: dict[str, Any]) -> Project:
    """A project as a POST makes it: `registering`, active a moment later.

    `id` may be given, because accounts of people share the numbers (1.4), and so may `state`, for a
    project that has stood there for long.
    """
    number = fields.pop("id", None) or world.next_id("project")
    world.last_ids["project"] = max(world.last_ids["project"], int(number))
    state = str(fields.pop("state", "registering"))
    project = Project(
        id=int(number),
        uuid=world.new_uuid(),
        created=world.now,
        state=state,
        networks=networks.found_in(world),
        fields=fields,
    )
    project.fields.setdefault("version", "2")
    world.projects[project.id] = project
    if state == "registering":
        world.later(world.timing.project_step, "project.step", project.id, "activate")
    world.touch("project", project.id)
    return project


def update(world: World, project: Project, fields: dict[str, Any]) -> None:
    """PUT: no field of a project starts a process, so it is never seen `updating-active`."""
    project.fields |= fields
    world.touch("project", project.id)


def act(world: World, project: Project, action: str) -> None:
    """One action of the API. Raises Refused."""
    if action not in PROJECT.offered(project.state):
        raise action_not_available()
    if action == "remove":
        delete(world, project)
    elif action not in PROJECT.processes:
        raise not_found()
    else:
        process = PROJECT.processes[action]
        project.state = process.begin(project.state)
        world.later(world.timing.project_step, "project.step", project.id, action)
    world.touch("project", project.id)


def delete(world: World, project: Project) -> None:
    """DELETE: deactivated if need be and removed before the answer, and all stacks go with it."""
    if project.removed is not None:
        raise not_found()
    for stack in list(world.stacks.values()):
        if stack.project == project.id:
            stacks.delete(world, stack)
    project.state, project.removed = "removed", world.now
    purging.plan(world, "project", project)
    world.touch("project", project.id)


def step(world: World, project: Project, action: str) -> None:
    """Event: the process that a POST began comes to its end."""
    process = PROJECT.processes[action]
    if project.state in (process.transitional, "registering"):
        project.state = process.end(project.state)
        if action == "purge":
            volumes.remove_of(world, project.id)
        world.touch("project", project.id)
