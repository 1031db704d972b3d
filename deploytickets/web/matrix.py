"""The board's cells in words: what is not calm gets its chips. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deploytickets.inventory import queries as inventory
from deploytickets.inventory.queries import ChipKind
from deploytickets.tickets.transitions import State
from deploytickets.tickets.words import WORDS


class Kind(StrEnum):
    """What a cell is, most urgent first; each is a filter above the matrix."""

    DECISION = "decision"
    UNHEALTHY = "unhealthy"
    MOVING = "moving"
    FINISH = "finish"
    APPROVAL = "approval"
    APPROVED = "approved"
    FOREIGN = "foreign"
    AWAY = "away"
    CALM = "calm"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Look:
    """Icon and tone of a kind, and what many of it are called."""

    icon: str
    tone: str
    word: str | Promise


LOOKS: dict[Kind, Look] = {
    Kind.DECISION: Look("triangle-alert", "bad", gettext_lazy("needs a decision")),
    Kind.UNHEALTHY: Look("activity", "bad", gettext_lazy("unhealthy")),
    Kind.MOVING: Look("circle-arrow-up", "moving", gettext_lazy("moving")),
    Kind.FINISH: Look("flag", "wait", gettext_lazy("to verify or finish")),
    Kind.APPROVAL: Look("hourglass", "wait", gettext_lazy("to approve")),
    Kind.APPROVED: Look("circle-check", "moving", gettext_lazy("approved")),
    Kind.FOREIGN: Look("external-link", "foreign", gettext_lazy("changed outside")),
    Kind.AWAY: Look("unlink", "idle", gettext_lazy("unreachable")),
    Kind.CALM: Look("circle-check", "ok", gettext_lazy("as wanted")),
}

_OF_STATE: dict[State, Kind] = {
    State.FAILED: Kind.DECISION,
    State.DEPLOYING: Kind.MOVING,
    State.FINISHING: Kind.MOVING,
    State.ROLLING_BACK: Kind.MOVING,
    State.VERIFYING: Kind.FINISH,
    State.APPROVED: Kind.APPROVED,
    State.PENDING: Kind.APPROVAL,
}
_OF_CHIP: dict[ChipKind, Kind] = {
    ChipKind.WAITS_FOR_FINISH: Kind.FOREIGN,
    ChipKind.CHANGED_OUTSIDE: Kind.FOREIGN,
    ChipKind.UNHEALTHY: Kind.UNHEALTHY,
    ChipKind.UNREACHABLE: Kind.AWAY,
    ChipKind.STALE: Kind.AWAY,
}

Counted = Mapping[str, tuple[int, int]]
"""By ticket key: containers healthy and wanted, or decisions given and needed, whatever its state counts."""


@dataclass(frozen=True, slots=True)
class Chip:
    """One fact in words. `ticket` is the key it is about; `since` stands behind the words of `note`."""

    kind: Kind
    word: str
    ticket: str = ""
    note: str = ""
    since: datetime | None = None

    @property
    def look(self) -> Look:
        return LOOKS[self.kind]


@dataclass(frozen=True, slots=True)
class Cell:
    """One application in one environment. `seen` is None where it has no place."""

    kind: Kind
    seen: inventory.Cell | None
    chips: Sequence[Chip] = ()

    @property
    def look(self) -> Look:
        return LOOKS[self.kind]

    @property
    def is_stale(self) -> bool:
        """Is it shown as last seen, not as it is?"""
        return any(chip.kind is Kind.AWAY for chip in self.chips)


@dataclass(frozen=True, slots=True)
class Row:
    """An application."""

    name: str
    team: str
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Group:
    """The applications of a team."""

    team: str
    rows: Sequence[Row]


def rows(board: inventory.Board, counted: Counted) -> list[Row]:
    """The board's rows in words."""
    return [
        Row(row.application, row.team, [_cell(cell, counted) for cell in row.cells]) for row in board.rows
    ]


def counts(found: Iterable[Row]) -> Iterator[tuple[Kind, int]]:
    """How many cells of each kind there are, most urgent first."""
    kinds = [cell.kind for row in found for cell in row.cells]
    for kind in LOOKS:
        if kind in kinds:
            yield kind, kinds.count(kind)


def groups(found: Iterable[Row]) -> list[Group]:
    """Rows by team, in the order given."""
    by_team: dict[str, list[Row]] = {}
    for row in found:
        by_team.setdefault(row.team, []).append(row)
    return [Group(team, of_team) for team, of_team in by_team.items()]


def _cell(seen: inventory.Cell | None, counted: Counted) -> Cell:
    if seen is None:
        return Cell(Kind.EMPTY, None)
    chips = [_chip(chip, seen, counted) for chip in seen.chips]
    if chips:
        order = list(Kind)
        return Cell(min((chip.kind for chip in chips), key=order.index), seen, chips)
    return Cell(Kind.CALM if seen.version else Kind.EMPTY, seen)


def _chip(chip: inventory.Chip, seen: inventory.Cell, counted: Counted) -> Chip:
    if chip.ticket:
        state = State(chip.state)
        note = _kept(seen) if state is State.VERIFYING else ""
        return Chip(_OF_STATE[state], ticket_word(state, counted.get(chip.ticket)), chip.ticket, note)
    kind = _OF_CHIP[chip.kind]
    match chip.kind:
        case ChipKind.WAITS_FOR_FINISH:
            return Chip(kind, _("upgraded outside, not finished"), note=_kept(seen))
        case ChipKind.CHANGED_OUTSIDE:
            return Chip(kind, _("changed outside"), note=_before(chip.before or {}), since=chip.since)
        case ChipKind.UNHEALTHY:
            return Chip(kind, _("unhealthy"), note=_("since"), since=chip.since)
        case ChipKind.UNREACHABLE:
            return Chip(kind, _("unreachable"), note=_("as last seen; no answer since"), since=chip.since)
        case _:
            return Chip(kind, _("not seen lately"), note=_("last seen"), since=chip.since)


def _kept(seen: inventory.Cell) -> str:
    return _("%(n)s old kept") % {"n": seen.kept} if seen.kept else ""


def _before(before: Mapping[str, object]) -> str:
    if not before.get("version"):
        return ""
    if before.get("ticket"):
        return _("was %(version)s of %(ticket)s;") % {
            "version": before["version"],
            "ticket": before["ticket"],
        }
    return _("was %(version)s;") % {"version": before["version"]}


def ticket_word(state: State, count: tuple[int, int] | None) -> str:
    """A ticket under way, with what its state counts."""
    counted = {"n": count[0], "of": count[1]} if count and count[1] else {}
    match state:
        case State.DEPLOYING if counted:
            return _("upgrading %(n)s/%(of)s") % counted
        case State.VERIFYING if not counted or counted["n"] >= counted["of"]:
            return _("waits for finish")
        case State.VERIFYING:
            return _("verify %(n)s/%(of)s") % counted
        case State.PENDING if counted:
            return _("waits for approval %(n)s/%(of)s") % counted
        case _:
            return str(WORDS[state].word).lower()
