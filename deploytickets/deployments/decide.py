"""The next step for one service: a pure function over facts, one read, a goal and a time.

No I/O; every branch has a row in test_decide.py, written by hand. `fold` decides about the
upgrade as a whole.
"""

from datetime import datetime, timedelta

from deploytickets.deployments import explain
from deploytickets.deployments.facts import CallFacts, ServiceUpgradeFacts, WayBack
from deploytickets.deployments.health import count
from deploytickets.deployments.phases import Phase
from deploytickets.deployments.steps import (
    AskPeople,
    AskToVerify,
    CancelToFree,
    Done,
    End,
    Finish,
    Goal,
    MakeStack,
    RemoveCreated,
    RestoreStoredConfigs,
    RollBack,
    SetLinks,
    Start,
    Step,
    TakeOver,
    Wait,
)
from deploytickets.deployments.trace import (
    QUIET,
    ROLLING_BACK,
    SETTLED_IN_UPGRADE,
    block_is_of_another_upgrade,
    held_for,
    trace,
    trace_created,
    versions_of,
)
from deploytickets.drivers.base import ServiceSeen

HANGING = timedelta(seconds=60)
"""A finish that stands still so long hangs on an unhealthy container (rancher-1.6-api.md 5.4)."""

LONGEST_PAUSE = timedelta(seconds=60)
STARTABLE = frozenset({"active", "updating-active"})
"""The states in which an upgrade is sent (rancher-1.6-api.md 13.5 step 1)."""


def phase_of(want: ServiceUpgradeFacts, seen: ServiceSeen | None, now: datetime) -> Phase | None:
    """The phase of the ticket's service, None while undecided.

    While the way back is a fresh upgrade to the stored configs, its start is our rolling back and
    its finish our being rolled back.
    """
    if want.is_created:
        return trace_created(want, seen, now)
    concluded = trace(want, seen, now)
    if concluded is Phase.REPLACED and want.roll_back is not None and seen is not None:
        return _after_a_torn_one(want, seen)
    if want.way_back is not WayBack.RESTORING:
        return concluded
    return _RESTORING.get(concluded, concluded) if concluded is not None else None


def _after_a_torn_one(want: ServiceUpgradeFacts, seen: ServiceSeen) -> Phase:
    """A rollback of ours whose `upgrade` block is another POST's: only a torn service gets there (5.7).

    It leads back to the configs of before all the same, in the versions they had.
    """
    if versions_of(seen.configs) != dict(want.versions_before):
        return Phase.REPLACED
    if seen.state == ROLLING_BACK:
        return Phase.ROLLING_BACK
    return Phase.ROLLED_BACK if seen.state in QUIET else Phase.REPLACED


_RESTORING = {
    Phase.UNTOUCHED: Phase.HALF_ACCEPTED,
    Phase.UPGRADING: Phase.ROLLING_BACK,
    Phase.UPGRADED: Phase.ROLLING_BACK,
    Phase.FINISHING: Phase.ROLLING_BACK,
    Phase.FINISHED: Phase.ROLLED_BACK,
    Phase.ROLLED_BACK: Phase.HALF_ACCEPTED,
    Phase.FORGOTTEN: Phase.HALF_ACCEPTED,
}


def decide(want: ServiceUpgradeFacts, seen: ServiceSeen | None, goal: Goal, now: datetime) -> Step:
    """The next step for one service.

    Args:
        seen: what a read showed that was begun after our last call; None when Rancher has no such service.
        now: the database's time before that read was sent.
    """
    phase = phase_of(want, seen, now)
    if phase is None:
        return Wait(explain.undecided(want, seen))
    if goal is Goal.ROLLED_BACK:
        return _towards_rolled_back(want, seen, phase, now)
    if goal is Goal.FINISHED:
        return _towards_finished(want, seen, phase, now)
    return _towards_upgraded(want, seen, phase, now)


def may_send(call: CallFacts | None, now: datetime) -> bool:
    """May the call be sent (again)? Not while the one before may still be taken, and not in a hurry
    after a refusal (I10, F20)."""
    if call is None:
        return True
    if call.ended_at is None:
        return now >= call.over_at
    return now >= call.ended_at + pause_after(call.tries)


def pause_after(tries: int) -> timedelta:
    """How long to wait after so many refusals: 1 s, doubling, at most a minute."""
    return min(timedelta(seconds=2.0 ** min(tries - 1, 10)), LONGEST_PAUSE)


def _towards_upgraded(
    want: ServiceUpgradeFacts, seen: ServiceSeen | None, phase: Phase, now: datetime
) -> Step:
    if phase is Phase.UNTOUCHED:
        return _start(want, seen, now)
    if phase is Phase.HALF_ACCEPTED:
        return Start(anew=True) if may_send(want.start, now) and _is_startable(seen) else Wait()
    if want.is_created and phase in (Phase.UPGRADING, Phase.UPGRADED) and seen is not None:
        linking = _link(want, seen, now)
        if linking is not None:
            return linking
    if phase is Phase.UPGRADED and seen is not None and _has_answer(want, now):
        return AskToVerify() if count(want, seen).is_enough else Wait(explain.trouble(want, seen))
    if phase is Phase.FINISHED:
        return TakeOver(End.FINISHED)
    if phase is Phase.ROLLED_BACK:
        return TakeOver(End.ROLLED_BACK)
    if phase is Phase.ROLLING_BACK:
        return Wait(explain.rolling_back_outside(want))
    if phase in (Phase.UPGRADING, Phase.UPGRADED, Phase.FINISHING):
        return Wait(None if seen is None else explain.trouble(want, seen))
    return AskPeople(_why_stopped(want, seen, phase))


def _why_stopped(want: ServiceUpgradeFacts, seen: ServiceSeen | None, phase: Phase) -> explain.Explanation:
    if phase is Phase.TORN and seen is not None:
        return explain.torn(want, seen)
    return explain.stopped(want, phase)


def _start(want: ServiceUpgradeFacts, seen: ServiceSeen | None, now: datetime) -> Step:
    refusal = want.start.refusal if want.start is not None else None
    if refusal is not None and refusal.is_terminal:
        return AskPeople(explain.start_refused(want, refusal))
    if not may_send(want.start, now):
        return Wait(explain.start_refused(want, refusal) if refusal is not None else None)
    if want.is_created and not want.has_stack:
        return _make_stack(want, now)
    if want.is_created or _is_startable(seen):
        return Start()
    return Wait(explain.not_startable(want, seen))


def _make_stack(want: ServiceUpgradeFacts, now: datetime) -> Step:
    refusal = want.create_stack.refusal if want.create_stack is not None else None
    if refusal is not None and refusal.is_terminal:
        return AskPeople(explain.call_refused(want, refusal))
    return MakeStack() if may_send(want.create_stack, now) else Wait()


def _towards_finished(
    want: ServiceUpgradeFacts, seen: ServiceSeen | None, phase: Phase, now: datetime
) -> Step:
    if phase is Phase.FINISHED or (want.is_created and phase is Phase.UPGRADED):
        return Done()
    if phase is Phase.UPGRADED and seen is not None:
        stopped = _stopped_call(want, want.finish, seen, now, explain.finish_forgotten)
        if stopped is not None:
            return stopped
        return Finish() if count(want, seen).is_enough else Wait(explain.trouble(want, seen))
    if phase is Phase.ROLLED_BACK:
        return TakeOver(End.ROLLED_BACK)
    if phase is Phase.ROLLING_BACK:
        return Wait(explain.rolling_back_outside(want))
    if phase in (Phase.UPGRADING, Phase.FINISHING):
        return Wait(None if seen is None else explain.trouble(want, seen))
    return AskPeople(_why_stopped(want, seen, phase))


def _towards_rolled_back(
    want: ServiceUpgradeFacts, seen: ServiceSeen | None, phase: Phase, now: datetime
) -> Step:
    if phase in (Phase.UNTOUCHED, Phase.FORGOTTEN):
        return Done()
    if want.is_created:
        return _remove(want, seen, phase, now)
    if want.way_back is WayBack.RESTORING:
        return _restore(want, seen, phase, now)
    if phase is Phase.ROLLED_BACK:
        if want.way_back is WayBack.STORED_CONFIGS:
            return _restore_when_possible(want, seen, now)
        return Done()
    if phase is Phase.HALF_ACCEPTED or (phase is Phase.TORN and seen is not None and seen.state in STARTABLE):
        return _restore_when_possible(want, seen, now)
    if phase in (Phase.UPGRADING, Phase.UPGRADED, Phase.TORN, Phase.CANCELLED):
        if seen is None or seen.state in ("canceling-upgrade", "finishing-upgrade"):
            return Wait()
        if phase is Phase.TORN and block_is_of_another_upgrade(want, seen):
            return AskPeople(explain.torn(want, seen))
        stopped = _stopped_call(want, want.roll_back, seen, now, explain.roll_back_forgotten)
        return RollBack() if stopped is None else stopped
    if phase is Phase.FINISHING:
        is_hanging = held_for(want, seen, now) >= HANGING and may_send(want.cancel, now)
        return CancelToFree() if is_hanging else Wait(None if seen is None else explain.trouble(want, seen))
    if phase is Phase.ROLLING_BACK:
        return Wait(None if seen is None else explain.trouble(want, seen))
    if phase is Phase.FINISHED:
        return TakeOver(End.FINISHED)
    return AskPeople(explain.no_way_back(want, phase))


def _remove(want: ServiceUpgradeFacts, seen: ServiceSeen | None, phase: Phase, now: datetime) -> Step:
    if phase is Phase.GONE:
        return Done()
    if phase is Phase.REPLACED or seen is None:
        return AskPeople(explain.no_way_back(want, phase))
    stopped = _stopped_call(want, want.remove, seen, now, explain.remove_forgotten)
    return RemoveCreated() if stopped is None else stopped


def _restore(want: ServiceUpgradeFacts, seen: ServiceSeen | None, phase: Phase, now: datetime) -> Step:
    """The fresh upgrade to the stored configs runs, or ran: it is finished as any other."""
    if phase is Phase.ROLLED_BACK:
        return Done()
    if phase is Phase.HALF_ACCEPTED:
        return _restore_when_possible(want, seen, now)
    if phase is Phase.ROLLING_BACK and seen is not None:
        if seen.state != "upgraded":
            return Wait(explain.trouble(want, seen))
        stopped = _stopped_call(want, want.finish, seen, now, explain.finish_forgotten)
        if stopped is not None:
            return stopped
        return Finish() if count(want, seen).is_enough else Wait(explain.trouble(want, seen))
    return AskPeople(explain.no_way_back(want, phase))


def _restore_when_possible(want: ServiceUpgradeFacts, seen: ServiceSeen | None, now: datetime) -> Step:
    refusal = want.restore.refusal if want.restore is not None else None
    if refusal is not None and refusal.is_terminal:
        return AskPeople(explain.call_refused(want, refusal))
    if _is_startable(seen) and may_send(want.start, now) and may_send(want.restore, now):
        return RestoreStoredConfigs()
    return Wait(None if refusal is None else explain.call_refused(want, refusal))


def _stopped_call(
    want: ServiceUpgradeFacts,
    call: CallFacts | None,
    seen: ServiceSeen,
    now: datetime,
    forgotten: explain.AboutService,
) -> Step | None:
    """Why a call must not be sent (again) although its state still stands; None when it may be."""
    if call is not None and call.is_accepted:
        # Rancher shows an accepted call at once (13.1): what does not show has been forgotten (12.1).
        is_settled = held_for(want, seen, now) >= SETTLED_IN_UPGRADE
        return AskPeople(forgotten(want)) if is_settled else Wait()
    refusal = call.refusal if call is not None else None
    if refusal is not None and refusal.is_terminal:
        return AskPeople(explain.call_refused(want, refusal))
    if may_send(call, now):
        return None
    return Wait(None if refusal is None else explain.call_refused(want, refusal))


def _is_startable(seen: ServiceSeen | None) -> bool:
    return seen is not None and seen.state in STARTABLE


def _link(want: ServiceUpgradeFacts, seen: ServiceSeen, now: datetime) -> Step | None:
    """What a created service needs for its links; None when they stand. Without one it is no success."""
    if want.links is None:
        return Wait(explain.linked_service_missing(want))
    if all(seen.links.get(alias) == rancher_id for alias, rancher_id in want.links.items()):
        return None
    refusal = want.link.refusal if want.link is not None else None
    if refusal is not None and refusal.is_terminal:
        return AskPeople(explain.call_refused(want, refusal))
    if may_send(want.link, now):
        return SetLinks(want.links)
    return Wait(None if refusal is None else explain.call_refused(want, refusal))


def _has_answer(want: ServiceUpgradeFacts, now: datetime) -> bool:
    """Was this read begun after our call was answered? Success is never taken from an older one (I8)."""
    return want.start is None or want.start.ended_at is None or now >= want.start.ended_at
