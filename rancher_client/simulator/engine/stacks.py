"""Stacks: what a request changes at once, and their health (rancher-1.6-api.md chapter 3).

The processes that requests begin are in `stack_processes`, the work on compose texts in `executor`.
"""

from __future__ import annotations

import copy
import re
from typing import Any

from . import compose_export, health, runs, stack_processes
from .model import Service, Stack
from .refusals import Refused, action_not_available, conflict, method_not_allowed
from .stack_processes import services_of
from .state_machines import SERVICE, STACK
from .world import World

NAME = re.compile(r"^[a-zA-Z0-9][a-zA-Z0-9-]*$")

_UPDATABLE = frozenset({"name", "description", "externalId", "previousExternalId", "outputs", "group"})
_TEXTS = ("dockerCompose", "rancherCompose", "environment", "externalId")
_STATES_OF_DEACTIVATION = SERVICE.processes["deactivate"].start | {"inactive", "deactivating"}


def create(world: World, fields: dict[str, Any], *, project: int) -> Stack:
    """POST of a stack. Raises Refused."""
    name = str(fields.get("name") or "")
    _check_name(world, project, name)
    stack = Stack(
        id=world.next_id("stack"),
        uuid=world.new_uuid(),
        created=world.now,
        project=project,
        name=name,
        fields=copy.deepcopy(fields),
    )
    world.stacks[stack.id] = stack
    stack_processes.schedule(world, stack, "create", told={**stack.fields, "kind": "stack"})
    return stack


def update(world: World, stack: Stack, fields: dict[str, Any]) -> None:
    """PUT: taken in every state; compose texts and environment are not among the fields (3.1)."""
    former, name = stack.name, str(fields.get("name") or stack.name)
    if name.lower() != former.lower():
        _check_name(world, stack.project, name)
    stack.name = name
    stack.fields |= {key: copy.deepcopy(value) for key, value in fields.items() if key in _UPDATABLE}
    world.touch("stack", stack.id)
    # No other field of a stack has scheduleUpdate (cattle: resources/content/schema/base/stack.json).
    if name != former and stack.state == "active":
        stack_processes.request(world, stack, "update")


def act(
    world: World, stack: Stack, action: str, body: dict[str, Any], *, overlapping: bool = False
) -> dict[str, Any] | None:
    """One action of the API. Raises Refused; returns what a handler action answers, else None.

    `overlapping`: the request passed its checks before the former one had moved the stack. Of two
    upgrades at the same moment one gets 409 (3.4).
    """
    if action not in STACK.offered(stack.state):
        if overlapping and action in STACK.offered(stack.former_state):
            raise conflict()
        raise action_not_available()
    if action == "activateservices":
        for service in services_of(world, stack):
            if "activate" in SERVICE.offered(service.state):
                runs.request(world, service, "activate")
    elif action == "deactivateservices":
        _deactivate_services(world, stack)
    elif action == "addoutputs":
        if body.get("outputs") is None:
            raise Refused(422, "MissingRequired", "outputs")
        stack.fields["outputs"] = (stack.fields.get("outputs") or {}) | dict(body["outputs"])
        world.touch("stack", stack.id)
    elif action == "exportconfig":
        return compose_export.export(world, stack, _chosen(world, stack, body))
    elif action == "remove":
        delete(world, stack)
    else:
        stack_processes.request(world, stack, action, body, told=body or {"action": action})
    return None


def delete(world: World, stack: Stack) -> None:
    """DELETE: the process has all services removed and waits for none (3.2)."""
    if stack.state in ("removing", "removed"):
        return
    if "remove" not in STACK.offered(stack.state):
        raise method_not_allowed()
    stack_processes.request(world, stack, "remove")


def resume(world: World, stack: Stack) -> None:
    """Begin the process anew that a stack in a transitional state is in, as after a restart.

    What an upgrade was sent is not to be seen on a stack; the text of creation stands for it.
    """
    sent = {name: stack.fields.get(name) for name in _TEXTS}
    for name, process in STACK.processes.items():
        if process.transitional == stack.state:
            stack_processes.schedule(world, stack, name, sent, told=sent)
            return


def settle_health(world: World, stack: Stack) -> None:
    """Event: the services' healthState follows their containers until they are removed, the stack's the
    services, the project's the stacks (3.3).
    """
    stack.health_due = False
    for service in services_of(world, stack):
        found = health.of_service(world, service)
        if found != service.health:
            service.health = found
            world.touch("service", service.id)
    found = health.of_stack((s.state, s.health) for s in services_of(world, stack))
    if found == stack.health:
        return
    stack.health = found
    world.touch("stack", stack.id)
    project = world.projects.get(stack.project)
    if project is not None:
        project.health = health.of_project(
            (s.state, s.health) for s in world.stacks.values() if s.project == stack.project
        )
        world.touch("project", project.id)


def _deactivate_services(world: World, stack: Stack) -> None:
    """All or none: one service in another state stops the whole (3.2)."""
    for service in services_of(world, stack):
        if service.state not in _STATES_OF_DEACTIVATION:
            text = f"Service {service.name} is not in valid state to be deactivated: {service.state}"
            raise Refused(422, "InvalidState", text)
    for service in services_of(world, stack):
        if "deactivate" in SERVICE.offered(service.state):
            runs.request(world, service, "deactivate")


def _chosen(world: World, stack: Stack, body: dict[str, Any]) -> list[Service]:
    wanted = [int(number) for number in body.get("serviceIds") or []]
    present = services_of(world, stack)
    if not wanted:
        return present
    if set(wanted) - {service.id for service in present}:
        raise Refused(422, "InvalidReference", "serviceIds")
    return [service for service in present if service.id in wanted]


def _check_name(world: World, project: int, name: str) -> None:
    if not name:
        raise Refused(422, "MissingRequired", "name")
    if not NAME.match(name) or name.endswith("-"):
        raise Refused(422, "InvalidCharacters", "name")
    for other in world.stacks.values():
        if other.project == project and other.name == name and other.removed is None:
            raise Refused(422, "NotUnique", "name")
