"""One ticket: its page, and the parts of it that change while it is open."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from deploytickets import clock
from deploytickets.access.naming import all_of, in_a_row
from deploytickets.access.roles import Role
from deploytickets.audit.actors import Actor, ActorKind
from deploytickets.audit.models import Event
from deploytickets.catalog.models import AtDeadline, Start
from deploytickets.deployments import explain
from deploytickets.deployments import queries as deployments
from deploytickets.tickets import findings, policy, queries, words
from deploytickets.tickets.errors import UnknownTicket
from deploytickets.tickets.models import Ticket, Verification
from deploytickets.tickets.policy import Choice
from deploytickets.tickets.standing import Standing
from deploytickets.tickets.transitions import Action, State
from deploytickets.web import activity, containers, decision, diff, stateline
from deploytickets.web.findings import Finding, findings_of
from deploytickets.web.middleware import Refusal
from deploytickets.web.requests import PageRequest


@require_safe
def page(request: PageRequest, key: str) -> HttpResponse:
    """The whole page."""
    return _whole(request, key)


@require_safe
def now(request: PageRequest, key: str) -> HttpResponse:
    """The parts that change, for a page that is open."""
    return _parts(request, key)


def now_parts(request: PageRequest, key: str) -> HttpResponse:
    """The parts after a decision that was taken; what was refused before is taken away."""
    return _parts(request, key, with_refusal=True)


def as_it_stands(request: PageRequest, refusal: Refusal, key: str, **_rest: str) -> HttpResponse:
    """The ticket as it is now, with why the decision was not taken."""
    if isinstance(refusal.error, UnknownTicket):
        return render(request, "problems/refusal.html", {"refusal": refusal})
    if request.htmx:
        return _parts(request, key, with_refusal=True, refusal=refusal)
    return _whole(request, key, refusal=refusal)


def _whole(request: PageRequest, key: str, **more: Any) -> HttpResponse:
    return render(request, "tickets/ticket.html", {"page": _page_of(request, key), **more})


def _parts(request: PageRequest, key: str, **more: Any) -> HttpResponse:
    return render(request, "tickets/_now.html", {"page": _page_of(request, key), **more})


def _page_of(request: PageRequest, key: str) -> "TicketPage":
    ticket = queries.by_key(key, user_id=request.user.pk)
    return TicketPage(ticket, request.actor, clock.now())


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the facts: text, with a link or a time where it has one."""

    word: str
    text: str
    url: str = ""
    when: datetime | None = None


@dataclass(frozen=True)
class TicketPage:
    """Everything that the templates of a ticket read; each part is read once."""

    ticket: Ticket
    by: Actor
    at: datetime

    @cached_property
    def state(self) -> State:
        return State(self.ticket.state)

    @cached_property
    def standing(self) -> Standing:
        return Standing(self.ticket, self.by, self.at)

    @cached_property
    def progress(self) -> deployments.Progress | None:
        return deployments.progress(self.ticket)

    @cached_property
    def choices(self) -> Sequence[Choice]:
        return policy.choices(self.ticket, self.by, now=self.at)

    # How it stands

    @cached_property
    def _word(self) -> words.Word:
        return words.word_of(self.ticket)

    @property
    def icon(self) -> str:
        return self._word.icon

    @property
    def tone(self) -> str:
        return self._word.tone

    @cached_property
    def word(self) -> str:
        """The state's word with its count: Upgrading 2/3, Waits for approval 1/2."""
        word = str(self._word.word)
        if self.state is State.PENDING and self.ticket.plan_digest:
            return f"{word} {len(self.standing.approvals)}/{self.ticket.environment.approvals_required}"
        if self.state is State.VERIFYING:
            return f"{word} {len(self._verified_by)}/{len(self._verifying_roles) or 1}"
        if self.count and self.state is State.DEPLOYING:
            return f"{word} {self.count.healthy}/{self.count.wanted}"
        return word

    @cached_property
    def count(self) -> stateline.Count | None:
        """Containers of the new version, while an upgrade is there to be counted."""
        if self.progress is None or not self.progress.wanted:
            return None
        return stateline.Count(
            self.progress.healthy, self.progress.wanted, self.progress.starting, self.progress.sick
        )

    @cached_property
    def stops(self) -> Sequence[stateline.Stop]:
        environment = self.ticket.environment
        return stateline.stops(
            stateline.Route(
                state=self.state,
                filed_at=self.ticket.filed_at,
                filed_by=str(self.ticket.requested_by),
                entered=self._entered,
                failed_from=self.ticket.failed_from,
                approved_by=[str(approval.by) for approval in self._approvals],
                approvals_required=environment.approvals_required,
                verified_by=self._verified_by,
                verifying_roles=self._verifying_roles,
                starts_by_hand=self.starts_by_hand,
                count=self.count,
                waits=self.waits,
            )
        )

    @cached_property
    def _approvals(self) -> Sequence[Any]:
        """Those that count while it is being approved; once it has started, those that carried it."""
        return (
            self.standing.approvals if self.state in (State.PENDING, State.APPROVED) else self.standing.given
        )

    @cached_property
    def _entered(self) -> Mapping[State, tuple[datetime, str]]:
        return {
            State(event.after["state"]): (
                event.at,
                event.by_name if event.by_kind == ActorKind.PERSON else "",
            )
            for event in self._events
            if event.after and "state" in event.after
        }

    @cached_property
    def _events(self) -> Sequence[Event]:
        return list(queries.events_of(self.ticket))

    @cached_property
    def waits(self) -> str:
        """What an approved ticket waits for, as a sentence."""
        if self.state is not State.APPROVED:
            return ""
        if self.ticket.rancher_away_since:
            since = self.ticket.rancher_away_since.isoformat(timespec="minutes")
            return words.waiting({"code": "rancher_away", "since": since})
        return words.waiting(self.ticket.waits_for) if self.ticket.waits_for else ""

    @property
    def starts_by_hand(self) -> bool:
        return self.ticket.environment.start == Start.BY_HAND

    @property
    def is_started(self) -> bool:
        return self.progress is not None

    # What comes next

    @cached_property
    def box(self) -> decision.Box:
        problem = ""
        if self.ticket.plan_problem:
            shown = findings.render(self.ticket.plan_problem)
            problem = f"{shown.sentence} {shown.remedy}"
        return decision.box(
            self.state,
            self.choices,
            has_plan=bool(self.ticket.plan_digest),
            plan_problem=problem,
            waits=self.waits,
            failure=explain.words(self.ticket.failure),
            approvals=(len(self.standing.approvals), self.ticket.environment.approvals_required),
        )

    @cached_property
    def may_approve(self) -> bool:
        return any(choice.action is Action.APPROVE and choice.is_open for choice in self.choices)

    @cached_property
    def may_accept(self) -> bool:
        return any(
            choice.action in (Action.APPROVE, Action.ACCEPT_WARNINGS) and choice.is_open
            for choice in self.choices
        )

    @property
    def may_comment(self) -> bool:
        return self.standing.role is not None

    @cached_property
    def verifications(self) -> Mapping[str, Verification]:
        return {role.value: given for role, given in self.standing.verifications.items()}

    @cached_property
    def _verified_by(self) -> Sequence[str]:
        return [str(given.by) for given in self.standing.verifications.values() if given.works]

    @cached_property
    def _verifying_roles(self) -> Sequence[str]:
        return [str(words.ROLES[role.value]) for role in policy.required_verifications(self.ticket)]

    @property
    def checklist(self) -> Sequence[str]:
        return self.ticket.application.checklist or ()

    @cached_property
    def back_version(self) -> str:
        """After the finish, the version to go back to by a new ticket."""
        return self.from_version if self.state is State.FINISHED else ""

    # The plan

    @property
    def short_digest(self) -> str:
        return self.ticket.plan_digest[:8]

    @cached_property
    def open_warnings(self) -> Sequence[str]:
        return findings.open_warnings(self.ticket.findings, self.ticket.accepted_warnings)

    @cached_property
    def findings(self) -> Sequence[Finding]:
        """What preflight found, blockers first."""
        return findings_of(
            self.ticket.findings,
            accepted=self.ticket.accepted_warnings,
            is_pending=self.state is State.PENDING,
        )

    @cached_property
    def _shown(self) -> Mapping[str, Any]:
        return self.ticket.plan.shown if self.ticket.plan and self.ticket.plan.shown else {}

    @cached_property
    def services(self) -> Sequence[diff.ServiceDiff]:
        """The services of the plan as tables."""
        return diff.services_of(self._shown)

    @cached_property
    def from_version(self) -> str:
        """The version that the plan starts from, where one can be named."""
        return diff.version_before(self._shown, self.ticket.version)

    @property
    def after(self) -> Sequence[str]:
        """The tickets that the plan assumes to be finished before."""
        return self._shown.get("after", ()) if self.state in (State.PENDING, State.APPROVED) else ()

    @property
    def is_over(self) -> bool:
        return self.state in (State.FINISHED, State.ROLLED_BACK)

    @property
    def accept_form(self) -> str:
        """The form that the boxes of open warnings belong to; "" where the reader may not accept."""
        if not self.may_accept:
            return ""
        return "approve" if self.may_approve else "accept"

    # Containers

    @cached_property
    def container_services(self) -> Sequence[containers.Service]:
        return containers.services_of(self.progress) if self.progress else []

    @cached_property
    def containers_summary(self) -> str:
        return containers.summary(self.progress, is_over=self.state.is_final) if self.progress else ""

    @cached_property
    def finish_will(self) -> str:
        """What pressing Finish does, to which containers."""
        old = containers.how_many(self.progress, new=False)
        will = ngettext(
            "This removes %(n)s old container that is kept for going back. It cannot be undone: ",
            "This removes %(n)s old containers that are kept for going back. It cannot be undone: ",
            old,
        ) % {"n": old}
        back = _("going back is then a new ticket with %(version)s.") % {"version": self.from_version}
        return will + (back if self.from_version else _("going back is then a new ticket."))

    @cached_property
    def roll_back_will(self) -> str:
        """What pressing Roll back does, to which containers on which hosts."""
        new, old = (containers.how_many(self.progress, new=is_new) for is_new in (True, False))
        hosts = containers.hosts_of(self.progress, new=True)
        stops = ngettext(
            "This stops and removes %(n)s new container of %(version)s",
            "This stops and removes %(n)s new containers of %(version)s",
            new,
        ) % {"n": new, "version": self.ticket.version}
        on = _(" on %(hosts)s") % {"hosts": all_of(hosts)} if hosts else ""
        starts = ngettext(
            ", and starts %(n)s old container where it was.",
            ", and starts %(n)s old containers where they were.",
            old,
        ) % {"n": old}
        return stops + on + (starts if old else ".")

    # What happened, and the rest

    @cached_property
    def entries(self) -> Sequence[activity.Entry]:
        """What happened, newest first."""
        return activity.entries(queries.timeline(self.ticket), self._events)

    @cached_property
    def facts(self) -> Sequence[Fact]:
        return list(self._facts())

    def _facts(self) -> Iterator[Fact]:
        ticket, environment = self.ticket, self.ticket.environment
        if ticket.is_emergency:
            yield Fact(_("Emergency"), ticket.emergency_reason)
        if ticket.scheduled_for:
            yield Fact(_("Scheduled"), "", when=ticket.scheduled_for)
        if ticket.attempt:
            yield Fact(_("Attempt"), str(ticket.attempt))
        if self.progress and self.progress.deadline_at and self.state.is_machine_driven:
            then = (
                _("then rolls back")
                if environment.at_deadline == AtDeadline.ROLL_BACK
                else _("then asks people")
            )
            yield Fact(_("Deadline"), then, when=self.progress.deadline_at)
        yield Fact(_("Policy"), self._policy())
        if environment.is_locked:
            yield Fact(_("Lock"), f"{environment.locked_by}: {environment.locked_reason}")
        for link in ticket.links:
            yield Fact(_("Link"), link.removeprefix("https://").removeprefix("http://"), url=link)
        yield Fact(_("Developers"), all_of(self._only(Role.DEVELOPER)))
        yield Fact(_("Ops"), all_of(self.standing.people_with(Role.OPS)))

    def _policy(self) -> str:
        environment = self.ticket.environment
        needed = environment.approvals_required
        parts = [
            ngettext("%(n)s approval", "%(n)s approvals", needed) % {"n": needed}
            if needed
            else _("no approval"),
        ]
        if environment.four_eyes and needed:
            parts.append(_("four eyes"))
        if self._verifying_roles:
            parts.append(_("%(roles)s verify") % {"roles": all_of(self._verifying_roles)})
        parts.append(_("starts by hand") if self.starts_by_hand else _("starts by itself"))
        return in_a_row(parts)

    def _only(self, role: Role) -> list[str]:
        """The names of those with exactly this role; ops and administrators are named where they decide."""
        return [str(person) for person in self.standing.people if self.standing.roles[person.pk] is role]

    @property
    def live_url(self) -> str:
        """The stream of this ticket, from the moment of this rendering on."""
        topics = {"topic": f"ticket:{self.ticket.key}", "since": int(time.time() * 1000)}
        return f"/live/events?{urlencode(topics)}"
