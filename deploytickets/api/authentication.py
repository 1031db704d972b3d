"""Who calls the API: a personal token in the Authorization header, or the browser's own session."""

from typing import Any, cast

from django.utils.translation import gettext as _
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from deploytickets.access import tokens
from deploytickets.access.models import Token, User
from deploytickets.audit.actors import Actor, ActorKind, Through

KEYWORD = "Bearer"


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer dt_…`. A token in an address is not looked at: addresses end up in logs."""

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        """The token's owner and the token; None where the header speaks of no token.

        Raises AuthenticationFailed: the token is unknown, revoked, expired, or died with its
        owner's password.
        """
        keyword, _blank, plain = request.headers.get("Authorization", "").partition(" ")
        if keyword.lower() != KEYWORD.lower():
            return None
        found = tokens.authenticate(plain.strip())
        if found is None:
            raise AuthenticationFailed(
                _(
                    "This token does not work: it is unknown, revoked or expired, "
                    "or its owner has a new password."
                )
            )
        return found

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return f'{KEYWORD} realm="Deploy Tickets"'


class SessionAuthentication(authentication.SessionAuthentication):
    """The signed-in browser; whatever changes something needs the CSRF token as well."""

    def enforce_csrf(self, request: Request) -> None:
        """Raises PermissionDenied, in the reader's language."""
        try:
            super().enforce_csrf(request)
        except PermissionDenied:
            raise PermissionDenied(
                _(
                    "With a session, a change needs the CSRF token in the header X-CSRFToken, and a page of "
                    "this site as its origin. Nothing was done. Reload the page, or send a personal token."
                )
            ) from None


def user_of(request: Request) -> User:
    """The caller, whom the permissions have let in: nobody comes here without being signed in."""
    return cast(User, request.user)


def token_of(request: Request) -> Token | None:
    """The token that was used; None for a session."""
    return cast(Token | None, request.auth)


def actor_of(request: Request) -> Actor:
    """The caller as the `by` of a service; a token brings its scopes along."""
    user, token = user_of(request), token_of(request)
    return Actor(
        ActorKind.PERSON,
        str(user),
        Through.API,
        user_id=user.pk,
        address=cast(Any, request).address,
        token_id=token.pk if token else None,
        scopes=frozenset(token.scopes) if token else None,
    )
