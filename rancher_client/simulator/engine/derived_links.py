"""The rows of links: of a service to another one, and of a container to another one."""

from __future__ import annotations

from typing import Any

from .model import Container, Ref, Service
from .parts import InstanceLink, LinkRow
from .world import World

_LINKS_OF_ONE = 100_000
"""Numbers kept for the links of one service, and of one container."""


def number_of_link(service: Service, index: int) -> int:
    """The number of the row of a service's link, counted in the order of their making."""
    return service.id * _LINKS_OF_ONE + index


def link_of(world: World, number: int) -> tuple[Service, LinkRow]:
    """The service of a link's row, and the link. Raises LookupError."""
    service = world.services[number // _LINKS_OF_ONE]
    return service, service.link_rows[number % _LINKS_OF_ONE]


def service_of(world: World, number: int) -> Service | None:
    """The service of a link's row."""
    return world.services.get(number // _LINKS_OF_ONE)


def consume_maps(_world: World, service: Service) -> dict[int, dict[str, Any]]:
    """The rows of a service's links to others, by number."""
    return {
        number_of_link(service, index): {
            "name": link.name,
            "state": "active" if link.removed is None else "removed",
            "created": link.created,
            "removed": link.removed,
            "serviceId": Ref("service", service.id),
            "consumedServiceId": Ref("service", link.target),
            "ports": None,
        }
        for index, link in enumerate(service.link_rows)
    }


def number_of_instance_link(container: Container, index: int) -> int:
    """The number of the row of a container's link, counted in the order of their making."""
    return container.id * _LINKS_OF_ONE + index


def container_of(world: World, number: int) -> Container | None:
    """The container that a link leads from."""
    return world.containers.get(number // _LINKS_OF_ONE)


def instance_link_of(world: World, number: int) -> tuple[Container, InstanceLink]:
    """The container that a link leads from, and the link. Raises LookupError."""
    container = world.containers[number // _LINKS_OF_ONE]
    return container, container.instance_links[number % _LINKS_OF_ONE]


def instance_links(world: World, container: Container) -> dict[int, dict[str, Any]]:
    """The rows of a container's links to others. When it is removed they lose it, and keep their target.

    Source: cattle: InstanceRemove, whose FIELD_TARGET_INSTANCE_ID names the field of the container itself.
    """
    return {
        number_of_instance_link(container, index): {
            "state": "active" if link.is_up else "inactive" if link.removed is None else "removed",
            "created": link.created,
            "removed": link.removed,
            "linkName": link.name,
            "instanceId": Ref("container", container.id) if container.removed is None else None,
            "targetInstanceId": _target(world, link),
        }
        for index, link in enumerate(container.instance_links)
    }


def _target(world: World, link: InstanceLink) -> Ref | None:
    found = world.containers.get(link.target or 0)
    return None if found is None or found.is_forgotten else Ref("container", found.id)


def instance_links_to(world: World, container: Container) -> list[int]:
    """The numbers of the links that lead to a container, removed ones too."""
    return [
        number_of_instance_link(other, index)
        for other in world.containers.values()
        for index, link in enumerate(other.instance_links)
        if link.target == container.id and not container.is_forgotten
    ]
