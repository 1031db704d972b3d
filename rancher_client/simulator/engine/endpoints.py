"""The public ports of running containers, old ones of an upgrade too (cattle: InstanceDaoImpl.java)."""

from __future__ import annotations

from . import ports
from .model import RUNS, Container
from .world import World

Endpoint = tuple[int, int, str, int]
"""Host, container, address and port."""


def of_container(world: World, container: Container) -> list[Endpoint]:
    """What it publishes, while it runs."""
    if container.state not in RUNS or container.host is None:
        return []
    host = world.hosts[container.host]
    found = []
    for port in ports.parse_all(container.ports):
        if port.public is not None:
            address = host.address if port.address in ("", "0.0.0.0") else port.address  # noqa: S104
            found.append((host.id, container.id, address, port.public))
    return found
