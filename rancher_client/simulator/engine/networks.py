"""A project's networks, and which of them a container joins.

Every project has Docker's own networks by their modes and, once a network driver runs as in any ordinary
installation, the managed network that containers join by default
(cattle: NetworkServiceImpl.java, DockerInstancePreCreate.java).
"""

from __future__ import annotations

from typing import Any

from .model import PRIMARY, Container, Project
from .world import World

MANAGED = "managed"
_NAMES = {
    "host": "Docker Host Network Mode",
    "none": "Docker None Network Mode",
    "container": "Docker Container Network Mode",
    "bridge": "Docker Bridge Network Mode",
}
"""Docker's own, in the order in which a project gets them (NetworkServiceImpl, AccountCreate)."""
_SYNONYMS = {"default": "bridge"}
_MODE_LABEL = "io.rancher.cni.network"


def found_in(world: World) -> dict[str, int]:
    """The networks of a new project: numbers by mode."""
    return {mode: world.next_id("network") for mode in (*_NAMES, MANAGED)}


def fields(mode: str) -> dict[str, Any]:
    """What the row of a network shows. Of the managed one the driver is not known here."""
    if mode in _NAMES:
        return {"kind": f"docker{mode.capitalize()}", "name": _NAMES[mode], "hostPorts": False}
    return {
        "kind": "network",
        "hostPorts": False,
        "defaultPolicyAction": "allow",
        "dns": ["169.254.169.250"],
        "dnsSearch": ["rancher.internal"],
        "subnets": [{"networkAddress": "10.42.0.0/16", "cidrSize": 24}],
    }


SUBNET = {
    "networkAddress": "10.42.0.0",
    "cidrSize": 16,
    "gateway": "10.42.0.1",
    "startAddress": "10.42.0.2",
    "endAddress": "10.42.255.250",
}
"""The row of the managed network's only subnet: the size behind the slash is the one that counts.

Source: cattle: NetworkCreate.java, SubnetCreate.java. A network has its subnets by itself, whoever drives it.
"""


def join(world: World, container: Container) -> None:
    """Give a container that is being created the network of its mode; an unknown mode has none."""
    container.network = world.projects[container.project].networks.get(_mode_of(container))
    if container.service is None:
        container.network_from = container.config.get("networkContainerId")
        container.volumes_from = list(container.config.get("dataVolumesFrom") or ())
        return
    mates = _mates_by_config(world, container)
    container.network_from = mates.get(str(container.config.get("networkLaunchConfig") or "").lower())
    wanted = [str(name).lower() for name in container.config.get("dataVolumesFromLaunchConfigs") or ()]
    container.volumes_from = [mates[name] for name in wanted if name in mates]


def recognise(world: World, container: Container, network: int | None) -> None:
    """The network that another server shows a container in is the one that its project has for this mode."""
    if network is not None:
        know(world, world.projects[container.project], _mode_of(container), network)
    join(world, container)


def know(world: World, project: Project, mode: str, network: int) -> None:
    """The project's network of a mode has this number, as another server shows it."""
    project.networks[mode] = network
    world.last_ids["network"] = max(world.last_ids["network"], network)


def is_managed(world: World, container: Container) -> bool:
    """Whether the container is in the managed network, the only one with a subnet."""
    return container.network == world.projects[container.project].networks[MANAGED]


def gives_addresses(world: World, container: Container) -> bool:
    """Whether its network has an address for it: the managed one, while its subnet is active.

    What starts meanwhile runs without, and gets one at its next start [run].
    Source: cattle: NicActivate.java, NetworkServiceImpl.shouldAssignIpAddress.
    """
    if not is_managed(world, container):
        return False
    moved = world.courses.get(("subnet", container.network or 0))
    return moved is None or moved.state == "active"


def _mates_by_config(world: World, container: Container) -> dict[str, int]:
    """The containers of the unit by their configs' names; the primary goes by its service's."""
    service = world.service_of(container)
    if service is None:
        return {}
    mates: dict[str, int] = {}
    for other in world.containers_of(service):
        if other.unit == container.unit and other.managed:
            name = service.name if other.config_name == PRIMARY else other.config_name
            mates[name.lower()] = other.id
    return mates


def _mode_of(container: Container) -> str:
    """The network mode asked for: the label's for a network driver's own network, else the config's."""
    mode = str(container.labels.get(_MODE_LABEL) or container.config.get("networkMode") or "")
    return _SYNONYMS.get(mode, mode)
