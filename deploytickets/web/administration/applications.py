"""Applications."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from deploytickets.access import administration
from deploytickets.catalog.models import Application
from deploytickets.web.administration.form_page import FormPage
from deploytickets.web.administration.forms import ApplicationForm
from deploytickets.web.administration.sections import sections_of
from deploytickets.web.requests import PageRequest

SECTION = "settings-applications"
FIELDS = (
    "team",
    "image_repository",
    "repository",
    "branch_pattern",
    "checklist",
    "docker_compose",
    "rancher_compose",
)


@require_safe
def listing(request: PageRequest) -> HttpResponse:
    """All applications, by team."""
    administration.require_administrator_somewhere(request.actor)
    context = {
        "title": _("Applications"),
        "sections": sections_of(SECTION),
        "applications": Application.objects.annotate(places=Count("placements")),
    }
    return render(request, "administration/applications.html", context)


class Add(FormPage):
    """A new application."""

    form_class = ApplicationForm
    section = SECTION
    saved_at = SECTION

    def initial(self, **names: str) -> dict[str, Any]:
        return {"branch_pattern": Application._meta.get_field("branch_pattern").get_default()}

    def context(self, request: PageRequest, **names: str) -> dict[str, Any]:
        return {"title": _("New application"), "verb": _("Add application")}

    def save(self, request: PageRequest, form: forms.Form, **names: str) -> None:
        administration.add_application(by=request.actor, **form.cleaned_data)
        messages.success(
            request, _("%(name)s is added. Next: where it is placed.") % {"name": form.cleaned_data["name"]}
        )


class Change(FormPage):
    """What there is to know of an application; its name stays."""

    form_class = ApplicationForm
    section = SECTION
    saved_at = SECTION

    def new_form(self, data: Any = None, **names: str) -> forms.Form:
        form = super().new_form(data, **names)
        del form.fields["name"]
        return form

    def initial(self, **names: str) -> dict[str, Any]:
        application = get_object_or_404(Application, name=names["name"])
        return {name: getattr(application, name) for name in FIELDS}

    def context(self, request: PageRequest, **names: str) -> dict[str, Any]:
        return {"title": names["name"], "verb": _("Save application")}

    def save(self, request: PageRequest, form: forms.Form, **names: str) -> None:
        administration.change_application(by=request.actor, name=names["name"], **form.cleaned_data)
        messages.success(
            request, _("%(name)s is saved. Open plans follow by themselves.") % {"name": names["name"]}
        )
