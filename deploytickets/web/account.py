"""What belongs to the person: language, theme, password, API tokens."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language

from deploytickets import clock
from deploytickets.access import administration, preferences, sign_in, tokens
from deploytickets.audit.errors import Invalid
from deploytickets.web.middleware import Refusal, on_refusal
from deploytickets.web.requests import PageRequest

LASTS = {"30": timedelta(days=30), "90": timedelta(days=90), "365": timedelta(days=365)}

language = login_not_required(set_language)
"""The language of somebody who is not signed in: kept in a cookie."""


@require_safe
def page(request: PageRequest) -> HttpResponse:
    """My tokens, my password."""
    return _page(request)


@require_POST
def look(request: PageRequest) -> HttpResponse:
    """Language and theme; back to where one was."""
    theme = request.POST.get("theme")
    preferences.choose(
        request.user.pk,
        language=request.POST.get("language"),
        theme="" if theme == "system" else theme,
        languages=[code for code, _name in settings.LANGUAGES],
    )
    return HttpResponseRedirect(back(request))


def _tokens_again(request: PageRequest, refusal: Refusal) -> HttpResponse:
    return _page(
        request,
        token_refusal=refusal,
        typed={name: request.POST.get(name, "") for name in ("name", "lasts")},
        chosen=request.POST.getlist("scopes"),
    )


def _password_again(request: PageRequest, refusal: Refusal) -> HttpResponse:
    return _page(request, password_refusal=refusal)


@require_POST
@on_refusal(_tokens_again)
def issue_token(request: PageRequest) -> HttpResponse:
    """A new token; its text is in this one answer and nowhere else."""
    token, plain = tokens.issue(
        by=request.actor,
        name=request.POST.get("name", ""),
        scopes=request.POST.getlist("scopes"),
        lasts=LASTS.get(request.POST.get("lasts", ""), LASTS["90"]),
    )
    return _page(request, made=token, plain=plain)


@require_POST
def revoke_token(request: PageRequest, token_id: int) -> HttpResponse:
    """End a token of mine."""
    token = tokens.revoke(token_id, by=request.actor)
    messages.success(request, _("The token “%(name)s” does not work any more.") % {"name": token.name})
    return redirect("account")


@require_POST
@sensitive_post_parameters()
@on_refusal(_password_again)
def change_password(request: PageRequest) -> HttpResponse:
    """A new password; other sessions and all tokens end with the old one."""
    if not sign_in.confirm(request.user, password=request.POST.get("old", "")[:1000], by=request.actor):
        raise Invalid({"old": _("This is not your present password. Nothing was changed.")})
    user = administration.set_password(
        by=request.actor, username=request.user.get_username(), password=request.POST.get("new", "")
    )
    update_session_auth_hash(request, user)
    messages.success(request, _("Your password is changed. Other sessions and your API tokens have ended."))
    return redirect("account")


def back(request: PageRequest) -> str:
    """The page that the form names, if it is one of ours."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return resolve_url(settings.LOGIN_REDIRECT_URL)


def _page(request: PageRequest, **more: object) -> HttpResponse:
    context = {
        "tokens": request.user.tokens.all(),
        "now": clock.now(),
        "scopes": [
            (tokens.Scope.READ.value, _("read: look at everything that you may see")),
            (tokens.Scope.FILE.value, _("file: file, change, comment and cancel your tickets")),
            (tokens.Scope.DECIDE.value, _("decide: approve, verify, start, finish and roll back as you may")),
        ],
        "typed": {"lasts": "90"},
        "chosen": [tokens.Scope.READ.value, tokens.Scope.FILE.value],
    }
    return render(request, "account/account.html", context | more)
