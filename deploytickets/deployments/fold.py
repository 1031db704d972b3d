"""What a whole upgrade needs now, or which end it has come to: a pure fold over its services.

Started in dependency order, independent ones at once; one that fails lets no further one start.
Finished when every service is healthy. Rolled back in reverse, only what was started.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from deploytickets.deployments import explain
from deploytickets.deployments.decide import decide, phase_of
from deploytickets.deployments.explain import Explanation
from deploytickets.deployments.facts import ServiceUpgradeFacts
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
from deploytickets.drivers.base import ServiceSeen

CALLS = (Start, MakeStack, SetLinks, Finish, RollBack, CancelToFree, RemoveCreated, RestoreStoredConfigs)


@dataclass(frozen=True, slots=True)
class Upgraded:
    """Every service is upgraded and healthy: people verify now."""


@dataclass(frozen=True, slots=True)
class Failed:
    """People must decide; `why` names the evidence or the deadline."""

    why: Explanation


@dataclass(frozen=True, slots=True)
class RollBackByPolicy:
    """The deadline has passed, and the environment's policy is to roll back then."""

    why: Explanation


@dataclass(frozen=True, slots=True)
class Ended:
    """Nothing of the upgrade is left to do. `is_outside`: none of it was brought about by us."""

    end: End
    is_outside: bool


Outcome = Upgraded | Failed | RollBackByPolicy | Ended


@dataclass(frozen=True, slots=True)
class UpgradeFacts:
    """The whole upgrade: what is wanted, until when, and its services in plan order.

    `came_from` is, while people must decide, the goal that failed. `minutes` is how long the
    deadline was, for words.
    """

    goal: Goal
    deadline: datetime | None
    minutes: int
    services: tuple[ServiceUpgradeFacts, ...]
    rolls_back_at_deadline: bool = False
    came_from: Goal | None = None


@dataclass(frozen=True, slots=True)
class Next:
    """Calls that are due, or an outcome, never both; `notice` is for people although the state stays."""

    calls: tuple[tuple[str, Step], ...] = ()
    outcome: Outcome | None = None
    notice: Explanation | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one observation leads to. `phases` maps each service to its conclusion, None where undecided."""

    phases: Mapping[str, Phase | None]
    troubles: Mapping[str, Explanation]
    next: Next

    @property
    def is_clear(self) -> bool:
        """Does Rancher show nothing of ours that is neither finished nor undone?"""
        return all(phase is not None and not phase.stands_in_rancher for phase in self.phases.values())


@dataclass(frozen=True, slots=True)
class _Services:
    """The upgrade with the step of each service, asked the questions that the folds have in common."""

    upgrade: UpgradeFacts
    steps: Mapping[str, Step]
    phases: Mapping[str, Phase | None]
    is_late: bool
    troubles: Mapping[str, Explanation] = field(default_factory=dict)

    def all_are(self, *kinds: type[Step]) -> bool:
        return all(isinstance(step, kinds) for step in self.steps.values())

    def ended(self, end: End) -> list[str]:
        return [name for name, step in self.steps.items() if step == TakeOver(end)]

    def why_stopped(self) -> Explanation | None:
        return next((step.why for step in self.steps.values() if isinstance(step, AskPeople)), None)

    def calls(self) -> tuple[tuple[str, Step], ...]:
        return tuple((name, step) for name, step in self.steps.items() if isinstance(step, CALLS))

    def nothing_else_started(self, names: list[str]) -> bool:
        """Are all other services untouched, or forgotten by Rancher?"""
        return all(
            self.phases[name] in (Phase.UNTOUCHED, Phase.FORGOTTEN)
            for name in self.steps
            if name not in names
        )

    def late(self) -> Explanation:
        return explain.deadline_passed(self.upgrade.minutes, next(iter(self.troubles.values()), None))


def at_deadline(upgrade: UpgradeFacts, why: Explanation) -> Outcome:
    """What the end of its time means: on the way up the policy may lead back, else people decide."""
    by_policy = upgrade.rolls_back_at_deadline and upgrade.goal is Goal.UPGRADED
    return RollBackByPolicy(why) if by_policy else Failed(why)


def decide_upgrade(upgrade: UpgradeFacts, seen: Mapping[str, ServiceSeen | None], now: datetime) -> Verdict:
    """What the upgrade needs now, from one observation of all its services (by name)."""
    if upgrade.goal is not Goal.WATCH:
        return _decide(upgrade, seen, now)
    # People must decide, but Rancher may recover by itself, or somebody may act there.
    came_from = upgrade.came_from or Goal.UPGRADED
    views = [came_from] if came_from is Goal.ROLLED_BACK else [came_from, Goal.UPGRADED]
    verdicts = [_decide(replace(upgrade, goal=goal, deadline=None), seen, now) for goal in views]
    settled = next((one for one in verdicts if isinstance(one.next.outcome, Ended | Upgraded)), None)
    return settled if settled is not None else replace(verdicts[0], next=Next())


def _decide(upgrade: UpgradeFacts, seen: Mapping[str, ServiceSeen | None], now: datetime) -> Verdict:
    phases = {want.name: phase_of(want, seen.get(want.name), now) for want in upgrade.services}
    steps = {want.name: decide(want, seen.get(want.name), upgrade.goal, now) for want in upgrade.services}
    troubles = {
        name: step.trouble
        for name, step in steps.items()
        if isinstance(step, Wait) and step.trouble is not None
    }
    is_late = upgrade.deadline is not None and now >= upgrade.deadline
    services = _Services(upgrade, steps, phases, is_late, troubles)
    return Verdict(phases=phases, troubles=troubles, next=_FOLDS[upgrade.goal](services))


def _towards_upgraded(services: _Services) -> Next:
    ended = _ended_outside(services)
    if ended is not None:
        return Next(outcome=ended)
    why = services.why_stopped() or _mixture(services)
    if why is not None:
        return Next(outcome=Failed(why))
    if services.all_are(AskToVerify, TakeOver):
        return Next(outcome=Upgraded())
    if services.is_late:
        return Next(outcome=at_deadline(services.upgrade, services.late()))
    ready = {
        name
        for name, step in services.steps.items()
        if isinstance(step, AskToVerify) or step == TakeOver(End.FINISHED)
    }
    names = set(services.steps)
    startable = {
        want.name
        for want in services.upgrade.services
        if all(name in ready for name in want.depends_on if name in names)
    }
    return Next(calls=_one_stack(call for call in services.calls() if call[0] in startable))


def _one_stack(calls: Iterable[tuple[str, Step]]) -> tuple[tuple[str, Step], ...]:
    """A stack is made once, however many of its services wait for it."""
    due = list(calls)
    makers = [call for call in due if isinstance(call[1], MakeStack)]
    return tuple(call for call in due if call not in makers[1:])


def _holding(services: _Services) -> Next:
    ended = _ended_outside(services)
    if ended is not None:
        return Next(outcome=ended)
    notice = services.why_stopped() or _mixture(services) or next(iter(services.troubles.values()), None)
    return Next(notice=notice)


def _towards_finished(services: _Services) -> Next:
    if services.all_are(Done):
        is_outside = _none_of_us(services, lambda want: want.finish is not None)
        return Next(outcome=Ended(End.FINISHED, is_outside))
    rolled_back = services.ended(End.ROLLED_BACK)
    if rolled_back and _all_but_created(services, rolled_back):
        return Next(outcome=Ended(End.ROLLED_BACK, is_outside=True))
    why = services.why_stopped()
    if why is None and rolled_back:
        why = explain.mixture(rolled_back, "rolled_back_outside")
    if why is not None:
        return Next(outcome=Failed(why))
    if services.is_late:
        return Next(outcome=Failed(services.late()))
    # An unhealthy service holds up the others too: the way back of a ticket is whole or gone.
    is_held_up = any(
        services.phases[name] is Phase.UPGRADED and isinstance(step, Wait) and name in services.troubles
        for name, step in services.steps.items()
    )
    return Next() if is_held_up else Next(calls=services.calls())


def _towards_rolled_back(services: _Services) -> Next:
    finished = services.ended(End.FINISHED)
    if finished and services.nothing_else_started(finished):
        is_ours = any(want.is_finished_by_us for want in services.upgrade.services)
        return Next(outcome=Ended(End.FINISHED, is_outside=not is_ours))
    if services.all_are(Done):
        # What Rancher never took, or has forgotten, was undone by nobody.
        is_undone = any(phase in (Phase.ROLLED_BACK, Phase.GONE) for phase in services.phases.values())
        is_outside = is_undone and _none_of_us(
            services, lambda want: want.roll_back is not None or want.remove is not None or want.is_restored
        )
        return Next(outcome=Ended(End.ROLLED_BACK, is_outside))
    if services.is_late:
        return Next(outcome=Failed(services.late()))
    done = {name for name, step in services.steps.items() if isinstance(step, Done | AskPeople | TakeOver)}
    above: dict[str, set[str]] = {name: set() for name in services.steps}
    for want in services.upgrade.services:
        for name in want.depends_on:
            above.setdefault(name, set()).add(want.name)
    calls = tuple((name, step) for name, step in services.calls() if above[name] <= done)
    if calls or not services.all_are(Done, AskPeople, TakeOver):
        return Next(calls=calls)
    why = services.why_stopped() or explain.mixture(finished, "finished_outside")
    return Next(outcome=Failed(why))


_FOLDS: dict[Goal, Callable[[_Services], Next]] = {
    Goal.UPGRADED: _towards_upgraded,
    Goal.HOLD: _holding,
    Goal.FINISHED: _towards_finished,
    Goal.ROLLED_BACK: _towards_rolled_back,
}


def _ended_outside(services: _Services) -> Ended | None:
    """All of it finished, or all that was started rolled back, without our asking."""
    finished = services.ended(End.FINISHED)
    if finished and _all_but_created(services, finished):
        return Ended(End.FINISHED, is_outside=True)
    rolled_back = services.ended(End.ROLLED_BACK)
    if rolled_back and services.nothing_else_started(rolled_back):
        return Ended(End.ROLLED_BACK, is_outside=True)
    return None


def _all_but_created(services: _Services, names: list[str]) -> bool:
    """Are these all services, besides created ones, which nobody can finish?"""
    return all(
        want.name in names or (want.is_created and services.phases[want.name] is Phase.UPGRADED)
        for want in services.upgrade.services
    )


def _mixture(services: _Services) -> Explanation | None:
    """Why it cannot go on when some services were rolled back outside."""
    rolled_back = services.ended(End.ROLLED_BACK)
    return explain.mixture(rolled_back, "rolled_back_outside") if rolled_back else None


def _none_of_us(services: _Services, asked: Callable[[ServiceUpgradeFacts], bool]) -> bool:
    """Did we ask for it of none of the services that could be asked?"""
    asked_of = [want for want in services.upgrade.services if not want.is_created or asked(want)]
    return bool(asked_of) and not any(asked(want) for want in asked_of)
