"""GET /live/events?topic=board&topic=ticket:DEPLOY-111: server-sent events, as raw ASGI.

Under Django's own ASGI handler each open stream would keep a thread and, once the ORM was touched,
a database connection; here it keeps neither.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from deploytickets.live import frames
from deploytickets.live.admission import Admission, admit, pool, wish_of
from deploytickets.live.hub import Hub, Subscriber, position_of

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PATH = "/live/events"
CHECK_RIGHTS_S = 8.0
STILL_HERE_S = 15.0
TOGETHER_S = 0.2
"""News that come within this time are told as one, so that a busy upgrade costs few fetches."""

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


class LiveEvents:
    """The endpoint; one per process, around one hub."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: a stream, or why not."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if scope["path"] != PATH:
            await _refuse(send, 404)
        elif scope["method"] != "GET":
            await _refuse(send, 405)
        elif headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            await _refuse(send, 403)
        else:
            try:
                asked = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=20)
            except ValueError:
                await _refuse(send, 400)
                return
            await self._stream(headers, asked, receive, send)

    async def _stream(
        self, headers: dict[str, str], asked: dict[str, list[str]], receive: Receive, send: Send
    ) -> None:
        wish = wish_of(headers.get("cookie", ""), asked.get("topic", []))
        loop = asyncio.get_running_loop()
        admission = await loop.run_in_executor(pool, admit, wish)
        if admission is not Admission.GRANTED:
            await _refuse(send, admission.value)
            return
        after = position_of(headers.get("last-event-id", ""), asked.get("since", [""])[0])
        subscriber = self.hub.join(wish.topics, after=after)
        gone = asyncio.create_task(_until_gone(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            await _write(send, frames.RETRY)
            checked_at = wrote_at = time.monotonic()
            while not gone.done():
                await _wait(subscriber, gone, until=min(checked_at + CHECK_RIGHTS_S, wrote_at + STILL_HERE_S))
                if gone.done():
                    return
                if time.monotonic() - checked_at >= CHECK_RIGHTS_S:
                    if await loop.run_in_executor(pool, admit, wish) is not Admission.GRANTED:
                        break
                    checked_at = time.monotonic()
                if subscriber.pending:
                    await _write(send, _told(subscriber))
                    wrote_at = time.monotonic()
                    await asyncio.wait({gone}, timeout=TOGETHER_S)
                elif time.monotonic() - wrote_at >= STILL_HERE_S:
                    await _write(send, frames.STILL_HERE)
                    wrote_at = time.monotonic()
            if not gone.done():
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self.hub.leave(subscriber)
            gone.cancel()


def _told(subscriber: Subscriber) -> bytes:
    entry_id = "{}-{}".format(*subscriber.newest) if subscriber.newest > (0, 0) else ""
    return b"".join(
        frames.event(topic.partition(":")[0], why.value, entry_id=entry_id)
        for topic, why in subscriber.take().items()
    )


async def _wait(subscriber: Subscriber, gone: "asyncio.Task[None]", *, until: float) -> None:
    """Until there is news, or the browser has gone, or `until` on the monotonic clock."""
    woken = asyncio.create_task(subscriber.woken.wait())
    try:
        await asyncio.wait(
            {woken, gone},
            timeout=max(0.0, until - time.monotonic()),
            return_when=asyncio.FIRST_COMPLETED,
        )
    finally:
        woken.cancel()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _write(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _refuse(send: Send, status: int) -> None:
    await send(
        {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]}
    )
    await send({"type": "http.response.body", "body": b"", "more_body": False})
