"""People and their roles."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from deploytickets.access import administration
from deploytickets.access.errors import NotAllowed
from deploytickets.access.models import User
from deploytickets.web.administration.form_page import FormPage
from deploytickets.web.administration.forms import GrantForm, PersonForm
from deploytickets.web.administration.sections import sections_of
from deploytickets.web.middleware import Refusal, on_refusal
from deploytickets.web.requests import PageRequest

SECTION = "settings-people"


@require_safe
def listing(request: PageRequest) -> HttpResponse:
    """Everybody with their roles."""
    administration.require_administrator_somewhere(request.actor)
    people = User.objects.prefetch_related("grants__environment").order_by("-is_active", "username")
    context = {"title": _("People and roles"), "sections": sections_of(SECTION), "people": people}
    return render(request, "administration/people.html", context)


class Add(FormPage):
    """A new account."""

    form_class = PersonForm
    section = SECTION
    saved_at = SECTION

    def context(self, request: PageRequest, **names: str) -> dict[str, Any]:
        return {"title": _("New person"), "verb": _("Add person")}

    def save(self, request: PageRequest, form: forms.Form, **names: str) -> None:
        person = administration.create_person(by=request.actor, **form.cleaned_data)
        messages.success(
            request, _("%(name)s can sign in now, and needs a role to see anything.") % {"name": person}
        )


def _again(request: PageRequest, refusal: Refusal, username: str) -> HttpResponse:
    """The person with the no; the bare no where that page is not for the reader."""
    if isinstance(refusal.error, NotAllowed):
        return render(request, "problems/refusal.html", {"refusal": refusal})
    return _person(request, username, refusal)


@require_safe
def person(request: PageRequest, username: str) -> HttpResponse:
    """One person: roles, password, account."""
    administration.require_administrator_somewhere(request.actor)
    return _person(request, username)


@require_POST
@on_refusal(_again)
def grant(request: PageRequest, username: str) -> HttpResponse:
    """Give a role, or replace the one held there."""
    administration.grant(
        by=request.actor,
        username=username,
        role=request.POST.get("role", ""),
        environment=request.POST.get("environment") or None,
    )
    return redirect("settings-person", username=username)


@require_POST
@on_refusal(_again)
def revoke(request: PageRequest, username: str) -> HttpResponse:
    """Take a role."""
    administration.revoke_grant(
        by=request.actor, username=username, environment=request.POST.get("environment") or None
    )
    return redirect("settings-person", username=username)


@require_POST
@on_refusal(_again)
def disable(request: PageRequest, username: str) -> HttpResponse:
    """End the account's use at once."""
    administration.disable_person(by=request.actor, username=username)
    return redirect("settings-person", username=username)


@require_POST
@on_refusal(_again)
def enable(request: PageRequest, username: str) -> HttpResponse:
    """Let the account be used again."""
    administration.enable_person(by=request.actor, username=username)
    return redirect("settings-person", username=username)


@require_POST
@sensitive_post_parameters()
@on_refusal(_again)
def set_password(request: PageRequest, username: str) -> HttpResponse:
    """A new password for somebody who lost theirs."""
    administration.require_administrator(request.actor)
    administration.set_password(
        by=request.actor, username=username, password=request.POST.get("password", "")
    )
    messages.success(request, _("The password is set; sessions and tokens of the account have ended."))
    return redirect("settings-person", username=username)


def _person(request: PageRequest, username: str, refusal: Refusal | None = None) -> HttpResponse:
    someone = get_object_or_404(User, username=username)
    context = {
        "title": str(someone),
        "sections": sections_of(SECTION),
        "person": someone,
        "grants": someone.grants.select_related("environment").order_by("environment__position"),
        "form": GrantForm(),
        "refusal": refusal,
    }
    return render(request, "administration/person.html", context)
