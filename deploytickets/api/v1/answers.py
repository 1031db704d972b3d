"""A ticket as the API answers it: what its shapes read, each part read once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.urls import reverse

from deploytickets.audit.actors import Actor
from deploytickets.audit.models import Event
from deploytickets.deployments import explain
from deploytickets.deployments import queries as deployments
from deploytickets.tickets import findings, policy, queries, story, words
from deploytickets.tickets.models import Approval, Ticket, Verification
from deploytickets.tickets.standing import Standing
from deploytickets.tickets.transitions import Action, State

Absolute = Callable[[str], str]
"""A path of ours as a whole address, by the name under which the caller reaches us."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A code and its sentence; `remedy` where people can do something about it."""

    code: str
    sentence: str
    remedy: str = ""


@dataclass(frozen=True)
class Summary:
    """A ticket in short."""

    ticket: Ticket
    absolute: Absolute

    @property
    def url(self) -> str:
        return self.absolute(reverse("api-ticket", args=[self.ticket.key]))

    @property
    def page(self) -> str:
        return self.absolute(reverse("ticket", args=[self.ticket.key]))

    @property
    def state_in_words(self) -> str:
        return str(words.word_of(self.ticket).word)

    @property
    def waits_for(self) -> Fact | None:
        """Why an approved ticket has not started."""
        ticket = self.ticket
        if ticket.state != State.APPROVED:
            return None
        fact = ticket.waits_for
        if ticket.rancher_away_since:
            fact = {"code": "rancher_away", "since": ticket.rancher_away_since.isoformat(timespec="minutes")}
        return Fact(fact["code"], words.waiting(fact)) if fact else None


@dataclass(frozen=True, slots=True)
class Finding:
    """What preflight found, in words."""

    code: str
    shown: findings.Shown
    is_accepted: bool


@dataclass(frozen=True, slots=True)
class GivenApproval:
    """An approval; `counts` where it carries the ticket now."""

    approval: Approval
    counts: bool


@dataclass(frozen=True, slots=True)
class GivenVerification:
    """A verification; `counts` where it is the one of its role now."""

    verification: Verification
    counts: bool


@dataclass(frozen=True, slots=True)
class Option:
    """A choice, and the request that takes it."""

    choice: policy.Choice
    method: str
    url: str


@dataclass(frozen=True)
class Whole(Summary):
    """A ticket with everything that its page shows, as `by` stands to it at `at`."""

    by: Actor
    at: datetime

    @cached_property
    def standing(self) -> Standing:
        return Standing(self.ticket, self.by, self.at)

    @property
    def twins(self) -> list[str]:
        return [twin.key for twin in queries.twins_of(self.ticket)]

    @property
    def plan(self) -> Mapping[str, Any] | None:
        """The masked plan; none while it is being made."""
        plan = self.ticket.plan
        if plan is None or not plan.shown:
            return None
        return {**plan.shown, "digest": self.ticket.plan_digest, "made_at": plan.made_at}

    @property
    def plan_problem(self) -> Fact | None:
        if not self.ticket.plan_problem:
            return None
        shown = findings.render(self.ticket.plan_problem)
        return Fact(str(self.ticket.plan_problem["code"]), shown.sentence, shown.remedy)

    @property
    def findings(self) -> Sequence[Finding]:
        """Blockers first, then warnings, then notes."""
        accepted = set(self.ticket.accepted_warnings)
        order = list(findings.Level)
        found = []
        for fact in self.ticket.findings:
            shown = findings.render(fact)
            found.append(Finding(str(fact["code"]), shown, shown.name in accepted))
        return sorted(found, key=lambda one: order.index(one.shown.level))

    @property
    def approvals(self) -> Sequence[GivenApproval]:
        """All that were ever given, oldest first."""
        counting = {approval.pk for approval in self.standing.approvals}
        return [GivenApproval(one, one.pk in counting) for one in self.ticket.approvals.select_related("by")]

    @property
    def verifications(self) -> Sequence[GivenVerification]:
        """All that were ever given, oldest first."""
        counting = {verification.pk for verification in self.standing.verifications.values()}
        given = self.ticket.verifications.select_related("by")
        return [GivenVerification(one, one.pk in counting) for one in given]

    @property
    def progress(self) -> deployments.Progress | None:
        """Of the newest attempt."""
        return deployments.progress(self.ticket)

    @property
    def failure(self) -> Fact | None:
        """Why people have to decide."""
        fact = self.ticket.failure
        return Fact(str(fact["code"]), explain.words(fact)) if fact else None

    @property
    def choices(self) -> Sequence[Option]:
        """What can be done next, and what keeps the caller from it."""
        return [self._option(choice) for choice in policy.choices(self.ticket, self.by, now=self.at)]

    def _option(self, choice: policy.Choice) -> Option:
        if choice.action is Action.EDIT:
            return Option(choice, "PATCH", self.url)
        return Option(choice, "POST", f"{self.url}/{choice.action.value.replace('_', '-')}")


@dataclass(frozen=True, slots=True)
class Told:
    """An event of a ticket with its sentence."""

    event: Event
    comments: Mapping[int, str]

    @property
    def by(self) -> str:
        return self.event.by_name

    @property
    def sentence(self) -> str:
        return story.sentence_of(self.event)

    @property
    def text(self) -> str:
        return story.text_of(self.event, self.comments)
