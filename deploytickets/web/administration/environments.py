"""Environments: order of promotion, policy, lock."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from deploytickets.access import administration
from deploytickets.access.administration import require_administrator
from deploytickets.audit.errors import Invalid
from deploytickets.catalog.models import Environment
from deploytickets.catalog.services import POLICY
from deploytickets.web.administration.form_page import FormPage
from deploytickets.web.administration.forms import EnvironmentForm, LockForm, PolicyForm
from deploytickets.web.administration.sections import sections_of
from deploytickets.web.middleware import Refusal, on_refusal
from deploytickets.web.requests import PageRequest

SECTION = "settings-environments"


@require_safe
def listing(request: PageRequest) -> HttpResponse:
    """All environments with their policy in words."""
    administration.require_administrator_somewhere(request.actor)
    context = {
        "title": _("Environments"),
        "sections": sections_of(SECTION),
        "environments": Environment.objects.select_related("server"),
    }
    return render(request, "administration/environments.html", context)


class Add(FormPage):
    """A new environment."""

    form_class = EnvironmentForm
    section = SECTION
    saved_at = SECTION

    def initial(self, **names: str) -> dict[str, Any]:
        return {
            "position": Environment.objects.count(),
            **{name: getattr(Environment(), name) for name in POLICY},
        }

    def context(self, request: PageRequest, **names: str) -> dict[str, Any]:
        return {"title": _("New environment"), "verb": _("Add environment")}

    def save(self, request: PageRequest, form: forms.Form, **names: str) -> None:
        fields = {**form.cleaned_data, "server": form.cleaned_data["server"].name}
        administration.add_environment(by=request.actor, **fields)
        messages.success(
            request,
            _("%(name)s is added. What runs there is seen in a few seconds.") % {"name": fields["name"]},
        )


class Change(FormPage):
    """Order and policy of one environment; its lock below."""

    form_class = PolicyForm
    template_name = "administration/environment.html"
    section = SECTION
    saved_at = SECTION
    lock_refusal: Refusal | None = None

    def authorise(self, request: PageRequest, **names: str) -> None:
        require_administrator(request.actor, names["name"])

    def initial(self, **names: str) -> dict[str, Any]:
        environment = get_object_or_404(Environment, name=names["name"])
        return {name: getattr(environment, name) for name in ("position", *POLICY)}

    def context(self, request: PageRequest, **names: str) -> dict[str, Any]:
        return {
            "title": names["name"],
            "verb": _("Save policy"),
            "environment": get_object_or_404(
                Environment.objects.select_related("server"), name=names["name"]
            ),
            "lock_form": LockForm(initial={"reason": request.POST.get("reason", "")}),
            "lock_refusal": self.lock_refusal,
        }

    def save(self, request: PageRequest, form: forms.Form, **names: str) -> None:
        changes = dict(form.cleaned_data)
        position = changes.pop("position")
        if position != form.initial["position"]:
            administration.change_environment(by=request.actor, name=names["name"], position=position)
        administration.change_policy(by=request.actor, name=names["name"], **changes)
        messages.success(request, _("The policy of %(name)s is saved.") % {"name": names["name"]})


def _lock_again(request: PageRequest, refusal: Refusal, name: str) -> HttpResponse:
    """The page with the no at the lock's form; the bare no where that page is not for the reader."""
    if not isinstance(refusal.error, Invalid):
        return render(request, "problems/refusal.html", {"refusal": refusal})
    page = Change()
    page.lock_refusal = refusal
    return page.get(request, name=name)


@require_POST
@on_refusal(_lock_again)
def lock(request: PageRequest, name: str) -> HttpResponse:
    """Let nothing start there."""
    administration.lock(by=request.actor, name=name, reason=request.POST.get("reason", ""))
    return redirect("settings-environment", name=name)


@require_POST
def unlock(request: PageRequest, name: str) -> HttpResponse:
    """Let it start again."""
    administration.unlock(by=request.actor, name=name)
    return redirect("settings-environment", name=name)
