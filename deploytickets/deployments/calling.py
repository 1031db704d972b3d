"""One changing call: its intent committed before, the call, its outcome recorded after (I10)."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from deploytickets import clock
from deploytickets.deployments import leases
from deploytickets.deployments.facts import WayBack
from deploytickets.deployments.models import Intent, Outcome, ServiceUpgrade, Upgrade, Verb
from deploytickets.deployments.recording import note_absence
from deploytickets.deployments.steps import (
    CancelToFree,
    Finish,
    MakeStack,
    RemoveCreated,
    RestoreStoredConfigs,
    RollBack,
    SetLinks,
    Start,
    Step,
)
from deploytickets.deployments.stored import STARTING
from deploytickets.deployments.trace import block_versions, versions_of
from deploytickets.drivers.base import Configs, CreateOrder, Driver, ServiceSeen, UpgradeOrder
from deploytickets.drivers.errors import RancherError
from deploytickets.tickets import services as tickets
from deploytickets.tickets.models import Ticket
from deploytickets.tickets.plans import PRIMARY, PlanContent, PlannedAction, PlannedService
from rancher_client.errors import (
    Invalid,
    KeyRefused,
    NotAllowed,
    OutcomeUnknown,
    Throttled,
    Unreachable,
    UnsafeBody,
    Unusable,
)

SEND_WITHIN = timedelta(seconds=20)
"""After that the transport no longer sends the call; at most 30 s (F6)."""

LOOK_AFTER = timedelta(seconds=1)
NOT_UNIQUE = "NotUnique"


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose intent is committed. `send_by` is wall time of this process (`time.time()`)."""

    upgrade_id: int
    service_id: int
    intent_id: int
    lease: int
    send: Callable[[], "Sent"]


@dataclass(frozen=True, slots=True)
class Sent:
    """What Rancher answered: the id it gave or acted upon, and the version of the configs sent."""

    rancher_id: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class _Ended:
    outcome: Outcome
    answer: Mapping[str, Any] = field(default_factory=dict)
    sent: Sent = field(default_factory=Sent)
    absence: RancherError | None = None


def new_token(ticket: Ticket, number: int) -> str:
    """The mark of one attempt on one service, DEPLOY-111/2/ + 12 hex digits; never given twice."""
    return f"{ticket.key}/{number}/{secrets.token_hex(6)}"


def prepare(
    upgrade_id: int,
    name: str,
    step: Step,
    driver: Driver,
    seen: ServiceSeen | None,
    *,
    lease: int,
    goal_since: datetime,
) -> Call | None:
    """Commit the intent of the step's call; None when the lease or the goal has gone meanwhile."""
    with transaction.atomic():
        key = Upgrade.objects.values_list("ticket__key", flat=True).get(pk=upgrade_id)
        ticket = tickets.locked(key)
        upgrade = Upgrade.objects.select_for_update().get(pk=upgrade_id)
        if (
            upgrade.lease_number != lease
            or upgrade.goal_since != goal_since
            or upgrade.settled_at is not None
        ):
            return None
        row = upgrade.services.get(name=name)
        return commit_intent(ticket, upgrade, row, step, driver, seen, lease=lease)


def commit_intent(
    ticket: Ticket,
    upgrade: Upgrade,
    row: ServiceUpgrade,
    step: Step,
    driver: Driver,
    seen: ServiceSeen | None,
    *,
    lease: int,
) -> Call:
    """Write the intent of the step's call, in the caller's transaction with ticket and upgrade locked."""
    wall = time.time()  # before the database's clock is asked: the two may only err towards too early
    now = clock.now()
    send_by = wall + SEND_WITHIN.total_seconds()
    verb = _verb(step, row)
    if isinstance(step, RestoreStoredConfigs) or (isinstance(step, Start) and step.anew):
        assert seen is not None, "a start is sent anew only to a service that was seen"
        _renew(ticket, upgrade, row, seen, is_restoring=verb is Verb.RESTORE)
    send = _sender(step, verb, upgrade, row, driver, seen, send_by)
    leases.renew(upgrade.pk, lease, now)
    intent = Intent.objects.create(
        service_upgrade=row,
        verb=verb,
        token=row.token,
        lease_number=lease,
        made_at=now,
        send_by=now + SEND_WITHIN,
    )
    return Call(upgrade_id=upgrade.pk, service_id=row.pk, intent_id=intent.pk, lease=lease, send=send)


def make(call: Call) -> bool:
    """Send the call and record how it ended; False when Rancher is away: then nothing more is tried now."""
    ended = _send(call)
    _record(call, ended)
    return ended.absence is None


def _send(call: Call) -> _Ended:
    try:
        return _Ended(Outcome.ACCEPTED, sent=call.send())
    except (OutcomeUnknown, Unusable) as error:
        return _Ended(Outcome.UNKNOWN, _answer_of(error), absence=error)
    except RancherError as error:
        is_away = isinstance(error, KeyRefused | NotAllowed | Unreachable | Throttled)
        return _Ended(Outcome.REFUSED, _answer_of(error), absence=error if is_away else None)


def _answer_of(error: RancherError) -> dict[str, Any]:
    is_terminal = isinstance(error, UnsafeBody) or (isinstance(error, Invalid) and error.code != NOT_UNIQUE)
    return {
        "code": type(error).__name__,
        "text": error.text[:500],
        "status": error.status,
        "is_terminal": is_terminal,
    }


def _record(call: Call, ended: _Ended) -> None:
    """Write down how the call ended; nothing when the lease has gone: its successor will see (F6)."""
    with transaction.atomic():
        key = Upgrade.objects.values_list("ticket__key", flat=True).get(pk=call.upgrade_id)
        ticket = tickets.locked(key)
        upgrade = Upgrade.objects.select_for_update().get(pk=call.upgrade_id)
        if upgrade.lease_number != call.lease:
            return
        now = clock.now()
        row = ServiceUpgrade.objects.get(pk=call.service_id)
        intent = Intent.objects.get(pk=call.intent_id)
        if intent.outcome == Outcome.OPEN:
            intent.outcome = ended.outcome
            intent.answer = dict(ended.answer) or None
            if ended.outcome is Outcome.UNKNOWN:
                intent.unknown_since = now
            else:
                intent.ended_at = now
            intent.save(update_fields=["outcome", "answer", "unknown_since", "ended_at"])
        _take_answer(upgrade, row, Verb(intent.verb), ended)
        upgrade.called_at = now
        upgrade.look_again_at = now + LOOK_AFTER
        upgrade.save(update_fields=["called_at", "look_again_at"])
        if ended.absence is not None and upgrade.settled_at is None:
            note_absence(ticket, upgrade, ended.absence, now)


def _take_answer(upgrade: Upgrade, row: ServiceUpgrade, verb: Verb, ended: _Ended) -> None:
    # Only reads begun after the answer count for how long something is held (13.5 step 4).
    row.held_key, row.held_since = "", None
    if ended.outcome is Outcome.ACCEPTED:
        if verb in STARTING:
            row.version_answered = ended.sent.version if verb is not Verb.CREATE else ""
            row.rancher_id = ended.sent.rancher_id or row.rancher_id
        if verb is Verb.CREATE_STACK:
            upgrade.services.update(stack_rancher_id=ended.sent.rancher_id)
            row.stack_rancher_id = ended.sent.rancher_id
    row.save(update_fields=["held_key", "held_since", "version_answered", "rancher_id", "stack_rancher_id"])


def _verb(step: Step, row: ServiceUpgrade) -> Verb:
    if isinstance(step, Start):
        return Verb.CREATE if row.action == PlannedAction.CREATED else Verb.START
    return _VERBS[type(step)]


_VERBS: Mapping[type[Step], Verb] = {
    MakeStack: Verb.CREATE_STACK,
    SetLinks: Verb.LINK,
    Finish: Verb.FINISH,
    RollBack: Verb.ROLL_BACK,
    CancelToFree: Verb.CANCEL,
    RemoveCreated: Verb.REMOVE,
    RestoreStoredConfigs: Verb.RESTORE,
}


def _renew(
    ticket: Ticket, upgrade: Upgrade, row: ServiceUpgrade, seen: ServiceSeen, *, is_restoring: bool
) -> None:
    """A further start of the same service has a mark of its own and is judged by what stands there now."""
    row.token = new_token(ticket, upgrade.number)
    row.versions_before = versions_of(seen.configs)
    row.block_before = block_json(seen)
    row.state_before = seen.state
    row.version_answered = ""
    row.held_key, row.held_since = "", None
    row.way_back = WayBack.RESTORING.value if is_restoring else WayBack.STORED_CONFIGS.value
    if is_restoring:
        row.configs_sent = sorted(row.configs_before or {})
    row.save()


def block_json(seen: ServiceSeen) -> dict[str, Any] | None:
    """The versions in the `upgrade` block as they are stored."""
    block = block_versions(seen.upgrade)
    if block is None:
        return None
    return {"configs": dict(block.configs), "previous": dict(block.previous)}


def _sender(
    step: Step,
    verb: Verb,
    upgrade: Upgrade,
    row: ServiceUpgrade,
    driver: Driver,
    seen: ServiceSeen | None,
    send_by: float,
) -> Callable[[], Sent]:
    """The call itself, with everything in it that was decided."""
    if verb is Verb.START:
        assert seen is not None, "a start follows a read of the service"
        planned = _planned(upgrade, row)
        order = _order(row, planned, seen, planned.wanted, planned.removed_sidekicks)
        return lambda: _started(driver, order, send_by)
    if verb is Verb.RESTORE:
        assert seen is not None, "a way back follows a read of the service"
        before: Configs = row.configs_before or {}
        added = tuple(sorted(set(seen.configs) - set(before)))
        order = _order(row, _planned(upgrade, row), seen, before, added)
        return lambda: _started(driver, order, send_by)
    if verb is Verb.CREATE:
        planned = _planned(upgrade, row)
        created = CreateOrder(
            name=row.name,
            configs=planned.wanted,
            mark=row.token,
            settings=planned.settings or {},
        )
        stack_id = row.stack_rancher_id
        return lambda: _created(driver, created, stack_id, send_by)
    if verb is Verb.CREATE_STACK:
        stack_name = PlanContent.from_json(upgrade.plan.content).stack_name
        return lambda: Sent(driver.create_stack(stack_name, send_by=send_by))
    if isinstance(step, SetLinks):
        links = step.links
        return lambda: _linked(driver, row.rancher_id, links, send_by)
    return _plain(verb, row, driver, send_by)


def _plain(verb: Verb, row: ServiceUpgrade, driver: Driver, send_by: float) -> Callable[[], Sent]:
    """The calls that say nothing but which service."""
    rancher_id = row.rancher_id
    calls: Mapping[Verb, Callable[..., None]] = {
        Verb.FINISH: driver.finish,
        Verb.ROLL_BACK: driver.roll_back,
        Verb.CANCEL: driver.cancel,
        Verb.REMOVE: driver.remove,
    }

    def send() -> Sent:
        calls[verb](rancher_id, send_by=send_by)
        return Sent(rancher_id)

    return send


def _started(driver: Driver, order: UpgradeOrder, send_by: float) -> Sent:
    accepted = driver.start(order, send_by=send_by)
    return Sent(accepted.rancher_id, accepted.version)


def _created(driver: Driver, order: CreateOrder, stack_id: str, send_by: float) -> Sent:
    accepted = driver.create(order, stack_rancher_id=stack_id, send_by=send_by)
    return Sent(accepted.rancher_id, accepted.version)


def _linked(driver: Driver, rancher_id: str, links: Mapping[str, str], send_by: float) -> Sent:
    driver.set_links(rancher_id, links, send_by=send_by)
    return Sent(rancher_id)


def _order(
    row: ServiceUpgrade,
    planned: PlannedService,
    seen: ServiceSeen,
    configs: Configs,
    removed: tuple[str, ...],
) -> UpgradeOrder:
    return UpgradeOrder(
        rancher_id=row.rancher_id,
        name=seen.name,
        sidekicks=tuple(sorted(name for name in seen.configs if name != PRIMARY)),
        configs=configs,
        mark=row.token,
        batch_size=planned.batch_size,
        interval_millis=planned.interval_millis,
        start_first=planned.start_first,
        removed_sidekicks=removed,
    )


def _planned(upgrade: Upgrade, row: ServiceUpgrade) -> PlannedService:
    """The service as it was approved."""
    content = PlanContent.from_json(upgrade.plan.content)
    return next(service for service in content.services if service.name == row.name)
