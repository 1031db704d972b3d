"""The OpenAPI document, and a page to read and try it on.

Both are the same for everybody and hold nothing of anybody: they are read without signing in.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.utils.translation import get_language
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler

from deploytickets.api.endpoint import Endpoint


class Document(Endpoint):
    """OpenAPI 3 of this version."""

    authentication_classes = []
    permission_classes = []
    schema = None

    def get(self, request: Request) -> Response:
        """The document."""
        return Response(_document(get_language() or ""))


@cache
def _document(language: str) -> dict[str, Any]:
    """Once per process and language: it follows from the code alone."""
    document: dict[str, Any] = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    return document


class Page(SpectacularSwaggerSplitView):
    """Swagger UI from our own static files; its script is a file as well, as our content policy asks."""

    authentication_classes = []
    permission_classes = []
    url_name = "api-document"
    template_name = "api/docs.html"

    def get_exception_handler(self) -> Callable[..., Response | None]:
        """A person reads this one: no problem details."""
        return exception_handler
