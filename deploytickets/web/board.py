"""The board: which version runs where, and what waits for me."""

import csv
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from deploytickets import clock
from deploytickets.access import services as access
from deploytickets.deployments import explain
from deploytickets.deployments.models import ServiceUpgrade
from deploytickets.inventory import queries as inventory
from deploytickets.tickets import findings, policy, words
from deploytickets.tickets.models import Approval, Ticket, Verification
from deploytickets.tickets.transitions import State
from deploytickets.web import matrix
from deploytickets.web.matrix import Group, Kind, Look, Row
from deploytickets.web.requests import PageRequest
from deploytickets.web.spreadsheets import harmless


@require_safe
def board(request: PageRequest) -> HttpResponse:
    """The page."""
    return render(request, "board/board.html", {"board": _board(request)})


@require_safe
def now(request: PageRequest) -> HttpResponse:
    """The parts that change, for a board that is open."""
    return render(request, "board/_now.html", {"board": _board(request), "oob": True})


@require_safe
def board_csv(request: PageRequest) -> HttpResponse:
    """The matrix for other programs: one line per application and environment."""
    access.record_export("board", by=request.actor, asked=request.GET.urlencode())
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="board.csv"'
    response.write("\ufeff")
    lines = csv.writer(response)
    lines.writerow(
        ["team", "application", "environment", "version", "healthy", "wanted", "since", "ticket", "state"]
    )
    for group in _board(request).groups:
        for row in group.rows:
            for one in row.cells:
                seen = one.seen
                if seen is None:
                    continue
                lines.writerow(
                    harmless(value)
                    for value in (
                        group.team,
                        row.name,
                        seen.environment,
                        seen.version,
                        str(seen.healthy),
                        str(seen.wanted),
                        seen.since.isoformat(timespec="seconds") if seen.since else "",
                        next((chip.ticket for chip in one.chips if chip.ticket), ""),
                        one.kind.value,
                    )
                )
    return response


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ticket that waits for the reader: what is wanted of them, and why."""

    ticket: Ticket
    word: str
    icon: str
    tone: str
    from_version: str
    why: str
    verb: str


@dataclass(frozen=True, slots=True)
class Filter:
    """A kind of cells as a filter above the matrix."""

    kind: Kind
    look: Look
    count: int
    is_on: bool


@dataclass(frozen=True, slots=True)
class Board:
    """Everything that the templates of the board read."""

    columns: Sequence[inventory.Column]
    groups: Sequence[Group]
    filters: Sequence[Filter]
    waiting: Sequence[Waiting]
    applications: int
    text: str
    kind: str
    oldest_seen_at: datetime | None
    away: Sequence[inventory.Column]
    live_url: str


def _board(request: PageRequest) -> Board:
    found = inventory.board(request.user)
    waiting = list(request.waiting)
    shown = [
        chip.ticket for row in found.rows for cell in row.cells if cell for chip in cell.chips if chip.ticket
    ]
    tickets = list(Ticket.objects.filter(key__in=shown).select_related("environment"))
    counts = _Counts.of([*tickets, *waiting])
    rows = matrix.rows(found, {ticket.key: count for ticket in tickets if (count := counts.count(ticket))})
    text = request.GET.get("app", "").strip()[:63]
    kind = request.GET.get("show", "")
    kind = kind if kind in matrix.LOOKS else ""
    seen = [column.surveyed_at for column in found.columns if column.surveyed_at is not None]
    return Board(
        columns=found.columns,
        groups=matrix.groups(_narrowed(rows, text, kind)),
        filters=[Filter(one, matrix.LOOKS[one], count, one == kind) for one, count in matrix.counts(rows)],
        waiting=[_waiting(ticket, counts) for ticket in waiting],
        applications=len(rows),
        text=text,
        kind=kind,
        oldest_seen_at=min(seen) if seen and len(seen) == len(found.columns) else None,
        away=[column for column in found.columns if column.away_since is not None],
        live_url=f"/live/events?{urlencode({'topic': 'board', 'since': int(time.time() * 1000)})}",
    )


def _narrowed(rows: Sequence[Row], text: str, kind: str) -> list[Row]:
    return [
        row
        for row in rows
        if text.lower() in f"{row.team} {row.name}".lower()
        and (not kind or any(cell.kind == kind for cell in row.cells))
    ]


@dataclass(frozen=True, slots=True)
class _Counts:
    """Of many tickets at once: approvals, verifications and containers, by ticket."""

    approvals: Mapping[int, int]
    verified: Mapping[int, list[str]]
    refused: Mapping[int, int]
    containers: Mapping[int, tuple[int, int]]

    @classmethod
    def of(cls, tickets: Sequence[Ticket]) -> "_Counts":
        keys = {ticket.pk for ticket in tickets}
        approvals = (
            Approval.objects.filter(
                ticket__in=keys,
                plan_digest=F("ticket__plan_digest"),
                ended_at__isnull=True,
                expires_at__gt=clock.now(),
            )
            .order_by()
            .values_list("ticket_id")
            .annotate(given=Count("by_id", distinct=True))
        )
        verified: dict[int, list[str]] = defaultdict(list)
        refused: dict[int, int] = defaultdict(int)
        given = Verification.objects.filter(
            ticket__in=keys, attempt=F("ticket__attempt"), withdrawn_at__isnull=True
        ).select_related("by")
        for one in given:
            if one.works:
                verified[one.ticket_id].append(str(one.by))
            else:
                refused[one.ticket_id] += 1
        containers = (
            ServiceUpgrade.objects.filter(upgrade__ticket__in=keys, upgrade__settled_at__isnull=True)
            .order_by()
            .values_list("upgrade__ticket_id")
            .annotate(healthy=Sum("healthy"), wanted=Sum("wanted"))
        )
        return cls(
            dict(approvals),
            verified,
            refused,
            {ticket: (healthy, wanted) for ticket, healthy, wanted in containers},
        )

    def count(self, ticket: Ticket) -> tuple[int, int] | None:
        """What the chip of the ticket's state counts."""
        match State(ticket.state):
            case State.PENDING:
                return (self.approvals.get(ticket.pk, 0), ticket.environment.approvals_required)
            case State.DEPLOYING:
                healthy, wanted = self.containers.get(ticket.pk, (0, 0))
                return (healthy, wanted) if wanted else None
            case State.VERIFYING:
                return (len(self.verified.get(ticket.pk, ())), len(policy.required_verifications(ticket)))
            case _:
                return None


def _waiting(ticket: Ticket, counts: _Counts) -> Waiting:
    word = words.word_of(ticket)
    count = counts.count(ticket)
    counted = f" {count[0]}/{count[1]}" if count and count[1] else ""
    why, verb = _wanted(ticket, counts)
    return Waiting(ticket, f"{word.word}{counted}", word.icon, word.tone, "", why, verb)


def _wanted(ticket: Ticket, counts: _Counts) -> tuple[str, str]:
    """What is wanted of the reader, as a sentence, and the verb of the button that leads there."""
    match State(ticket.state):
        case State.PENDING:
            return _findings(ticket), _("Read plan")
        case State.APPROVED:
            return _("It is approved and waits for Start by hand."), _("Start")
        case State.FAILED:
            return explain.words(ticket.failure) or _("It stopped; people must decide."), _("Decide")
        case _:
            verified, needed = counts.verified.get(ticket.pk, []), policy.required_verifications(ticket)
            if counts.refused.get(ticket.pk):
                return _("Somebody says that it does not work."), _("Decide")
            if len(verified) >= len(needed):
                return _("Finish or roll back; the old containers are still kept."), _("Finish or roll back")
            return _("The new version runs. Look at it and say whether it works."), _("Verify")


def _findings(ticket: Ticket) -> str:
    blockers = len(findings.names_of(ticket.findings, findings.Level.BLOCKER))
    warnings = len(findings.open_warnings(ticket.findings, ticket.accepted_warnings))
    if not blockers and not warnings:
        return _("No blocker, no open warning.")
    parts: list[Any] = []
    if blockers:
        parts.append(ngettext("%(n)s blocker", "%(n)s blockers", blockers) % {"n": blockers})
    if warnings:
        parts.append(ngettext("%(n)s open warning", "%(n)s open warnings", warnings) % {"n": warnings})
    return ", ".join(parts) + "."
