"""What all endpoints share: who calls, how bodies are read, how lists are paged, how a no is told."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from deploytickets.access.models import User
from deploytickets.api import problems
from deploytickets.api.authentication import SessionAuthentication, TokenAuthentication, actor_of, user_of
from deploytickets.api.exchange import AlwaysJSON, AnyText, StrictJSON
from deploytickets.api.fields import Body
from deploytickets.api.pagination import Pages
from deploytickets.api.permissions import MayRead
from deploytickets.api.throttling import Changing, Reading
from deploytickets.audit.actors import Actor

Shape = type[BaseSerializer[Any]]


class Endpoint(APIView):
    """One address of the API."""

    authentication_classes = [TokenAuthentication, SessionAuthentication]
    permission_classes = [IsAuthenticated, MayRead]
    throttle_classes = [Reading, Changing]
    parser_classes = [StrictJSON]
    renderer_classes = [AnyText]
    content_negotiation_class = AlwaysJSON
    metadata_class = None

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Addresses and bodies are UTF-8; a charset in Content-Type must not change how they are read."""
        request.encoding = "utf-8"
        return super().initialize_request(request, *args, **kwargs)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """What was made says where it is, also when its answer is a repeated one."""
        if response.status_code == 201 and "url" in response.data:
            response["Location"] = response.data["url"]
        finished: Response = super().finalize_response(request, response, *args, **kwargs)
        return finished

    def get_exception_handler(self) -> Callable[[Exception, Mapping[str, Any]], Response]:
        """Problem details for everything."""
        return problems.answer

    @property
    def actor(self) -> Actor:
        """The caller, as the `by` of services."""
        return actor_of(self.request)

    @property
    def user(self) -> User:
        """The caller, as queries want them."""
        return user_of(self.request)

    def body(self, shape: type[Body]) -> dict[str, Any]:
        """The request's body, checked for its shape. Raises ValidationError."""
        return _checked(shape(data=self.request.data))

    def asked(self, shape: type[Body], **context: Any) -> dict[str, Any]:
        """What stands behind the question mark; a name that means nothing here is an error, not ignored."""
        given = self.request.query_params
        values = {
            name: given.getlist(name) if len(given.getlist(name)) > 1 else given[name] for name in given
        }
        return _checked(shape(data=values, context=context))

    def require_visible(self, answered: Mapping[str, Any]) -> None:
        """Raises the usual refusal where the caller may not see any more what was answered before.

        Called before an answer is repeated; what is not overridden answers with the caller's own.
        """

    def page(
        self, rows: QuerySet[Any], shape: Shape, as_row: Callable[[Any], Any] = lambda row: row
    ) -> Response:
        """One page of the rows in this shape."""
        pages = Pages()
        found = pages.paginate_queryset(rows, self.request, view=self)
        return pages.get_paginated_response(shape([as_row(row) for row in found or ()], many=True).data)


def _checked(serializer: Body) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
