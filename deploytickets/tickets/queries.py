"""Reading tickets for pages and endpoints. What the asker may not see is left out in the query itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from deploytickets import clock
from deploytickets.access.models import Grant, User
from deploytickets.access.queries import visible_environments
from deploytickets.access.roles import Role
from deploytickets.audit.models import Event
from deploytickets.audit.queries import history
from deploytickets.catalog.queries import compose_files
from deploytickets.tickets import story
from deploytickets.tickets.errors import UnknownTicket
from deploytickets.tickets.models import Ticket, VerifyingRole
from deploytickets.tickets.transitions import OPEN, State


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of tickets is narrowed down to; what is empty narrows nothing.

    `text` is looked for in key, version, branch and description, without patterns.
    """

    states: Sequence[str] = ()
    application: str = ""
    environment: str = ""
    requested_by: str = ""
    text: str = ""
    filed_from: datetime | None = None
    filed_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a ticket's activity. `text` is people's own words, `by` empty for the product itself."""

    event_id: int
    at: datetime
    action: str
    icon: str
    by: str
    sentence: str
    text: str = ""


def visible_to(user_id: int | None) -> QuerySet[Ticket]:
    """The tickets of the environments in which the person has a role, newest first."""
    return _with_names(Ticket.objects.filter(environment__in=visible_environments(user_id)))


def by_key(key: str, *, user_id: int | None) -> Ticket:
    """One ticket with what its page needs. Raises UnknownTicket, also when the person may not see it."""
    ticket = visible_to(user_id).select_related("placement", "plan").filter(key=key).first()
    if ticket is None:
        raise UnknownTicket(key)
    return ticket


def listing(filters: Filters, *, user_id: int | None) -> QuerySet[Ticket]:
    """The tickets that match, newest first."""
    tickets = visible_to(user_id)
    if filters.states:
        tickets = tickets.filter(state__in=list(filters.states))
    if filters.application:
        tickets = tickets.filter(application__name=filters.application)
    if filters.environment:
        tickets = tickets.filter(environment__name=filters.environment)
    if filters.requested_by:
        tickets = tickets.filter(requested_by__username=filters.requested_by)
    if filters.filed_from:
        tickets = tickets.filter(filed_at__gte=filters.filed_from)
    if filters.filed_until:
        tickets = tickets.filter(filed_at__lt=filters.filed_until)
    if filters.text:
        text = filters.text[:200].replace("\x00", "")
        tickets = tickets.filter(
            Q(key__icontains=text)
            | Q(version__icontains=text)
            | Q(branch__icontains=text)
            | Q(description__icontains=text)
        )
    return tickets


def counts_by_state(filters: Filters, *, user_id: int | None) -> dict[str, int]:
    """How many tickets the filters find in each state, the states filter itself left aside."""
    found = listing(replace(filters, states=()), user_id=user_id).order_by()
    return dict(found.values_list("state").annotate(count=Count("pk")).values_list("state", "count"))


def open_of_environment(environment_id: int) -> QuerySet[Ticket]:
    """The tickets of the environment that are not over, newest first."""
    return _with_names(Ticket.objects.filter(environment_id=environment_id, state__in=OPEN))


def twins_of(ticket: Ticket) -> list[Ticket]:
    """Other open tickets for the same application, environment and version, oldest first (F44)."""
    return list(
        Ticket.objects.filter(placement_id=ticket.placement_id, version=ticket.version, state__in=OPEN)
        .exclude(pk=ticket.pk)
        .order_by("number")
    )


def waiting_for(user_id: int | None, *, now: datetime | None = None) -> list[Ticket]:
    """The tickets that wait for this person to approve, start, verify, finish or decide, oldest first.

    A superset by roles and states, narrowed by who filed, approved and verified already; the exact
    answer for one ticket is `policy.choices`.
    """
    if user_id is None:
        return []
    roles = _roles(user_id)
    now = now or clock.now()
    by_ops, by_developer = _where(roles, Role.OPS), _where(roles, Role.DEVELOPER)
    mine = Q(approvals__by_id=user_id, approvals__ended_at__isnull=True, approvals__expires_at__gt=now) & Q(
        approvals__plan_digest=F("plan_digest")
    )
    approved_by_me = Ticket.objects.filter(mine).values("pk")
    to_approve = by_ops & Q(state=State.PENDING) & ~Q(plan_digest="") & ~Q(pk__in=approved_by_me)
    to_approve &= ~Q(environment__four_eyes=True, requested_by_id=user_id)
    to_start = by_ops & Q(state=State.APPROVED, environment__start="by_hand")
    to_decide = by_ops & Q(state__in=[State.FAILED, State.VERIFYING])
    to_verify = by_developer & Q(state=State.VERIFYING, environment__developer_verifies=True)
    to_verify &= ~Q(pk__in=_verified(VerifyingRole.DEVELOPER)) & ~Q(pk__in=_verified_by(user_id))
    found = visible_to(user_id).filter(to_approve | to_start | to_decide | to_verify)
    return list(found.order_by("changed_at", "number"))


def events_of(ticket: Ticket) -> QuerySet[Event]:
    """The ticket's events, oldest first."""
    return history("ticket", ticket.key)


def timeline(ticket: Ticket) -> list[Entry]:
    """Events and comments of the ticket in words, newest first."""
    comments = dict(ticket.comments.values_list("pk", "text"))
    return [
        Entry(
            event_id=event.pk,
            at=event.at,
            action=event.action,
            icon=story.icon_of(event),
            by=event.by_name if event.by_kind == "person" else "",
            sentence=story.sentence_of(event),
            text=story.text_of(event, comments),
        )
        for event in events_of(ticket).reverse()
    ]


def requesters(*, user_id: int | None) -> QuerySet[User]:
    """Everybody who ever filed a ticket that the person sees, for the filter."""
    tickets = Ticket.objects.filter(environment__in=visible_environments(user_id))
    return User.objects.filter(pk__in=tickets.values("requested_by_id")).order_by("username")


def _with_names(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    found = tickets.select_related("application", "environment", "requested_by")
    return found.defer(*compose_files("application"))


def _roles(user_id: int) -> dict[int | None, Role]:
    grants = Grant.objects.filter(user_id=user_id, user__is_active=True)
    return {place: Role(role) for place, role in grants.values_list("environment_id", "role")}


def _where(roles: dict[int | None, Role], least: Role) -> Q:
    """The tickets of the environments where the person holds at least this role."""
    if None in roles and roles[None].includes(least):
        return Q()
    return Q(environment_id__in=[place for place, role in roles.items() if place and role.includes(least)])


def _counting(**more: object) -> QuerySet[Ticket]:
    verified = Q(verifications__withdrawn_at__isnull=True, verifications__attempt=F("attempt"))
    return Ticket.objects.filter(
        verified, **{f"verifications__{name}": value for name, value in more.items()}
    )


def _verified(role: VerifyingRole) -> QuerySet[Ticket, Any]:
    return _counting(role=role).values("pk")


def _verified_by(user_id: int) -> QuerySet[Ticket, Any]:
    return _counting(by_id=user_id).values("pk")
