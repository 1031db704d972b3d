"""Placements: which services of which stack an application is, in each environment."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from deploytickets.access import administration
from deploytickets.access.administration import require_administrator
from deploytickets.catalog.models import Application, Environment, Placement, Strategy
from deploytickets.inventory import queries as inventory
from deploytickets.web.administration.form_page import FormPage
from deploytickets.web.administration.forms import NewPlacementForm, PlacementForm
from deploytickets.web.administration.found import Found, found_in
from deploytickets.web.administration.sections import sections_of
from deploytickets.web.middleware import Refusal, on_refusal
from deploytickets.web.requests import PageRequest

SECTION = "settings-placements"
FIELDS = (
    "strategy",
    "stack_name",
    "service_names",
    "answers",
    "batch_size",
    "interval_millis",
    "start_first",
    "deadline_minutes",
)
DEFAULTS = {name: getattr(Placement(), name) for name in FIELDS}


@require_safe
def listing(request: PageRequest) -> HttpResponse:
    """All placements."""
    administration.require_administrator_somewhere(request.actor)
    context = {
        "title": _("Placements"),
        "sections": sections_of(SECTION),
        "placements": Placement.objects.select_related("application", "environment"),
        "environments": Environment.objects.all(),
    }
    return render(request, "administration/placements.html", context)


class Add(FormPage):
    """An application gets a place in an environment."""

    form_class = NewPlacementForm
    section = SECTION
    saved_at = SECTION

    def authorise(self, request: PageRequest, **names: str) -> None:
        administration.require_administrator_somewhere(request.actor)

    def initial(self, **names: str) -> dict[str, Any]:
        return DEFAULTS

    def context(self, request: PageRequest, **names: str) -> dict[str, Any]:
        return {"title": _("New placement"), "verb": _("Add placement")}

    def save(self, request: PageRequest, form: forms.Form, **names: str) -> None:
        fields = {**form.cleaned_data, "environment": form.cleaned_data["environment"].name}
        administration.add_placement(by=request.actor, **fields)
        messages.success(
            request,
            _("%(application)s has a place in %(environment)s now.")
            % {"application": fields["application"], "environment": fields["environment"]},
        )


class Change(FormPage):
    """How it is upgraded there."""

    form_class = PlacementForm
    section = SECTION
    saved_at = SECTION

    def authorise(self, request: PageRequest, **names: str) -> None:
        require_administrator(request.actor, names["environment"])

    def initial(self, **names: str) -> dict[str, Any]:
        placement = get_object_or_404(
            Placement, application__name=names["application"], environment__name=names["environment"]
        )
        return {name: getattr(placement, name) for name in FIELDS}

    def context(self, request: PageRequest, **names: str) -> dict[str, Any]:
        return {"title": _("%(application)s in %(environment)s") % names, "verb": _("Save placement")}

    def save(self, request: PageRequest, form: forms.Form, **names: str) -> None:
        administration.change_placement(by=request.actor, **names, **form.cleaned_data)
        messages.success(request, _("Saved. Open plans follow by themselves."))


def _found_again(request: PageRequest, refusal: Refusal, environment: str) -> HttpResponse:
    return _found(request, environment, refusal)


@require_safe
def found(request: PageRequest, environment: str) -> HttpResponse:
    """What Rancher runs there and no placement knows: to be taken over by ticking."""
    return _found(request, environment)


def _found(request: PageRequest, environment: str, refusal: Refusal | None = None) -> HttpResponse:
    require_administrator(request.actor, environment)
    place = get_object_or_404(Environment, name=environment)
    seen = inventory.survey_of(place)
    offered = found_in(seen[0], known=_known(place), applications=Application.objects.all()) if seen else []
    ticked = request.POST.getlist("take")
    context = {
        "title": _("Services that run in %(environment)s") % {"environment": environment},
        "sections": sections_of(SECTION),
        "environment": place,
        "taken_at": seen[1] if seen else None,
        "found": [(one, one.name in ticked, _application_for(one, request)) for one in offered],
        "team": request.POST.get("team", ""),
        "refusal": refusal,
    }
    return render(request, "administration/found.html", context)


def _application_for(one: Found, request: PageRequest) -> str:
    return request.POST.get(f"application-{one.name}", "").strip() or one.application


@require_POST
@on_refusal(_found_again)
def take_over(request: PageRequest, environment: str) -> HttpResponse:
    """Make applications and placements of the ticked services: of all of them, or of none."""
    require_administrator(request.actor, environment)
    place = get_object_or_404(Environment, name=environment)
    seen = inventory.survey_of(place)
    offered = found_in(seen[0], known=_known(place), applications=Application.objects.all()) if seen else []
    chosen = [one for one in offered if one.name in request.POST.getlist("take") and one.image_repository]
    with transaction.atomic():
        for one in chosen:
            _take(request, place, one, name=_application_for(one, request))
    messages.success(request, _("Taken over: %(count)s.") % {"count": len(chosen)})
    return redirect(SECTION)


def _take(request: PageRequest, place: Environment, one: Found, *, name: str) -> None:
    if not Application.objects.filter(name=name).exists():
        administration.add_application(
            by=request.actor,
            name=name,
            image_repository=one.image_repository,
            team=request.POST.get("team", "").strip(),
        )
    of_the_same_image = place.placements.filter(
        application__name=name,
        application__image_repository=one.image_repository,
        stack_name=one.stack,
        strategy=Strategy.SERVICE,
    ).first()
    if of_the_same_image is not None:
        administration.change_placement(
            by=request.actor,
            application=name,
            environment=place.name,
            service_names=[*of_the_same_image.service_names, one.service],
        )
        return
    administration.add_placement(
        by=request.actor,
        application=name,
        environment=place.name,
        stack_name=one.stack,
        service_names=[one.service],
        batch_size=1,
        start_first=False,
    )


def _known(place: Environment) -> set[tuple[str, str]]:
    return {
        (placement.stack_name, service)
        for placement in place.placements.all()
        for service in placement.service_names
    }
