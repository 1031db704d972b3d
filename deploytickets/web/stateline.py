"""The route of a ticket as stops: what is past, where it stands, what is to come. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.utils.translation import gettext as _

from deploytickets.access.naming import all_of
from deploytickets.tickets.transitions import State
from deploytickets.tickets.words import WORDS


class Place(StrEnum):
    """Where a stop lies on the route; each is drawn its own way."""

    PAST = "past"
    NOW = "now"
    TO_COME = "todo"


@dataclass(frozen=True, slots=True)
class Count:
    """Containers of the version that the present stop is about."""

    healthy: int
    wanted: int
    starting: int = 0
    sick: int = 0


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop of the line."""

    word: str
    place: Place
    icon: str
    tone: str = ""
    at: datetime | None = None
    who: str = ""
    count: Count | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """What the line is drawn from.

    `entered` says when each state was last entered and by whom; `approved_by` and `verified_by`
    are the names that count now; `waits` is what an approved ticket waits for, as a sentence.
    """

    state: State
    filed_at: datetime
    filed_by: str
    entered: Mapping[State, tuple[datetime, str]] = field(default_factory=dict)
    failed_from: str = ""
    approved_by: Sequence[str] = ()
    approvals_required: int = 1
    verified_by: Sequence[str] = ()
    verifying_roles: Sequence[str] = ()
    starts_by_hand: bool = False
    count: Count | None = None
    waits: str = ""


def stops(route: Route) -> list[Stop]:
    """The line, in order; exactly one stop is the present one."""
    return list(_stops(route))


def _stops(route: Route) -> Iterator[Stop]:
    here = State(route.failed_from) if route.state is State.FAILED and route.failed_from else route.state
    yield Stop(_("Filed"), Place.PAST, "circle-check", at=route.filed_at, who=route.filed_by)
    if here is State.REJECTED:
        yield _end(route)
        return
    if here is State.CANCELLED and State.APPROVED not in route.entered:
        yield _end(route)
        return
    yield _approval(route, here)
    if here is State.CANCELLED and State.DEPLOYING not in route.entered:
        yield _end(route)
        return
    yield _upgrade(route, here)
    if here is State.CANCELLED:
        yield _end(route)
        return
    if here in (State.ROLLING_BACK, State.ROLLED_BACK):
        if State.VERIFYING in route.entered:
            yield _verify(route, here)
        yield _end(route) if here is State.ROLLED_BACK else _present(route, State.ROLLING_BACK)
        return
    if route.verifying_roles or here is State.VERIFYING:
        yield _verify(route, here)
    yield _finish(route, here)


def _approval(route: Route, here: State) -> Stop:
    counted = {"given": len(route.approved_by), "needed": route.approvals_required}
    names = all_of(route.approved_by) if route.approved_by else ""
    if here is State.PENDING:
        word = _("Approval %(given)s/%(needed)s") % counted
        return Stop(word, Place.NOW, "hourglass", "wait", who=names)
    word = (
        _("Approved %(given)s/%(needed)s") % counted if route.approvals_required else _("Approved by policy")
    )
    at = route.entered[State.APPROVED][0] if State.APPROVED in route.entered else None
    return Stop(word, Place.PAST, "circle-check", at=at, who=names)


def _upgrade(route: Route, here: State) -> Stop:
    at = route.entered[State.DEPLOYING][0] if State.DEPLOYING in route.entered else None
    if here is State.PENDING:
        who = _("by hand, ops") if route.starts_by_hand else _("by itself, when approved")
        return Stop(_("Upgrade"), Place.TO_COME, "circle", who=who)
    if here is State.APPROVED:
        return Stop(_("Upgrade"), Place.NOW, "hourglass", "moving", who=route.waits)
    if here is State.DEPLOYING:
        return _present(route, State.DEPLOYING, at)
    return Stop(_("Upgraded"), Place.PAST, "circle-check", at=at)


def _verify(route: Route, here: State) -> Stop:
    counted = {"given": len(route.verified_by), "needed": len(route.verifying_roles)}
    word = _("Verify %(given)s/%(needed)s") % counted if route.verifying_roles else _("Look at it")
    names = all_of(route.verified_by) if route.verified_by else ""
    roles = all_of(route.verifying_roles) if route.verifying_roles else ""
    if here is State.VERIFYING:
        return Stop(word, Place.NOW, "eye", "wait", who=names or roles, count=route.count)
    if here in (State.PENDING, State.APPROVED, State.DEPLOYING):
        return Stop(word, Place.TO_COME, "circle", who=roles)
    at = route.entered[State.VERIFYING][0] if State.VERIFYING in route.entered else None
    word = _("Verified %(given)s/%(needed)s") % counted
    if len(route.verified_by) < len(route.verifying_roles):
        return Stop(word, Place.PAST, "circle-slash", "idle", at=at, who=names)
    return Stop(word, Place.PAST, "circle-check", at=at, who=names)


def _finish(route: Route, here: State) -> Stop:
    if here is State.FINISHED:
        return _end(route)
    if here is State.FINISHING:
        return _present(route, State.FINISHING)
    return Stop(_("Finish"), Place.TO_COME, "circle", who=_("by hand, ops"))


def _present(route: Route, state: State, at: datetime | None = None) -> Stop:
    """The stop that machines work at; when that failed it is the same stop in another tone."""
    if at is None and state in route.entered:
        at = route.entered[state][0]
    if route.state is State.FAILED:
        word = WORDS[State.FAILED]
        return Stop(str(word.word), Place.NOW, word.icon, word.tone, at, str(WORDS[state].word), route.count)
    word = WORDS[state]
    counted = (
        f" {route.count.healthy}/{route.count.wanted}" if route.count and state is State.DEPLOYING else ""
    )
    return Stop(f"{word.word}{counted}", Place.NOW, word.icon, word.tone, at, "", route.count)


def _end(route: Route) -> Stop:
    word = WORDS[route.state]
    at, by = route.entered.get(route.state, (None, ""))
    return Stop(str(word.word), Place.NOW, word.icon, word.tone, at, by)
