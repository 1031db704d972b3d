"""Filing a ticket, and changing one: the form, the versions on offer, the plan as it would be."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from deploytickets.access.queries import visible_environments
from deploytickets.audit.errors import Invalid
from deploytickets.catalog.models import Placement
from deploytickets.catalog.queries import compose_files
from deploytickets.catalog.versions import version_of_branch
from deploytickets.deployments import services as deployments
from deploytickets.inventory.models import RunningVersion
from deploytickets.tickets import queries, wishes
from deploytickets.tickets.models import Ticket
from deploytickets.tickets.services import UNCHANGED
from deploytickets.tickets.transitions import State
from deploytickets.web.middleware import Refusal, on_refusal
from deploytickets.web.preview import Preview, preview_of
from deploytickets.web.requests import PageRequest


@dataclass(frozen=True, slots=True)
class Typed:
    """What is in the form, as it was typed; kept when it is refused.

    A version or branch is never cut to fit: what is left of it would be another one.
    """

    app: str = ""
    env: str = ""
    version: str = ""
    other: str = ""
    description: str = ""
    when: str = ""
    links: str = ""
    is_emergency: bool = False
    emergency_reason: str = ""

    @classmethod
    def of(cls, given: QueryDict) -> "Typed":
        """From a form or from a link; `branch` in a link counts as another version or branch."""
        return cls(
            app=given.get("app", "")[:63],
            env=given.get("env", "")[:63],
            version=given.get("version", ""),
            other=given.get("other", "") or given.get("branch", ""),
            # Browsers end lines with CR LF: as it was stored, it must not count as changed.
            description=given.get("description", "").replace("\r\n", "\n"),
            when=given.get("when", "")[:30],
            links=given.get("links", ""),
            is_emergency="emergency" in given,
            emergency_reason=given.get("emergency_reason", ""),
        )

    @property
    def has_other(self) -> bool:
        """Is the version typed, not chosen?"""
        return bool(self.other) and not self.version


@dataclass(frozen=True, slots=True)
class Place:
    """An environment as a choice, with what runs there."""

    name: str
    runs: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """A version on offer, and why."""

    version: str
    why: str
    since: datetime | None
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Offers:
    """Versions of one source."""

    head: str
    offers: Sequence[Offer]


@dataclass(frozen=True, slots=True)
class Filing:
    """The form's page: what is typed, what can be chosen, what was wrong."""

    typed: Typed
    applications: Mapping[str, Sequence[str]]
    places: Sequence[Place] = ()
    offers: Sequence[Offers] = ()
    preview: Preview | None = None
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def other_is_chosen(self) -> bool:
        """The line for another version: when one is typed, or when there is nothing else to choose."""
        offered = {offer.version for group in self.offers for offer in group.offers}
        return (
            self.typed.has_other
            or (bool(self.typed.version) and self.typed.version not in offered)
            or not offered
        )

    @property
    def other(self) -> str:
        """What stands in that line."""
        return self.typed.other or (self.typed.version if self.other_is_chosen else "")


def _again(request: PageRequest, refusal: Refusal, **_rest: str) -> HttpResponse:
    problems = dict(refusal.error.fields) if isinstance(refusal.error, Invalid) else {}
    context = {
        "filing": _filing(request, Typed.of(request.POST), problems),
        "refusal": None if problems else refusal,
    }
    return render(request, "tickets/new.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@on_refusal(_again)
def new(request: PageRequest) -> HttpResponse:
    """The form, filled by a link where it has parameters; and the filing."""
    if request.method != "POST":
        return render(request, "tickets/new.html", {"filing": _filing(request, Typed.of(request.GET))})
    typed = Typed.of(request.POST)
    version, branch = _version_and_branch(typed)
    ticket = deployments.file(
        by=request.actor,
        application=typed.app,
        environment=typed.env,
        version=version,
        branch=branch,
        description=typed.description,
        links=typed.links.split(),
        scheduled_for=_moment(typed.when),
        is_emergency=typed.is_emergency,
        emergency_reason=typed.emergency_reason,
    )
    return redirect("ticket", key=ticket.key)


@require_safe
def preview(request: PageRequest) -> HttpResponse:
    """The parts of the form that follow from what is chosen, and the plan as it would be."""
    return render(
        request, "tickets/_new_parts.html", {"filing": _filing(request, Typed.of(request.GET)), "oob": True}
    )


def _edit_again(request: PageRequest, refusal: Refusal, key: str) -> HttpResponse:
    problems = dict(refusal.error.fields) if isinstance(refusal.error, Invalid) else {}
    context = {
        "ticket": queries.by_key(key, user_id=request.user.pk),
        "typed": Typed.of(request.POST),
        "problems": problems,
        "refusal": None if problems else refusal,
    }
    return render(request, "tickets/edit.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@on_refusal(_edit_again)
def edit(request: PageRequest, key: str) -> HttpResponse:
    """Change what a ticket asks for; its approvals end, and it gets a new plan."""
    ticket = queries.by_key(key, user_id=request.user.pk)
    if request.method != "POST":
        return render(
            request, "tickets/edit.html", {"ticket": ticket, "typed": _typed_of(ticket), "problems": {}}
        )
    typed = Typed.of(request.POST)
    deployments.edit(
        key,
        by=request.actor,
        version=typed.version,
        branch=typed.other,
        description=typed.description,
        links=typed.links.split(),
        # The field holds whole minutes: what was left as it stood must not lose its seconds.
        scheduled_for=UNCHANGED if typed.when == _typed_of(ticket).when else _moment(typed.when),
        is_emergency=typed.is_emergency,
        emergency_reason=typed.emergency_reason,
    )
    return redirect("ticket", key=key)


def _typed_of(ticket: Ticket) -> Typed:
    when = timezone.localtime(ticket.scheduled_for).strftime("%Y-%m-%dT%H:%M") if ticket.scheduled_for else ""
    return Typed(
        app=ticket.application.name,
        env=ticket.environment.name,
        version=ticket.version,
        other=ticket.branch,
        description=ticket.description,
        when=when,
        links="\n".join(ticket.links),
        is_emergency=ticket.is_emergency,
        emergency_reason=ticket.emergency_reason,
    )


def _moment(text: str) -> datetime | None:
    """A time typed into the form, in the zone of the settings."""
    if not text:
        return None
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise Invalid(
            {"scheduled_for": _("This is no date with a time. Leave it empty to start when approved.")}
        )
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def _version_and_branch(typed: Typed) -> tuple[str, str]:
    """A typed text is a branch when it has a slash or its application's rule knows it, else a version."""
    if typed.version or not typed.other:
        return typed.version, ""
    placement = Placement.objects.filter(application__name=typed.app).select_related("application").first()
    other = typed.other.strip()
    is_branch = "/" in other or (placement is not None and version_of_branch(placement.application, other))
    return ("", other) if is_branch else (other, "")


# What the form offers


def _filing(request: PageRequest, typed: Typed, problems: Mapping[str, str] | None = None) -> Filing:
    placements = list(
        Placement.objects.filter(environment__in=visible_environments(request.user.pk))
        .select_related("application", "environment", "running")
        .defer("answers", *compose_files("application"))
        .order_by("application__team", "application__name", "environment__position", "environment__name")
    )
    mine = [placement for placement in placements if placement.application.name == typed.app]
    chosen = next((placement for placement in mine if placement.environment.name == typed.env), None)
    version, branch = _version_and_branch(typed)
    if branch and chosen is not None:
        version = version_of_branch(chosen.application, branch) or ""
    return Filing(
        typed=typed,
        applications=_by_team(placements),
        places=[_place(placement, typed.env) for placement in mine],
        offers=list(_offers(mine, chosen, typed.version)) if chosen else [],
        preview=preview_of(chosen, version, user_id=request.user.pk)
        if chosen and wishes.VERSION.fullmatch(version)
        else None,
        problems=problems or {},
    )


def _by_team(placements: Sequence[Placement]) -> Mapping[str, Sequence[str]]:
    teams: dict[str, list[str]] = {}
    for placement in placements:
        names = teams.setdefault(placement.application.team, [])
        if placement.application.name not in names:
            names.append(placement.application.name)
    return teams


def _place(placement: Placement, chosen: str) -> Place:
    running = _running(placement)
    runs = (
        _("runs %(version)s") % {"version": running.version}
        if running and running.version
        else _("not deployed")
    )
    return Place(placement.environment.name, runs, placement.environment.name == chosen)


def _running(placement: Placement) -> RunningVersion | None:
    return getattr(placement, "running", None)


def _offers(mine: Sequence[Placement], chosen: Placement, version: str) -> Iterator[Offers]:
    """From the environment before, from the others, and what was finished here: where one goes back to."""
    here = _running(chosen)
    seen = {here.version} if here else set()
    before = [p for p in mine if p.environment.position < chosen.environment.position]
    nearest = list(_running_offers(reversed(before[-1:]), version, seen))
    if nearest:
        yield Offers(_("From the environment before"), nearest)
    others = list(_running_offers(reversed(before[:-1]), version, seen))
    if others:
        yield Offers(_("From other environments"), others)
    past = list(_finished_offers(chosen, version, seen))
    if past:
        yield Offers(_("Ran in %(environment)s before") % {"environment": chosen.environment.name}, past)


def _running_offers(placements: Iterator[Placement], version: str, seen: set[str]) -> Iterator[Offer]:
    for placement in placements:
        running = _running(placement)
        if running is None or not running.version or running.version in seen:
            continue
        seen.add(running.version)
        why = _("runs in %(environment)s, %(healthy)s/%(wanted)s healthy") % {
            "environment": placement.environment.name,
            "healthy": running.healthy,
            "wanted": running.wanted,
        }
        yield Offer(running.version, why, running.since, running.version == version)


def _finished_offers(chosen: Placement, version: str, seen: set[str]) -> Iterator[Offer]:
    finished = Ticket.objects.filter(placement=chosen, state=State.FINISHED).order_by("-number")
    for past in finished.values("version", "key", "changed_at")[:20]:
        if past["version"] not in seen and len(seen) < 8:
            seen.add(past["version"])
            why = _("finished by %(key)s") % {"key": past["key"]}
            yield Offer(past["version"], why, past["changed_at"], past["version"] == version)
