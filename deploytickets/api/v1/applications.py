"""The applications that lie in an environment which the caller sees."""

from django.db.models import Prefetch
from rest_framework.request import Request
from rest_framework.response import Response

from deploytickets.access.queries import visible_environments
from deploytickets.api.endpoint import Endpoint
from deploytickets.api.schema import described, page_of
from deploytickets.api.v1.shapes import asked
from deploytickets.api.v1.shapes.catalog import ApplicationSerializer
from deploytickets.catalog.models import Application, Placement
from deploytickets.catalog.queries import compose_files


class Applications(Endpoint):
    """By team and name."""

    @described(
        "List applications by team and name", answer=page_of(ApplicationSerializer), asked=asked.Paging,
        tag="catalog", operation="applications_list",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """With their places."""
        self.asked(asked.Paging)
        placements = Placement.objects.filter(environment__in=visible_environments(self.user.pk))
        rows = (
            Application.objects.filter(pk__in=placements.values("application_id"))
            .defer(*compose_files())
            .prefetch_related(
                Prefetch("placements", placements.select_related("environment").defer("answers"))
            )
        )
        return self.page(rows, ApplicationSerializer)
