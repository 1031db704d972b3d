"""From rows to the frozen facts that decisions work on, and the judgement of intents that are not ended."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from deploytickets.catalog.models import AtDeadline
from deploytickets.deployments.facts import (
    LATE_ACCEPTANCE,
    Answer,
    BlockVersions,
    CallFacts,
    Refusal,
    ServiceUpgradeFacts,
    WayBack,
)
from deploytickets.deployments.fold import UpgradeFacts
from deploytickets.deployments.models import Intent, Outcome, ServiceUpgrade, Upgrade, Verb
from deploytickets.deployments.steps import Goal
from deploytickets.drivers.marks import mark_label
from deploytickets.tickets.models import Ticket
from deploytickets.tickets.plans import PlannedAction
from deploytickets.tickets.transitions import State

_SINCE_GOAL = (
    Verb.FINISH,
    Verb.ROLL_BACK,
    Verb.CANCEL,
    Verb.REMOVE,
    Verb.RESTORE,
    Verb.CREATE_STACK,
    Verb.LINK,
)
STARTING = frozenset({Verb.START, Verb.CREATE, Verb.RESTORE})

_GOALS = {
    State.DEPLOYING: Goal.UPGRADED,
    State.VERIFYING: Goal.HOLD,
    State.FINISHING: Goal.FINISHED,
    State.ROLLING_BACK: Goal.ROLLED_BACK,
    State.FAILED: Goal.WATCH,
}


def goal_of(ticket: Ticket) -> Goal | None:
    """What the ticket's state asks of its services; None where it asks nothing of Rancher."""
    return _GOALS.get(State(ticket.state))


def upgrade_facts(
    ticket: Ticket,
    upgrade: Upgrade,
    services: Iterable[ServiceUpgrade],
    ids: Mapping[str, str] | None = None,
) -> UpgradeFacts:
    """The facts of an upgrade whose ticket is in Rancher.

    `ids` resolves the names in links of created services (`Observation.ids`).
    """
    goal = goal_of(ticket)
    assert goal is not None, "only a ticket that has started has an upgrade to decide about"
    rows = list(services)
    intents = intents_of(rows)
    came_from = _GOALS[State(ticket.failed_from)] if ticket.failed_from else None
    return UpgradeFacts(
        goal=goal,
        deadline=None if goal in (Goal.HOLD, Goal.WATCH) else upgrade.deadline_at,
        minutes=round((upgrade.deadline_at - upgrade.goal_since).total_seconds() / 60),
        services=tuple(
            service_facts(row, intents[row.pk], goal_since=upgrade.goal_since, ids=ids or {}) for row in rows
        ),
        rolls_back_at_deadline=ticket.environment.at_deadline == AtDeadline.ROLL_BACK,
        came_from=came_from,
    )


def intents_of(services: Iterable[ServiceUpgrade]) -> Mapping[int, list[Intent]]:
    """The intents of each service by its primary key, oldest first."""
    found: defaultdict[int, list[Intent]] = defaultdict(list)
    for intent in Intent.objects.filter(service_upgrade__in=[row.pk for row in services]).order_by("pk"):
        found[intent.service_upgrade_id].append(intent)
    return found


def service_facts(
    row: ServiceUpgrade,
    intents: Iterable[Intent],
    *,
    goal_since: datetime,
    ids: Mapping[str, str],
) -> ServiceUpgradeFacts:
    """One row with its intents: the start under its present token, the other calls since the goal was set.

    One of an earlier goal counts as long as nobody knows whether Rancher took it (I10).
    """
    starts = [intent for intent in intents if intent.verb in STARTING and intent.token == row.token]
    start = starts[-1] if starts else None
    return ServiceUpgradeFacts(
        name=row.name,
        action=PlannedAction(row.action),
        token=row.token,
        mark_label=mark_label(),
        configs_sent=frozenset(row.configs_sent),
        versions_before=row.versions_before,
        block_before=None if row.block_before is None else BlockVersions(**row.block_before),
        answer=_ANSWERS.get(Outcome(start.outcome), Answer.NONE) if start is not None else Answer.NONE,
        asked_at=None if start is None else _asked_at(start),
        version_known=row.version_answered,
        held_key=row.held_key,
        held_since=row.held_since,
        way_back=WayBack(row.way_back),
        depends_on=tuple(row.depends_on),
        scale=row.scale,
        is_global=row.is_global,
        has_stack=bool(row.stack_rancher_id),
        is_finished_by_us=any(
            intent.verb == Verb.FINISH and intent.outcome == Outcome.ACCEPTED for intent in intents
        ),
        links=_links(row, ids),
        start=call_facts(starts),
        **{
            verb.value: call_facts(
                [
                    intent
                    for intent in intents
                    if intent.verb == verb and (intent.made_at >= goal_since or intent.ended_at is None)
                ]
            )
            for verb in _SINCE_GOAL
        },
    )


def call_facts(intents: list[Intent]) -> CallFacts | None:
    """The newest of the intents; `tries` counts those that came to nothing."""
    if not intents:
        return None
    newest = intents[-1]
    return CallFacts(
        made_at=newest.made_at,
        over_at=over_at(newest),
        ended_at=newest.ended_at,
        is_accepted=newest.outcome == Outcome.ACCEPTED,
        refusal=_refusal(newest.answer) if newest.outcome == Outcome.REFUSED else None,
        tries=len(intents),
    )


def over_at(intent: Intent) -> datetime:
    """From when on Rancher can no longer accept the call: it failed, or could last be sent, long ago."""
    return (intent.unknown_since or intent.send_by) + LATE_ACCEPTANCE


_ANSWERS = {Outcome.ACCEPTED: Answer.ACCEPTED, Outcome.REFUSED: Answer.REFUSED}


def _asked_at(start: Intent) -> datetime:
    if start.outcome in (Outcome.ACCEPTED, Outcome.REFUSED) and start.ended_at is not None:
        return start.ended_at
    return start.unknown_since or start.send_by


def _refusal(answer: Mapping[str, Any] | None) -> Refusal:
    known = answer or {}
    return Refusal(is_terminal=bool(known.get("is_terminal")), text=str(known.get("text", "")))


def with_links(
    facts: UpgradeFacts, services: Iterable[ServiceUpgrade], ids: Mapping[str, str]
) -> UpgradeFacts:
    """The same facts with the links of created services resolved by a later read."""
    linking = {row.name: row for row in services if row.links}
    if not linking:
        return facts
    return replace(
        facts,
        services=tuple(
            replace(want, links=_links(linking[want.name], ids)) if want.name in linking else want
            for want in facts.services
        ),
    )


def _links(row: ServiceUpgrade, ids: Mapping[str, str]) -> Mapping[str, str] | None:
    """The wanted links, alias to id; None while a service that is linked to was not seen."""
    if any(name not in ids for name in row.links.values()):
        return None
    return {alias: ids[name] for alias, name in row.links.items()}
