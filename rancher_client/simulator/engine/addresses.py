"""Which address a container gets in the managed network, and which a service keeps for a successor.

With `retainIp` a service keeps the address of each of its places, a config and the number of a unit, as long
as a unit has that number; without it a successor gets another one
(cattle: DefaultDeploymentUnitInstance.createServiceIndex, IpAddressActivate, ServiceUpdatePreListener) [run].
"""

from __future__ import annotations

import ipaddress
from typing import Any

from . import launch_configs
from .model import Container, Service
from .world import World

_SUBNET = ipaddress.ip_network("10.42.0.0/16")
_LABEL = "io.rancher.container.requested_ip"


def draw(world: World) -> str:
    """Any address of the managed network."""
    return f"10.42.{world.random.randrange(1, 255)}.{world.random.randrange(1, 255)}"


def assign(world: World, container: Container, drawn: str) -> str:
    """The address that is kept for the container, else one that it asks for, else the drawn one.

    What is kept is given also when `retainIp` has been taken back meanwhile.
    """
    service = world.service_of(container)
    if service is None:
        return _requested(world, container, container.config.get("requestedIpAddress")) or drawn
    place = _place(container.config_name, container.index)
    if place in service.addresses:
        return service.addresses[place]
    retains = service.fields.get("retainIp") is True
    wanted = container.config.get("requestedIpAddress") or (retains and container.labels.get(_LABEL))
    address = _requested(world, container, wanted) or drawn
    if retains:
        service.addresses[place] = address
    return address


def retain(world: World, service: Service) -> None:
    """`retainIp` was turned on: the service keeps the addresses that its containers have."""
    for container in world.containers_of(service):
        if container.address is not None:
            service.addresses[_place(container.config_name, container.index)] = container.address


def let_go(service: Service) -> None:
    """Keep no address for places that the service no longer has."""
    if service.addresses:
        places = {_place(name, unit.index) for name in launch_configs.of(service) for unit in service.units}
        service.addresses = {place: kept for place, kept in service.addresses.items() if place in places}


def _place(config_name: str, number: int) -> str:
    return f"{config_name}/{number}"


def _requested(world: World, container: Container, wanted: Any) -> str | None:
    """The first of the addresses asked for, with commas between them, that is of the network and free."""
    asked = [part.strip() for part in str(wanted or "").split(",")]
    if asked == [""]:
        return None
    taken = {
        other.address
        for other in world.containers.values()
        if other.project == container.project and other.removed is None
    }
    for service in world.services.values():
        if service.project == container.project and service.removed is None:
            taken.update(service.addresses.values())
    return next((address for address in asked if _is_of_network(address) and address not in taken), None)


def _is_of_network(address: str) -> bool:
    try:
        return ipaddress.ip_address(address) in _SUBNET
    except ValueError:
        return False
