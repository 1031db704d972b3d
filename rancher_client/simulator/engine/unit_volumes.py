"""Volumes made by the templates of a stack, for the deployment units that name them (10.6).

One of a plain template is shared by all containers of the stack, one of a template `perContainer` belongs to
a unit: to all its containers, also to those of later versions, until the unit goes. One of a template
`external` is made by nobody here; without it nothing of the service is made.
Source: cattle:…/deployment/impl/unit/DeploymentUnit.java.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from . import derived, launch_configs, volume_templates, volumes
from .model import Service, Unit, VolumeTemplate
from .volume_model import Volume
from .world import World

_RANDOM_CHARACTERS = 5


class NoVolume(Exception):
    """There is no volume of the name of an external template. Its text is the service's."""


def of(world: World, service: Service, unit: Unit, config: Mapping[str, Any]) -> dict[str, int]:
    """The volumes that a config of the unit names by templates, by the element of `dataVolumes`.

    Those that there are not are made, whether the config's container is there or not. Raises NoVolume.
    """
    named = [text for text in config.get("dataVolumes") or () if _name(text)]
    if not named or not launch_configs.keeps_units(service):
        return {}
    templates = {template.name: template for template in volume_templates.of_stack(world, service.stack)}
    found = {}
    for text in named:
        template = templates.get(_name(text))
        if template is None:
            continue
        if template.fields.get("external"):
            _look_for(world, template, unit)
        elif template.fields.get("perContainer"):
            found[text] = _of_unit(world, service, template, unit).id
        else:
            found[text] = _of_stack(world, service, template).id
    return found


def mounted(config: Mapping[str, Any], found: Mapping[str, int]) -> dict[str, Any]:
    """The config of a container that gets these: by path, no longer by the template's name."""
    made = {**config}
    if found:
        made["dataVolumes"] = [text for text in config["dataVolumes"] if text not in found]
    paths = {text.partition(":")[2]: number for text, number in found.items()}
    made["dataVolumeMounts"] = {**(config.get("dataVolumeMounts") or {}), **paths}
    return made


def remove_with(world: World, unit: Unit) -> int:
    """The unit goes, and with it the volumes that belong to it; how many, for each is waited for."""
    own = [
        volume
        for volume in world.volumes.values()
        if volume.unit == unit.uuid and not derived.is_removed(world, "volume", volume.id)
    ]
    for volume in own:
        volumes.take_away(world, volume)
    return len(own)


def _name(text: str) -> str:
    """The name in an element of `dataVolumes`; empty for what has none."""
    name, _, path = text.partition(":")
    return name if path.strip(":") and "/" not in name else ""


def _look_for(world: World, template: VolumeTemplate, unit: Unit) -> None:
    """An external one is found by the containers themselves, but has to be there before they are made."""
    for volume in world.volumes.values():
        is_of_name = volume.name == template.name and volume.project == template.project
        if is_of_name and not derived.is_removed(world, "volume", volume.id):
            return
    raise NoVolume(f"Failed to locate volume for instance of deployment unit [{unit.uuid}]")


def _of_stack(world: World, service: Service, template: VolumeTemplate) -> Volume:
    prefix = f"{world.stacks[service.stack].name}_{template.name}_"
    present = (v for v in _made_of(world, service, template) if str(v.name).startswith(prefix))
    return next(present, None) or _make(world, service, template, prefix)


def _of_unit(world: World, service: Service, template: VolumeTemplate, unit: Unit) -> Volume:
    """Its own, whatever the stack was called when it was made.

    What a unit leaves to its successor lies on shared storage, which there is none of here.
    """
    present = (v for v in _made_of(world, service, template) if v.unit == unit.uuid)
    volume = next(present, None)
    if volume is None:
        prefix = f"{world.stacks[service.stack].name}_{template.name}_{unit.index}_{unit.uuid}_"
        volume = _make(world, service, template, prefix)
        volume.unit = unit.uuid
    return volume


def _made_of(world: World, service: Service, template: VolumeTemplate) -> list[Volume]:
    return [
        volume
        for volume in world.volumes.values()
        if volume.fields.get("volumeTemplateId") == template.id
        and volume.fields.get("stackId") == service.stack
        and not derived.is_removed(world, "volume", volume.id)
    ]


def _make(world: World, service: Service, template: VolumeTemplate, prefix: str) -> Volume:
    fields = {
        "driver": (template.fields.get("driver") or "").strip() or volumes.LOCAL,
        "driverOpts": copy.deepcopy(template.fields.get("driverOpts") or {}),
        "stackId": service.stack,
        "volumeTemplateId": template.id,
    }
    name = prefix + world.new_uuid()[:_RANDOM_CHARACTERS]
    return volumes.make(world, service.project, name, fields)
