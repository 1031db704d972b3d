"""What an environment will look like once the tickets ahead have been carried out. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from deploytickets.deployments.launch_configs import is_global
from deploytickets.deployments.planned import ORDINARY
from deploytickets.drivers.base import ServiceSeen, StackSeen, Survey
from deploytickets.tickets.plans import PlanContent, PlannedAction, PlannedService


@dataclass(frozen=True, slots=True)
class Ahead:
    """A ticket that goes first, and its plan."""

    key: str
    content: PlanContent


def outlook(survey: Survey, ahead: Sequence[Ahead]) -> Survey:
    """The survey as it will be when these plans have been carried out, in their order."""
    for one in ahead:
        survey = _after(survey, one.content)
    return survey


def _after(survey: Survey, plan: PlanContent) -> Survey:
    stack = next((stack for stack in survey.stacks if stack.name == plan.stack_name), None)
    if stack is None:
        stack = StackSeen(rancher_id="", name=plan.stack_name, state="active")
        survey = replace(survey, stacks=(*survey.stacks, stack))
    by_name = {service.name: service for service in plan.services}
    services = [
        _upgraded(seen, by_name[seen.name])
        if seen.stack_name == plan.stack_name and seen.name in by_name
        else seen
        for seen in survey.services
    ]
    there = {seen.name for seen in survey.services if seen.stack_name == plan.stack_name}
    services += [
        _created(planned, stack)
        for planned in plan.services
        if planned.action is PlannedAction.CREATED and planned.name not in there
    ]
    return replace(survey, services=tuple(services))


def _upgraded(seen: ServiceSeen, planned: PlannedService) -> ServiceSeen:
    kept = {name: config for name, config in seen.configs.items() if name not in planned.removed_sidekicks}
    return replace(seen, configs={**kept, **planned.wanted})


def _created(planned: PlannedService, stack: StackSeen) -> ServiceSeen:
    settings: Mapping[str, Any] = planned.settings or {}
    return ServiceSeen(
        rancher_id="",
        name=planned.name,
        kind=str(settings.get("type") or ORDINARY),
        stack_rancher_id=stack.rancher_id,
        stack_name=stack.name,
        state="active",
        transitioning="no",
        message="",
        health_state="",
        scale=planned.scale,
        is_global=is_global(planned.wanted),
        configs=planned.wanted,
        upgrade=None,
        containers=(),
        metadata=settings.get("metadata"),
        retain_ip=bool(settings.get("retainIp")),
    )
