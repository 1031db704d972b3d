"""The list of tickets: filtered, sorted, by page, as a table or as CSV; every view of it is a link."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from deploytickets.access import services as access
from deploytickets.access.queries import visible_applications, visible_environments
from deploytickets.tickets import queries
from deploytickets.tickets.models import Ticket
from deploytickets.tickets.transitions import State
from deploytickets.tickets.words import WORDS, Word, word_of
from deploytickets.web.requests import PageRequest
from deploytickets.web.spreadsheets import harmless

PER_PAGE = 50
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(9000, 1, 1)
"""No ticket lies outside; at either end of the calendar the day after, or another zone's, does not exist."""
SORTS = {
    "key": "number",
    "application": "application__name",
    "environment": "environment__position",
    "version": "version",
    "requester": "requested_by__username",
    "changed": "changed_at",
}
HEADS: tuple[tuple[str, str | Promise], ...] = (
    ("", _("State")),
    ("key", _("Ticket")),
    ("application", _("Application")),
    ("environment", _("Environment")),
    ("version", _("Version")),
    ("requester", _("Filed by")),
    ("changed", _("Last change")),
)


@dataclass(frozen=True, slots=True)
class Head:
    """A column's head; `next` is what a click sorts by, `direction` for aria-sort."""

    word: str | Promise
    next: str
    direction: str


@dataclass(frozen=True, slots=True)
class StateFilter:
    """A state as a filter: `next` is the list of states after a click on it."""

    state: State
    word: Word
    count: int
    is_on: bool
    next: list[str]


@require_safe
def ticket_list(request: PageRequest) -> HttpResponse:
    """The page."""
    filters, mine = _filters(request.GET), "mine" in request.GET
    found = _sorted(_found(request, filters, mine), request.GET.get("sort", ""))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page_of_tickets": page,
        "rows": [(ticket, word_of(ticket)) for ticket in page],
        "filters": filters,
        "mine": mine,
        "is_filtered": mine or filters != queries.Filters(),
        "states": list(_state_filters(request, filters)),
        "heads": list(_heads(request.GET.get("sort", ""))),
        "environments": visible_environments(request.user.pk),
        "applications": visible_applications(request.user.pk).values_list("name", flat=True),
        "requesters": queries.requesters(user_id=request.user.pk),
        "from_day": request.GET.get("from", ""),
        "until_day": request.GET.get("until", ""),
    }
    return render(request, "tickets/list.html", context)


@require_safe
def ticket_csv(request: PageRequest) -> StreamingHttpResponse:
    """The same tickets as a table for other programs: all pages, times in UTC."""
    access.record_export("tickets", by=request.actor, asked=request.GET.urlencode())
    found = _sorted(
        _found(request, _filters(request.GET), "mine" in request.GET), request.GET.get("sort", "")
    )
    response = StreamingHttpResponse(_csv_lines(found), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="tickets.csv"'
    return response


def _found(request: PageRequest, filters: queries.Filters, mine: bool) -> QuerySet[Ticket]:
    found = queries.listing(filters, user_id=request.user.pk)
    if mine:
        found = found.filter(pk__in=[ticket.pk for ticket in request.waiting])
    return found


def _filters(given: QueryDict) -> queries.Filters:
    known = {state.value for state in State}
    until = _day(given.get("until", ""))
    return queries.Filters(
        states=tuple(state for state in given.getlist("state") if state in known),
        application=given.get("app", "")[:63],
        environment=given.get("env", "")[:63],
        requested_by=given.get("by", "")[:150],
        text=given.get("q", "").strip()[:200],
        filed_from=_day(given.get("from", "")),
        filed_until=until + timedelta(days=1) if until else None,
    )


def _day(text: str) -> datetime | None:
    """The beginning of the day in the zone of the settings; None for what is no day."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    if day is None:
        return None
    return timezone.make_aware(datetime.combine(min(max(day, FIRST_DAY), LAST_DAY), time.min))


def _sorted(found: QuerySet[Ticket], sort: str) -> QuerySet[Ticket]:
    column = SORTS.get(sort.removeprefix("-"))
    if column is None:
        return found
    return found.order_by(f"-{column}" if sort.startswith("-") else column, "-number")


def _heads(sort: str) -> Iterator[Head]:
    for name, word in HEADS:
        direction = {name: "ascending", f"-{name}": "descending"}.get(sort, "") if name else ""
        yield Head(word, f"-{name}" if direction == "ascending" else name, direction)


def _state_filters(request: PageRequest, filters: queries.Filters) -> Iterator[StateFilter]:
    counts = queries.counts_by_state(filters, user_id=request.user.pk)
    for state in State:
        is_on = state in filters.states
        if counts.get(state) or is_on:
            others = [name for name in filters.states if name != state]
            chosen = others if is_on else [*others, state.value]
            yield StateFilter(state, WORDS[state], counts.get(state, 0), is_on, chosen)


class _Echo:
    """A file that gives back what is written to it: csv writes lines, the response streams them."""

    def write(self, line: str) -> str:
        return line


def _csv_lines(found: QuerySet[Ticket]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"
    yield writer.writerow(
        [
            "ticket",
            "state",
            "application",
            "environment",
            "version",
            "branch",
            "filed_by",
            "filed_at",
            "changed_at",
        ]
    )
    for ticket in found.iterator(chunk_size=500):
        yield writer.writerow(
            harmless(value)
            for value in (
                ticket.key,
                ticket.state,
                ticket.application.name,
                ticket.environment.name,
                ticket.version,
                ticket.branch,
                str(ticket.requested_by),
                ticket.filed_at.isoformat(timespec="seconds"),
                ticket.changed_at.isoformat(timespec="seconds"),
            )
        )
