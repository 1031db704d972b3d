"""What an external service stands for: addresses or a host name outside, each with a pairing of its own.

They are made when it is deployed, and go when they are no longer listed, with a deactivation, and with the
service (rancher-1.6-api.md 4.1; cattle:…/deployment/impl/unit/ExternalDeploymentUnitInstance.java,
DeploymentUnitInstanceFactoryImpl.java).
"""

from __future__ import annotations

from collections.abc import Iterable

from . import pairings
from .model import Service
from .parts import ExternalMember
from .world import World

KIND = "externalService"


def listed(service: Service) -> list[str]:
    """Its addresses as they are listed, and its host name."""
    host_name = service.fields.get("hostname")
    return [*(service.fields.get("externalIpAddresses") or []), *([] if host_name is None else [host_name])]


def present(service: Service) -> list[ExternalMember]:
    """Those that have a pairing now."""
    return [member for member in service.external_members if member.removed is None]


def missing(service: Service) -> list[str]:
    """What is listed and has no pairing yet."""
    known = {member.name for member in present(service)}
    return [name for name in dict.fromkeys(listed(service)) if name not in known]


def no_longer_listed(service: Service) -> list[ExternalMember]:
    """Those that the service does not stand for any more."""
    named = listed(service)
    return [member for member in present(service) if member.name not in named]


def make(world: World, service: Service, names: Iterable[str]) -> None:
    """Pair the service with what it stands for now."""
    for name in names:
        address = name if name in (service.fields.get("externalIpAddresses") or ()) else None
        service.external_members.append(ExternalMember(name, address, world.now))
        _touch(world, service, service.external_members[-1])


def let_go(world: World, service: Service, members: Iterable[ExternalMember]) -> None:
    """The pairings end."""
    for member in members:
        member.removed = world.now
        _touch(world, service, member)


def _touch(world: World, service: Service, member: ExternalMember) -> None:
    index = service.external_members.index(member)
    world.touch("serviceExposeMap", pairings.number_of_external(service, index))
