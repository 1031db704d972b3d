"""Where everything is: pages at /, the REST API at /api/v1/, live streams at /live/ (asgi.py)."""

from django.urls import include, path

from deploytickets.api import health, problems

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("api/", include("deploytickets.api.urls")),
    path("", include("deploytickets.web.urls")),
]
handler400 = problems.unread
