"""The header Idempotency-Key: a POST that is sent twice has one effect and gets one answer (I16)."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from deploytickets import clock
from deploytickets.access import idempotency

HEADER = "Idempotency-Key"
View = TypeVar("View", bound=Callable[..., Response])


def once(view: View, *, without: frozenset[str] = frozenset()) -> View:
    """Marks a POST: with the header, its effect and the memory of its answer are one transaction.

    A request that was refused left no effect and is not remembered: it may succeed the next time.
    Whoever may not see any more what was answered is refused as by a GET of it.
    Members of the answer named in `without` are secrets: they are not stored, and null when repeated.
    """

    @wraps(view)
    def answer(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return view(self, request, *args, **kwargs)
        user_id = cast(int, request.user.pk)
        with transaction.atomic():
            before = idempotency.begin(
                user_id=user_id, key=key, request_digest=_digest(request), now=clock.now()
            )
            if before is not None:
                self.require_visible(before.body)
                return Response(before.body, before.status)
            response = view(self, request, *args, **kwargs)
            kept = {name: None if name in without else value for name, value in response.data.items()}
            idempotency.remember(user_id=user_id, key=key, status=response.status_code, body=kept)
        return response

    return cast(View, answer)


def _digest(request: Request) -> str:
    """SHA-256 of method, path and body: what makes it the same request."""
    head = f"{request.method} {request.path}\n".encode()
    return hashlib.sha256(head + request.body).hexdigest()
