"""A browser without JavaScript that is signed in, and one with htmx."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from deploytickets.access.models import User

HTMX = {"HX-Request": "true"}

Browser = Callable[[User], Client]


@pytest.fixture
def signed_in(db: None) -> Browser:
    """A client with a session of this person; CSRF is checked by the tests that are about it."""

    def browser(person: User, **settings: Any) -> Client:
        client = Client(headers={"host": "localhost"}, **settings)
        client.force_login(person)
        return client

    return browser


@pytest.fixture
def anonymous(db: None) -> Client:
    return Client(headers={"host": "localhost"})
