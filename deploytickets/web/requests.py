"""The request as a page's view gets it."""

from collections.abc import Sequence

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from deploytickets.access.models import User
from deploytickets.audit.actors import Actor
from deploytickets.tickets.models import Ticket


class PageRequest(HttpRequest):
    """A request of a signed-in person with what the middleware has found out; a type, never made by us."""

    user: User
    actor: Actor
    address: str
    htmx: HtmxDetails
    waiting: Sequence[Ticket]
