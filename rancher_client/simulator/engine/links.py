"""The rows behind a resource's links (rancher-1.6-api.md 1.5, 3.1, 6.1, 7.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from . import derived, derived_links, labels, pairings, stack_processes, volume_templates
from .model import Container, Host, Project, Service
from .volume_model import Volume
from .world import World

Found = list[tuple[str, int]]


def behind(world: World, kind: str, id: int, link: str) -> Found:
    """(kind, number) of each row behind the link; empty for a link the engine does not keep."""
    if kind == "network":
        within = _IN_A_NETWORK.get(link)
        return within(world, id) if within is not None else []
    row: Any = derived.owner_of(world, kind, id) if kind in derived.KINDS else world.row(kind, id)
    look = _LINKS.get(kind, {}).get(link)
    return look(world, row) if look is not None and row is not None else []


def _of(kind: str, numbers: Iterable[int]) -> Found:
    return [(kind, number) for number in numbers]


def _living(kind: str, rows: Iterable[Any], project: Project) -> Found:
    return _of(kind, (row.id for row in rows if row.project == project.id and row.removed is None))


def _logs_of_service(world: World, service: Service) -> Found:
    return _of("serviceLog", (log.id for log in world.logs.values() if log.service == service.id))


def _logs_of_container(world: World, container: Container) -> Found:
    return _of("serviceLog", (log.id for log in world.logs.values() if log.container == container.id))


def _consumers(world: World, service: Service) -> Found:
    living = (other for other in world.services.values() if other.removed is None)
    return _of("service", (other.id for other in living if service.id in other.links.values()))


def _services_of(world: World, container: Container) -> Found:
    own = [] if container.service is None else [container.service]
    return _of("service", [*own, *(service.id for service in world.choosing(container))])


def _derived(kind: str) -> Callable[[World, Any], Found]:
    return lambda world, row: derived.of_owner(world, kind, row)


def _pool_below(world: World, owner: Container | Volume) -> Found:
    return [] if owner.host is None else [("storagePool", owner.host)]


def _made_for(reference: str) -> Callable[[World, Any], Found]:
    """The volumes that name the row, not removed ones."""
    return lambda world, row: [
        ("volume", volume.id)
        for volume in world.volumes.values()
        if volume.fields.get(reference) == row.id and not derived.is_removed(world, "volume", volume.id)
    ]


def _addresses_in(world: World, network: int) -> Found:
    within = (c for c in world.containers.values() if c.network == network)
    return [found for container in within for found in derived.of_owner(world, "ipAddress", container)]


def _subnets_in(world: World, network: int) -> Found:
    return [("subnet", network)] if derived.view(world, "subnet", network) is not None else []


_IN_A_NETWORK: Mapping[str, Callable[[World, int], Found]] = {
    "ipAddresses": _addresses_in,
    "subnets": _subnets_in,
}


def _itself_as_host(world: World, owner: Host | Container) -> Found:
    return [("host", owner.id)] if isinstance(owner, Host) else []


_LINKS: Mapping[str, Mapping[str, Callable[[World, Any], Found]]] = {
    "container": {
        "account": lambda _, row: [("project", row.project)],
        "healthcheckInstanceHostMaps": _derived("healthcheckInstanceHostMap"),
        "hosts": lambda _, row: [("host", row.host)] if row.host is not None else [],
        "instanceLabels": lambda world, row: _of("label", labels.numbers(world, row.project, row.labels)),
        "instanceLinks": _derived("instanceLink"),
        "ports": _derived("port"),
        "serviceExposeMaps": _derived("serviceExposeMap"),
        "serviceLogs": _logs_of_container,
        "services": _services_of,
        "targetInstanceLinks": lambda world, row: _of(
            "instanceLink", derived_links.instance_links_to(world, row)
        ),
        "volumes": _derived("volume"),
    },
    "host": {
        "account": lambda _, row: [("project", row.project)],
        "healthcheckInstanceHostMaps": lambda world, row: _of(
            "healthcheckInstanceHostMap", derived.checkers_of_host(world, row)
        ),
        "hostLabels": lambda world, row: _of("label", labels.numbers(world, row.project, row.labels)),
        "instances": lambda world, row: _of("container", (c.id for c in world.on_host(row.id))),
        "ipAddresses": _derived("ipAddress"),
        "storagePools": _derived("storagePool"),
    },
    "ipAddress": {"hosts": _itself_as_host},
    "label": {
        "hosts": lambda world, row: _of("host", labels.hosts_with(world, row)),
        "instances": lambda world, row: _of("container", labels.containers_with(world, row)),
    },
    "physicalHost": {"hosts": _itself_as_host},
    "processInstance": {"processExecutions": lambda _, row: _of("processExecution", row.executions)},
    "project": {
        "hosts": lambda world, row: _living("host", world.hosts.values(), row),
        "services": lambda world, row: _living("service", world.services.values(), row),
        "stacks": lambda world, row: _living("stack", world.stacks.values(), row),
    },
    "service": {
        "account": lambda _, row: [("project", row.project)],
        "consumedbyservices": _consumers,
        "consumedservices": lambda _, row: _of("service", row.links.values()),
        "instances": lambda _, row: _of("container", [*row.containers, *row.chosen]),
        "serviceExposeMaps": lambda _, row: _of("serviceExposeMap", pairings.of_service(row)),
        "serviceLogs": _logs_of_service,
        "stack": lambda _, row: [("stack", row.stack)],
    },
    "stack": {
        "account": lambda _, row: [("project", row.project)],
        "services": lambda world, row: _of(
            "service", (s.id for s in stack_processes.services_of(world, row))
        ),
        "volumeTemplates": lambda world, row: _of(
            "volumeTemplate", (template.id for template in volume_templates.of_stack(world, row.id))
        ),
        "volumes": _made_for("stackId"),
    },
    "storagePool": {
        "hosts": _itself_as_host,
        "volumes": lambda world, row: _of("volume", derived.volumes_on(world, row)),
    },
    "volume": {"storagePools": _pool_below},
    "volumeTemplate": {"volumes": _made_for("volumeTemplateId")},
}
