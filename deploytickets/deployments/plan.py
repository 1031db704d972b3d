"""From a placement, a version and one survey to the plan: what exactly would change. Pure.

`compute` is the only entrance. What is there and what is wanted is worked out by `planning_by_image`
or `planning_by_compose`; `shown` puts it into a readable form, `preflight` says what stands in the way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deploytickets.catalog.models import Placement, Strategy
from deploytickets.deployments import planning_by_compose, planning_by_image, preflight
from deploytickets.deployments.outlook import Ahead, outlook
from deploytickets.deployments.planned import CannotPlan, Planned
from deploytickets.deployments.shown import shown_of
from deploytickets.drivers.base import Survey
from deploytickets.inventory.stages import StageBefore
from deploytickets.tickets.plans import PlanContent

__all__ = ["Ahead", "PlanProblem", "PlanResult", "StageBefore", "compute"]


@dataclass(frozen=True, slots=True)
class PlanResult:
    """A plan. `shown` is masked and for everybody; `content` holds secrets; `findings` are facts to store."""

    content: PlanContent
    shown: dict[str, Any]
    findings: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class PlanProblem:
    """Why no plan can be made: a fact of `tickets.findings.problem`, to be stored on the ticket."""

    fact: dict[str, Any]


def compute(
    placement: Placement,
    version: str,
    survey: Survey,
    *,
    held_by_us: Mapping[tuple[str, str], str] | None = None,
    ahead: Sequence[Ahead] = (),
    stage_before: StageBefore | None = None,
) -> PlanResult | PlanProblem:
    """The plan that brings `version` to the placement, as the environment stood when it was surveyed.

    The same arguments give the same plan to the last character, so its digest tells whether the world
    has moved. `placement` comes with its application and environment loaded; nothing is read.

    Args:
        held_by_us: (stack name, service name) -> key of the ticket of ours whose lane it is: a reason
            to queue, never a blocker. The ticket that the plan is for is not among them.
        ahead: the tickets that go first in some of the same services, in their order; the plan assumes
            that they finish as planned.
        stage_before: how the version fared in the environment before; `inventory.queries.stage_before`.
    """
    expected = outlook(survey, ahead)
    strategy = planning_by_compose if placement.strategy == Strategy.STACK else planning_by_image
    try:
        planned: Planned = strategy.planned(placement, version, expected)
    except CannotPlan as problem:
        return PlanProblem(problem.fact)
    content = PlanContent(
        application=placement.application.name,
        environment=placement.environment.name,
        version=version,
        stack_name=placement.stack_name,
        stack_rancher_id=planned.stack_rancher_id,
        services=planned.services,
    )
    findings = preflight.findings_of(
        content,
        survey,
        repository=placement.application.image_repository,
        held_by_us=held_by_us or {},
        stage_before=stage_before,
    )
    return PlanResult(
        content=content,
        shown=shown_of(content, after=[one.key for one in ahead if _share(one.content, content)]),
        findings=[*planned.findings, *findings],
    )


def _share(one: PlanContent, other: PlanContent) -> bool:
    """Are both about the same service?"""
    names = {service.name for service in one.services}
    return one.stack_name == other.stack_name and any(service.name in names for service in other.services)
