"""Looking at environments and remembering what was seen."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from deploytickets import clock, drivers
from deploytickets.audit import outbox
from deploytickets.audit.actors import OUTSIDE
from deploytickets.audit.services import record
from deploytickets.catalog.models import Environment, Placement
from deploytickets.catalog.queries import compose_files
from deploytickets.drivers.base import ServiceSeen, Survey
from deploytickets.drivers.errors import RancherError, reason_of
from deploytickets.inventory import survey_json
from deploytickets.inventory.drift import Known, Origin, TicketFacts, origin
from deploytickets.inventory.models import EnvironmentSurvey, RunningVersion
from deploytickets.inventory.running import Running, running
from deploytickets.notifications import streams
from deploytickets.tickets import services as tickets
from deploytickets.tickets.models import Ticket
from deploytickets.tickets.transitions import State

RUNNING = "running"
"""The kind of subject under which the audit log keeps drift: `<application>/<environment>`.

Not that of the placement's own events: their writers lock another row.
"""

WRITE_EVERY = timedelta(seconds=5)
"""A row about which nothing is new is written no more often: only that it was seen again."""

TICKETS_LOOKED_AT = 30
WITH_PLAN = (State.PENDING.value, State.APPROVED.value)


def take_survey(environment_id: int) -> Survey | None:
    """Survey the environment now and store what was seen; None when Rancher gives no usable answer.

    Where something moved that plans depend on, the plans of tickets that are not started are asked
    for again. What runs and since when follows from the same survey. Nothing of Rancher is called
    inside a transaction.
    """
    environment = Environment.objects.select_related("server").get(pk=environment_id)
    tried_at = clock.now()
    try:
        survey = drivers.open_for(environment).survey()
    except RancherError as error:
        record_away(environment, error, tried_at)
        return None
    _store(environment, survey)
    observe_running(environment, survey.services, survey.sent_at)
    return survey


@transaction.atomic
def record_away(environment: Environment, error: RancherError, now: datetime) -> None:
    """Rancher gave no usable answer; since when stays what it was until it answers again."""
    row = _locked_survey(environment)
    if row.taken_at is not None and row.taken_at > now:
        return
    is_news = row.away_since is None
    row.tried_at = now
    row.away_since = row.away_since or now
    row.away_reason = reason_of(error)
    row.save(update_fields=["tried_at", "away_since", "away_reason"])
    if is_news:
        _tell_board(environment.pk)


def observe_running(environment: Environment, services_seen: Sequence[ServiceSeen], now: datetime) -> None:
    """Remember which versions run, from services read with their containers.

    `now` is the database's time before the read was sent: an older read than the one remembered
    changes nothing (I11). A version that changed without a ticket of ours saying so is recorded as
    drift, by "outside" (I19).
    """
    placements = (
        Placement.objects.filter(environment=environment)
        .select_related("application")
        .defer("answers", *compose_files("application"))
    )
    known = {row.placement_id: row for row in RunningVersion.objects.filter(placement__in=placements)}
    for placement in placements:
        before = known.get(placement.pk)
        found = running(placement, services_seen, before=before.version if before else "")
        if before is None or _is_news(before, found) or now >= before.observed_at + WRITE_EVERY:
            _remember(environment, placement, services_seen, now)


@transaction.atomic
def _store(environment: Environment, survey: Survey) -> None:
    row = _locked_survey(environment)
    if row.taken_at is not None and row.taken_at >= survey.sent_at:
        return
    fingerprint = survey_json.fingerprint(survey)
    has_moved = fingerprint != row.fingerprint
    row.content = survey_json.as_json(survey)
    row.fingerprint = fingerprint
    row.hosts = len(survey.hosts)
    row.hosts_away = sum(host.state != "inactive" and not host.is_usable for host in survey.hosts)
    row.taken_at = row.tried_at = survey.sent_at
    if row.away_since is not None:
        _tell_board(environment.pk)
    row.away_since = row.away_reason = None
    row.save()
    if has_moved:
        _want_plans(environment, survey.sent_at)


def _want_plans(environment: Environment, now: datetime) -> None:
    keys = Ticket.objects.filter(environment=environment, state__in=WITH_PLAN).values_list("key", flat=True)
    for key in sorted(keys):
        ticket = tickets.locked(key)
        if ticket.state in WITH_PLAN:
            tickets.want_plan(ticket, now=now)


def _locked_survey(environment: Environment) -> EnvironmentSurvey:
    EnvironmentSurvey.objects.get_or_create(environment=environment)
    return EnvironmentSurvey.objects.select_for_update().get(environment=environment)


@transaction.atomic
def _remember(
    environment: Environment, placement: Placement, services_seen: Sequence[ServiceSeen], now: datetime
) -> None:
    """Write the placement's row from this read, unless a newer one was remembered meanwhile."""
    _, is_new = RunningVersion.objects.get_or_create(placement=placement, defaults={"observed_at": now})
    row = RunningVersion.objects.select_for_update().get(placement=placement)
    if not is_new and now <= row.observed_at:
        return
    known = None if is_new else Known(row.version, row.since, row.ticket_id, row.is_drift)
    found = running(placement, services_seen, before=row.version)
    source = origin(found.version, known, _tickets_of(placement))
    has_drifted = source.is_drift and found.version != row.version
    was = {"version": row.version, "ticket": _key_of(row.ticket_id)}
    if has_drifted:
        row.drifted_from = was
    elif not source.is_drift:
        row.drifted_from = None
    is_news = is_new or _is_news(row, found) or row.is_drift != source.is_drift
    _fill(row, found, source, is_new=is_new, now=now)
    row.save()
    if has_drifted:
        outbox.put(
            record(
                "running.drifted",
                subject_kind=RUNNING,
                subject_key=f"{placement.application.name}/{environment.name}",
                by=OUTSIDE,
                now=now,
                before=was,
                after={"version": found.version, "ticket": None},
            )
        )
    if is_news:
        _tell_board(environment.pk)


def _fill(row: RunningVersion, found: Running, source: Origin, *, is_new: bool, now: datetime) -> None:
    if is_new:
        row.since = found.oldest_at if found.version else None
    elif found.version != row.version:
        row.since = now
    is_unhealthy = found.healthy < found.wanted
    row.unhealthy_since = (row.unhealthy_since or now) if is_unhealthy else None
    row.version = found.version
    row.image_digest = found.digest
    row.healthy, row.wanted, row.kept = found.healthy, found.wanted, found.kept
    row.has_health_check = found.has_health_check
    row.state = found.state
    row.services = [service.as_json(found.version) for service in found.services]
    row.ticket_id = source.ticket_pk
    row.is_drift = source.is_drift
    row.observed_at = now


def _is_news(row: RunningVersion, found: Running) -> bool:
    """Does the read show something else than what is remembered?"""
    return (row.version, row.healthy, row.wanted, row.kept, row.state, row.services) != (
        found.version,
        found.healthy,
        found.wanted,
        found.kept,
        found.state,
        [service.as_json(found.version) for service in found.services],
    )


def _tickets_of(placement: Placement) -> list[TicketFacts]:
    started = Ticket.objects.filter(placement=placement, attempt__gt=0).order_by("-changed_at")
    return [
        TicketFacts(ticket.pk, ticket.version, State(ticket.state), ticket.changed_at)
        for ticket in started[:TICKETS_LOOKED_AT]
    ]


def _key_of(ticket_id: int | None) -> str | None:
    if ticket_id is None:
        return None
    return Ticket.objects.filter(pk=ticket_id).values_list("key", flat=True).first()


def _tell_board(environment_id: int) -> None:
    entry = {"topic": streams.BOARD, "kind": streams.PROGRESS, "environment": str(environment_id)}
    transaction.on_commit(partial(_publish, entry))


def _publish(entry: dict[str, str]) -> None:
    streams.publish([entry])
