"""What is decided about a ticket: each a POST that answers with the ticket in short, as it stands then."""

from collections.abc import Callable

from django.urls import URLPattern, path
from rest_framework.request import Request
from rest_framework.response import Response

import deploytickets.api.addresses  # noqa: F401  registers what routes are made of
from deploytickets.api.fields import Body
from deploytickets.api.idempotency import once
from deploytickets.api.schema import DECIDING, described
from deploytickets.api.v1.shapes import asked
from deploytickets.api.v1.shapes.tickets import SummarySerializer
from deploytickets.api.v1.tickets import TicketEndpoint
from deploytickets.deployments import services as deployments
from deploytickets.notifications.services import tell_soon
from deploytickets.tickets import services as tickets
from deploytickets.tickets.models import Ticket

Service = Callable[..., Ticket]


def _decision(name: str, service: Service, shape: type[Body], summary: str, more: str = "") -> URLPattern:
    """The endpoint that reads a body of this shape and passes it to the service."""

    class Decision(TicketEndpoint):
        @described(
            summary,
            body=shape,
            answer=SummarySerializer,
            tag="decisions",
            refuses=DECIDING,
            is_once=True,
            description=more,
            operation=f"tickets_{name.replace('-', '_')}",
        )
        @once
        def post(self, request: Request, key: str) -> Response:
            ticket = service(key, by=self.actor, **self.body(shape))
            # The services of tickets know of no pages; those of deployments have told already.
            tell_soon()
            return self.summary(ticket)

    Decision.__doc__ = summary
    return path(f"tickets/<ticket:key>/{name}", Decision.as_view(), name=f"api-ticket-{name}")


urlpatterns: list[URLPattern] = [
    _decision(
        "accept-warnings", deployments.accept_warnings, asked.AcceptingWarnings, "Accept warnings by name",
        "Approvals given before are void: they were to less.",
    ),
    _decision(
        "approve", deployments.approve, asked.Approving, "Approve the plan that was read",
        "`plan_digest` has to be that of the ticket that was read: if the plan has changed since, nothing "
        "is approved and the problem is `plan-changed`. The last approval needed starts the upgrade where "
        "the policy says so.",
    ),
    _decision("reject", tickets.reject, asked.Reason, "Reject the ticket"),
    _decision(
        "withdraw-approval", tickets.withdraw_approval, asked.ReasonIfAny, "Take one's own approval back"
    ),
    _decision("cancel", deployments.cancel, asked.ReasonIfAny, "Cancel the ticket"),
    _decision("start", deployments.start, asked.Nothing, "Start it, where the policy wants that pressed"),
    _decision(
        "verify", deployments.verify, asked.Verifying,
        "Say in a role that the new version works, or does not",
        "“Does not work” keeps Finish closed until it is withdrawn or answered; it rolls nothing back.",
    ),
    _decision(
        "withdraw-verification", tickets.withdraw_verification, asked.InRole,
        "Take one's own verification back",
    ),
    _decision(
        "finish", deployments.finish, asked.Nothing, "Finish the upgrade",
        "The old containers are removed, and with them the way back.",
    ),
    _decision("roll-back", deployments.roll_back, asked.ReasonIfAny, "Roll back to what ran before"),
    _decision("wait-longer", deployments.wait_longer, asked.Minutes, "Give the same attempt more time"),
    _decision(
        "try-again", deployments.try_again, asked.Nothing, "Try again",
        "Only where Rancher shows nothing of the ticket.",
    ),
    _decision(
        "free", deployments.free, asked.Reason, "Give up and free the services",
        "Ends a ticket whose services cannot be followed any more, whatever stands in Rancher.",
    ),
]  # fmt: skip
