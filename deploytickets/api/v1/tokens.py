"""The caller's own tokens."""

from datetime import timedelta
from functools import partial

from rest_framework.request import Request
from rest_framework.response import Response

from deploytickets.access import tokens
from deploytickets.api.endpoint import Endpoint
from deploytickets.api.idempotency import once
from deploytickets.api.schema import described, page_of
from deploytickets.api.v1.shapes import asked
from deploytickets.api.v1.shapes.people import NewTokenSerializer, TokenSerializer


class Tokens(Endpoint):
    """Listed, and made."""

    @described(
        "List one's tokens, newest first", answer=page_of(TokenSerializer), asked=asked.Paging, tag="me",
        operation="tokens_list",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Without their texts, which nobody can read again."""
        self.asked(asked.Paging)
        return self.page(self.user.tokens.all(), TokenSerializer)

    @described(
        "Make a token", body=asked.TokenWish, answer=NewTokenSerializer, status=201, tag="me", is_once=True,
        description="Only with a session: a token cannot make another one. Its text is shown this once.",
    )  # fmt: skip
    @partial(once, without=frozenset({"text"}))
    def post(self, request: Request) -> Response:
        """Its text is in this answer only."""
        wish = self.body(asked.TokenWish)
        token, text = tokens.issue(
            by=self.actor, name=wish["name"], scopes=wish["scopes"], lasts=timedelta(days=wish["days"])
        )
        return Response({**TokenSerializer(token).data, "text": text}, 201)


class OneToken(Endpoint):
    """Ended."""

    @described("End a token", answer=None, status=204, tag="me", refuses=(404,))
    def delete(self, request: Request, token_id: int) -> Response:
        """One of one's own."""
        tokens.revoke(token_id, by=self.actor)
        return Response(status=204)
