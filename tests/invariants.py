"""What must always hold, over the database and the simulator's journal: reliability I1 to I11.

Each function asserts one sentence; `check_all` runs them at the end of every test that drives an upgrade.
"""

from collections import Counter
from collections.abc import Container, Iterable
from typing import Any

from django.db.models import Count

from deploytickets.audit.models import Event
from deploytickets.deployments.models import Intent, Lane, Outcome, ServiceUpgrade, Upgrade, Verb
from deploytickets.deployments.phases import Phase
from deploytickets.drivers.marks import mark_label
from deploytickets.tickets.models import Approval, Plan, Ticket
from deploytickets.tickets.plans import PRIMARY, PlanContent, PlannedService
from deploytickets.tickets.services.approval import present_digest
from deploytickets.tickets.transitions import FINAL, IN_RANCHER, Action, State, event_name, targets
from rancher_client.simulator.server.journal import Entry, Journal

RANCHER_ACTIONS = {"upgrade": "start", "finishupgrade": "finish", "rollback": "roll_back"}


def check_all(journal: Journal, *, outsiders: Container[int] = ()) -> None:
    """Every invariant of upgrades; `outsiders` are the numbers of calls that others made."""
    entries = [entry for entry in journal if entry.number not in outsiders]
    at_most_once(entries)
    only_what_was_approved()
    only_what_was_planned(entries)
    one_lane()
    one_event_per_change()
    no_false_success()
    intent_before_act(entries)
    forward_only()


def at_most_once(entries: Iterable[Entry]) -> None:
    """I1: for every (token, service) at most one accepted start, finish and roll back."""
    ours = list(entries)
    starts = Counter(
        (entry.labels[mark_label()], entry.resource)
        for entry in ours
        if entry.accepted and entry.action == "upgrade" and mark_label() in entry.labels
    )
    assert not [key for key, count in starts.items() if count > 1], f"started twice: {starts}"
    # Finish and roll back carry no mark: between two starts of a service there is at most one of each.
    since_start: Counter[tuple[str | None, str]] = Counter()
    tokens = {row.token for row in ServiceUpgrade.objects.all()} | set(
        Intent.objects.values_list("token", flat=True)
    )
    ours_by_service = {row.rancher_id for row in ServiceUpgrade.objects.all()}
    for entry in ours:
        if not entry.accepted or entry.resource not in ours_by_service:
            continue
        if entry.action == "upgrade" and entry.labels.get(mark_label()) in tokens:
            since_start = Counter({key: n for key, n in since_start.items() if key[0] != entry.resource})
        elif entry.action in ("finishupgrade", "rollback"):
            since_start[entry.resource, entry.action] += 1
    assert not [key for key, count in since_start.items() if count > 1], f"called twice: {since_start}"


def only_what_was_approved() -> None:
    """I2: what an upgrade was started with had the approvals asked for, all to exactly its digest."""
    for upgrade in Upgrade.objects.select_related("ticket__environment", "plan"):
        started = Event.objects.get(
            subject_kind="ticket",
            subject_key=upgrade.ticket.key,
            action=event_name(Action.START),
            after__attempt=upgrade.number,
        )
        digest = started.details["plan_digest"]
        given = Approval.objects.filter(
            ticket=upgrade.ticket,
            plan_digest=digest,
            given_at__lte=started.at,
            expires_at__gt=started.at,
        ).exclude(ended_at__lt=started.at)
        people = set(given.values_list("by_id", flat=True))
        assert len(people) >= upgrade.ticket.environment.approvals_required, upgrade.ticket.key
        if upgrade.ticket.environment.four_eyes:
            assert upgrade.ticket.requested_by_id not in people, upgrade.ticket.key
        content = PlanContent.from_json(upgrade.plan.content)
        plan: Plan = upgrade.plan
        assert digest in (
            plan.digest,
            present_digest(content, upgrade.ticket.accepted_warnings),
        ), upgrade.ticket.key


def only_what_was_planned(entries: Iterable[Entry]) -> None:
    """I2: what Rancher accepted as our start is, but for the mark, the plan whose digest was approved."""
    by_token = {
        intent.token: intent
        for intent in Intent.objects.filter(verb__in=[Verb.START, Verb.CREATE]).select_related(
            "service_upgrade__upgrade__plan"
        )
    }
    for entry in entries:
        intent = by_token.get(entry.labels.get(mark_label(), ""))
        if intent is None or not entry.accepted or entry.method != "POST":
            continue
        assert entry.body is not None, f"call {entry.number} has lost its body"
        row = intent.service_upgrade
        content = PlanContent.from_json(row.upgrade.plan.content)
        (planned,) = (service for service in content.services if service.name == row.name)
        assert entry.body == _planned_body(planned, intent, row, entry), f"{intent.token}: {entry.body}"


def _planned_body(
    planned: PlannedService, intent: Intent, row: ServiceUpgrade, entry: Entry
) -> dict[str, Any]:
    """The complete body that the plan asks for; refused nulls are left out (rancher-1.6-api.md 1.7)."""
    sent = {
        name: {
            **{
                field: value
                for field, value in config.items()
                if not (value is None and field in ("environment", "labels", "secrets"))
            },
            "labels": {**(config.get("labels") or {}), mark_label(): intent.token},
        }
        for name, config in planned.wanted.items()
    }
    configs: dict[str, Any] = {"launchConfig": sent[PRIMARY]} if PRIMARY in sent else {}
    sidekicks: list[dict[str, Any]] = [
        {**sent[name], "name": name} for name in sorted(sent) if name != PRIMARY
    ]
    if entry.action == "upgrade":
        sidekicks += [{"name": name, "imageUuid": "rancher/none"} for name in planned.removed_sidekicks]
    if sidekicks:
        configs["secondaryLaunchConfigs"] = sidekicks
    if entry.action == "upgrade":
        batches = {
            "batchSize": planned.batch_size,
            "intervalMillis": planned.interval_millis,
            "startFirst": planned.start_first,
        }
        return {"inServiceStrategy": {**batches, **configs}}
    settings = {name: value for name, value in (planned.settings or {}).items() if name != "links"}
    made = {"type": "service", "name": row.name, "stackId": row.stack_rancher_id, "startOnCreate": True}
    return {**made, **settings, **configs}


def one_lane() -> None:
    """I3: a service is held by one ticket; who is in Rancher holds lanes, who has ended holds none."""
    twice = (
        Lane.objects.filter(released_at__isnull=True)
        .values("server", "project", "stack_name", "service_name")
        .annotate(holders=Count("pk"))
        .filter(holders__gt=1)
    )
    assert not twice.exists(), list(twice)
    for ticket in Ticket.objects.all():
        holds = ticket.lanes.filter(released_at__isnull=True).exists()
        if ticket.state in {state.value for state in IN_RANCHER}:
            assert holds, f"{ticket.key} is {ticket.state} without a lane"
        if ticket.state in {state.value for state in FINAL}:
            assert not holds, f"{ticket.key} is {ticket.state} and holds a lane"
    unsettled = Upgrade.objects.filter(settled_at__isnull=True).values_list("ticket__placement", flat=True)
    assert len(unsettled) == len(set(unsettled)), "two unsettled upgrades of one placement"


def one_event_per_change() -> None:
    """I4: a ticket's state and a service's phase are what their events add up to."""
    for ticket in Ticket.objects.all():
        events = list(Event.objects.filter(subject_kind="ticket", subject_key=ticket.key).order_by("number"))
        assert [event.number for event in events] == list(range(1, len(events) + 1))
        folded: dict[str, object] = {}
        for event in events:
            folded.update(event.after or {})
        assert folded["state"] == ticket.state, ticket.key
    for row in ServiceUpgrade.objects.select_related("upgrade__ticket"):
        changes = Event.objects.filter(
            subject_kind="ticket",
            subject_key=row.upgrade.ticket.key,
            action__startswith="service.",
            details__service=row.name,
            details__attempt=row.upgrade.number,
        )
        phases = [Phase.UNTOUCHED.value, *(change.details["phase"] for change in changes.order_by("number"))]
        befores = [change.details["phase_before"] for change in changes.order_by("number")]
        assert befores == phases[:-1], f"{row.name}: {befores} {phases}"
        assert phases[-1] == row.phase, f"{row.name}: {phases} {row.phase}"


def no_false_success() -> None:
    """I8: `verifying` and our own `finished` rest on a read that was begun after our last call."""
    for upgrade in Upgrade.objects.select_related("ticket"):
        events = Event.objects.filter(
            subject_kind="ticket",
            subject_key=upgrade.ticket.key,
            action__in=[event_name(Action.UPGRADED), event_name(Action.FINISHED)],
            details__attempt=upgrade.number,
        )
        for event in events:
            observed_at, called_at = event.details["observed_at"], event.details["called_at"]
            assert observed_at is not None, f"{upgrade.ticket.key} {event.action} without a read"
            assert called_at is None or observed_at > called_at, f"{upgrade.ticket.key} {event.action}"
        if upgrade.ticket.state == State.VERIFYING and events:
            for row in upgrade.services.all():
                assert row.phase in (Phase.UPGRADED, Phase.FINISHED, Phase.REPLACED, Phase.CANCELLED), (
                    row.phase
                )


def intent_before_act(entries: Iterable[Entry]) -> None:
    """I10: every start that Rancher saw with our mark has its intent, and closed upgrades leave none open."""
    known = set(
        Intent.objects.filter(verb__in=[Verb.START, Verb.RESTORE, Verb.CREATE]).values_list(
            "token", flat=True
        )
    )
    seen = {
        entry.labels[mark_label()]
        for entry in entries
        if entry.method == "POST" and entry.action == "upgrade" and mark_label() in entry.labels
    }
    strangers = {mark for mark in seen if mark.startswith("DEPLOY-")} - known
    assert not strangers, f"calls without an intent: {strangers}"
    open_ones = Intent.objects.filter(
        service_upgrade__upgrade__settled_at__isnull=False,
        outcome__in=[Outcome.OPEN, Outcome.UNKNOWN],
    )
    assert not open_ones.exists(), list(open_ones.values())
    for intent in Intent.objects.all():
        assert (intent.send_by - intent.made_at).total_seconds() <= 30
        assert intent.lease_number >= 1


def forward_only() -> None:
    """I11: states move only along the transition table, and final ones stay."""
    by_name = {event_name(action): action for action in Action}
    for ticket in Ticket.objects.all():
        state: State | None = None
        failed_from = ""
        events = Event.objects.filter(subject_kind="ticket", subject_key=ticket.key).order_by("number")
        for event in events:
            after = event.after or {}
            action = by_name.get(event.action)
            if "state" in after and state is not None and action is not None:
                target = State(after["state"])
                assert target in targets(action, state, failed_from=failed_from), (
                    f"{ticket.key}: {state} by {action} to {target}"
                )
                assert not state.is_final
            failed_from = after.get("failed_from", failed_from)
            state = State(after["state"]) if "state" in after else state
