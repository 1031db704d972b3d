"""The ways in which a ticket says no."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from deploytickets.audit.errors import DomainError, Unknown

if TYPE_CHECKING:
    from deploytickets.tickets.models import Ticket


class UnknownTicket(Unknown):
    """There is no such ticket, or it lies in an environment that the asker does not see."""

    def __init__(self, key: str) -> None:
        super().__init__(
            _("There is no ticket %(key)s, or you have no role in its environment.") % {"key": key[:24]},
            ticket=key[:24],
        )


class TicketError(DomainError):
    """A no about one ticket; `.ticket` is how it stands now."""

    def __init__(self, ticket: "Ticket", sentence: str | Promise, **facts: Any) -> None:
        super().__init__(sentence, ticket=ticket.key, state=str(ticket.state), **facts)
        self.ticket = ticket


class WrongState(TicketError):
    """The ticket is not, or no longer, where this can be done: somebody was faster."""


class NoPlan(TicketError):
    """There is no plan to approve: it is still being made, or none can be made."""


class PlanChanged(TicketError):
    """The plan is no longer the one that was read: the environment moved, or the ticket was edited."""


class Blocked(TicketError):
    """The plan has blockers; `names` lists them."""

    def __init__(self, ticket: "Ticket", sentence: str | Promise, *, names: Iterable[str]) -> None:
        super().__init__(ticket, sentence, blockers=list(names))


class WarningsOpen(TicketError):
    """Warnings of the plan were not accepted yet; `names` lists them."""

    def __init__(self, ticket: "Ticket", sentence: str | Promise, *, names: Iterable[str]) -> None:
        self.names = list(names)
        super().__init__(ticket, sentence, warnings=self.names)


class MustWait(TicketError):
    """It cannot start yet; `waits_for` is the fact that it waits for, {"code", **params}."""

    def __init__(self, ticket: "Ticket", sentence: str | Promise, *, waits_for: dict[str, Any]) -> None:
        self.waits_for = waits_for
        super().__init__(ticket, sentence, waits_for=waits_for)


class NotReady(TicketError):
    """What has to come first has not: a verification, or an answer to one that says it does not work."""


class NotYours(TicketError):
    """There is nothing of yours here that could be withdrawn."""
