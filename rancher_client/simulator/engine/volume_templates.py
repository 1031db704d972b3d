"""Volume templates: the named volumes of a stack, by which containers' volumes are made (10.6).

The compose executor makes them before it makes services; they go with their stack.
"""

from __future__ import annotations

import copy
from typing import Any

from . import purging
from .model import Stack, VolumeTemplate
from .refusals import Refused, action_not_available
from .state_machines import VOLUME_TEMPLATE
from .world import World


def create(world: World, fields: dict[str, Any], *, project: int) -> VolumeTemplate:
    """POST of a template: its name is unique in the stack. Raises Refused."""
    stack, name = int(fields["stackId"]), fields["name"]
    if any(template.name == name for template in of_stack(world, stack)):
        raise Refused(422, "NotUnique", "name")
    template = VolumeTemplate(
        id=world.next_id("volumeTemplate"),
        uuid=world.new_uuid(),
        created=world.now,
        project=project,
        stack=stack,
        name=name,
        fields=copy.deepcopy(fields),
    )
    world.volume_templates[template.id] = template
    _plan(world, template, "create")
    return template


def act(world: World, template: VolumeTemplate, action: str) -> None:
    """One of the standard actions. Raises Refused."""
    if action not in VOLUME_TEMPLATE.offered(template.state):
        raise action_not_available()
    template.state = VOLUME_TEMPLATE.processes[action].begin(template.state)
    _plan(world, template, action)


def step(world: World, number: int, process: int, name: str) -> None:
    """Event: a template's process ends."""
    template = world.volume_templates[number]
    if template.process != process:
        return
    template.state = VOLUME_TEMPLATE.processes[name].end(template.state)
    if template.state == "removed":
        template.removed = world.now
        purging.plan(world, "volumeTemplate", template)
    world.touch("volumeTemplate", number)


def remove_all(world: World, stack: Stack) -> None:
    """The stack is being removed."""
    for template in of_stack(world, stack.id):
        template.state = "removing"
        _plan(world, template, "remove")


def of_stack(world: World, stack: int) -> list[VolumeTemplate]:
    """The stack's templates that are not removed."""
    return [t for t in world.volume_templates.values() if t.stack == stack and t.removed is None]


def _plan(world: World, template: VolumeTemplate, name: str) -> None:
    template.process += 1
    world.touch("volumeTemplate", template.id)
    world.later(world.timing.stack_step, "volume_template.step", template.id, template.process, name)
