"""What happens around every page: where its parts may come from, who asks, and how a no is answered."""

import ipaddress
from collections.abc import Callable, Iterator
from typing import Any, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import BadRequest
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseForbidden,
    UnreadablePostError,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode

from deploytickets.access.models import User
from deploytickets.audit.actors import Actor, ActorKind, Through
from deploytickets.audit.errors import DomainError
from deploytickets.problems import Problem, problem_of
from deploytickets.tickets import queries as tickets


def is_loopback(address: str) -> bool:
    """Is this an address of the machine itself?"""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


GetResponse = Callable[[HttpRequest], HttpResponseBase]

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


class OnlyThisMachine:
    """The demo, whose passwords everybody knows, answers nobody but its own machine."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_loopback(request.META.get("REMOTE_ADDR", "")):
            return HttpResponseForbidden("The demo answers its own machine only.", content_type="text/plain")
        return self.get_response(request)


class ContentSecurityPolicy:
    """Every part of a page comes from us, none of it is inline: what a user typed can never run."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if not request.path.startswith(settings.STATIC_URL):
            # A page holds what its reader may see; the next user of the browser must not find it.
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class OnlyText:
    """Addresses and forms are UTF-8 whatever Content-Type says, without NUL, which PostgreSQL cannot keep.

    No page of ours sends anything else: it is refused before anything is looked up by it. Bodies and
    addresses of the API are asked by its own fields, and answered with problem details.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.encoding = "utf-8"
        try:
            is_text = not any("\x00" in text for text in self._texts(request))
        except UnreadablePostError:
            raise BadRequest("The connection ended within the form.") from None
        if not is_text:
            raise BadRequest("A NUL is no text.")
        return self.get_response(request)

    def _texts(self, request: HttpRequest) -> Iterator[str]:
        yield from request.COOKIES.values()
        if request.path.startswith("/api/"):
            return
        yield request.path
        for given in (request.GET, request.POST):
            for name, values in given.lists():
                yield from (name, *values)


class SignInRequired(LoginRequiredMiddleware):
    """Everything needs a signed-in person, unless its view says `login_not_required`."""

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        """Lead to the sign-in and back; a part of a page must not swap the sign-in form into its box."""
        if request.headers.get("HX-Request") != "true":
            return cast(HttpResponseBase, super().handle_no_permission(request, view_func))
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
        back = f"{page.path}?{page.query}" if page.query else page.path
        target = f"{reverse(settings.LOGIN_URL)}?{urlencode({'next': back})}"
        return HttpResponse(status=401, headers={"HX-Redirect": target})


class RequestActor:
    """Who asks: `request.actor` for the services, in the language that this person has chosen.

    `request.waiting` are the tickets that wait for them, asked for at most once per page.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        asker = cast(Any, request)
        asker.address = address_of(request)
        asker.actor = SimpleLazyObject(lambda: actor_of(cast(User, request.user), asker.address))
        asker.waiting = SimpleLazyObject(lambda: tickets.waiting_for(request.user.pk))
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            language = getattr(request.user, "language", "")
            if language:
                translation.activate(language)
                asker.LANGUAGE_CODE = language
        return self.get_response(request)


def actor_of(user: User, address: str) -> Actor:
    """The signed-in person as an actor through the pages."""
    return Actor(ActorKind.PERSON, str(user), Through.PAGE, user_id=user.pk, address=address)


def address_of(request: HttpRequest) -> str:
    """Where the request came from; behind a proxy of ours, what the proxy says.

    Only the last entry of X-Forwarded-For is the proxy's own: those before it are the client's claim.
    """
    if settings.SECURE_PROXY_SSL_HEADER is not None:
        forwarded = request.headers.get("X-Forwarded-For", "")
        if forwarded:
            return forwarded.rpartition(",")[2].strip()[:45]
    return str(request.META.get("REMOTE_ADDR", ""))[:45]


AnswersRefusal = Callable[..., HttpResponse]
"""Renders the page or the part as it stands now, with the no: (request, refusal, **address parameters)."""


class Refusal:
    """A domain error on its way to a reader: the row of problems.py and the error's own sentence."""

    def __init__(self, error: DomainError) -> None:
        self.error = error
        self.problem: Problem = problem_of(error)

    @property
    def status(self) -> int:
        return self.problem.status

    @property
    def title(self) -> str:
        return str(self.problem.title)

    @property
    def sentence(self) -> str:
        return str(self.error.sentence)


def on_refusal(answer: AnswersRefusal) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Marks a view: a domain error out of it is answered by `answer` instead of by the general page."""

    def mark(view: Callable[..., Any]) -> Callable[..., Any]:
        view.answers_refusal = answer  # type: ignore[attr-defined]
        return view

    return mark


class Problems:
    """Answers domain errors from problems.py: views raise them and never catch them."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The view's own answer where it has one, else the page that says what happened and what to do."""
        if not isinstance(exception, DomainError):
            return None
        refusal = Refusal(exception)
        match = request.resolver_match
        own: AnswersRefusal | None = getattr(match.func, "answers_refusal", None) if match else None
        if own is not None and match is not None:
            try:
                response = own(request, refusal, **match.kwargs)
                response.status_code = refusal.status
                return response
            except DomainError as error:
                # What was refused may be nothing that the reader sees: then that is the answer.
                refusal = Refusal(error)
        if cast(Any, request).htmx:
            response = render(request, "problems/_refusal.html", {"refusal": refusal}, status=refusal.status)
            response["HX-Retarget"] = "#problems"
            response["HX-Reswap"] = "innerHTML"
            return response
        return render(request, "problems/refusal.html", {"refusal": refusal}, status=refusal.status)
