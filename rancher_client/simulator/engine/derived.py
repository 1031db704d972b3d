"""Rows that follow from others, so that nothing keeps them: one table says of each kind how.

Networks of a project and their subnet, the machine, pool and address of a host, the volume, address and ports
of a container, the hosts that check it and its pairing with its service, the links of services and of
containers (`derived_links`). Their numbers follow from those that they belong to, and so do their states, as
long as no call moves them (`derived_processes`).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from . import derived_links, networks, pairings, ports, purge_moments
from .derived_machines import MACHINES
from .model import RUNS, Container, Course, Host, Project, Ref, Service
from .runs import IN_PROGRESS
from .volume_model import Volume
from .world import World

View = dict[str, Any]
Owner = Container | Host | Project | Service | Volume

_PORTS_OF_ONE = 1000
"""Numbers kept for the ports of one container."""

_CHECKERS_OF_ONE = 1000
"""Numbers kept for the hosts that check one container."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """How the rows of a kind are found.

    Attributes:
        owners: the rows that they follow from, removed ones too.
        of: those of one owner: their own fields by number.
        owner: the owner that a number belongs to, if there is one.
        outlived: the owners at whose removal they stay, until they come to an end of their own.
    """

    owners: Callable[[World], Iterator[Owner]]
    of: Callable[[World, Any], dict[int, View]]
    owner: Callable[[World, int], Owner | None]
    outlived: tuple[type[Owner], ...] = ()

    def ended(self, owner: Owner) -> float | None:
        """When the rows of an owner were removed with it."""
        if isinstance(owner, Volume):  # which has nothing but its course
            return None
        return None if isinstance(owner, self.outlived) else owner.removed

    def state(self, owner: Owner, own: View) -> str:
        """The state that a row has by what it follows from."""
        return "removed" if self.ended(owner) is not None else str(own.get("state", "active"))

    def since(self, owner: Owner, own: View) -> str:
        """What that state follows from. Each start of a container activates its ports and volume again."""
        started = owner.started if isinstance(owner, Container) else None
        return f"{self.state(owner, own)} {started}"


def ids(world: World, kind: str, *, project: int | None = None) -> list[int]:
    """The numbers of all rows of a kind that are not removed, ascending."""
    described = _KINDS[kind]
    return sorted(
        number
        for owner in described.owners(world)
        if described.ended(owner) is None and project in (None, _project_of(owner))
        for number, own in described.of(world, owner).items()
        if own.get("removed") is None
        if (course := course_of(world, kind, number)) is None or course.removed is None
    )


def view(world: World, kind: str, number: int) -> View | None:
    """The row's fields by their REST names, None when there is no such row."""
    described = _KINDS[kind]
    owner = described.owner(world, number)
    own = None if owner is None else described.of(world, owner).get(number)
    if owner is None or own is None:
        return None
    course = course_of(world, kind, number)
    shown = {**own, **(course.fields if course is not None and kind != "serviceExposeMap" else {})}
    holds = course is not None and (course.removed is not None or course.since == described.since(owner, own))
    state = course.state if course is not None and holds else described.state(owner, own)
    moving = state in MACHINES[kind].transitional_states
    removed = course.removed if course is not None and course.removed is not None else described.ended(owner)
    own_uuid = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{kind} {owner.uuid} {number}"))
    if removed is not None and _is_purged(world, kind, own_uuid, removed):
        state = "purged"
    return {
        "kind": kind,
        "name": None,
        "description": None,
        "accountId": Ref("project", _project_of(owner)),
        "created": owner.created,
        "removed": removed,
        "uuid": own_uuid,
        "transitioning": "yes" if moving else "no",
        "transitioningMessage": IN_PROGRESS if moving else None,
        "transitioningProgress": None,
        **shown,
        "state": state,
    }


def _is_purged(world: World, kind: str, own_uuid: str, removed: float) -> bool:
    """Whether the server has purged a removed row; kinds without the process `purge` stay removed for good.

    Source: cattle:…/object/purge/impl/PurgeMonitorImpl.java, findPurgableTypes; nobody is told of it (8).
    """
    has_process = "purge" in MACHINES[kind].processes
    return has_process and world.now >= purge_moments.after(world, removed, drawn_by=own_uuid[:8])


def course_of(world: World, kind: str, number: int) -> Course | None:
    """What calls have made of a row, if anything."""
    return world.courses.get((kind, number))


def is_removed(world: World, kind: str, number: int) -> bool:
    """Whether a process of its own has removed a row."""
    course = course_of(world, kind, number)
    return course is not None and course.removed is not None


def since(world: World, kind: str, number: int) -> str:
    """What the state of a row follows from now; a state that a call gave it counts until this changes.

    Raises LookupError when there is no such row.
    """
    owner = _KINDS[kind].owner(world, number)
    own = None if owner is None else _KINDS[kind].of(world, owner).get(number)
    if owner is None or own is None:
        raise LookupError(f"no {kind} {number}")
    return _KINDS[kind].since(owner, own)


def offered(world: World, kind: str, number: int) -> frozenset[str]:
    """The actions of a row in its state."""
    shown = view(world, kind, number)
    return MACHINES[kind].offered(str(shown["state"])) if shown is not None else frozenset()


def of_owner(world: World, kind: str, owner: Owner) -> list[tuple[str, int]]:
    """The rows of a kind that follow from one other row."""
    return [(kind, number) for number in _KINDS[kind].of(world, owner)]


def owner_of(world: World, kind: str, number: int) -> Owner | None:
    """The row that another one follows from."""
    return _KINDS[kind].owner(world, number)


def address_of_host(host: int) -> int:
    """The number of the row of a host's address; those of containers are the odd ones."""
    return 2 * host


def address_of_container(container: int) -> int:
    """The number of the row of a container's address."""
    return 2 * container + 1


def _project_of(owner: Owner) -> int:
    return owner.id if isinstance(owner, Project) else owner.project


def _containers(world: World) -> Iterator[Owner]:
    yield from world.containers.values()


def _hosts(world: World) -> Iterator[Owner]:
    yield from world.hosts.values()


def _networks(world: World, project: Project) -> dict[int, View]:
    return {number: networks.fields(mode) for mode, number in project.networks.items()}


def _subnets(world: World, project: Project) -> dict[int, View]:
    """That of the managed network, by the same number."""
    number = project.networks[networks.MANAGED]
    return {number: {**networks.SUBNET, "networkId": Ref("network", number)}}


def _network_owner(world: World, number: int) -> Owner | None:
    return next((p for p in world.projects.values() if number in p.networks.values()), None)


def _physical_hosts(world: World, host: Host) -> dict[int, View]:
    return {host.id: {"externalId": "", "driver": None}}


def _storage_pools(world: World, host: Host) -> dict[int, View]:
    on_it = [Ref("volume", number) for number in volumes_on(world, host)]
    kind = "docker" if world.site.docker_hosts else "sim"
    return {host.id: {"kind": kind, "hostIds": [Ref("host", host.id)], "volumeIds": on_it or None}}


def _addresses(world: World, owner: Host | Container) -> dict[int, View]:
    """That of a host goes with it; that of a container is given up then, and goes some time later."""
    if isinstance(owner, Host):
        return {address_of_host(owner.id): {"address": owner.address, "networkId": None}}
    if owner.address is None:
        return {}
    return {
        address_of_container(owner.id): {
            "name": owner.address,
            "state": "active" if owner.removed is None else "inactive",
            "address": owner.address,
            "networkId": Ref("network", owner.network) if owner.network is not None else None,
        }
    }


def _address_owner(world: World, number: int) -> Owner | None:
    half = number // 2
    return world.containers.get(half) if number % 2 else world.hosts.get(half)


def _containers_and_services(world: World) -> Iterator[Owner]:
    yield from world.containers.values()
    yield from world.services.values()


def _hosts_and_containers(world: World) -> Iterator[Owner]:
    yield from world.hosts.values()
    yield from world.containers.values()


def volumes_on(world: World, host: Host) -> list[int]:
    """The numbers of the volumes in a host's pool."""
    lone = (volume.id for volume in world.volumes.values() if volume.host == host.id)
    return sorted([*(container.id for container in world.on_host(host.id)), *lone])


def _with_volumes(world: World) -> Iterator[Owner]:
    yield from world.containers.values()
    yield from world.volumes.values()


def _volume_owner(world: World, number: int) -> Owner | None:
    return world.containers.get(number) or world.volumes.get(number)


def _volumes(world: World, owner: Container | Volume) -> dict[int, View]:
    """The volume of a container's own root, whose image has the same number; or a lone one."""
    return {owner.id: _lone_volume(owner) if isinstance(owner, Volume) else _root(owner)}


_MADE_FOR = {"hostId": "host", "stackId": "stack", "volumeTemplateId": "volumeTemplate"}
"""The rows that a lone volume may lead to."""


def _lone_volume(volume: Volume) -> View:
    led = {
        name: Ref(kind, volume.fields[name]) for name, kind in _MADE_FOR.items() if volume.fields.get(name)
    }
    return {
        **volume.fields,
        **led,
        "name": volume.name,
        "state": "requested",
        "uuid": volume.uuid,
        "externalId": volume.external_id,
        "isHostPath": False,
    }


def _root(container: Container) -> View:
    """The volume rests until its container has come to a host (cattle: InstanceStart.storage)."""
    running = container.state in RUNS | {"restarting", "stopping"}
    resting = "inactive" if container.host is None else "detached"
    return {
        "state": "active" if running else resting,
        "instanceId": Ref("container", container.id),
        "imageId": Ref("image", container.id),
        "isHostPath": False,
    }


def number_of_checker(container: Container, index: int) -> int:
    """The number of the row of a host that checks a container, counted in the order of their making."""
    return container.id * _CHECKERS_OF_ONE + index


def index_of_checker(number: int) -> int:
    """The place of a row among the hosts that check, or did, its container."""
    return number % _CHECKERS_OF_ONE


def checkers_of_host(world: World, host: Host) -> list[int]:
    """The numbers of all rows of a host that checks containers, or did."""
    return [
        number_of_checker(container, index)
        for container in world.containers.values()
        for index, checker in enumerate(container.checkers)
        if checker.host == host.id
    ]


def _checkers(world: World, container: Container) -> dict[int, View]:
    return {
        number_of_checker(container, index): {
            "state": "active" if checker.removed is None else "removed",
            "created": checker.created,
            "removed": container.removed if checker.removed is None else checker.removed,
            "healthState": checker.health,
            "hostId": Ref("host", checker.host),
            "instanceId": Ref("container", container.id),
        }
        for index, checker in enumerate(container.checkers)
    }


def _ports(world: World, container: Container) -> dict[int, View]:
    """What it publishes; a port rests while its container does."""
    on_host, inside = container.host, container.address
    shared = {
        "state": "active" if container.state in RUNS else "inactive",
        "kind": "userPort",
        "instanceId": Ref("container", container.id),
        "publicIpAddressId": Ref("ipAddress", address_of_host(on_host)) if on_host is not None else None,
        "privateIpAddressId": Ref("ipAddress", address_of_container(container.id)) if inside else None,
    }
    return {
        container.id * _PORTS_OF_ONE + index: {
            **shared,
            "bindAddress": port.address or None,
            "publicPort": port.public,
            "privatePort": port.private,
            "protocol": port.protocol,
        }
        for index, port in enumerate(ports.parse_all(container.ports))
    }


def _host_owner(world: World, number: int) -> Owner | None:
    return world.hosts.get(number)


_KINDS: Mapping[str, _Kind] = {
    "healthcheckInstanceHostMap": _Kind(
        _containers, _checkers, lambda world, number: world.containers.get(number // _CHECKERS_OF_ONE)
    ),
    "instanceLink": _Kind(_containers, derived_links.instance_links, derived_links.container_of),
    "ipAddress": _Kind(_hosts_and_containers, _addresses, _address_owner, outlived=(Container,)),
    "network": _Kind(lambda world: iter(world.projects.values()), _networks, _network_owner),
    "physicalHost": _Kind(_hosts, _physical_hosts, _host_owner),
    "port": _Kind(_containers, _ports, lambda world, number: world.containers.get(number // _PORTS_OF_ONE)),
    "serviceConsumeMap": _Kind(
        lambda world: iter(world.services.values()), derived_links.consume_maps, derived_links.service_of
    ),
    "serviceExposeMap": _Kind(_containers_and_services, pairings.rows, pairings.owner),
    "storagePool": _Kind(_hosts, _storage_pools, _host_owner),
    "subnet": _Kind(lambda world: iter(world.projects.values()), _subnets, _network_owner),
    "volume": _Kind(_with_volumes, _volumes, _volume_owner),
}

KINDS = frozenset(_KINDS)
"""The kinds of rows that follow from others."""
