"""What must always hold, over the database and the simulator's journal: reliability I1 to I11.

Each function asserts one sentence; `check_all` runs them at the end of every test that drives an upgrade.
"""

from collections import Counter
from collections.abc import Container, Iterable

from django.db.models import Count

from deploytickets.audit.models import Event
from deploytickets.deployments.models import Intent, Lane, Outcome, ServiceUpgrade, Upgrade, Verb
from deploytickets.deployments.phases import Phase
from deploytickets.drivers.marks import mark_label
from deploytickets.tickets.models import Approval, Plan, Ticket
from deploytickets.tickets.plans import PlanContent
from deploytickets.tickets.services.approval import present_digest
from deploytickets.tickets.transitions import FINAL, IN_RANCHER, Action, State, event_name, targets
from rancher_client.simulator.server.journal import Entry, Journal

RANCHER_ACTIONS = {"upgrade": "start", "finishupgrade": "finish", "rollback": "roll_back"}


def check_all(journal: Journal, *, outsiders: Container[int] = ()) -> None:
    """Every invariant of upgrades; `outsiders` are the numbers of calls that others made."""
    entries = [entry for entry in journal if entry.number not in outsiders]
    at_most_once(entries)
    only_what_was_approved()
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
