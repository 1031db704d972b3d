"""Tickets: listed, filed, read whole, changed; their record and their comments."""

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from deploytickets import clock
from deploytickets.access.queries import visible_applications, visible_environments
from deploytickets.api.endpoint import Endpoint
from deploytickets.api.idempotency import once
from deploytickets.api.schema import DECIDING, described, page_of
from deploytickets.api.v1.answers import Summary, Told, Whole
from deploytickets.api.v1.shapes import asked
from deploytickets.api.v1.shapes.tickets import (
    CommentSerializer,
    EventSerializer,
    SummarySerializer,
    WholeSerializer,
)
from deploytickets.deployments import services as deployments
from deploytickets.tickets import queries
from deploytickets.tickets import services as tickets
from deploytickets.tickets.models import Ticket

TAG = "tickets"


class TicketEndpoint(Endpoint):
    """What answers with tickets."""

    def require_visible(self, answered: Mapping[str, Any]) -> None:
        """A ticket of an environment in which the caller has no role any more does not exist for them."""
        queries.by_key(answered["key"], user_id=self.user.pk)

    def summary(self, ticket: Ticket, status: int = 200) -> Response:
        """The ticket in short: the answer to whatever was done with it."""
        return Response(SummarySerializer(self._as_row(ticket)).data, status)

    def _as_row(self, ticket: Ticket) -> Summary:
        return Summary(ticket, self.request.build_absolute_uri)


class Tickets(TicketEndpoint):
    """All tickets of the environments in which the caller has a role."""

    @described(
        "List tickets, newest first", answer=page_of(SummarySerializer), asked=asked.TicketFilters, tag=TAG,
        operation="tickets_list",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """A page of them."""
        given = self.asked(
            asked.TicketFilters, environments=self._environments, applications=self._applications
        )
        filters = queries.Filters(
            states=given.get("state", ()),
            application=given.get("application", ""),
            environment=given.get("environment", ""),
            requested_by=given.get("requested_by", ""),
            text=given.get("text", ""),
        )
        return self.page(queries.listing(filters, user_id=self.user.pk), SummarySerializer, self._as_row)

    @described(
        "File a ticket", body=asked.Filing, answer=SummarySerializer, status=201, tag=TAG, refuses=(404,),
        is_once=True,
        description="Without a version, the branch's is taken by the application's rule. The plan follows "
        "within seconds: read the ticket until it has a `plan_digest` or a `plan_problem`.",
    )  # fmt: skip
    @once
    def post(self, request: Request) -> Response:
        """File it."""
        return self.summary(deployments.file(by=self.actor, **self.body(asked.Filing)), 201)

    def _environments(self) -> list[str]:
        return list(visible_environments(self.user.pk).values_list("name", flat=True))

    def _applications(self) -> list[str]:
        return list(visible_applications(self.user.pk).values_list("name", flat=True))


class OneTicket(TicketEndpoint):
    """One ticket."""

    @described("Read a ticket whole", answer=WholeSerializer, tag=TAG, refuses=(404,))
    def get(self, request: Request, key: str) -> Response:
        """With plan, findings, progress and what the caller may do."""
        ticket = queries.by_key(key, user_id=self.user.pk)
        whole = Whole(ticket, request.build_absolute_uri, by=self.actor, at=clock.now())
        return Response(WholeSerializer(whole).data)

    @described(
        "Change what a ticket asks for", body=asked.Editing, answer=SummarySerializer, tag=TAG,
        refuses=DECIDING, description="Approvals given before are void, and the plan is made anew.",
    )  # fmt: skip
    def patch(self, request: Request, key: str) -> Response:
        """What is left out stays as it is."""
        return self.summary(deployments.edit(key, by=self.actor, **self.body(asked.Editing)))


class Events(Endpoint):
    """The record of a ticket."""

    @described(
        "Read the ticket's record, oldest first", answer=page_of(EventSerializer), asked=asked.Paging,
        tag=TAG, refuses=(404,), operation="tickets_events_list",
    )  # fmt: skip
    def get(self, request: Request, key: str) -> Response:
        """A page of it."""
        self.asked(asked.Paging)
        ticket = queries.by_key(key, user_id=self.user.pk)
        comments: dict[int, str] = dict(ticket.comments.values_list("pk", "text"))
        return self.page(queries.events_of(ticket), EventSerializer, lambda event: Told(event, comments))


class Comments(TicketEndpoint):
    """What people wrote on a ticket."""

    @described(
        "Read the comments, oldest first", answer=page_of(CommentSerializer), asked=asked.Paging, tag=TAG,
        refuses=(404,), operation="tickets_comments_list",
    )  # fmt: skip
    def get(self, request: Request, key: str) -> Response:
        """A page of them."""
        self.asked(asked.Paging)
        ticket = queries.by_key(key, user_id=self.user.pk)
        return self.page(ticket.comments.select_related("by"), CommentSerializer)

    @described(
        "Write on the ticket",
        body=asked.Writing,
        answer=SummarySerializer,
        tag=TAG,
        refuses=DECIDING,
        is_once=True,
    )
    @once
    def post(self, request: Request, key: str) -> Response:
        """A comment is never edited."""
        written: dict[str, Any] = self.body(asked.Writing)
        return self.summary(tickets.comment(key, by=self.actor, **written))
