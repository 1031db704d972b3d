"""Callers of the API: by token or by session, each over the whole stack of middleware."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from deploytickets.access import tokens
from deploytickets.access.models import User
from tests.builders import actor_of

ALL = tuple(tokens.Scope)


class Caller:
    """Calls /api/v1 with JSON, as a person."""

    def __init__(self, client: Client, headers: dict[str, str]) -> None:
        self.client = client
        self.headers = headers

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", query or None, headers=self.headers)

    def send(self, method: str, path: str, body: Any, **headers: str) -> Any:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return getattr(self.client, method)(
            f"/api/v1{path}", body, content_type="application/json", headers={**self.headers, **names}
        )

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("post", path, {} if body is None else body, **headers)

    def patch(self, path: str, body: Any) -> Any:
        return self.send("patch", path, body)

    def delete(self, path: str) -> Any:
        return self.client.delete(f"/api/v1{path}", headers=self.headers)


@pytest.fixture(autouse=True)
def _nobody_has_called_yet() -> Iterator[None]:
    """Throttles count in the cache of the process."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def token_of(db: None) -> Callable[..., str]:
    def issue(user: User, *scopes: str) -> str:
        _token, plain = tokens.issue(
            by=actor_of(user), name="a test", scopes=scopes or ALL, lasts=timedelta(days=1)
        )
        return plain

    return issue


@pytest.fixture
def calls(token_of: Callable[..., str]) -> Callable[..., Caller]:
    """The person with a token of all scopes, or of those given."""

    def caller(user: User, *scopes: str) -> Caller:
        return Caller(Client(), {"Authorization": f"Bearer {token_of(user, *scopes)}"})

    return caller


@pytest.fixture
def browses(db: None) -> Callable[..., Caller]:
    """The signed-in person; with a CSRF token unless it is to be missing."""

    def caller(user: User, *, with_csrf: bool = True) -> Caller:
        client = Client(enforce_csrf_checks=True)
        client.force_login(user)
        if not with_csrf:
            return Caller(client, {})
        secret = "a" * 32
        client.cookies["csrftoken"] = secret
        return Caller(client, {"X-CSRFToken": secret})

    return caller
