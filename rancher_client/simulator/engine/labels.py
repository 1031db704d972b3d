"""Labels as rows of their own: one for each key and value of a project, whoever bears it.

Source: cattle: LabelsServiceImpl.createContainerLabel, createHostLabel. A row outlives those that bore it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from .model import Label
from .refusals import action_not_available
from .state_machines import LABEL
from .world import World


def note(world: World, project: int, labels: Mapping[str, str]) -> None:
    """Make the rows of the labels that a container or host bears, as far as the project has none of them."""
    for key, value in labels.items():
        named = (project, key, str(value))
        known = world.label_numbers.get(named)
        if known is not None and world.labels[known].removed is None:
            continue
        label = Label(
            id=world.next_id("label"),
            uuid=str(uuid.uuid5(uuid.NAMESPACE_OID, f"label {named}")),
            created=world.now,
            project=project,
            key=key,
            value=str(value),
        )
        world.add_label(label)


def act(world: World, label: Label, action: str) -> None:
    """Its one action removes the row. Raises Refused; those that bear the label keep it."""
    if action not in LABEL.offered(label.state):
        raise action_not_available()
    label.state = LABEL.processes[action].begin(label.state)
    world.touch("label", label.id)
    world.later(world.timing.project_step, "label.removed", label.id)


def removed(world: World, number: int) -> None:
    """Event: the row is gone; the next to bear the label brings a new one."""
    label = world.labels[number]
    label.state, label.removed = "removed", world.now
    world.touch("label", number)


def numbers(world: World, project: int, labels: Mapping[str, str]) -> list[int]:
    """The rows of the labels that a container or host bears."""
    found = (world.label_numbers.get((project, key, str(value))) for key, value in labels.items())
    return sorted(number for number in found if number is not None)


def containers_with(world: World, label: Label) -> list[int]:
    """The containers that bear a label, also those that are removed and not yet gone."""
    bearers = (c for c in world.containers.values() if c.project == label.project)
    return [c.id for c in bearers if str(c.labels.get(label.key)) == label.value]


def hosts_with(world: World, label: Label) -> list[int]:
    """The hosts that bear a label, also those that are removed and not yet gone."""
    bearers = (h for h in world.hosts.values() if h.project == label.project)
    return [h.id for h in bearers if str(h.labels.get(label.key)) == label.value]
