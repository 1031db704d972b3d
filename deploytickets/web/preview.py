"""The plan as it would be, for a form that is being filled in: from what was last seen, nothing is stored."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from deploytickets.access.naming import one_of
from deploytickets.access.queries import people_with
from deploytickets.access.roles import Role
from deploytickets.catalog.models import Placement
from deploytickets.deployments import lanes, plan
from deploytickets.inventory import queries as inventory
from deploytickets.tickets.findings import Level, Shown, render
from deploytickets.web import diff
from deploytickets.web.findings import Finding, findings_of


@dataclass(frozen=True, slots=True)
class Preview:
    """What stands beside the form. `problem` is why there is no plan; `seen_at` None: never looked."""

    environment: str
    version: str
    approvals_required: int
    approvers: str
    seen_at: datetime | None = None
    problem: Shown | None = None
    findings: Sequence[Finding] = ()
    services: Sequence[diff.ServiceDiff] = ()
    from_version: str = ""

    @property
    def blockers(self) -> int:
        return sum(one.shown.level is Level.BLOCKER for one in self.findings)

    @property
    def warnings(self) -> int:
        return sum(one.shown.level is Level.WARNING for one in self.findings)


def preview_of(placement: Placement, version: str, *, user_id: int) -> Preview:
    """The plan that a ticket for this version would get, as the environment was last seen.

    Tickets ahead in the queue are left out: the ticket's own plan takes them in.
    """
    environment = placement.environment
    approvers = [
        person
        for person in people_with(Role.OPS, environment)
        if not (environment.four_eyes and person.pk == user_id)
    ]
    frame = Preview(environment.name, version, environment.approvals_required, one_of(approvers))
    seen = inventory.survey_of(environment)
    if seen is None:
        return frame
    survey, taken_at = seen
    result = plan.compute(
        placement,
        version,
        survey,
        held_by_us=lanes.held_in(environment),
        stage_before=inventory.stage_before(placement, version),
    )
    if isinstance(result, plan.PlanProblem):
        return replace(frame, seen_at=taken_at, problem=render(result.fact))
    return replace(
        frame,
        seen_at=taken_at,
        findings=findings_of(result.findings),
        services=diff.services_of(result.shown),
        from_version=diff.version_before(result.shown, version),
    )
