"""Who holds which host port where. Pure.

Only Rancher's own records are compared, as its scheduler does: a port held by a process outside of
Rancher shows when Docker starts the container, not before (rancher-1.6-api.md 7.4).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from deploytickets.drivers.base import ContainerSeen, Survey

HOLDING = frozenset({"starting", "restarting", "running"})
"""A stopped container has given its port back; a rollback takes it again (rancher-1.6-api.md 7.4)."""

_PORT = re.compile(
    r"(?:(?P<address>[0-9.]+):)?(?P<public>[0-9]{1,5}):(?P<private>[0-9]{1,5})(?:/(?P<protocol>tcp|udp))?"
)
_EVERY_ADDRESS = ("", "0.0.0.0")  # noqa: S104 - compared, not listened on


@dataclass(frozen=True, slots=True, order=True)
class HostPort:
    """A port published on a host; `address` "" for every address of it."""

    number: int
    protocol: str = "tcp"
    address: str = ""

    def collides_with(self, other: "HostPort") -> bool:
        """Can the two not be published on one host together?"""
        same_address = self.address == other.address or "" in (self.address, other.address)
        return (self.number, self.protocol) == (other.number, other.protocol) and same_address

    def __str__(self) -> str:
        address = f"{self.address}:" if self.address else ""
        return f"{address}{self.number}/{self.protocol}"


@dataclass(frozen=True, slots=True)
class Holder:
    """A container that holds a port. `stack` and `service` are "" for one that belongs to no service."""

    port: HostPort
    host_rancher_id: str
    host_name: str
    stack: str
    service: str
    container: str

    @property
    def name(self) -> str:
        """What people know it by."""
        return f"{self.stack}/{self.service}" if self.service else self.container


def host_ports(published: Iterable[str]) -> tuple[HostPort, ...]:
    """The host ports of entries like `8080:80/tcp`; one without a host port (`80`) has none yet."""
    matches = (_PORT.fullmatch(entry) for entry in published)
    return tuple(
        HostPort(
            int(match["public"]),
            match["protocol"] or "tcp",
            "" if (match["address"] or "") in _EVERY_ADDRESS else match["address"],
        )
        for match in matches
        if match is not None
    )


def holders(survey: Survey) -> list[Holder]:
    """Every container that holds a host port, by port, then host."""
    found = [
        holder
        for service in survey.services
        for container in service.containers or ()
        for holder in _held_by(container, service.stack_name, service.name)
    ]
    found += [holder for container in survey.standalone for holder in _held_by(container, "", "")]
    return sorted(found, key=lambda holder: (holder.port, holder.host_name, holder.name))


def by_host(found: Iterable[Holder]) -> Mapping[str, list[Holder]]:
    """The holders of each host, by Rancher's host id."""
    grouped: dict[str, list[Holder]] = {}
    for holder in found:
        grouped.setdefault(holder.host_rancher_id, []).append(holder)
    return grouped


def _held_by(container: ContainerSeen, stack: str, service: str) -> list[Holder]:
    if container.state not in HOLDING or container.host_rancher_id is None:
        return []
    return [
        Holder(port, container.host_rancher_id, container.host_name, stack, service, container.name)
        for port in host_ports(container.ports)
    ]
