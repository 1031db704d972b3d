"""Every no of the API in one form: problem details (RFC 9457), application/problem+json.

`type` is an address that describes the kind and never changes, `kind` its last part; `title` says
the kind in words, `detail` what happened this time. The error's facts stand beside them: `fields`,
`who_may`, `state`, `plan_digest`, `warnings`, `known`, … Nothing of the inside is shown.
"""

import logging
from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any

from django.conf import settings
from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
)
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.defaults import bad_request
from rest_framework import exceptions
from rest_framework.response import Response

from deploytickets.audit.errors import DomainError, Invalid
from deploytickets.problems import TABLE, Problem, problem_of

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

BROKEN = Problem("broken", 500, gettext_lazy("Something is broken here"))
UNREADABLE = Problem("unreadable", 400, gettext_lazy("That request could not be read"))

OF_HTTP: dict[type[Exception], Problem] = {
    exceptions.APIException: Problem("refused", 400, gettext_lazy("That is not possible")),
    exceptions.ParseError: Problem("malformed", 400, gettext_lazy("The body cannot be read")),
    exceptions.NotAuthenticated: Problem("not-signed-in", 401, gettext_lazy("Who are you?")),
    exceptions.AuthenticationFailed: Problem("not-signed-in", 401, gettext_lazy("Who are you?")),
    exceptions.PermissionDenied: Problem("not-allowed", 403, gettext_lazy("You may not do this")),
    exceptions.NotFound: Problem("unknown", 404, gettext_lazy("There is no such thing")),
    exceptions.MethodNotAllowed: Problem("no-such-method", 405, gettext_lazy("This is not done here")),
    BadRequest: UNREADABLE,
    SuspiciousOperation: UNREADABLE,
    RequestDataTooBig: Problem("too-large", 413, gettext_lazy("The body is too large")),
    exceptions.UnsupportedMediaType: Problem("not-json", 415, gettext_lazy("The body has to be JSON")),
    exceptions.Throttled: Problem("too-often", 429, gettext_lazy("Too many requests")),
}
"""What the way to a service can refuse; what services refuse is in deploytickets/problems.py."""


def known() -> list[Problem]:
    """Every kind that this API answers, each once, by name."""
    kinds = {problem.kind: problem for problem in (*OF_HTTP.values(), *TABLE.values(), BROKEN)}
    return [kinds[name] for name in sorted(kinds)]


def type_uri(kind: str) -> str:
    """The address of the kind; it leads to its title and status."""
    return f"{settings.BASE_URL.rstrip('/')}{reverse('api-problem', args=[kind])}"


def answer(error: Exception, context: Mapping[str, Any]) -> Response:
    """The response to what a view raised; REST_FRAMEWORK's EXCEPTION_HANDLER."""
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, exceptions.ValidationError):
        error = Invalid(fields_of(error.detail))
    if isinstance(error, DomainError):
        return _response(problem_of(error), str(error.sentence), facts=error.facts)
    kind = next((kind for kind in type(error).__mro__ if kind in OF_HTTP), None)
    if kind is None:
        log.error("%s %s failed", context["request"].method, context["request"].path, exc_info=error)
        return _response(
            BROKEN,
            _(
                "This is a fault of the product, and it is in its log. If you send the same Idempotency-Key "
                "again, nothing is done twice."
            ),
        )
    return _response(OF_HTTP[kind], _detail(error), headers=_headers(error))


def unread(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The 400 to a request that no view got to see; `handler400` of urls.py.

    Below /api/ it is a problem like the others, elsewhere the page.
    """
    # The middleware that knows the language may not have been reached: then the thread still has another's.
    language = getattr(request, "LANGUAGE_CODE", None) or translation.get_language_from_request(request)
    with translation.override(language):
        if not request.path.startswith("/api/"):
            return bad_request(request, exception)
        response = answer(exception, {"request": request})
    return JsonResponse(response.data, status=response.status_code, content_type=MEDIA_TYPE)


def fields_of(detail: Any) -> dict[str, str]:
    """The complaints about the body by field; `links.0` is the first of a list, `body` the whole."""
    sentences: dict[str, list[str]] = {}
    for name, sentence in _flat(detail, ""):
        sentences.setdefault(name or "body", []).append(sentence)
    return {name: " ".join(found) for name, found in sentences.items()}


def _flat(detail: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _flat(inner, path if name == "non_field_errors" else f"{path}.{name}".lstrip("."))
    elif isinstance(detail, list | tuple):
        for inner in detail:
            yield from _flat(inner, path)
    else:
        yield path, str(detail)


def _detail(error: Exception) -> str:
    if isinstance(error, RequestDataTooBig):
        return _("A body has at most %(count)d bytes. Nothing was read.") % {
            "count": settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        }
    if isinstance(error, TooManyFieldsSent):
        return _("An address has at most %(count)d parameters. Nothing was done.") % {
            "count": settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
        }
    if isinstance(error, BadRequest | SuspiciousOperation):
        return _("A header, a cookie or the address holds what cannot be read. Nothing was done.")
    if isinstance(error, exceptions.NotFound):
        return _("There is nothing at this address.")
    if isinstance(error, exceptions.NotAuthenticated):
        return _("Send a personal token in the header “Authorization: Bearer …”, or sign in.")
    return str(error.detail) if isinstance(error, exceptions.APIException) else ""


def _headers(error: Exception) -> dict[str, str]:
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = str(error.auth_header)  # type: ignore[attr-defined]
    if getattr(error, "wait", None):
        headers["Retry-After"] = str(ceil(error.wait))  # type: ignore[attr-defined]
    return headers


def _response(
    problem: Problem,
    detail: str,
    *,
    facts: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    body = {
        **(facts or {}),
        "type": type_uri(problem.kind),
        "kind": problem.kind,
        "title": str(problem.title),
        "status": problem.status,
        "detail": detail,
    }
    return Response(body, problem.status, headers=dict(headers or {}), content_type=MEDIA_TYPE)
