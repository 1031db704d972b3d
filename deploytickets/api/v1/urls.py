"""The addresses of version 1."""

from django.urls import path

import deploytickets.api.addresses  # noqa: F401  registers what routes are made of
from deploytickets.api.v1 import (
    applications,
    decisions,
    documentation,
    environments,
    me,
    problems,
    running,
    tickets,
    tokens,
)

urlpatterns = [
    path("tickets", tickets.Tickets.as_view(), name="api-tickets"),
    path("tickets/<ticket:key>", tickets.OneTicket.as_view(), name="api-ticket"),
    path("tickets/<ticket:key>/events", tickets.Events.as_view(), name="api-ticket-events"),
    path("tickets/<ticket:key>/comments", tickets.Comments.as_view(), name="api-ticket-comments"),
    *decisions.urlpatterns,
    path("environments", environments.Environments.as_view(), name="api-environments"),
    path("applications", applications.Applications.as_view(), name="api-applications"),
    path("running", running.Running.as_view(), name="api-running"),
    path("me", me.Me.as_view(), name="api-me"),
    path("tokens", tokens.Tokens.as_view(), name="api-tokens"),
    path("tokens/<id:token_id>", tokens.OneToken.as_view(), name="api-token"),
    path("problems", problems.Problems.as_view(), name="api-problems"),
    path("problems/<slug:kind>", problems.OneProblem.as_view(), name="api-problem"),
    path("openapi.json", documentation.Document.as_view(), name="api-document"),
    path("docs", documentation.Page.as_view(), name="api-docs"),
]
