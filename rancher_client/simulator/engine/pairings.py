"""The rows that pair a service with what belongs to it, `serviceExposeMap` (rancher-1.6-api.md 6.1).

Its own containers, those of others that its selector chooses, and what an external service stands for.
"""

from __future__ import annotations

from typing import Any

from .model import Container, Ref, Service
from .parts import ExternalMember
from .world import World

KIND = "serviceExposeMap"

_OF_ONE = 10_000_000
"""Numbers kept for the pairings of one service with what is not its own container."""

_FIRST_EXTERNAL = 9_000_000
"""From here on they are with what is no container at all."""


def of_service(service: Service) -> list[int]:
    """The numbers of the pairings of a service, as far as they are not removed."""
    return [
        *service.containers,
        *(_number_of_chosen(service, number) for number in service.chosen),
        *(
            number_of_external(service, index)
            for index, member in enumerate(service.external_members)
            if member.removed is None
        ),
    ]


def chosen_in(world: World, number: int) -> Service | None:
    """The service of a pairing that its selector has made; None for that of a container's own service."""
    return world.services.get(number // _OF_ONE)


def number_of_external(service: Service, index: int) -> int:
    """The number of a pairing with what an external service stands for, by the order of their making."""
    return service.id * _OF_ONE + _FIRST_EXTERNAL + index


def external_in(service: Service, number: int) -> ExternalMember:
    """What an external service stands for by a pairing."""
    return service.external_members[number % _OF_ONE - _FIRST_EXTERNAL]


def owner(world: World, number: int) -> Container | Service | None:
    """The container of a pairing, or the external service."""
    if number % _OF_ONE >= _FIRST_EXTERNAL:
        return world.services.get(number // _OF_ONE)
    return world.containers.get(number % _OF_ONE)


def rows(world: World, owner: Container | Service) -> dict[int, dict[str, Any]]:
    """The own fields of the pairings of a container, or of an external service."""
    return _of_external(owner) if isinstance(owner, Service) else _of_container(world, owner)


def _of_container(world: World, container: Container) -> dict[int, dict[str, Any]]:
    """Those with its service and with those that chose it; a removed one tells which that was."""
    course = world.courses.get((KIND, container.id))
    service = course.fields["serviceId"] if course is not None else container.service
    own = {} if service is None else {container.id: (service, container.managed)}
    chosen = {_number_of_chosen(each, container.id): (each.id, False) for each in world.choosing(container)}
    return {
        number: {
            "instanceId": Ref("container", container.id),
            "serviceId": Ref("service", owner),
            "managed": managed,
            "ipAddress": None,
        }
        for number, (owner, managed) in (own | chosen).items()
    }


def _of_external(service: Service) -> dict[int, dict[str, Any]]:
    return {
        number_of_external(service, index): {
            "state": "active" if member.removed is None else "removed",
            "created": member.created,
            "removed": member.removed,
            "instanceId": None,
            "serviceId": Ref("service", service.id),
            "managed": False,
            "ipAddress": member.address,
        }
        for index, member in enumerate(service.external_members)
    }


def _number_of_chosen(service: Service, container: int) -> int:
    return service.id * _OF_ONE + container
