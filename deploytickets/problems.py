"""One table: domain error -> HTTP status and title. Pages and API both answer from it (RFC 9457)."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from deploytickets.access import errors as access
from deploytickets.access import sign_in
from deploytickets.audit.errors import DomainError, Invalid, Unknown
from deploytickets.catalog import errors as catalog
from deploytickets.deployments import errors as deployments
from deploytickets.tickets import errors as tickets


@dataclass(frozen=True, slots=True)
class Problem:
    """What a reader is told besides the sentence. `kind` ends the problem's type URI and never changes."""

    kind: str
    status: int
    title: str | Promise


TABLE: dict[type[DomainError], Problem] = {
    DomainError: Problem("refused", 400, _("That is not possible")),
    Unknown: Problem("unknown", 404, _("There is no such thing")),
    Invalid: Problem("invalid", 422, _("Something does not fit")),
    access.NotAllowed: Problem("not-allowed", 403, _("You may not do this")),
    access.LastAdministrator: Problem("last-administrator", 409, _("Somebody has to remain administrator")),
    sign_in.NotRecognised: Problem("not-recognised", 403, _("That was not right")),
    sign_in.TooManyTries: Problem("too-many-tries", 429, _("Too many tries")),
    access.KeyReused: Problem("key-reused", 422, _("This key belongs to another request")),
    catalog.Taken: Problem("taken", 409, _("That exists already")),
    tickets.WrongState: Problem("wrong-state", 409, _("The ticket has moved on")),
    tickets.NoPlan: Problem("no-plan", 409, _("There is no plan yet")),
    tickets.PlanChanged: Problem("plan-changed", 409, _("The plan has changed")),
    tickets.Blocked: Problem("blocked", 409, _("The plan has blockers")),
    tickets.WarningsOpen: Problem("warnings-open", 409, _("Warnings have to be accepted")),
    tickets.MustWait: Problem("must-wait", 409, _("It cannot start yet")),
    tickets.NotReady: Problem("not-ready", 409, _("Something has to come first")),
    deployments.NotHealthy: Problem("not-healthy", 409, _("Not every service is healthy")),
    tickets.NotYours: Problem("not-yours", 409, _("There is nothing of yours to withdraw")),
}


def problem_of(error: DomainError) -> Problem:
    """The row of the error's class, or of the nearest class above it."""
    return next(TABLE[kind] for kind in type(error).__mro__ if kind in TABLE)
