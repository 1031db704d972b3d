"""What both ways of planning share: finding stack and service, and the result they hand over. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from deploytickets.catalog.models import Placement
from deploytickets.deployments.scheduling import hosts_for
from deploytickets.drivers.base import REMOVED, Configs, ServiceSeen, StackSeen, Survey
from deploytickets.tickets.findings import problem
from deploytickets.tickets.plans import PRIMARY, PlannedService

ORDINARY = "service"
"""The kind of service that is upgraded here; those of other kinds are made at most."""


class CannotPlan(Exception):
    """No plan can be made; `fact` is what to store on the ticket."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.fact = problem(code, **params)


@dataclass(frozen=True, slots=True)
class Planned:
    """The services of a plan, and what was found while planning them."""

    stack_rancher_id: str | None
    services: tuple[PlannedService, ...]
    findings: list[dict[str, Any]] = field(default_factory=list)


def stack_of(placement: Placement, survey: Survey) -> StackSeen | None:
    """The placement's stack, None where there is none.

    Raises CannotPlan when several go by that name: ids are no names (F26).
    """
    found = [
        stack for stack in survey.stacks if stack.name == placement.stack_name and stack.state not in REMOVED
    ]
    if len(found) > 1:
        raise CannotPlan(
            "stack-ambiguous", stack=placement.stack_name, environment=placement.environment.name
        )
    return found[0] if found else None


def services_in(stack: StackSeen, survey: Survey) -> list[ServiceSeen]:
    """The stack's services that are not being removed."""
    return [
        service
        for service in survey.services
        if service.stack_rancher_id == stack.rancher_id and service.state not in REMOVED
    ]


def the_one(
    name: str, stack: StackSeen, services: Iterable[ServiceSeen], *, kind: str = ORDINARY
) -> ServiceSeen | None:
    """The service of that name, None where there is none.

    Raises CannotPlan when there are several, or when it is of another kind than what is looked for.
    """
    found = [service for service in services if service.name == name]
    if len(found) > 1:
        raise CannotPlan("service-ambiguous", stack=stack.name, service=name)
    if found and found[0].kind != kind:
        raise CannotPlan("service-kind", service=name, kind=found[0].kind)
    return found[0] if found else None


def has_health_check(wanted: Configs) -> bool:
    """Does the service's own config have a check, or, where only sidekicks are sent, one of them?"""
    if PRIMARY in wanted:
        return bool(wanted[PRIMARY].get("healthCheck"))
    return any(config.get("healthCheck") for config in wanted.values())


def units_wanted(scale: int, configs: Configs, survey: Survey, *, is_global: bool) -> int:
    """How many units shall run: one on each fitting host for a global service, else its scale."""
    return len(hosts_for(configs, survey.hosts)) if is_global else scale


def depends_on(links: Mapping[str, str], names: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the linked services, sorted, each once. `names` maps Rancher's ids to names."""
    return tuple(sorted({names[linked] for linked in links.values() if linked in names}))
