"""Rancher servers: address, key, and whether they answer."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from deploytickets.access import administration
from deploytickets.catalog.models import RancherServer
from deploytickets.drivers import access_check
from deploytickets.web.administration.form_page import FormPage
from deploytickets.web.administration.forms import NewServerForm, ServerForm
from deploytickets.web.administration.sections import sections_of
from deploytickets.web.requests import PageRequest

SECTION = "settings-servers"


@require_safe
def listing(request: PageRequest) -> HttpResponse:
    """All servers; the first thing that a new installation needs."""
    administration.require_administrator_somewhere(request.actor)
    context = {
        "title": _("Rancher servers"),
        "sections": sections_of(SECTION),
        "servers": RancherServer.objects.prefetch_related("environments").order_by("name"),
    }
    return render(request, "administration/servers.html", context)


class Add(FormPage):
    """A new server."""

    form_class = NewServerForm
    template_name = "administration/server.html"
    section = SECTION
    saved_at = SECTION

    def context(self, request: PageRequest, **names: str) -> dict[str, Any]:
        return {"title": _("New Rancher server"), "verb": _("Add server")}

    def save(self, request: PageRequest, form: forms.Form, **names: str) -> None:
        administration.add_server(by=request.actor, **form.cleaned_data)
        messages.success(
            request, _("%(name)s is added. Next: an environment of it.") % {"name": form.cleaned_data["name"]}
        )


class Change(FormPage):
    """Another address or another key."""

    form_class = ServerForm
    template_name = "administration/server.html"
    section = SECTION
    saved_at = SECTION

    def new_form(self, data: Any = None, **names: str) -> forms.Form:
        form = super().new_form(data, **names)
        del form.fields["name"]
        return form

    def initial(self, **names: str) -> dict[str, Any]:
        server = get_object_or_404(RancherServer, name=names["name"])
        return {"base_url": server.base_url, "ca_bundle": server.ca_bundle}

    def context(self, request: PageRequest, **names: str) -> dict[str, Any]:
        return {
            "title": names["name"],
            "verb": _("Save server"),
            "server": get_object_or_404(RancherServer, name=names["name"]),
        }

    def save(self, request: PageRequest, form: forms.Form, **names: str) -> None:
        administration.change_server(by=request.actor, name=names["name"], **form.cleaned_data)
        messages.success(request, _("%(name)s is saved.") % {"name": names["name"]})


@require_POST
def test_connection(request: PageRequest) -> HttpResponse:
    """Ask with what is typed; with the stored key where none is typed and the address is the stored one.

    The only call to Rancher that a page makes; for administrators only, because it reaches any
    address that is typed.
    """
    administration.require_administrator(request.actor)
    typed = {name: request.POST.get(name, "").strip() for name in ("base_url", "access_key", "secret_key")}
    ca_bundle = request.POST.get("ca_bundle", "")
    stored = RancherServer.objects.filter(name=request.POST.get("stored", "")).first()
    if stored is not None and not typed["secret_key"] and typed["base_url"].rstrip("/") == stored.base_url:
        typed |= stored.credentials
    result = access_check.check(**typed, ca_bundle=ca_bundle)
    template = "administration/_connection.html" if request.htmx else "administration/connection.html"
    return render(
        request,
        template,
        {"result": result, "title": _("Connection test"), "sections": sections_of(SECTION), "server": stored},
    )
