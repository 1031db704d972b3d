"""Rows made of what a live server shows: a world that goes on from where that server stands.

Rancher shows states, not the insides of its processes. What is on its way therefore begins that process
anew, as after a restart of the server: a starting container passes its checkpoints again, an upgrade looks
for the next batch. Which containers an upgrade has set aside is not shown either; it follows from their
state and version (5.3, 5.5). References to what a copy does not hold, such as volumes, are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import (
    addresses,
    containers,
    external_members,
    health,
    hosts,
    instance_links,
    labels,
    launch_configs,
    looks,
    networks,
    references,
    service_links,
    stacks,
)
from .model import PRIMARY, Container, Host, Project, Ref, Service, Stack, Unit
from .parts import Checker
from .timing import Site, Timing
from .world import World

View = Mapping[str, Any]
Views = Mapping[int, View]
"""Views of one kind by number, in the form of `views.of`."""

_OF_AGENTS = frozenset({"reconnecting", "disconnecting", "disconnected", "finishing-reconnect"})
"""States of a host that are its agent's (7.1)."""

_SETS_ASIDE = frozenset(
    {
        "upgrading",
        "upgraded",
        "canceling-upgrade",
        "canceled-upgrade",
        "finishing-upgrade",
        "rolling-back",
    }
)
"""States of a service in which containers of another version stand aside (5.3)."""

_COMPUTED = frozenset(
    {
        "accountId",
        "created",
        "healthState",
        "kind",
        "removed",
        "state",
        "transitioning",
        "transitioningMessage",
        "transitioningProgress",
        "uuid",
    }
)
"""Fields of every kind that rows keep in columns of their own."""

_COMPUTED_OF = {
    "project": _COMPUTED | {"defaultNetworkId", "members", "servicesPortRange"},
    "host": _COMPUTED
    | {"agentIpAddress", "agentState", "hostname", "info", "instanceIds", "labels", "physicalHostId"}
    | {"agentId", "computeTotal", "publicEndpoints"},
    "stack": _COMPUTED | {"name", "serviceIds"},
    "service": _COMPUTED
    | {"name", "stackId", "scale", "currentScale", "createIndex", "instanceIds", "launchConfig"}
    | {"secondaryLaunchConfigs", "upgrade", "linkedServices", "publicEndpoints"},
}

_PROCESSES = {
    "activating": "activate",
    "deactivating": "deactivate",
    "updating-active": "update",
    "updating-inactive": "update",
    "upgrading": "upgrade",
    "finishing-upgrade": "finishupgrade",
    "rolling-back": "rollback",
    "canceling-upgrade": "cancelupgrade",
    "restarting": "restart",
    "removing": "remove",
}
"""The process of a service that is under way in each transitional state (4.3)."""

_STATES_OF_CONTAINERS = {"requested": "requested", "creating": "requested", "starting": "stopped"} | {
    "stopping": "running",
    "restarting": "running",
    "migrating": "running",
    "updating-running": "running",
    "updating-stopped": "stopped",
    "removing": "stopped",
    "erroring": "error",
}
"""Where a container's process has to begin, so that it comes through the state it is shown in."""


def adopt(
    views: Mapping[str, Views],
    *,
    now: float,
    seed: int = 0,
    timing: Timing | None = None,
    site: Site | None = None,
) -> World:
    """A world of one project with these hosts, stacks, services and containers, at `now`, epoch seconds.

    `views` by kind of row. Rows that refer to what is not there lose the reference. Raises ValueError
    when there is not exactly one project.
    """
    if len(views["project"]) != 1:
        raise ValueError(f"A copy is of one project, not of {len(views['project'])}.")
    world = World(seed=seed, start=now, timing=timing or Timing(), site=site or Site())
    world.last_ids |= {kind: max(rows, default=0) for kind, rows in views.items()}
    for project, view in views["project"].items():
        world.projects[project] = Project(
            **_common(project, view),
            health=str(view["healthState"]),
            networks=networks.found_in(world),
            fields=_fields("project", view),
        )
        default = view.get("defaultNetworkId")
        if isinstance(default, Ref):
            networks.know(world, world.projects[project], networks.MANAGED, default.number)
        _adopt_hosts(world, project, views["host"])
        _adopt_stacks(world, project, views["stack"])
        _adopt_services(world, project, views["service"])
        _adopt_containers(world, project, views["container"])
        _place(world, views)
    for service in world.services.values():
        _set_aside(world, service)
        service_links.keep_rows(world, service)
        if service.fields.get("retainIp"):
            addresses.retain(world, service)
    for container in world.containers.values():
        instance_links.recognise(world, container)
    _go_on(world, views["container"])
    return world


def _common(number: int, view: View) -> dict[str, Any]:
    return {
        "id": number,
        "uuid": str(view["uuid"]),
        "created": float(view["created"]),
        "state": str(view["state"]),
    }


def _fields(kind: str, view: View) -> dict[str, Any]:
    return {
        name: references.numbers(value)
        for name, value in view.items()
        if name not in _COMPUTED_OF[kind] and not isinstance(value, Ref)
    }


def _adopt_hosts(world: World, project: int, views: Views) -> None:
    for number, view in views.items():
        host = Host(
            **_common(number, view),
            project=project,
            hostname=str(view.get("hostname") or view.get("name") or f"node{number}"),
            address=str(view.get("agentIpAddress") or ""),
            tells_agent_state=view.get("agentState") is not None,
            labels=dict(view.get("labels") or {}),
            has_published=view.get("publicEndpoints") is not None,
            fields=_fields("host", view),
        )
        if host.state in _OF_AGENTS:
            host.agent_state, host.state = host.state, "active"
            host.connected = host.agent_state == "finishing-reconnect"
        world.hosts[number] = host
        labels.note(world, project, host.labels)


def _adopt_stacks(world: World, project: int, views: Views) -> None:
    for number, view in views.items():
        world.stacks[number] = Stack(
            **_common(number, view),
            project=project,
            name=str(view["name"]),
            health=str(view.get("healthState") or "healthy"),
            failed=view.get("transitioning") == "error",
            message=view.get("transitioningMessage"),
            fields=_fields("stack", view),
        )


def _adopt_services(world: World, project: int, views: Views) -> None:
    for number, view in views.items():
        stack = view["stackId"].number
        if stack not in world.stacks:
            continue
        links = view.get("linkedServices") or {}
        world.services[number] = Service(
            **_common(number, view),
            project=project,
            stack=stack,
            kind=str(view["kind"]),
            name=str(view["name"]),
            scale=int(view.get("scale") or 0),
            launch_config=references.numbers(view.get("launchConfig")),
            sidekicks=references.numbers(view.get("secondaryLaunchConfigs") or []),
            current_scale=view.get("currentScale"),
            desired_scale=view.get("currentScale") if view.get("scalePolicy") else None,
            locked_scale=view.get("currentScale") if view.get("scalePolicy") else None,
            create_index=view.get("createIndex"),
            health=str(view.get("healthState") or "healthy"),
            upgrade=references.numbers(view.get("upgrade")),
            has_published=view.get("publicEndpoints") is not None,
            links={name: ref.number for name, ref in links.items()},
            failed=view.get("transitioning") == "error",
            message=view.get("transitioningMessage"),
            fields=_fields("service", view),
        )
        if view["kind"] == external_members.KIND and view.get("state") != "inactive":
            service = world.services[number]
            external_members.make(world, service, external_members.missing(service))


def _adopt_containers(world: World, project: int, views: Views) -> None:
    for number, view in sorted(views.items()):
        container = _container(number, project, view)
        world.containers[number] = container
        labels.note(world, project, container.labels)
        asked = _host_of(world, view, "requestedHostId")
        if asked is not None:
            container.config["requestedHostId"] = asked
        found = (world.services.get(each.number) for each in view.get("serviceIds") or ())
        among = [service for service in found if service is not None]
        owner = _owner(world, container, among)
        if owner is not None:
            _own(world, owner, container, view)
        for service in among:
            if service is not owner:
                service.chosen.append(number)
        network = view.get("primaryNetworkId")
        networks.recognise(world, container, network.number if network is not None else None)


def _owner(world: World, container: Container, among: list[Service]) -> Service | None:
    """The service that has made a container; the others have chosen it by their selector."""
    if container.unit is None:
        return None
    name = container.labels.get("io.rancher.stack_service.name", "").split("/")[:2]
    named = (each for each in among if [world.stacks[each.stack].name, each.name] == name)
    return next(named, among[0] if among else None)


def _own(world: World, service: Service, container: Container, view: View) -> None:
    container.service, container.stack = service.id, service.stack
    service.containers.append(container.id)
    unit = view.get("deploymentUnitUuid")
    if all(each.uuid != unit for each in service.units):
        of_host = _host_of(world, view) if launch_configs.is_global(service.launch_config) else None
        service.units.append(Unit(str(unit), container.index, of_host))


def _place(world: World, views: Mapping[str, Views]) -> None:
    """Put the containers on their hosts in the order in which each host names them."""
    named = [ref.number for host in views["host"].values() for ref in host.get("instanceIds") or ()]
    for number in dict.fromkeys([*named, *views["container"]]):
        host = _host_of(world, views["container"].get(number, {}))
        if host is not None:
            world.put_on(world.containers[number], host)


def _host_of(world: World, view: View, name: str = "hostId") -> int | None:
    host = view.get(name)
    return host.number if host is not None and host.number in world.hosts else None


def _container(number: int, project: int, view: View) -> Container:
    own_labels = dict(view.get("labels") or {})
    failed = view.get("transitioning") == "error"
    runs_since = view.get("firstRunning")
    is_up = str(view["state"]) in ("running", "updating-running", "migrating")
    return Container(
        **_common(number, view)
        | {"state": _STATES_OF_CONTAINERS.get(str(view["state"]), str(view["state"]))},
        project=project,
        name=view.get("name"),
        config={
            name: references.numbers(value)
            for name, value in view.items()
            if name not in _NO_CONFIG and (not isinstance(value, Ref) or name == "networkContainerId")
        },
        config_name=own_labels.get("io.rancher.service.launch.config", PRIMARY),
        version=view.get("version"),
        unit=view.get("deploymentUnitUuid"),
        index=_index(str(view.get("name"))),
        create_index=view.get("createIndex"),
        labels=own_labels,
        ports=list(view.get("ports") or ()),
        health=view.get("healthState"),
        checkers=[
            Checker(each["hostId"].number, float(view["created"]), each["healthState"])
            for each in view.get("healthcheckStates") or ()
        ],
        address=view.get("primaryIpAddress"),
        external_id=view.get("externalId"),
        start_count=int(view.get("startCount") or 0),
        started=runs_since if is_up else None,
        first_running=runs_since,
        failure=view.get("transitioningMessage") if failed else None,
        message=view.get("transitioningMessage"),
        progress=view.get("transitioningProgress"),
        answers_health=False if view.get("healthState") == "unhealthy" else None,
    )


_NO_CONFIG = _COMPUTED | {
    "createIndex",
    "dataVolumeMounts",
    "deploymentUnitUuid",
    "externalId",
    "firstRunning",
    "healthcheckStates",
    "hostId",
    "name",
    "nativeContainer",
    "primaryIpAddress",
    "serviceId",
    "serviceIds",
    "stackId",
    "startCount",
    "version",
}
"""Fields of a container that no launch config brought in, or that lead to what a copy does not hold."""


def _index(name: str) -> int:
    """2 of `shop-web-2`, 0 where a name does not say."""
    last = name.rpartition("-")[2]
    return int(last) if last.isdecimal() else 0


def _set_aside(world: World, service: Service) -> None:
    """Mark what an upgrade has set aside: stopped, and not of the version that is wanted now (5.3).

    While a rollback runs the wanted version is the old one, and what still stands aside has it (5.5).
    """
    if service.state not in _SETS_ASIDE:
        return
    wanted = launch_configs.versions(launch_configs.of(service))
    for container in world.containers_of(service):
        is_wanted = container.version == wanted.get(container.config_name)
        if container.started is None and is_wanted == (service.state == "rolling-back"):
            container.managed, container.marked = False, True


def _go_on(world: World, shown: Views) -> None:
    """Begin anew what was on its way."""
    for number, container in world.containers.items():
        _resume(world, container, str(shown[number]["state"]))
    for service in world.services.values():
        if service.state == "registering":
            world.later(world.timing.service_create, "service.created", service.id)
        elif service.state in _PROCESSES:
            service.queued = _PROCESSES[service.state]
            looks.plan(world, service, world.now + world.timing.process_start)
        elif service.state == "active":
            world.later(world.timing.health_settles, "service.trigger", service.id)
    for stack in world.stacks.values():
        stacks.resume(world, stack)
    for host in world.hosts.values():
        hosts.resume(world, host)


def _resume(world: World, container: Container, shown: str) -> None:
    if shown in ("requested", "creating"):
        containers.begin(world, container)
    elif shown == "starting":
        containers.start(world, container)
    elif shown == "stopping":
        containers.stop(world, container)
    elif shown == "restarting":
        containers.restart(world, container)
    elif shown == "removing":
        containers.remove(world, container)
    else:
        health.recheck(world, container)
