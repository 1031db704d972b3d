"""Live streams, and in the demo everything else too: one address, one port.

`/live/` is served natively; pages and API go through WSGI in threads, where Django costs a fifth of
what it costs under its own ASGI handler. In production a reverse proxy sends only `/live/` here.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from a2wsgi import WSGIMiddleware
from django.conf import settings

import deploytickets.wsgi  # comes first: it loads the apps whose models the modules below import
from deploytickets.live.endpoint import LiveEvents
from deploytickets.live.hub import Hub
from deploytickets.notifications.streams import LIVE_STREAM

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

hub = Hub(settings.REDIS_URL, LIVE_STREAM)
live = LiveEvents(hub)
pages = WSGIMiddleware(deploytickets.wsgi.application, workers=16)  # type: ignore[arg-type]


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Route one connection."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http" and scope["path"].startswith("/live/"):
        await live(scope, receive, send)
    elif scope["type"] == "http":
        await pages(scope, receive, send)  # type: ignore[arg-type]
    else:
        await send({"type": "websocket.close", "code": 1000})


async def _lifespan(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await hub.close()
    await send({"type": "lifespan.shutdown.complete"})
