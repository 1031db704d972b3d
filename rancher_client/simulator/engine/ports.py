"""Port specifications: reading, checking, random public ports (rancher-1.6-api.md 4.2, chapter 2)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from random import Random

from .refusals import Refused

RANDOM_PORTS = range(49153, 65536)
"""The project's `servicesPortRange`."""

HIGHEST_PORT = 65535

_PORTS = re.compile(r"((?P<public>[0-9]+):)?(?P<private>[0-9]+)(?P<slash>/(?P<protocol>.*))?")


@dataclass(frozen=True, slots=True)
class Port:
    """One published port; `public` None = Rancher chooses one."""

    private: int
    public: int | None = None
    address: str = ""
    protocol: str = "tcp"

    def __str__(self) -> str:
        parts = [self.address] if self.address else []
        if self.public is not None:
            parts.append(str(self.public))
        return ":".join([*parts, str(self.private)]) + f"/{self.protocol}"

    @property
    def wanted(self) -> str:
        """How messages name the port that a host lacks: `8080/tcp`."""
        return f"{self.public}/{self.protocol}"

    def collides(self, other: Port) -> bool:
        """Whether both need the same public port on one host; no address means all of them."""
        same_address = self.address == other.address or not self.address or not other.address
        return (
            self.public is not None
            and self.public == other.public
            and self.protocol == other.protocol
            and same_address
        )


def parse(spec: str) -> Port:
    """Read `80`, `8080:80`, `8080:80/udp`, `10.0.0.5:8080:80/tcp`, `10.0.0.5::80`, `[::1]:8080:80`.

    Nobody looks at the address. Raises Refused with the texts of chapter 2: a message and no field name.
    Source: cattle:code/iaas/model/.../core/util/PortSpec.java.
    """
    address, text = _address(spec)
    match = _PORTS.fullmatch(text)
    if match is None:
        raise _wrong_format()
    private, public = int(match["private"]), int(match["public"]) if match["public"] else None
    if not 0 < private <= HIGHEST_PORT:
        raise Refused(422, "PortInvalidPrivatePort", message="incorrect private port, valid range is 0-65535")
    if public is not None and not 0 < public <= HIGHEST_PORT:
        raise Refused(422, "PortInvalidPublicPort", message="incorrect public port, valid range is 0-65535")
    protocol = match["protocol"] if match["slash"] else "tcp"
    if protocol not in ("tcp", "udp"):
        raise Refused(422, "PortInvalidProtocol", message="invalid protocol, only tcp/udp is allowed")
    return Port(private, public, address, protocol)


def _address(spec: str) -> tuple[str, str]:
    """The address of a host before the ports, and the rest."""
    before, bracket, after = spec.partition("]")
    if bracket and after:
        if not before.startswith("["):
            raise _wrong_format()
        return before.replace("[", ""), after.removeprefix(":")
    if spec.count(":") == 2:
        address, _, rest = spec.partition(":")
        return address, rest.removeprefix(":")
    return "", spec


def _wrong_format() -> Refused:
    return Refused(422, "PortWrongFormat", message="the specified port spec format is wrong")


def parse_all(specs: Iterable[str] | None) -> list[Port]:
    """Read a launch config's `ports`, which may be absent or null."""
    return [parse(spec) for spec in specs or ()]


def chosen(specs: Iterable[str] | None, *, taken: set[int], random: Random) -> list[str]:
    """The ports of a new service: with protocol, random public ones with a free number at the end (10.6)."""
    wanted = parse_all(specs)
    written = [str(port) for port in wanted if port.public is not None]
    for port in wanted:
        if port.public is None:
            number = random.choice([n for n in RANDOM_PORTS if n not in taken])
            taken.add(number)
            written.append(str(replace(port, public=number)))
    return written


def own(specs: Iterable[str]) -> list[str]:
    """The ports of a new load balancer, in their order: one without a public port is published as itself."""
    found = parse_all(specs)
    return [str(port if port.public is not None else replace(port, public=port.private)) for port in found]


def kept(specs: Iterable[str], *, former: Iterable[str] | None) -> list[str]:
    """The ports of an upgrade: as sent, unless a random one keeps its number (4.2).

    A private port without a public one takes over that of the former config. Then, and only then, the whole
    list is written anew, with protocols and one entry for a private port (cattle:
    ServiceDiscoveryUtil.preserveOldRandomPorts). A number is never chosen anew.
    """
    sent = list(specs)
    old = {port.private: port for port in parse_all(former)}
    new = {port.private: port for port in parse_all(sent)}
    random_ones = [number for number, port in new.items() if port.public is None and number in old]
    for number in random_ones:
        new[number] = replace(new[number], public=old[number].public)
    return [str(port) for port in new.values()] if random_ones else sent
