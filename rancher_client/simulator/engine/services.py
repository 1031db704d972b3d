"""Services: what a request changes at once (rancher-1.6-api.md chapter 4).

What is refused is in `service_checks`, what the processes do in `service_processes` and `upgrade`.
"""

from __future__ import annotations

import copy
from typing import Any

from . import (
    addresses,
    chosen_containers,
    health,
    launch_configs,
    load_balancers,
    own_links,
    ports,
    process_instances,
    runs,
    service_checks,
    service_links,
    service_restart,
    updating,
    upgrade_request,
)
from .model import START_VERSION, Service
from .refusals import Refused, action_not_available, conflict
from .service_processes import PROGRAMS
from .state_machines import SERVICE
from .world import World

KINDS = frozenset(
    {
        "service",
        "loadBalancerService",
        "externalService",
        "dnsService",
        "networkDriverService",
        "storageDriverService",
        "kubernetesService",
        "composeService",
        "scalingGroup",
    }
)

_OWN = frozenset({"name", "stackId", "scale", "launchConfig", "secondaryLaunchConfigs", "kind"})
"""Fields with a column of their own; all others live in `Service.fields`."""

_UPDATABLE = frozenset(
    {
        "name",
        "scale",
        "scalePolicy",
        "metadata",
        "description",
        "retainIp",
        "selectorLink",
        "selectorContainer",
        "lbConfig",
        "externalIpAddresses",
        "hostname",
        "healthCheck",
    }
)

KEEPS_CONFIGS = "keepsConfigs"
"""In the body of a rollback that came where the filter which restores the configs does not look (5.5)."""

_WITH_NUMBERS = frozenset({"scale", "scalePolicy", "lbConfig", "launchConfig"})

_OF_EVERY_SERVICE = frozenset(
    {
        "scale",
        "scalePolicy",
        "name",
        "metadata",
        "retainIp",
        "selectorLink",
        "selectorContainer",
        "lbConfig",
    }
)
_SCHEDULING = {
    "service": _OF_EVERY_SERVICE,
    "loadBalancerService": _OF_EVERY_SERVICE | {"launchConfig"},
    "externalService": _OF_EVERY_SERVICE | {"externalIpAddresses", "hostname"},
}
"""By kind, the fields whose change starts `update` (cattle:resources/content/schema/base)."""


def create(world: World, fields: dict[str, Any], *, project: int) -> Service:
    """POST of a service: checks of chapter 2, then `registering`. Raises Refused."""
    stack = service_checks.stack_of(world, project, fields)
    service_checks.check(world, stack.id, fields)
    kind, name = str(fields["kind"]), str(fields["name"])
    config = copy.deepcopy(fields.get("launchConfig"))
    sidekicks = copy.deepcopy(fields.get("secondaryLaunchConfigs") or [])
    if kind == load_balancers.KIND and config is not None:
        config = load_balancers.completed(config)
    for each in [config, *sidekicks]:
        if each is not None:
            each["version"] = START_VERSION
    service = Service(
        id=world.next_id("service"),
        uuid=world.new_uuid(),
        created=world.now,
        project=project,
        stack=stack.id,
        kind=kind,
        name=name,
        scale=int(fields.get("scale", 1)),
        launch_config=config,
        sidekicks=sidekicks,
        fields={key: copy.deepcopy(value) for key, value in fields.items() if key not in _OWN},
    )
    world.services[service.id] = service
    world.touch("service", service.id)
    world.touch("stack", stack.id)
    process_instances.schedule(world, "service", service.id, project, "service.create", _as_created(service))
    process_instances.begin(world, "service", service.id, project, "service.create")
    world.later(world.timing.service_create, "service.created", service.id)
    return service


def created(world: World, service: Service) -> None:
    """Event: registering is over; ports without a public one get it, and the service starts if it shall."""
    if service.state != "registering":
        return
    _publish(world, service)
    if service.launch_config is None:
        service.launch_config = {}  # choosing ports stores a config even where none was sent [run]
    own_links.make(world, service)
    chosen_containers.follow(world, service)
    service.state = "inactive"
    world.touch("service", service.id)
    health.plan_look(world, service.stack)
    starts, told = bool(service.fields.get("startOnCreate")), _as_created(service)
    # Of the infrastructure is what is in a stack of it, whatever was asked for (cattle: ServiceCreate).
    service.fields["system"] = bool(world.stacks[service.stack].fields.get("system"))
    process_instances.end(world, "service", service.id, "CHAIN" if starts else "DONE")
    if starts:
        runs.request(world, service, "activate", told=told)


def _publish(world: World, service: Service) -> None:
    """Random public ports, of a load balancer its own (cattle: ServiceDiscoveryServiceImpl.setPorts)."""
    taken = taken_ports(world, service.project)
    for config in launch_configs.of(service).values():
        given = config.get("ports")
        if given and service.kind == load_balancers.KIND:
            config["ports"] = ports.own(given)
        elif given:
            config["ports"] = ports.chosen(given, taken=taken, random=world.random)


def _as_created(service: Service) -> dict[str, Any]:
    """What the record of its first processes keeps of a service: the fields it was made of [run].

    The server itself adds how containers are numbered (cattle: ServiceValidationFilter).
    """
    numbered = {"serviceIndexStrategy": "deploymentUnitBased"} if launch_configs.keeps_units(service) else {}
    sidekicks = {"secondaryLaunchConfigs": service.sidekicks} if service.sidekicks else {}
    own = {"kind": service.kind, "name": service.name, "scale": service.scale, "stackId": service.stack}
    configs = {"launchConfig": service.launch_config, **sidekicks}
    return copy.deepcopy({**service.fields, **own, **numbered, **configs})


def taken_ports(world: World, project: int) -> set[int]:
    """Public ports that launch configs of the project name; a random one must be none of them."""
    taken: set[int] = set()
    for service in world.services.values():
        if service.project == project and service.removed is None:
            for config in launch_configs.of(service).values():
                taken.update(p.public for p in ports.parse_all(config.get("ports")) if p.public is not None)
    return taken


def update(world: World, service: Service, fields: dict[str, Any]) -> None:
    """PUT: stores what differs; what needs a process gets one where the state allows it (4.3).

    A value that the service has already starts nothing, not even the refusal of a removed service
    (cattle:…/api/resource/AbstractObjectResourceManager.java, updateInternal). Raises Refused.
    """
    allowed = _UPDATABLE | {"launchConfig"} if service.kind == load_balancers.KIND else _UPDATABLE
    service_checks.check_change(world, service, fields)
    changed = {
        key: value for key, value in fields.items() if key in allowed and _differs(service, key, value)
    }
    starts_process = bool(changed.keys() & _SCHEDULING.get(service.kind, _SCHEDULING["service"]))
    if service.state in ("removing", "removed", "restarting") and starts_process:
        raise conflict()
    former_scale = service.scale
    old = copy.deepcopy({key: service.fields[key] for key in changed if key in service.fields})
    for key, value in changed.items():
        if key == "name":
            service.name = str(value or "")  # null is stored, and shown as such [run]
        elif key == "scale":
            service.scale = int(value)
        elif key == "launchConfig":
            # As sent: what a POST or an upgrade adds to a balancer's is added there only.
            service.launch_config = (
                None if value is None else copy.deepcopy(value) | {"version": START_VERSION}
            )
        else:
            service.fields[key] = copy.deepcopy(value)
    if changed.get("retainIp") and service.state in SERVICE.processes["update"].start:
        addresses.retain(world, service)
    world.touch("service", service.id)
    if starts_process:
        updating.ask_for(world, service, former_scale=former_scale, old=old)


def _differs(service: Service, key: str, value: Any) -> bool:
    """Whether a PUT brings another value than the service has.

    A number of a body is never the same as one of the row (Java: Long and Integer), so that a scale sent
    again counts as another one [run].
    """
    own = {"name": service.name, "launchConfig": service.launch_config}
    present = own.get(key, service.fields.get(key))
    return value != present or (key in _WITH_NUMBERS and value is not None)


def act(world: World, service: Service, action: str, body: dict[str, Any]) -> dict[str, Any] | None:
    """One action of the API. Raises Refused; returns what a handler action answers, else None."""
    if action not in SERVICE.offered(service.state):
        raise action_not_available()
    if action in ("addservicelink", "removeservicelink", "setservicelinks"):
        service_links.act(world, service, action, body)
    elif action == "upgrade":
        begin_upgrade(world, service, body)
    elif action == "rollback":
        begin_rollback(world, service, keeps_configs=bool(body.get(KEEPS_CONFIGS)))
    elif action == "restart":
        if not isinstance(body.get("rollingRestartStrategy"), dict):
            raise Refused(422, "MissingRequired", "rollingRestartStrategy")
        strategy = service_restart.with_counts(world, service, body["rollingRestartStrategy"])
        runs.request(world, service, "restart", strategy, told=copy.deepcopy(body))
    elif action == "update":
        updating.ask_for(world, service)
    else:
        runs.request(world, service, action, told={"action": action})
    return None


def begin_upgrade(world: World, service: Service, body: dict[str, Any]) -> None:
    """Accept an upgrade: configs at once, the `upgrade` block when the process begins (5.2)."""
    accepted = upgrade_request.accept(world, service, body)
    service.launch_config = accepted.launch_config
    service.sidekicks = accepted.sidekicks
    service.pending = accepted.block
    service.loses_block, service.unwritten = False, None
    runs.request(world, service, "upgrade", told=copy.deepcopy(accepted.block))


def begin_rollback(world: World, service: Service, *, keeps_configs: bool = False) -> None:
    """Set the configs back to `previous*` of whatever block there is, in the request itself (5.5)."""
    former = None if keeps_configs else upgrade_request.previous(service)
    if former is not None:
        service.launch_config, service.sidekicks = former
    service.loses_block, service.unwritten = False, None
    runs.request(world, service, "rollback", told={"action": "rollback"})


def delete(world: World, service: Service) -> None:
    """DELETE, or `remove`; a removed service answers once more without a change (4.3)."""
    if service.state in ("removed", "removing"):
        return
    runs.request(world, service, "remove")


def step(world: World, service: Service, beat: int) -> None:
    """Event: a look at the service's run."""
    runs.step(world, PROGRAMS, service, beat)
