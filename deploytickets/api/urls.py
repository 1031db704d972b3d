"""The API by version; whatever else lies below /api/ is answered as a problem, too."""

from typing import Any

from django.urls import include, path, re_path
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from deploytickets.api.endpoint import Endpoint


class NothingHere(Endpoint):
    """Every address that no endpoint has."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Raises NotFound, whoever asks and by whatever method."""
        raise NotFound


urlpatterns = [
    path("v1/", include("deploytickets.api.v1.urls")),
    re_path("", NothingHere.as_view()),
]
