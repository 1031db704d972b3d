"""From `approved` to the first call: nothing is begun that was not approved, and not before its turn.

The plan is computed from a fresh survey. One transaction then asks everything again (approvals,
lock, role of whoever started it, digest), takes all lanes and commits the first intent (I2, I3, I14).
"""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction

from deploytickets import clock
from deploytickets.audit.actors import SYSTEM, Actor, ActorKind, Through
from deploytickets.audit.errors import DomainError
from deploytickets.deployments import absence, calling, lanes, leases, plan, queue, reconcile
from deploytickets.deployments.fold import decide_upgrade
from deploytickets.deployments.models import ServiceUpgrade, StartOrder, Upgrade
from deploytickets.deployments.observing import Observation
from deploytickets.deployments.ordering import in_order
from deploytickets.deployments.recording import Recorded
from deploytickets.deployments.stored import upgrade_facts
from deploytickets.deployments.trace import versions_of
from deploytickets.drivers.base import Driver, ServiceSeen, Survey
from deploytickets.drivers.errors import RancherError
from deploytickets.inventory.queries import stage_before
from deploytickets.notifications.services import publish_progress, tell_soon
from deploytickets.tickets import policy
from deploytickets.tickets import services as tickets
from deploytickets.tickets.errors import MustWait
from deploytickets.tickets.models import Ticket
from deploytickets.tickets.plans import PRIMARY, PlanContent, PlannedAction, PlannedService
from deploytickets.tickets.transitions import Action, State

log = logging.getLogger(__name__)

RANCHER_AWAY = "rancher_away"
SHORTEST_PAUSE = timedelta(seconds=3)


def begin(key: str, driver: Driver) -> None:
    """Start the approved ticket if nothing is waited for; else write down what that is."""
    if not _is_its_turn(key):
        return
    try:
        survey = driver.survey()
    except RancherError as error:
        log.info("No survey for %s: %s", key, error)
        _note_absence(key, error)
        return
    ticket = _loaded(key)
    result = plan.compute(
        ticket.placement,
        ticket.version,
        survey,
        held_by_us=lanes.held_in(ticket.environment, besides=ticket),
        stage_before=stage_before(ticket.placement, ticket.version),
    )
    begun = _commit(key, result, survey, driver)
    if begun is not None:
        _carry_on(begun, driver)


class _Begun:
    """A started upgrade, its first call not yet sent."""

    def __init__(
        self,
        upgrade: Upgrade,
        lease: int,
        observation: Observation,
        recorded: Recorded,
        first: calling.Call | None,
    ) -> None:
        self.upgrade_id = upgrade.pk
        self.lease = lease
        self.observation = observation
        self.recorded = recorded
        self.first = first


def _carry_on(begun: _Begun, driver: Driver) -> None:
    try:
        if begun.first is not None and not calling.make(begun.first):
            return
        reconcile.carry_out(
            begun.upgrade_id,
            driver,
            begun.observation,
            begun.recorded,
            lease=begun.lease,
            is_begun=begun.first is not None,
        )
    finally:
        leases.release(begun.upgrade_id, begun.lease)


def _is_its_turn(key: str) -> bool:
    """Write down what stored facts say it waits for; True when only Rancher has still to be asked."""
    with transaction.atomic():
        ticket = tickets.locked(key)
        if ticket.state != State.APPROVED:
            return False
        waits_for = _waits_for(ticket)
        if waits_for is not None or (ticket.waits_for or {}).get("code") != RANCHER_AWAY:
            _record_waiting(ticket, waits_for)
        return waits_for is None


def _commit(
    key: str, result: "plan.PlanResult | plan.PlanProblem", survey: Survey, driver: Driver
) -> _Begun | None:
    """The transaction of the start: all of it, or a word about why not."""
    with transaction.atomic():
        ticket = tickets.locked(key)
        if ticket.state != State.APPROVED:
            return None
        tickets.record_away(ticket, None)
        if isinstance(result, plan.PlanProblem):
            tickets.record_plan_problem(ticket, result.fact)
            tickets.put_plan_off(ticket, asked_at=survey.sent_at, until=clock.now())
            _record_waiting(ticket, {"code": "plan"})
            return None
        if tickets.record_plan(
            ticket, content=result.content, shown=result.shown, findings=result.findings, now=survey.sent_at
        ):
            StartOrder.objects.filter(ticket=ticket).delete()
            tell_soon()
            return None
        if tickets.present_digest(result.content, ticket.accepted_warnings) != ticket.plan_digest:
            # Edited, or planned from a later survey, while this one was made: the next sweep begins anew.
            return None
        waits_for = _waits_for(ticket)
        if waits_for is not None:
            _record_waiting(ticket, waits_for)
            return None
        try:
            lanes.take(ticket, lanes.services_of(result.content), clock.now())
        except lanes.LaneHeld as held:
            _record_waiting(ticket, _queued(held.keys))
            return None
        return _start(ticket, result.content, survey, driver)


def _start(ticket: Ticket, content: PlanContent, survey: Survey, driver: Driver) -> _Begun:
    """Enter `deploying` with an upgrade, its services and the first intent."""
    now = clock.now()
    by = _starter(ticket)
    assert ticket.plan is not None, "what is approved has a plan"
    StartOrder.objects.filter(ticket=ticket).delete()
    tickets.record_clear(ticket, False)
    tickets.enter(ticket, Action.START, by=by, now=now, plan_digest=ticket.plan_digest)
    deadline = timedelta(minutes=ticket.placement.deadline_minutes)
    upgrade = Upgrade.objects.create(
        ticket=ticket,
        number=ticket.attempt,
        plan=ticket.plan,
        started_at=now,
        deadline_at=now + deadline,
        deadline_seconds=int(deadline.total_seconds()),
        goal_since=now,
        observed_at=survey.sent_at,
        touched_at=now,
        look_again_at=now,
        lease_number=1,
        lease_until=now + leases.LASTS,
    )
    seen = {service.rancher_id: service for service in survey.services}
    rows = [
        _service(ticket, upgrade, content, planned, position, seen.get(planned.rancher_id or ""))
        for position, planned in enumerate(_changed(content))
    ]
    observation = Observation(
        sent_at=survey.sent_at, seen={row.name: seen.get(row.rancher_id) for row in rows}
    )
    facts = upgrade_facts(ticket, upgrade, rows, observation.ids)
    verdict = decide_upgrade(facts, observation.seen, observation.sent_at)
    first, rest = _first_call(ticket, upgrade, rows, verdict.next.calls, observation, driver)
    tell_soon()
    recorded = Recorded(
        goal_since=now, observed_at=survey.sent_at, next=type(verdict.next)(calls=rest), is_changed=True
    )
    return _Begun(upgrade, upgrade.lease_number, observation, recorded, first)


def _first_call(
    ticket: Ticket,
    upgrade: Upgrade,
    rows: list[ServiceUpgrade],
    calls: tuple[tuple[str, Any], ...],
    observation: Observation,
    driver: Driver,
) -> tuple[calling.Call | None, tuple[tuple[str, Any], ...]]:
    if not calls:
        return None, ()
    (name, step), *rest = calls
    row = next(row for row in rows if row.name == name)
    first = calling.commit_intent(
        ticket, upgrade, row, step, driver, observation.seen.get(name), lease=upgrade.lease_number
    )
    return first, tuple(rest)


def _changed(content: PlanContent) -> list[PlannedService]:
    return [
        service for service in in_order(content.services) if service.action is not PlannedAction.UNCHANGED
    ]


def _service(
    ticket: Ticket,
    upgrade: Upgrade,
    content: PlanContent,
    planned: PlannedService,
    position: int,
    seen: ServiceSeen | None,
) -> ServiceUpgrade:
    """The row of one service, with everything that 13.5 step 1 asks to remember before the call."""
    earlier = {service.name for service in _changed(content)[:position]}
    links = (planned.settings or {}).get("links") or {}
    configs = {} if seen is None else {name: dict(config) for name, config in seen.configs.items()}
    return ServiceUpgrade.objects.create(
        upgrade=upgrade,
        position=position,
        name=planned.name,
        action=planned.action.value,
        rancher_id="" if seen is None else seen.rancher_id,
        stack_rancher_id=content.stack_rancher_id or "",
        token=calling.new_token(ticket, upgrade.number),
        configs_sent=sorted(planned.wanted),
        versions_before={} if seen is None else versions_of(seen.configs),
        block_before=None if seen is None else calling.block_json(seen),
        state_before="" if seen is None else seen.state,
        configs_before=configs or None,
        wanted=planned.scale * len(planned.wanted),
        # A circle of links has no order: only what comes earlier in the plan is waited for.
        depends_on=[name for name in planned.depends_on if name in earlier],
        links=dict(links),
        scale=planned.scale,
        is_global=planned.is_global,
        has_health_check=planned.has_health_check,
        image_before=_image(configs.get(PRIMARY)),
        image_after=_image(planned.wanted.get(PRIMARY) or next(iter(planned.wanted.values()), None)),
    )


def _image(config: Mapping[str, Any] | None) -> str:
    return str((config or {}).get("imageUuid") or "").removeprefix("docker:")[:300]


def _waits_for(ticket: Ticket) -> dict[str, Any] | None:
    """What keeps the ticket from starting, as far as the database knows."""
    now = clock.now()
    by = _starter(ticket)
    try:
        policy.require(Action.START, ticket, by, now=now)
    except MustWait as wait:
        return dict(wait.waits_for)
    except DomainError as error:
        # Whoever pressed Start may no longer do so: the order is void, and somebody else may press it (I14).
        log.info("The start of %s by %s is void: %s", ticket.key, by.name, error)
        StartOrder.objects.filter(ticket=ticket).delete()
        return (
            _waits_for(ticket)
            if by.is_person
            else {"code": "start_by_hand", "environment": ticket.environment.name}
        )
    keys = queue.behind(ticket, now)
    return _queued(keys) if keys else None


def _queued(keys: list[str]) -> dict[str, Any]:
    return {"code": "queued", "behind": ", ".join(keys)}


def _starter(ticket: Ticket) -> Actor:
    """Who pressed Start for this very plan since it was approved, else the product itself."""
    order = StartOrder.objects.filter(
        ticket=ticket, plan_digest=ticket.plan_digest, ordered_at__gte=ticket.approved_at
    ).first()
    if order is None:
        return SYSTEM
    return Actor(
        ActorKind.PERSON,
        order.by_name,
        Through(order.through),
        user_id=order.by_user_id,
        address=order.address,
    )


def _record_waiting(ticket: Ticket, waits_for: Mapping[str, Any] | None) -> None:
    if tickets.record_waiting(ticket, waits_for):
        publish_progress(ticket.environment_id, [ticket.key])


def _note_absence(key: str, error: RancherError) -> None:
    with transaction.atomic():
        ticket = tickets.locked(key)
        if ticket.state != State.APPROVED:
            return
        now = clock.now()
        since = ticket.rancher_away_since or now
        pause = absence.pause(error, since, now, shortest=SHORTEST_PAUSE)
        tickets.record_away(ticket, since)
        waits_for = {"code": RANCHER_AWAY, "since": since.isoformat(timespec="minutes")}
        _record_waiting(ticket, {**waits_for, "again_at": (now + pause).isoformat()})


def _loaded(key: str) -> Ticket:
    return Ticket.objects.select_related(
        "environment__server", "application", "placement__application", "placement__environment__server"
    ).get(key=key)
