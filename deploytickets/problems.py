"""One table: domain error -> HTTP status and title. Pages and API both answer from it (RFC 9457)."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from deploytickets.audit.errors import DomainError


@dataclass(frozen=True, slots=True)
class Problem:
    """What a reader is told besides the error's sentence. `kind` ends the problem's type URI and never changes."""

    kind: str
    status: int
    title: str | Promise


TABLE: dict[type[DomainError], Problem] = {
    DomainError: Problem("refused", 400, _("That is not possible")),
}


def problem_of(error: DomainError) -> Problem:
    """The row of the error's class, or of the nearest class above it."""
    return next(TABLE[kind] for kind in type(error).__mro__ if kind in TABLE)
