"""The OpenAPI document: what each endpoint takes and answers, and in which ways it says no."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers

from deploytickets.api import idempotency, problems
from deploytickets.api.fields import Body, Text, texts

View = TypeVar("View", bound=Callable[..., Any])

ALWAYS = (401, 403, 429, 500)
WITH_BODY = (400, 413, 415, 422)
DECIDING = (404, 409)


class ProblemSerializer(serializers.Serializer[Any]):
    """Problem details (RFC 9457). Besides these, facts of the case: each is there where it says something."""

    type = serializers.URLField(help_text="Names the kind of problem; never changes.")
    kind = serializers.CharField(help_text="The last part of `type`.")
    title = serializers.CharField(help_text="The kind in words, in the language of Accept-Language.")
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="What happened this time, and what to do.")
    fields = serializers.DictField(  # type: ignore[assignment]  # the metaclass takes it
        child=serializers.CharField(),
        required=False,
        help_text="A sentence for each field that does not fit.",
    )
    ticket = serializers.CharField(required=False, help_text="The key of the ticket that is meant.")
    state = serializers.CharField(required=False, help_text="Where that ticket stands now.")
    who_may = texts(required=False, help_text="The people who may do it.")
    plan_digest = Text(required=False, help_text="The digest of the plan as it is now.")
    warnings = texts(required=False, help_text="Warnings that have to be accepted by name.")
    blockers = texts(required=False, help_text="What stands against the plan.")
    waits_for = serializers.DictField(required=False, help_text="What the start waits for, by its code.")
    known = texts(required=False, help_text="The names that there are.")


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How generated clients and the documentation's page send a token."""

    target_class = "deploytickets.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer", "description": "A personal token: see Account."}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The browser in which one is signed in."""

    target_class = "deploytickets.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """The session's cookie."""
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "Signed in. POST, PATCH and DELETE need the header X-CSRFToken.",
        }


def page_of(shape: type[serializers.Serializer[Any]]) -> Any:
    """What `pagination.Pages` answers: rows in this shape, how many there are, and where the others are."""
    name = shape.__name__.removesuffix("Serializer")
    return inline_serializer(
        f"PageOf{name}",
        {
            "count": serializers.IntegerField(),
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "results": shape(many=True),
        },
    )


def described(
    summary: str,
    *,
    answer: Any,
    tag: str,
    status: int = 200,
    body: type[Body] | None = None,
    asked: type[Body] | None = None,
    refuses: Sequence[int] = (),
    is_once: bool = False,
    description: str = "",
    operation: str | None = None,
) -> Callable[[View], View]:
    """Puts a method of an endpoint into the document.

    Args:
        answer: the shape of what is answered; None: nothing is.
        asked: the parameters behind the question mark.
        refuses: statuses of problems besides those that every endpoint has.
        is_once: takes the header Idempotency-Key.
    """
    statuses = {*ALWAYS, *refuses, *(WITH_BODY if body else ()), *((422,) if asked else ())}
    responses: dict[Any, Any] = {status: answer}
    for code in sorted(statuses):
        kinds = ", ".join(f"`{problem.kind}`" for problem in problems.known() if problem.status == code)
        responses[code, problems.MEDIA_TYPE] = OpenApiResponse(ProblemSerializer, description=kinds)
    parameters: list[Any] = [asked] if asked else []
    if is_once:
        parameters.append(
            OpenApiParameter(
                idempotency.HEADER,
                str,
                OpenApiParameter.HEADER,
                description="Up to 200 ASCII characters of your own. The same request with the same key has "
                "one effect and gets the first answer again, for 24 hours.",
            )
        )
    return extend_schema(
        summary=summary,
        description=description or None,
        operation_id=operation,
        tags=[tag],
        request=body,
        responses=responses,
        parameters=parameters,
    )
