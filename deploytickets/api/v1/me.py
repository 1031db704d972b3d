"""Who the caller is here."""

from rest_framework.request import Request
from rest_framework.response import Response

from deploytickets.api.authentication import token_of
from deploytickets.api.endpoint import Endpoint
from deploytickets.api.schema import described
from deploytickets.api.v1.shapes import asked
from deploytickets.api.v1.shapes.people import MeSerializer


class Me(Endpoint):
    """The caller."""

    @described("Read who one is, with one's roles and the token used", answer=MeSerializer, tag="me")
    def get(self, request: Request) -> Response:
        """Roles are those granted, per environment or everywhere."""
        self.asked(asked.Nothing)
        roles = self.user.grants.select_related("environment").order_by("environment__position")
        me = {
            "username": self.user.username,
            "name": str(self.user),
            "roles": roles,
            "token": token_of(request),
        }
        return Response(MeSerializer(me).data)
