"""A server with a script, and sessions on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest

from rancher_client.cattle import Session
from rancher_client.retry import Backoff

from .scripted import ScriptedServer

SERVICE = {"type": "service", "id": "1s12", "name": "web", "state": "active", "transitioning": "no"}
ACCESS_KEY = "D1A5CANARYACCESSKEY0"
SECRET_KEY = "canary-secret-canary-secret-canary-secret"


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedServer]]:
    """Start a server that answers by a script."""
    with ExitStack() as stack:
        yield lambda *script, **options: stack.enter_context(ScriptedServer(*script, **options))


@pytest.fixture
def on() -> Iterator[Callable[..., Session]]:
    """Open a session on a server, quick to give up; `options` are those of `Session`."""
    with ExitStack() as stack:

        def opened(server: ScriptedServer, **options: Any) -> Session:
            wanted: dict[str, Any] = {
                "project": "1a5",
                "total_timeout": timedelta(seconds=5),
                "backoff": Backoff(first=timedelta(milliseconds=1)),
            }
            session = Session(server.url, ACCESS_KEY, SECRET_KEY, **wanted | options)
            stack.callback(session.close)
            return session

        yield opened
