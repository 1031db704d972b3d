"""The ways in which carrying out a ticket says no."""

from typing import TYPE_CHECKING

from django.utils.functional import Promise

from deploytickets.tickets.errors import TicketError

if TYPE_CHECKING:
    from deploytickets.tickets.models import Ticket


class NotHealthy(TicketError):
    """Finish is refused: `services` do not run as many healthy containers as are wanted."""

    def __init__(self, ticket: "Ticket", sentence: str | Promise, *, services: list[str]) -> None:
        super().__init__(ticket, sentence, services=services)
