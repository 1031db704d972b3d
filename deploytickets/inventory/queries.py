"""What runs where, as last seen: for the board, for plans, for pages about environments."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Q

from deploytickets import clock
from deploytickets.access.models import User
from deploytickets.access.queries import visible_environments
from deploytickets.catalog.models import Application, Environment, Placement
from deploytickets.catalog.queries import compose_files
from deploytickets.drivers.base import Survey
from deploytickets.inventory import survey_json
from deploytickets.inventory.models import EnvironmentSurvey, RunningVersion
from deploytickets.inventory.stages import StageBefore
from deploytickets.inventory.versions import is_newer
from deploytickets.tickets.models import Ticket
from deploytickets.tickets.transitions import IN_RANCHER, OPEN, State

STALE_AFTER = timedelta(seconds=60)
"""What was last seen longer ago is shown as old, even while Rancher is not known to be away."""


class ChipKind(StrEnum):
    """What a cell of the board says besides its version."""

    TICKET = "ticket"
    WAITS_FOR_FINISH = "waits_for_finish"
    CHANGED_OUTSIDE = "changed_outside"
    UNHEALTHY = "unhealthy"
    UNREACHABLE = "unreachable"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Chip:
    """One fact. `since` where it has a beginning; `ticket` with its state where it is about one.

    `before` of a change outside is {"version", "ticket"}: what ran until then.
    """

    kind: ChipKind
    since: datetime | None = None
    ticket: str = ""
    state: str = ""
    before: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """An application in an environment. `version` "" means: nothing of it runs there.

    `version_to` is where a ticket under way leads, `kept` how many old containers wait for the
    finish, `promotes_to` the environment to which this version can be taken next, "" if to none.
    """

    application: str
    environment: str
    version: str
    version_to: str
    healthy: int
    wanted: int
    kept: int
    has_health_check: bool
    since: datetime | None
    observed_at: datetime | None
    brought_by: str
    chips: tuple[Chip, ...]
    promotes_to: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """An environment, as the head of a column; times are the database's."""

    environment: str
    is_locked: bool
    approvals_required: int
    hosts: int
    hosts_away: int
    surveyed_at: datetime | None
    away_since: datetime | None
    away_reason: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Row:
    """An application; `cells` has one entry per column, None where it has no placement."""

    application: str
    team: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """Applications by team and name against environments in order of promotion."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def board(user: User, *, now: datetime | None = None) -> Board:
    """Which version runs where, of the environments that the person may see; five queries.

    Promoting is offered to the next environment with the application, where the version here is surely
    newer, nothing is open there and nothing is unfinished here.
    """
    seen_at = now or clock.now()
    environments = list(visible_environments(user.pk))
    surveys = {
        survey.environment_id: survey
        for survey in EnvironmentSurvey.objects.filter(environment__in=environments).defer("content")
    }
    placements = list(
        Placement.objects.filter(environment__in=environments)
        .select_related("application", "environment")
        .defer("answers", *compose_files("application"))
    )
    of_placements = RunningVersion.objects.filter(placement__environment__in=environments)
    running = {row.placement_id: row for row in of_placements.select_related("ticket")}
    under_way = _open_tickets(environments)
    cells = {
        (placement.application_id, placement.environment_id): _cell(
            placement,
            running.get(placement.pk),
            under_way.get(placement.pk, []),
            surveys.get(placement.environment_id),
            seen_at,
        )
        for placement in placements
    }
    applications = {placement.application_id: placement.application for placement in placements}
    return Board(
        columns=tuple(_column(environment, surveys.get(environment.pk)) for environment in environments),
        rows=tuple(
            _row(application, environments, cells)
            for application in sorted(applications.values(), key=lambda one: (one.team, one.name))
        ),
    )


def survey_of(environment: Environment) -> tuple[Survey, datetime] | None:
    """The newest survey, and the database's time when it was begun; None when there is none yet."""
    row = EnvironmentSurvey.objects.filter(environment=environment, taken_at__isnull=False).first()
    if row is None or row.content is None or row.taken_at is None:
        return None
    return survey_json.from_json(row.content), row.taken_at


def away_since(environment: Environment) -> tuple[datetime, Mapping[str, Any]] | None:
    """Since when Rancher gives no usable answer about it, and why; None while it does."""
    row = EnvironmentSurvey.objects.filter(environment=environment).defer("content").first()
    if row is None or row.away_since is None:
        return None
    return row.away_since, row.away_reason or {}


def running_of(placement: Placement) -> RunningVersion | None:
    """What was last seen running of the placement; None when it was never looked at."""
    return RunningVersion.objects.filter(placement=placement).select_related("ticket").first()


def stage_before(placement: Placement, version: str) -> StageBefore | None:
    """How the version fared in the nearest environment before with the application; None: there is none.

    It counts as brought to its end there when a ticket finished it, or when it simply runs there and
    no ticket is at work on it.
    """
    here = placement.environment
    before = (
        Placement.objects.filter(
            Q(environment__position__lt=here.position), application_id=placement.application_id
        )
        .select_related("environment")
        .order_by("-environment__position", "environment__name")
        .first()
    )
    if before is None:
        return None
    of_version = Ticket.objects.filter(placement=before, version=version)
    is_finished = of_version.filter(state=State.FINISHED.value).exists()
    if not is_finished:
        runs = RunningVersion.objects.filter(placement=before, version=version).exists()
        is_finished = runs and not of_version.filter(state__in=[one.value for one in IN_RANCHER]).exists()
    return StageBefore(before.environment.name, is_finished)


def _open_tickets(environments: Sequence[Environment]) -> dict[int, list[Ticket]]:
    """The open tickets by placement, the one furthest on its way first."""
    states = [state.value for state in OPEN]
    found = Ticket.objects.filter(environment__in=environments, state__in=states).only(
        "key", "state", "version", "placement_id", "changed_at", "number"
    )
    grouped: dict[int, list[Ticket]] = {}
    for ticket in sorted(found, key=lambda one: (State(one.state) not in IN_RANCHER, one.number)):
        grouped.setdefault(ticket.placement_id, []).append(ticket)
    return grouped


def _column(environment: Environment, survey: EnvironmentSurvey | None) -> Column:
    return Column(
        environment=environment.name,
        is_locked=environment.is_locked,
        approvals_required=environment.approvals_required,
        hosts=survey.hosts if survey else 0,
        hosts_away=survey.hosts_away if survey else 0,
        surveyed_at=survey.taken_at if survey else None,
        away_since=survey.away_since if survey else None,
        away_reason=survey.away_reason if survey else None,
    )


def _cell(
    placement: Placement,
    row: RunningVersion | None,
    tickets: Sequence[Ticket],
    survey: EnvironmentSurvey | None,
    now: datetime,
) -> Cell:
    moving = next((ticket for ticket in tickets if State(ticket.state) in IN_RANCHER), None)
    version = row.version if row else ""
    return Cell(
        application=placement.application.name,
        environment=placement.environment.name,
        version=version,
        version_to=moving.version if moving and moving.version != version else "",
        healthy=row.healthy if row else 0,
        wanted=row.wanted if row else 0,
        kept=row.kept if row else 0,
        has_health_check=bool(row and row.has_health_check),
        since=row.since if row else None,
        observed_at=row.observed_at if row else None,
        brought_by=row.ticket.key if row and row.ticket else "",
        chips=tuple(_chips(row, tickets, survey, now)),
    )


def _chips(
    row: RunningVersion | None,
    tickets: Sequence[Ticket],
    survey: EnvironmentSurvey | None,
    now: datetime,
) -> Iterable[Chip]:
    for ticket in tickets[:1]:
        waits = ticket.state == State.VERIFYING
        kind = ChipKind.WAITS_FOR_FINISH if waits else ChipKind.TICKET
        yield Chip(kind, since=ticket.changed_at, ticket=ticket.key, state=ticket.state)
    if row is None:
        return
    is_under_way = any(State(ticket.state) in IN_RANCHER for ticket in tickets)
    if row.state == "upgraded" and not is_under_way:
        yield Chip(ChipKind.WAITS_FOR_FINISH)
    if row.is_drift:
        yield Chip(ChipKind.CHANGED_OUTSIDE, since=row.since, before=row.drifted_from)
    if row.unhealthy_since is not None and not is_under_way:
        yield Chip(ChipKind.UNHEALTHY, since=row.unhealthy_since)
    if survey is not None and survey.away_since is not None:
        yield Chip(ChipKind.UNREACHABLE, since=survey.away_since)
    elif now - row.observed_at > STALE_AFTER:
        yield Chip(ChipKind.STALE, since=row.observed_at)


def _row(
    application: Application, environments: Sequence[Environment], cells: Mapping[tuple[int, int], Cell]
) -> Row:
    found = [cells.get((application.pk, environment.pk)) for environment in environments]
    return Row(application.name, application.team, tuple(_with_promotions(found)))


def _with_promotions(cells: Sequence[Cell | None]) -> Iterable[Cell | None]:
    for position, cell in enumerate(cells):
        following = next((other for other in cells[position + 1 :] if other is not None), None)
        if cell is None or following is None or not _may_promote(cell, following):
            yield cell
        else:
            yield replace(cell, promotes_to=following.environment)


def _may_promote(cell: Cell, following: Cell) -> bool:
    is_unfinished = any(chip.ticket and State(chip.state) in IN_RANCHER for chip in cell.chips)
    is_taken = any(chip.ticket for chip in following.chips)
    if is_unfinished or is_taken or not cell.version:
        return False
    return not following.version or is_newer(cell.version, following.version)
