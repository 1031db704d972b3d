"""Builders of placements and surveys for the tests of plans; nothing of it touches the database."""

from collections.abc import Mapping, Sequence
from typing import Any

from deploytickets.catalog.models import Application, Environment, Placement, Strategy
from deploytickets.deployments.plan import PlanProblem, PlanResult, compute
from deploytickets.drivers.base import ContainerSeen, HostSeen, ServiceSeen, StackSeen, Survey
from deploytickets.tickets.plans import PRIMARY, PlannedService, digest_of
from tests.deployments.readings import MARK_LABEL, T0
from tests.deployments.readings import container as a_container
from tests.deployments.readings import service as read

REPOSITORY = "registry.abc.net/shop"
CHECK = {"type": "instanceHealthCheck", "port": 8080, "interval": 2000, "strategy": "recreate"}


def a_config(version: str = "1.0.0", *, repository: str = REPOSITORY, **fields: Any) -> dict[str, Any]:
    """A launch config as Rancher shows it: with its `type`, defaults and a `version` of its own."""
    return {
        "type": "launchConfig",
        "imageUuid": f"docker:{repository}:{version}",
        "kind": "container",
        "networkMode": "managed",
        "privileged": False,
        "startOnCreate": True,
        "vcpu": 1,
        "version": "0",
        "healthCheck": CHECK,
        **fields,
    }


def a_service(
    name: str = "web",
    configs: Mapping[str, Any] | None = None,
    *,
    state: str = "active",
    containers: Sequence[ContainerSeen] = (),
    **fields: Any,
) -> ServiceSeen:
    defaults = {"name": name, "rancher_id": f"1s-{name}", "stack_rancher_id": "1st-shop", "scale": 2}
    return read(state, configs or {PRIMARY: a_config()}, None, containers, **(defaults | fields))


def a_host(number: int = 1, **fields: Any) -> HostSeen:
    defaults: dict[str, Any] = {
        "rancher_id": f"1h{number}",
        "name": f"node{number}",
        "state": "active",
        "is_usable": True,
        "labels": {},
    }
    return HostSeen(**(defaults | fields))


def on_host(
    number: int, *, ports: Sequence[str] = (), state: str = "running", **fields: Any
) -> ContainerSeen:
    """A container on host `number` that publishes these ports."""
    placed = {"host_rancher_id": f"1h{number}", "host_name": f"node{number}", "ports": tuple(ports)}
    return a_container("0", state, **(placed | fields))


def a_survey(
    *services: ServiceSeen,
    hosts: Sequence[HostSeen] | None = None,
    stacks: Sequence[StackSeen] | None = None,
    standalone: Sequence[ContainerSeen] = (),
) -> Survey:
    """By default: the stack `shop`, three usable hosts."""
    return Survey(
        sent_at=T0,
        stacks=tuple(stacks if stacks is not None else [StackSeen("1st-shop", "shop", "active")]),
        services=services,
        hosts=tuple(hosts if hosts is not None else [a_host(number) for number in (1, 2, 3)]),
        standalone=tuple(standalone),
    )


def a_placement(**fields: Any) -> Placement:
    """`Shop` in `prod`: the service `web` of the stack `shop`, one container at a time."""
    application = {
        name: fields.pop(name)
        for name in ("docker_compose", "rancher_compose", "image_repository")
        if name in fields
    }
    return Placement(
        application=Application(name="Shop", **({"image_repository": REPOSITORY} | application)),
        environment=Environment(name="prod"),
        **({"stack_name": "shop", "service_names": ["web"]} | fields),
    )


def a_stack_placement(
    docker_compose: str, rancher_compose: str = "version: '2'\n", **fields: Any
) -> Placement:
    """The same by compose files."""
    return a_placement(
        strategy=Strategy.STACK,
        service_names=[],
        docker_compose=docker_compose,
        rancher_compose=rancher_compose,
        **fields,
    )


def plan(placement: Placement, survey: Survey, version: str = "1.0.1", **given: Any) -> PlanResult:
    """The plan, which can be made."""
    result = compute(placement, version, survey, **given)
    assert isinstance(result, PlanResult), result
    return result


def problem(placement: Placement, survey: Survey, version: str = "1.0.1") -> Mapping[str, Any]:
    """Why no plan can be made."""
    result = compute(placement, version, survey)
    assert isinstance(result, PlanProblem)
    return result.fact


def the_service(result: PlanResult, name: str = "web") -> PlannedService:
    (service,) = (one for one in result.content.services if one.name == name)
    return service


def shown(result: PlanResult, name: str = "web") -> Mapping[str, Any]:
    (service,) = (one for one in result.shown["services"] if one["name"] == name)
    return service


def codes(result: PlanResult, level: str = "") -> list[str]:
    """The codes of the findings, or of those of one level."""
    return [one["code"] for one in result.findings if level in ("", one["level"])]


def digest(result: PlanResult) -> str:
    return digest_of(result.content, accepted_warnings=(), key="tests")


def as_stored(config: Mapping[str, Any], *, version: str, mark: str) -> dict[str, Any]:
    """How Rancher would show the config after it was sent with that mark."""
    defaults = {name: value for name, value in a_config().items() if name not in ("imageUuid", "healthCheck")}
    return {
        **defaults,
        **config,
        "version": version,
        "labels": {**config.get("labels", {}), MARK_LABEL: mark},
    }
