"""Where everything is: pages at /, the REST API at /api/v1/, live streams at /live/ (asgi.py)."""

from django.urls import include, path

urlpatterns = [
    path("api/", include("deploytickets.api.urls")),
    path("", include("deploytickets.web.urls")),
]
