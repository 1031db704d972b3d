"""The environments in which the caller has a role."""

from rest_framework.request import Request
from rest_framework.response import Response

from deploytickets.access.queries import roles_of, visible_environments
from deploytickets.access.roles import Role
from deploytickets.api.endpoint import Endpoint
from deploytickets.api.schema import described, page_of
from deploytickets.api.v1.shapes import asked
from deploytickets.api.v1.shapes.catalog import EnvironmentSerializer
from deploytickets.catalog.models import Environment


class Environments(Endpoint):
    """In the order of promotion."""

    @described(
        "List environments in the order of promotion", answer=page_of(EnvironmentSerializer),
        asked=asked.Paging, tag="catalog", operation="environments_list",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """With policy, lock, and since when Rancher is away."""
        self.asked(asked.Paging)
        rows = visible_environments(self.user.pk).select_related("survey").defer("survey__content")
        roles = roles_of(self.user.pk)
        return self.page(rows, EnvironmentSerializer, lambda one: _as_row(one, roles.get(one.pk)))


def _as_row(environment: Environment, role: Role | None) -> dict[str, object]:
    survey = getattr(environment, "survey", None)
    return {
        "name": environment.name,
        "position": environment.position,
        "role": role,
        "policy": environment,
        "lock": environment if environment.is_locked else None,
        "surveyed_at": survey and survey.taken_at,
        "away_since": survey and survey.away_since,
    }
