"""The request as a page's view gets it."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from deploytickets.access.models import User
from deploytickets.audit.actors import Actor


class PageRequest(HttpRequest):
    """A request of a signed-in person with what the middleware has found out; a type, never made by us."""

    user: User
    actor: Actor
    address: str
    htmx: HtmxDetails
