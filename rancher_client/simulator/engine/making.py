"""How a container comes to be: for one config of a deployment unit, or on its own (chapter 6, 5.3).

What becomes of it then is told in `containers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import containers, labels, launch_configs, name_service, ports, unit_volumes
from .model import PRIMARY, Container, Service, Unit
from .refusals import Refused
from .world import World


def make(
    world: World,
    service: Service,
    unit: Unit,
    config_name: str,
    *,
    volumes: Mapping[str, int],
    awaits_unit: bool = False,
) -> Container:
    """A new container for one config of a unit; its creation begins with that of the whole unit.

    `volumes`: those that it gets by templates (`unit_volumes.of`). `awaits_unit`: others of the unit are made
    right after it, so that its start looks for them twice.
    """
    config = unit_volumes.mounted(launch_configs.of(service)[config_name], volumes)
    if unit.host is not None:
        config["requestedHostId"] = unit.host
    if config.get("dataVolumes") is None:
        # Taken away together with the unit's own volumes (cattle: DefaultDeploymentUnitInstance.create).
        config["internalVolumes"] = []
    config["system"] = bool(service.fields.get("system"))
    stack = world.stacks[service.stack]
    service.create_index = (service.create_index or 0) + 1
    parts = [stack.name, service.name, str(unit.index)]
    if config_name != PRIMARY:
        parts.insert(2, config_name)
    name = "-".join(parts)
    own_labels = launch_configs.labels(config)
    if str(own_labels.get("io.rancher.container.hostname_override", "")).lower() == "container_name":
        config["hostname"] = name
    container = Container(
        id=world.next_id("container"),
        uuid=world.new_uuid(),
        created=world.now,
        project=service.project,
        name=name,
        config={**config, **name_service.search_domains(config, stack=stack.name, service=service.name)},
        service=service.id,
        stack=service.stack,
        config_name=config_name,
        version=config.get("version"),
        unit=unit.uuid,
        index=unit.index,
        create_index=service.create_index,
        labels=_labels(world, service, stack.name, config, config_name, unit),
        ports=list(config.get("ports") or ()),
        awaits_unit=awaits_unit,
    )
    service.containers.append(container.id)
    _enter(world, container)
    world.touch("service", service.id)
    return container


def make_standalone(world: World, project: int, fields: dict[str, Any]) -> list[Container]:
    """The containers of their own that one `POST /containers` makes; nobody reconciles them.

    There are as many as its `count` says, all of one name, and one for a count below two. What the body asks
    is checked once. Raises Refused, also without an image.
    Source: cattle: InstanceManager.createAndScheduleObject, InstanceImageValidationFilter.java.
    """
    check_name(world, project, fields.get("name"))
    if fields.get("imageUuid") is None:
        raise Refused(422, "MissingRequired", "imageUuid", "image is required, but not specified")
    launch_configs.check_image(fields)
    return [_make_one(world, project, fields) for _ in range(max(1, fields.get("count") or 1))]


def _make_one(world: World, project: int, fields: dict[str, Any]) -> Container:
    container = Container(
        id=world.next_id("container"),
        uuid=world.new_uuid(),
        created=world.now,
        project=project,
        name=fields.get("name"),
        config=dict(fields),
        version="0",
        labels=launch_configs.labels(fields),
        ports=ports.chosen(fields.get("ports"), taken=set(), random=world.random),
        start_after_create=fields.get("startOnCreate") is not False,
    )
    _enter(world, container)
    containers.begin(world, container)
    # The POST itself begins the creation (cattle: AbstractObjectResourceManager.createAndScheduleObject).
    containers.step(world, container.id, container.step)
    return container


def check_name(world: World, project: int, name: str | None, *, of: Container | None = None) -> None:
    """Refuse the name of another container of the project; those that a service makes are not asked.

    Raises Refused (the schema's `unique`; cattle: gdapi/validation/ValidationHandler.java).
    """
    others = (c for c in world.containers.values() if c.project == project and c.removed is None)
    if name is not None and any(other.name == name for other in others if other is not of):
        raise Refused(422, "NotUnique", "name")


def _enter(world: World, container: Container) -> None:
    world.containers[container.id] = container
    labels.note(world, container.project, container.labels)
    world.touch("container", container.id)


def _labels(
    world: World,
    service: Service,
    stack_name: str,
    config: dict[str, Any],
    config_name: str,
    unit: Unit,
) -> dict[str, str]:
    """The config's own labels and those the server itself puts on (6.1)."""
    full_name = f"{stack_name}/{service.name}"
    if config_name != PRIMARY:
        full_name += f"/{config_name}"
    asked = {} if unit.host is None else {"io.rancher.service.requested.host.id": str(unit.host)}
    system = {"io.rancher.container.system": "true"} if config["system"] else {}
    return (
        system
        | launch_configs.labels(config)
        | asked
        | {
            "io.rancher.environment.uuid": world.projects[service.project].uuid,
            "io.rancher.project.name": stack_name,
            "io.rancher.project_service.name": full_name,
            "io.rancher.service.deployment.unit": unit.uuid,
            "io.rancher.service.launch.config": config_name,
            "io.rancher.stack.name": stack_name,
            "io.rancher.stack_service.name": full_name,
        }
    )
