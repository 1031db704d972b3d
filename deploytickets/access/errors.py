"""The ways in which access is refused."""

from collections.abc import Iterable

from django.utils.functional import Promise

from deploytickets.audit.errors import DomainError


class NotAllowed(DomainError):
    """This person may not; `who_may` names those who can."""

    def __init__(self, sentence: str | Promise, *, who_may: Iterable[str] = ()) -> None:
        self.who_may = tuple(who_may)
        super().__init__(sentence, who_may=list(self.who_may))


class LastAdministrator(DomainError):
    """Nobody would be left who may grant roles."""


class KeyReused(DomainError):
    """The Idempotency-Key was used for another request (I16)."""
