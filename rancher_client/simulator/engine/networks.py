"""A project's networks, and which of them a container joins.

Every project has Docker's own networks by their modes and, once a network driver runs as in any ordinary
installation, the managed network that containers join by default
(cattle: NetworkServiceImpl.java, DockerInstancePreCreate.java).
"""

from __future__ import annotations

from .model import PRIMARY, Container, Project
from .world import World

MANAGED = "managed"
_DOCKERS_OWN = ("host", "none", "bridge", "container")
_SYNONYMS = {"default": "bridge"}
_MODE_LABEL = "io.rancher.cni.network"


def found_in(world: World) -> dict[str, int]:
    """The networks of a new project: numbers by mode."""
    return {mode: world.next_id("network") for mode in (MANAGED, *_DOCKERS_OWN)}


def join(world: World, container: Container) -> None:
    """Give a container that is being created the network of its mode; an unknown mode has none."""
    project = world.projects.get(container.project)
    mode = mode_of(container)
    container.network = None if mode is None or project is None else _numbered(project, mode)
    mates = _mates_by_config(world, container)
    container.network_from = mates.get(str(container.config.get("networkLaunchConfig") or "").lower())
    wanted = [str(name).lower() for name in container.config.get("dataVolumesFromLaunchConfigs") or ()]
    container.volumes_from = [mates[name] for name in wanted if name in mates]


def mode_of(container: Container) -> str | None:
    """The network mode asked for: the label's for a network driver's own network, else the config's."""
    label = container.labels.get(_MODE_LABEL)
    mode = container.config.get("networkMode") if label is None else label
    return None if mode is None else str(mode)


def recognise(world: World, container: Container, network: int | None) -> None:
    """The network that another server shows a container in is the one that its project has for this mode."""
    project = world.projects.get(container.project)
    mode = mode_of(container)
    if project is not None and mode is not None and network is not None:
        project.networks[_SYNONYMS.get(mode, mode)] = network
        world.last_ids["network"] = max(world.last_ids["network"], network)
    join(world, container)


def is_managed(world: World, container: Container) -> bool:
    """Whether the container is in the managed network, the only one that gives addresses."""
    project = world.projects.get(container.project)
    return project is not None and container.network == project.networks.get(MANAGED)


def _mates_by_config(world: World, container: Container) -> dict[str, int]:
    """The other containers of the unit by their configs' names; the primary goes by its service's."""
    service = world.services.get(container.service or 0)
    if service is None or container.unit is None:
        return {}
    mates: dict[str, int] = {}
    for other in world.containers_of(service):
        if other.unit == container.unit and other.id != container.id and other.managed:
            name = service.name if other.config_name == PRIMARY else other.config_name
            mates[name.lower()] = other.id
    return mates


def _numbered(project: Project, mode: str) -> int | None:
    return project.networks.get(_SYNONYMS.get(mode, mode))
