"""Filing a ticket, changing what it asks for, and writing on it."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from deploytickets import clock
from deploytickets.access.errors import NotAllowed
from deploytickets.access.naming import all_of, one_of
from deploytickets.access.queries import people_with, role_of, visible_applications, visible_environments
from deploytickets.access.roles import Role
from deploytickets.access.tokens import Scope
from deploytickets.audit.actors import Actor
from deploytickets.audit.errors import Invalid, Unknown
from deploytickets.catalog.models import Application, Environment, Placement
from deploytickets.catalog.versions import version_of_branch
from deploytickets.tickets import policy, queries, wishes
from deploytickets.tickets.facts import facts_of
from deploytickets.tickets.models import Comment, Ticket, TicketNumber
from deploytickets.tickets.services._entering import enter, locked, note
from deploytickets.tickets.services.approval import end_approvals
from deploytickets.tickets.transitions import Action


class Unchanged(Enum):
    """Tells "leave the schedule as it is" from "no schedule"."""

    UNCHANGED = "unchanged"


UNCHANGED: Final = Unchanged.UNCHANGED


@transaction.atomic
def file(
    *,
    by: Actor,
    application: str,
    environment: str,
    version: str = "",
    branch: str = "",
    description: str = "",
    links: Sequence[str] = (),
    scheduled_for: datetime | None = None,
    is_emergency: bool = False,
    emergency_reason: str = "",
) -> Ticket:
    """File a ticket: it is `pending` and wants a plan. Without a version, the branch's is taken.

    Other open tickets for the same application, environment and version are no reason to refuse:
    `queries.twins_of` names them, and so does the event.

    Raises:
        Unknown: no such application, environment or placement; the sentence names those there are.
        NotAllowed: `by` may not file there; `.who_may` names those who can.
        Invalid: `.fields` says what does not fit.
    """
    placement = _placement(application, environment, by)
    _require_may_file(placement.environment, by)
    now = clock.now()
    wish = wishes.Wish(
        version=version.strip() or _version_for(placement.application, branch.strip()),
        branch=branch.strip(),
        description=description.strip(),
        links=tuple(link.strip() for link in links),
        scheduled_for=scheduled_for,
        is_emergency=is_emergency,
        emergency_reason=emergency_reason.strip() if is_emergency else "",
    )
    wishes.check(wish, now=now)
    number = _next_number()
    ticket = Ticket.objects.create(
        key=f"{settings.TICKET_PREFIX}-{number}",
        number=number,
        application=placement.application,
        environment=placement.environment,
        placement=placement,
        version=wish.version,
        branch=wish.branch,
        description=wish.description,
        links=list(wish.links),
        scheduled_for=wish.scheduled_for,
        is_emergency=wish.is_emergency,
        emergency_reason=wish.emergency_reason,
        requested_by_id=_person(by),
        filed_at=now,
        changed_at=now,
        plan_wanted_at=now,
    )
    note(
        ticket,
        Action.FILE,
        by=by,
        now=now,
        after=facts_of(ticket),
        application=placement.application.name,
        environment=placement.environment.name,
        twins=[twin.key for twin in queries.twins_of(ticket)],
    )
    return ticket


@transaction.atomic
def edit(
    key: str,
    *,
    by: Actor,
    version: str | None = None,
    branch: str | None = None,
    description: str | None = None,
    links: Sequence[str] | None = None,
    scheduled_for: datetime | Unchanged | None = UNCHANGED,
    is_emergency: bool | None = None,
    emergency_reason: str | None = None,
) -> Ticket:
    """Change what the ticket asks for; what is None stays. Ends all approvals and wants a new plan.

    A new branch without a version brings its own. An edit that changes nothing does nothing.
    Application and environment cannot be changed: that is another ticket.

    Raises UnknownTicket, NotAllowed, WrongState, Invalid.
    """
    ticket = locked(key)
    now = clock.now()
    policy.require(Action.EDIT, ticket, by, now=now)
    new_branch = ticket.branch if branch is None else branch.strip()
    if version is None:
        is_moved = branch is not None and new_branch != ticket.branch and bool(new_branch)
        version = _version_for(ticket.application, new_branch) if is_moved else ticket.version
    urgent = ticket.is_emergency if is_emergency is None else is_emergency
    reason = ticket.emergency_reason if emergency_reason is None else emergency_reason.strip()
    when = ticket.scheduled_for if isinstance(scheduled_for, Unchanged) else scheduled_for
    wish = wishes.Wish(
        version=version.strip(),
        branch=new_branch,
        description=ticket.description if description is None else description.strip(),
        links=tuple(ticket.links if links is None else (link.strip() for link in links)),
        scheduled_for=when,
        is_emergency=urgent,
        emergency_reason=reason if urgent else "",
    )
    wishes.check(wish, now=now, schedule_is_new=when != ticket.scheduled_for)
    before = facts_of(ticket)
    ticket.version = wish.version
    ticket.branch = wish.branch
    ticket.description = wish.description
    ticket.links = list(wish.links)
    ticket.scheduled_for = wish.scheduled_for
    ticket.is_emergency = wish.is_emergency
    ticket.emergency_reason = wish.emergency_reason
    if facts_of(ticket) == before:
        return ticket
    if by.user_id not in ticket.plan_editors:
        ticket.plan_editors = [*ticket.plan_editors, by.user_id]
    _drop_plan(ticket, now)
    voided = end_approvals(ticket, because="edited", now=now)
    return enter(ticket, Action.EDIT, by=by, now=now, voided=voided)


@transaction.atomic
def comment(key: str, *, by: Actor, text: str) -> Ticket:
    """Write on the ticket; a comment is never edited. Raises UnknownTicket, NotAllowed, Invalid."""
    ticket = locked(key)
    now = clock.now()
    policy.require(Action.COMMENT, ticket, by, now=now)
    text = wishes.check_text("text", text, at_most=wishes.MAX_COMMENT, is_needed=True)
    written = Comment.objects.create(ticket=ticket, by_id=_person(by), text=text, written_at=now)
    note(ticket, Action.COMMENT, by=by, now=now, comment=written.pk)
    return ticket


def _placement(application: str, environment: str, by: Actor) -> Placement:
    environments = {place.name: place for place in visible_environments(by.user_id)}
    if environment not in environments:
        raise Unknown(
            _("There is no environment “%(name)s” that you have a role in. There is %(known)s.")
            % {"name": environment[:63], "known": all_of(environments)},
            known=list(environments),
        )
    applications = visible_applications(by.user_id)
    found = applications.filter(name=application).first() if len(application) <= 63 else None
    if found is None:
        known = list(applications.values_list("name", flat=True)[:50])
        raise Unknown(
            _("There is no application “%(name)s”. There is %(known)s.")
            % {"name": application[:63], "known": all_of(known)},
            known=known,
        )
    placed = {
        placement.environment.name: placement
        for placement in found.placements.select_related("environment", "application")
        if placement.environment.name in environments
    }
    if environment not in placed:
        raise Unknown(
            _("%(application)s has no place in %(environment)s; it has one in %(known)s.")
            % {"application": found.name, "environment": environment, "known": all_of(placed)},
            known=list(placed),
        )
    return placed[environment]


def _require_may_file(environment: Environment, by: Actor) -> None:
    role = role_of(by.user_id, environment.pk) if by.is_person else None
    if role is None or not role.includes(Role.DEVELOPER):
        who_may = [str(person) for person in people_with(Role.DEVELOPER, environment)]
        raise NotAllowed(
            _("To file tickets for %(environment)s you need the role developer there. %(people)s can do it.")
            % {"environment": environment.name, "people": one_of(who_may)},
            who_may=who_may,
        )
    if by.scopes is not None and Scope.FILE not in by.scopes:
        raise NotAllowed(
            _("The token lacks the scope “%(scope)s”. Make one that has it, or sign in.")
            % {"scope": Scope.FILE.value}
        )


def _version_for(application: Application, branch: str) -> str:
    if not branch:
        return ""
    version = version_of_branch(application, branch)
    if version is None:
        raise Invalid(
            {
                "branch": _(
                    "No version can be read from this branch by the rule of %(application)s, %(pattern)s. "
                    "Please give the version."
                )
                % {"application": application.name, "pattern": application.branch_pattern}
            }
        )
    return version


def _next_number() -> int:
    """The next number, taken under the counter's lock: no gap, none twice."""
    counter, _made = TicketNumber.objects.select_for_update().get_or_create(pk=1)
    counter.last = max(counter.last + 1, settings.TICKET_FIRST_NUMBER)
    counter.save(update_fields=["last"])
    return counter.last


def _drop_plan(ticket: Ticket, now: datetime) -> None:
    ticket.plan = None
    ticket.plan_digest = ""
    ticket.plan_problem = None
    ticket.plan_wanted_at = now
    ticket.accepted_warnings = []
    ticket.findings = []


def _person(by: Actor) -> int:
    assert by.user_id is not None, "policy.require let nobody but people come here"
    return by.user_id
