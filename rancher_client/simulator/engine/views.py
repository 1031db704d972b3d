"""Rows as the API shows them, by REST names (rancher-1.6-api.md 1.5, 3.1, 4.1, 6.1, 7.1)."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from . import endpoints, hosts, networks, ports, process_views, runs
from .model import (
    GONE,
    Container,
    Host,
    Label,
    Project,
    PullTask,
    Ref,
    Row,
    Service,
    ServiceLog,
    Stack,
    VolumeTemplate,
)
from .process_model import ProcessExecution, ProcessInstance
from .state_machines import MACHINES
from .world import World

View = dict[str, Any]


def of(world: World, kind: str, row: Row) -> View:
    """The view of any row; dates are epoch seconds, references `Ref`s, nested values plain and sparse."""
    if isinstance(row, Service):
        return _service(world, row)
    if isinstance(row, Container):
        return _container(world, row)
    if isinstance(row, Stack):
        return _stack(world, row)
    if isinstance(row, Host):
        return _host(world, row)
    if isinstance(row, Project):
        return _project(row)
    if isinstance(row, PullTask):
        return _pull_task(row)
    if isinstance(row, VolumeTemplate):
        return _volume_template(row)
    if isinstance(row, Label):
        return _label(row)
    if isinstance(row, ProcessInstance):
        return process_views.of_instance(world, row)
    if isinstance(row, ProcessExecution):
        return process_views.of_execution(world, row)
    return _service_log(row)


def _moving(kind: str, state: str, *, error: bool = False, message: str | None = None) -> View:
    """`transitioning`: `yes` in a transitional state, `error` when the newest activity failed (1.5)."""
    shown = MACHINES[kind].transitioning(state, failed=error)
    said = {"error": message or None, "yes": message or runs.IN_PROGRESS, "no": None}[shown]
    return {"transitioning": shown, "transitioningMessage": said, "transitioningProgress": None}


def _service(world: World, service: Service) -> View:
    # A removed service is paired with nothing any more, whatever is still stopping.
    alive = [] if service.removed else [*world.containers_of(service), *world.chosen_by(service)]
    return {
        **copy.deepcopy(service.fields),
        "kind": service.kind,
        "name": service.name or None,
        "state": service.state,
        "uuid": service.uuid,
        "accountId": Ref("project", service.project),
        "stackId": Ref("stack", service.stack),
        "created": service.created,
        "removed": service.removed,
        "scale": service.scale,
        "currentScale": service.current_scale,
        "createIndex": service.create_index,
        "healthState": service.health,
        "instanceIds": [Ref("container", c.id) for c in alive] or None,
        "launchConfig": copy.deepcopy(service.launch_config),
        "secondaryLaunchConfigs": _sidekicks(service),
        "upgrade": _upgrade(service),
        "linkedServices": {name: Ref("service", n) for name, n in service.links.items()} or None,
        "publicEndpoints": _endpoints_of(world, alive, service) or ([] if service.has_published else None),
        "system": bool(service.fields.get("system")),
        **_moving("service", service.state, error=service.failed, message=service.message),
    }


def _sidekicks(service: Service) -> list[View] | None:
    """The sidekicks' configs; null instead of an empty list while the service registers [run]."""
    return copy.deepcopy(service.sidekicks) or (None if service.state == "registering" else [])


def _upgrade(service: Service) -> View | None:
    """The `upgrade` block with the service that takes over as a reference."""
    block = copy.deepcopy(service.upgrade)
    to_service = (block or {}).get("toServiceStrategy")
    if to_service is not None and to_service.get("toServiceId") is not None:
        to_service["toServiceId"] = Ref("service", to_service["toServiceId"])
    return block


def _endpoints_of(world: World, alive: list[Container], service: Service) -> list[View]:
    """A removed service keeps those that it had (cattle: ServiceDiscoveryServiceImpl.serviceUpdate) [run]."""
    if service.removed:
        return [_endpoint(each, service.id) for each in service.last_endpoints]
    return _endpoints(world, alive, service)


def _endpoints(world: World, alive: list[Container], service: Service | None = None) -> list[View]:
    """Of a service all say that they are its own, also those of containers that it has chosen."""
    return [
        _endpoint(each, service.id if service else container.service)
        for container in alive
        for each in endpoints.of_container(world, container)
    ]


def _endpoint(of: Sequence[Any], service: int | None) -> View:
    host, container, address, port = of
    return {
        "type": "publicEndpoint",
        "hostId": Ref("host", host),
        "instanceId": Ref("container", container),
        "ipAddress": address,
        "port": port,
        "serviceId": Ref("service", service) if service is not None else None,
    }


def _services_of(world: World, container: Container) -> list[Ref] | None:
    """The service it belongs to and those that have chosen it, until it is being removed or they are."""
    if container.state in GONE:
        return None
    own = world.service_of(container)
    among = [*([] if own is None or own.removed else [own]), *world.choosing(container)]
    return [Ref("service", service.id) for service in among] or None


def _container(world: World, container: Container) -> View:
    failed = container.failure if container.state in ("error", "stopped") else None
    if container.state == "removed":  # at once, because its creation could not go on
        failed = container.message
    moving = _moving(
        "container", container.state, error=failed is not None, message=failed or container.message
    )
    if moving["transitioning"] != "no":
        moving["transitioningProgress"] = container.progress
    asked = container.config.get("requestedHostId")
    return {
        "instanceTriggeredStop": "stop",
        "dataVolumeMounts": None if container.state in ("requested", "creating") else {},
        **copy.deepcopy(container.config),
        "networkContainerId": _container_ref(container.network_from),
        "dataVolumesFrom": [_container_ref(number) for number in container.volumes_from] or None,
        "requestedHostId": Ref("host", int(asked)) if asked is not None else None,
        "kind": "container",
        "name": container.name,
        "state": container.state,
        "uuid": container.uuid,
        "accountId": Ref("project", container.project),
        "created": container.created,
        "removed": container.removed,
        "firstRunning": container.first_running,
        "createIndex": container.create_index,
        "deploymentUnitUuid": container.unit,
        "externalId": container.external_id,
        "healthState": container.health,
        "healthcheckStates": _told_by_hosts(world, container),
        "hostId": Ref("host", container.host) if container.host is not None else None,
        "labels": dict(container.labels) or None,
        # As asked for: an empty list stays one, and the number chosen for a random port is not shown.
        "ports": copy.copy(container.config.get("ports")),
        "primaryIpAddress": container.address,
        "primaryNetworkId": Ref("network", container.network) if container.network is not None else None,
        "serviceId": None,
        "serviceIds": _services_of(world, container),
        "stackId": None,
        "startCount": container.start_count,
        "version": container.version,
        "nativeContainer": False,
        "system": bool(container.config.get("system")),
        **moving,
    }


def _told_by_hosts(world: World, container: Container) -> list[View] | None:
    """What each host that checks it was told last, until the container is removed (ServiceDaoImpl)."""
    told = [
        {"hostId": Ref("host", checker.host), "healthState": checker.health}
        for checker in container.checkers
        if checker.removed is None
        and (host := world.hosts.get(checker.host)) is not None
        and host.removed is None
    ]
    return told if told and container.removed is None else None


def _container_ref(number: int | None) -> Ref | None:
    return None if number is None else Ref("container", number)


def _stack(world: World, stack: Stack) -> View:
    own = [s.id for s in world.services.values() if s.stack == stack.id and s.removed is None]
    return {
        **copy.deepcopy(stack.fields),
        "kind": "stack",
        "name": stack.name,
        "state": stack.state,
        "uuid": stack.uuid,
        "accountId": Ref("project", stack.project),
        "created": stack.created,
        "removed": stack.removed,
        "healthState": stack.health,
        "serviceIds": [Ref("service", number) for number in own] or None,
        "system": bool(stack.fields.get("system")),
        **_moving("stack", stack.state, error=stack.failed, message=stack.message),
    }


def _host(world: World, host: Host) -> View:
    own = world.on_host(host.id)
    return {
        **copy.deepcopy(host.fields),
        "name": host.fields.get("name"),
        **hosts.told(world, host),
        "state": hosts.shown_state(host),
        "agentState": _shown_agent_state(host),
        "agentIpAddress": host.address,
        "uuid": host.uuid,
        "physicalHostId": Ref("physicalHost", host.id),
        "accountId": Ref("project", host.project),
        "created": host.created,
        "removed": host.removed,
        "labels": dict(host.labels),
        "instanceIds": [Ref("container", c.id) for c in own] or None,
        "publicEndpoints": _endpoints(world, own) or ([] if host.has_published else None),
        **_moving("host", host.state),
    }


def _shown_agent_state(host: Host) -> str | None:
    """Null until an agent's state changes for the first time (cattle: AgentHostStateUpdate)."""
    return host.agent_state if host.tells_agent_state or host.agent_state != "active" else None


def _project(project: Project) -> View:
    return {
        **copy.deepcopy(project.fields),
        "kind": "project",
        "state": project.state,
        "uuid": project.uuid,
        "created": project.created,
        "removed": project.removed,
        "healthState": project.health,
        "defaultNetworkId": Ref("network", project.networks[networks.MANAGED]),
        "servicesPortRange": {"startPort": ports.RANDOM_PORTS.start, "endPort": ports.RANDOM_PORTS.stop - 1},
        **_moving("project", project.state),
    }


def _service_log(log: ServiceLog) -> View:
    return {
        "kind": "serviceLog",
        "accountId": Ref("project", log.project),
        "created": log.created,
        "endTime": log.ended,
        "description": log.description,
        "eventType": log.event,
        "instanceId": Ref("container", log.container) if log.container is not None else None,
        "level": log.level,
        "serviceId": Ref("service", log.service),
        "subLog": log.sub_log,
        "transactionId": log.transaction,
    }


def _volume_template(template: VolumeTemplate) -> View:
    return {
        **copy.deepcopy(template.fields),
        "kind": "volumeTemplate",
        "name": template.name,
        "state": template.state,
        "uuid": template.uuid,
        "accountId": Ref("project", template.project),
        "stackId": Ref("stack", template.stack),
        "created": template.created,
        "removed": template.removed,
        **_moving("volumeTemplate", template.state),
    }


def _label(label: Label) -> View:
    return {
        "kind": "label",
        "accountId": Ref("project", label.project),
        "state": label.state,
        "created": label.created,
        "removed": label.removed,
        "uuid": label.uuid,
        "key": label.key,
        "value": label.value,
        **_moving("label", label.state),
    }


def _pull_task(task: PullTask) -> View:
    pulling = f"Pulling {task.image}" if task.state == "activating" else None
    return {
        "kind": "pullTask",
        "accountId": Ref("project", task.project),
        "created": task.created,
        "removed": task.removed,
        "uuid": task.uuid,
        "state": task.state,
        "image": task.image,
        "mode": task.mode,
        "labels": dict(task.labels) or None,
        "status": dict(task.status) if task.status is not None else None,
        **_moving("pullTask", task.state, message=pulling),
    }
