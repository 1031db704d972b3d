"""Writing down what was seen, and what follows from it: one transaction, no call to Rancher.

Ticket, upgrade and its services change together, with the events that say so (I4). A read that was
sent before the recorded one changes nothing (I11); a writer whose lease has gone changes nothing (F6).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from deploytickets import clock
from deploytickets.audit.actors import OUTSIDE, SYSTEM
from deploytickets.audit.services import record
from deploytickets.deployments import absence, explain, lanes
from deploytickets.deployments.facts import ServiceUpgradeFacts, WayBack
from deploytickets.deployments.fold import (
    Ended,
    Failed,
    Next,
    RollBackByPolicy,
    Upgraded,
    Verdict,
    at_deadline,
    decide_upgrade,
)
from deploytickets.deployments.fold import (
    Outcome as UpgradeOutcome,
)
from deploytickets.deployments.health import count, new_versions
from deploytickets.deployments.models import Intent, Outcome, ServiceUpgrade, Upgrade, Verb
from deploytickets.deployments.observing import Observation
from deploytickets.deployments.phases import Phase
from deploytickets.deployments.steps import End, Goal
from deploytickets.deployments.stored import STARTING, goal_of, intents_of, over_at, upgrade_facts
from deploytickets.deployments.trace import held_key_of, reading
from deploytickets.drivers.base import ServiceSeen
from deploytickets.drivers.errors import RancherError, reason_of
from deploytickets.drivers.marks import mark_of
from deploytickets.notifications.services import publish_progress, tell_soon
from deploytickets.tickets import services as tickets
from deploytickets.tickets.models import Ticket
from deploytickets.tickets.plans import PlannedAction
from deploytickets.tickets.transitions import Action

MOVING = timedelta(seconds=3)
RESTING = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What an observation led to: the calls that are due now, under these facts."""

    goal_since: datetime
    observed_at: datetime
    next: Next
    is_changed: bool


def record_observation(upgrade_id: int, observation: Observation, *, lease: int | None) -> Recorded | None:
    """Write down an observation, decide from it, and take the ticket where that leads.

    Args:
        lease: the number of our lease; None for the watcher, which only writes what it saw: calls
            and ends are left to a reconcile.

    Returns None when nothing was written: the upgrade is settled, the lease has gone, or a later
    read was recorded.
    """
    with transaction.atomic():
        held = _lock(upgrade_id, lease)
        if held is None:
            return None
        ticket, upgrade = held
        if upgrade.observed_at is not None and observation.sent_at <= upgrade.observed_at:
            return None
        rows = list(upgrade.services.all())
        now = clock.now()
        _take_in(rows, observation, now)
        facts = upgrade_facts(ticket, upgrade, rows, observation.ids)
        verdict = decide_upgrade(facts, observation.seen, observation.sent_at)
        if _end_intents(rows, facts.services, verdict, observation, now):
            facts = upgrade_facts(ticket, upgrade, rows, observation.ids)
            verdict = decide_upgrade(facts, observation.seen, observation.sent_at)
        is_changed = _write_services(ticket, rows, facts.services, verdict, observation, now)
        is_changed |= tickets.record_away(ticket, None)
        is_changed |= tickets.record_clear(ticket, verdict.is_clear and not _has_unended(rows))
        if facts.goal is Goal.HOLD:
            notice = verdict.next.notice
            is_changed |= tickets.record_failure(ticket, None if notice is None else notice.as_json())
        # Success and every other end come from a read that was begun after our last call (I8).
        is_fresh = upgrade.called_at is None or observation.sent_at > upgrade.called_at
        outcome = verdict.next.outcome if is_fresh and lease is not None else None
        if outcome is not None:
            _settle(ticket, upgrade, rows, outcome, now, observation.sent_at)
            is_changed = True
        is_due = bool(verdict.next.calls) or verdict.next.outcome is not None
        _touch(ticket, upgrade, observation, now, is_due=is_due and outcome is None, lease=lease)
        if is_changed:
            publish_progress(ticket.environment_id, [ticket.key])
        return Recorded(
            goal_since=upgrade.goal_since,
            observed_at=observation.sent_at,
            next=verdict.next if is_fresh else replace(verdict.next, outcome=None),
            is_changed=is_changed,
        )


def record_unobserved(upgrade_id: int, error: RancherError, *, lease: int | None) -> None:
    """Rancher gave no usable answer: say so and since when, and come back later, less and less often.

    Args:
        lease: the number of our lease; None for the watcher, which leaves ends to a reconcile.

    Fails the ticket, or rolls it back where the policy says so, only when its deadline has passed (I9, F27).
    """
    with transaction.atomic():
        held = _lock(upgrade_id, lease)
        if held is None:
            return
        ticket, upgrade = held
        now = clock.now()
        note_absence(ticket, upgrade, error, now, puts_off=lease is not None)
        facts = upgrade_facts(ticket, upgrade, upgrade.services.all())
        if lease is not None and facts.deadline is not None and now >= facts.deadline:
            why = explain.deadline_passed(facts.minutes, away_since=ticket.rancher_away_since)
            _settle(ticket, upgrade, [], at_deadline(facts, why), now)


def note_absence(
    ticket: Ticket, upgrade: Upgrade, error: RancherError, now: datetime, *, puts_off: bool = True
) -> None:
    """Put onto locked ticket and upgrade that Rancher is away, and when the sweep is to look again.

    The watcher `puts_off` nothing: it comes so often that the sweep, which knows of deadlines, never would.
    """
    since = ticket.rancher_away_since or now
    reason = reason_of(error)
    is_new = tickets.record_away(ticket, since) | (upgrade.unobserved_because != reason)
    upgrade.unobserved_because = reason
    upgrade.touched_at = now
    if puts_off:
        upgrade.look_again_at = now + absence.pause(error, since, now, shortest=MOVING)
    upgrade.save(update_fields=["unobserved_because", "touched_at", "look_again_at"])
    if is_new:
        publish_progress(ticket.environment_id, [ticket.key])


def set_goal(upgrade: Upgrade, now: datetime) -> None:
    """The ticket has entered another state: the services are driven elsewhere, by a new deadline."""
    upgrade.goal_since = now
    upgrade.deadline_at = now + timedelta(seconds=upgrade.deadline_seconds)
    upgrade.look_again_at = now
    upgrade.save(update_fields=["goal_since", "deadline_at", "look_again_at"])


def close(ticket: Ticket, upgrade: Upgrade, now: datetime) -> None:
    """Nothing is driven any more: every intent is ended, the lanes are free."""
    unended = Intent.objects.filter(
        service_upgrade__upgrade=upgrade, outcome__in=[Outcome.OPEN, Outcome.UNKNOWN]
    )
    unended.update(outcome=Outcome.SUPERSEDED, ended_at=now)
    upgrade.settled_at = now
    upgrade.look_again_at = None
    upgrade.save(update_fields=["settled_at", "look_again_at"])
    lanes.release(ticket, now)


def _lock(upgrade_id: int, lease: int | None) -> tuple[Ticket, Upgrade] | None:
    """Ticket and upgrade with their rows locked, in that order; None when we may not write any more."""
    key = Upgrade.objects.values_list("ticket__key", flat=True).get(pk=upgrade_id)
    ticket = tickets.locked(key)
    upgrade = Upgrade.objects.select_for_update().get(pk=upgrade_id)
    if upgrade.settled_at is not None or goal_of(ticket) is None:
        return None
    if lease is not None and upgrade.lease_number != lease:
        return None
    return ticket, upgrade


def _take_in(rows: Iterable[ServiceUpgrade], observation: Observation, now: datetime) -> None:
    """What the look found besides states: ids that were not known, and versions from the audit log."""
    for row in rows:
        seen = observation.seen.get(row.name)
        if seen is not None and not row.rancher_id and row.token in _marks(seen):
            row.rancher_id = seen.rancher_id
        if observation.stack_id and not row.stack_rancher_id:
            row.stack_rancher_id = observation.stack_id
            stack = Intent.objects.filter(
                service_upgrade=row, verb=Verb.CREATE_STACK, outcome__in=[Outcome.OPEN, Outcome.UNKNOWN]
            )
            stack.update(outcome=Outcome.ACCEPTED, ended_at=now)
        version = observation.witnessed.get(row.name)
        if version:
            row.version_answered = version
            start = Intent.objects.filter(
                service_upgrade=row,
                token=row.token,
                verb__in=STARTING,
                outcome__in=[Outcome.OPEN, Outcome.UNKNOWN],
            )
            start.update(outcome=Outcome.ACCEPTED, ended_at=now, answer={"code": "audit_log"})
        key = held_key_of(seen)
        if row.held_key != key:
            row.held_key, row.held_since = key, observation.sent_at


def _marks(seen: ServiceSeen) -> set[str]:
    return {mark_of(config.get("labels")) for config in seen.configs.values()}


def _end_intents(
    rows: Iterable[ServiceUpgrade],
    facts: Iterable[ServiceUpgradeFacts],
    verdict: Verdict,
    observation: Observation,
    now: datetime,
) -> bool:
    """End the intents whose outcome this read shows; what stays unknown is looked at again (I10)."""
    is_any = False
    wanted = {want.name: want for want in facts}
    intents = intents_of(rows)
    for row in rows:
        phase, seen = verdict.phases[row.name], observation.seen.get(row.name)
        for intent in intents[row.pk]:
            if intent.outcome not in (Outcome.OPEN, Outcome.UNKNOWN) or intent.made_at > observation.sent_at:
                continue
            ended = _shown(intent, wanted[row.name], phase, seen, observation.sent_at)
            if ended is not None:
                Intent.objects.filter(pk=intent.pk).update(outcome=ended, ended_at=observation.sent_at)
                is_any = True
                if intent.verb in STARTING and ended is Outcome.ACCEPTED and seen is not None:
                    row.version_answered = row.version_answered or reading(wanted[row.name], seen).version
    return is_any


_TAKEN: Mapping[str, frozenset[Phase]] = {
    Verb.START: frozenset(
        {
            Phase.TORN,
            Phase.UPGRADING,
            Phase.UPGRADED,
            Phase.FINISHING,
            Phase.FINISHED,
            Phase.ROLLING_BACK,
            Phase.ROLLED_BACK,
            Phase.CANCELLED,
        }
    ),
    Verb.CREATE: frozenset({Phase.UPGRADING, Phase.UPGRADED}),
    Verb.RESTORE: frozenset({Phase.TORN, Phase.ROLLING_BACK, Phase.ROLLED_BACK, Phase.CANCELLED}),
    Verb.FINISH: frozenset({Phase.FINISHING, Phase.FINISHED}),
    Verb.ROLL_BACK: frozenset({Phase.ROLLING_BACK, Phase.ROLLED_BACK}),
    Verb.CANCEL: frozenset({Phase.CANCELLED}),
    Verb.REMOVE: frozenset({Phase.GONE}),
}


def _shown(
    intent: Intent, want: ServiceUpgradeFacts, phase: Phase | None, seen: ServiceSeen | None, now: datetime
) -> Outcome | None:
    """What a read says about a call that nobody saw answered: taken, not taken, or nothing yet."""
    verb = Verb(intent.verb)
    if verb in STARTING and intent.token != want.token:
        return Outcome.SUPERSEDED
    if verb is Verb.FINISH and want.way_back is WayBack.RESTORING:
        # Here `rolling_back` covers the whole upgrade to the stored configs: the state tells.
        is_taken = phase is Phase.ROLLED_BACK or (seen is not None and seen.state == "finishing-upgrade")
    else:
        is_taken = phase in _TAKEN.get(verb, frozenset())
    if is_taken:
        return Outcome.ACCEPTED
    if phase is None and verb in STARTING:
        return None
    return Outcome.SUPERSEDED if now >= over_at(intent) else None


def _write_services(
    ticket: Ticket,
    rows: Iterable[ServiceUpgrade],
    facts: Iterable[ServiceUpgradeFacts],
    verdict: Verdict,
    observation: Observation,
    now: datetime,
) -> bool:
    """Save what changed of each service; one event per change of phase. True when people see a difference."""
    wanted = {want.name: want for want in facts}
    is_any = False
    for row in rows:
        seen, phase, want = observation.seen.get(row.name), verdict.phases[row.name], wanted[row.name]
        before = _shown_of(row)
        if phase is not None and phase.value != row.phase:
            _enter_phase(ticket, row, phase, now)
        trouble = verdict.troubles.get(row.name)
        row.trouble = None if trouble is None else trouble.as_json()
        if seen is not None:
            counted = count(want, seen)
            row.healthy, row.wanted = counted.healthy, counted.wanted
            row.rancher_state, row.rancher_message = seen.state, seen.message[:1000]
            if seen.containers is not None:
                row.seen = _containers(want, seen)
        elif phase is Phase.GONE:
            row.rancher_state, row.rancher_message, row.seen, row.healthy = "removed", "", [], 0
        is_any |= _shown_of(row) != before
        row.save()
    return is_any


def _enter_phase(ticket: Ticket, row: ServiceUpgrade, phase: Phase, now: datetime) -> None:
    """The phase with its event (I4); the caller saves the row."""
    record(
        f"service.{phase.value}",
        subject_kind="ticket",
        subject_key=ticket.key,
        by=SYSTEM,
        now=now,
        service=row.name,
        attempt=row.upgrade.number,
        phase_before=row.phase,
        phase=phase.value,
    )
    row.phase, row.phase_at = phase.value, now


def _shown_of(row: ServiceUpgrade) -> tuple[Any, ...]:
    return (row.phase, row.trouble, row.healthy, row.wanted, row.rancher_state, row.rancher_message, row.seen)


def _containers(want: ServiceUpgradeFacts, seen: ServiceSeen) -> list[dict[str, Any]]:
    """The containers for people: no labels, no variables."""
    versions = new_versions(want, seen)
    return [
        {
            "id": one.rancher_id,
            "name": one.name,
            "config": one.config_name,
            "is_new": one.version == versions.get(one.config_name),
            "state": one.state,
            "health": one.health,
            "is_healthy": one.is_healthy,
            "image": one.image.removeprefix("docker:"),
            "host": one.host_name,
            "ports": list(one.ports),
            "starts": one.start_count,
            "message": one.message[:300],
            "created_at": None if one.created_at is None else one.created_at.isoformat(),
        }
        for one in seen.containers or ()
    ]


def _has_unended(rows: Iterable[ServiceUpgrade]) -> bool:
    return Intent.objects.filter(
        service_upgrade__in=[row.pk for row in rows], outcome__in=[Outcome.OPEN, Outcome.UNKNOWN]
    ).exists()


def _settle(
    ticket: Ticket,
    upgrade: Upgrade,
    rows: Iterable[ServiceUpgrade],
    outcome: UpgradeOutcome,
    now: datetime,
    observed_at: datetime | None = None,
) -> None:
    """Take the ticket where the outcome leads; the event says which read that rests on (I8)."""
    if isinstance(outcome, Upgraded):
        evidence = _evidence(upgrade, observed_at)
        tickets.enter(ticket, Action.UPGRADED, by=SYSTEM, now=now, attempt=upgrade.number, **evidence)
        set_goal(upgrade, now)
    elif isinstance(outcome, Failed):
        why = outcome.why.as_json()
        tickets.record_failure(ticket, why)
        tickets.enter(ticket, Action.FAIL, by=SYSTEM, now=now, why=why, attempt=upgrade.number)
    elif isinstance(outcome, RollBackByPolicy):
        tickets.enter(
            ticket, Action.ROLL_BACK, by=SYSTEM, now=now, reason="deadline", why=outcome.why.as_json()
        )
        set_goal(upgrade, now)
    else:
        _end(ticket, upgrade, rows, outcome, now, _evidence(upgrade, observed_at))
    tell_soon()


def _evidence(upgrade: Upgrade, observed_at: datetime | None) -> dict[str, Any]:
    """When the read was sent that decided, and when our last call before it had ended."""
    moments = {"observed_at": observed_at, "called_at": upgrade.called_at}
    return {name: None if at is None else at.isoformat() for name, at in moments.items()}


def _end(
    ticket: Ticket,
    upgrade: Upgrade,
    rows: Iterable[ServiceUpgrade],
    outcome: Ended,
    now: datetime,
    evidence: Mapping[str, Any],
) -> None:
    """The last event of an upgrade, in the name of whoever brought it about."""
    actions = {
        (End.FINISHED, False): Action.FINISHED,
        (End.FINISHED, True): Action.FINISHED_OUTSIDE,
        (End.ROLLED_BACK, False): Action.ROLLED_BACK,
        (End.ROLLED_BACK, True): Action.ROLLED_BACK_OUTSIDE,
    }
    if outcome.end is End.FINISHED:
        for row in rows:
            if row.action == PlannedAction.CREATED and row.phase == Phase.UPGRADED:
                _enter_phase(ticket, row, Phase.FINISHED, now)
                row.save(update_fields=["phase", "phase_at"])
    tickets.record_clear(ticket, True)
    tickets.enter(
        ticket,
        actions[outcome.end, outcome.is_outside],
        by=OUTSIDE if outcome.is_outside else SYSTEM,
        now=now,
        attempt=upgrade.number,
        **evidence,
    )
    close(ticket, upgrade, now)


def _touch(
    ticket: Ticket,
    upgrade: Upgrade,
    observation: Observation,
    now: datetime,
    *,
    is_due: bool,
    lease: int | None,
) -> None:
    upgrade.observed_at = observation.sent_at
    upgrade.touched_at = now
    upgrade.unobserved_because = None
    fields = ["observed_at", "touched_at", "unobserved_because"]
    if upgrade.settled_at is None:
        goal = goal_of(ticket)
        is_moving = goal in (Goal.UPGRADED, Goal.FINISHED, Goal.ROLLED_BACK)
        pause = MOVING if is_moving and lease is not None else RESTING
        upgrade.look_again_at = now if is_due and lease is None else now + pause
        fields.append("look_again_at")
    upgrade.save(update_fields=fields)
