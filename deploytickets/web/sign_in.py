"""In and out."""

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from deploytickets.access import sign_in as access
from deploytickets.web.middleware import Refusal, address_of, on_refusal


def _again(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return _form(request, refusal)


def _form(request: HttpRequest, refusal: Refusal | None = None) -> HttpResponse:
    context = {
        "username": request.POST.get("username", ""),
        "next": request.POST.get("next") or request.GET.get("next", ""),
        "refusal": refusal,
    }
    return render(request, "registration/sign_in.html", context)


@login_not_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@on_refusal(_again)
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form, and what it leads to: the page that was asked for."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(_target(request))
    if request.method != "POST":
        return _form(request)
    user = access.prove(
        request,
        username=request.POST.get("username", "").strip()[:150],
        password=request.POST.get("password", "")[:1000],
        address=address_of(request),
    )
    login(request, user)
    return HttpResponseRedirect(_target(request))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


def _target(request: HttpRequest) -> str:
    """Only a page of ours: an address elsewhere in `next` would make the sign-in a trap."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return resolve_url(settings.LOGIN_REDIRECT_URL)
