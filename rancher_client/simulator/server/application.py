"""The simulator as a raw ASGI application: HTTP, websockets, and connections that break on order."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from .answers import Headers, Written
from .control import Control
from .faults import Effect, Fault, garbled
from .host_streams import HostStream
from .requests import Race, Request
from .simulator import Handled, Simulator
from .subscribe import MAX_PINGS, PING_SECONDS, TICK_SECONDS, Subscription

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

TRANSPORT = "simulator.transport"
"""The scope's extension under which the protocol classes of `protocols` leave the connection."""

OVERLAP_SECONDS = 0.005
"""How long a changing call is under way before it is decided: two such calls can meet (5.7)."""

HOST_PATHS = ("/v1/logs/", "/v1/stats", "/v1/containerstats", "/v1/hoststats")
"""Where the websocket proxy takes over from Rancher itself (agent:service/hostapi)."""

LEAST_PAUSE = 0.02
"""Seconds between two looks at a fast clock, or at one that is moved by hand."""

_TRICKLE_PIECES = 20


class Application:
    """Feeds a `Simulator` with requests and carries its answers out."""

    def __init__(self, simulator: Simulator, *, ping_seconds: float = PING_SECONDS) -> None:
        self._simulator = simulator
        self._ping_seconds = ping_seconds
        self._control = Control(simulator)
        self._decided_at: dict[str, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry point."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._http(scope, receive, send)

    async def publish_forever(self) -> None:
        """Once a second, tell the subscriptions what has changed (8)."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self._simulator.tick()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        ticking: asyncio.Task[None] | None = None
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                ticking = asyncio.create_task(self.publish_forever())
                await send({"type": "lifespan.startup.complete"})
            else:
                self._simulator.publisher.close_all()
                if ticking is not None:
                    ticking.cancel()
                    with suppress(asyncio.CancelledError):
                        await ticking
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        arrived = time.monotonic()
        request = _request_of(scope, await _body(receive))
        if request.path.startswith("/_sim/"):
            await _send(self._control.handle(request), send)
            return
        if request.method != "GET":
            await asyncio.sleep(OVERLAP_SECONDS)
            request = self._with_race(request, arrived)
        handled = self._simulator.handle(request)
        if request.method != "GET":
            self._decided_at[request.path.rstrip("/")] = time.monotonic()
        await self._carry_out(handled, scope, send)

    def _with_race(self, request: Request, arrived: float) -> Request:
        """Mark a call that came in while another one on the same row was still undecided."""
        decided = self._decided_at.get(request.path.rstrip("/"))
        if decided is None or arrived >= decided:
            return request
        return replace(request, race=Race(overlapping=True))

    async def _carry_out(self, handled: Handled, scope: Scope, send: Send) -> None:
        fault, written = handled.fault, handled.written
        if fault is None:
            await _send(written, send)
            return
        match fault.effect:
            case Effect.RESET_BEFORE | Effect.ACCEPT_THEN_RESET:
                _break(scope)
            case Effect.DELAY:
                await asyncio.sleep(fault.seconds)
                await _send(written, send)
            case Effect.TRICKLE:
                await _trickle(written, fault, send)
            case Effect.GARBAGE:
                content_type, content = garbled(fault.garbage, written.content)
                await _send(Written(200, [("Content-Type", content_type)], content), send)
            case _:
                await _send(written, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        request = _request_of(scope, b"")
        if request.path.startswith(HOST_PATHS):
            await self._host_socket(request, receive, send)
            return
        written, seen = self._simulator.handshake(request)
        if seen is None:
            await _refuse(written, send)
            return
        subscription = Subscription(
            seen,
            event_names=tuple(value for name, value in request.query if name == "eventNames"),
            include=request.parameter("include"),
            action_links=request.parameter("_actionLinks") is not None,
        )
        await send({"type": "websocket.accept", "headers": _raw(written.headers)})
        publisher = self._simulator.publisher
        publisher.add(subscription)
        tasks = [
            asyncio.create_task(_until_disconnect(receive)),
            asyncio.create_task(_deliver(subscription, send)),
            asyncio.create_task(self._ping_forever(subscription)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            publisher.remove(subscription)
            await _end(tasks)
        if subscription.overrun or subscription.broken:
            _break(scope)

    async def _host_socket(self, request: Request, receive: Receive, send: Send) -> None:
        """Logs and statistics: let in by token alone (6.3, 6.4)."""
        stream = self._simulator.host_stream(request)
        if stream is None:
            await _refuse(Written(401, [("Content-Type", "text/plain")], b"Failed authentication\n"), send)
            return
        await send({"type": "websocket.accept"})
        tasks = [
            asyncio.create_task(_until_disconnect(receive)),
            asyncio.create_task(self._tell(stream, send)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _end(tasks)

    async def _tell(self, stream: HostStream, send: Send) -> None:
        """Send what there is, again and again, until it is over; looks up once a virtual second."""
        while True:
            told = self._simulator.told(stream)
            for frame in told.frames:
                await send({"type": "websocket.send", "text": frame})
            if told.is_over:
                await send({"type": "websocket.close", "code": 1000})
                return
            speed = self._simulator.loop.speed
            await asyncio.sleep(min(TICK_SECONDS, max(LEAST_PAUSE, 1 / speed)) if speed else LEAST_PAUSE)

    async def _ping_forever(self, subscription: Subscription) -> None:
        for _ in range(MAX_PINGS):
            await asyncio.sleep(self._ping_seconds)
            if subscription.overrun:
                return
            self._simulator.publisher.ping(subscription)
        subscription.put(None)
        await asyncio.Event().wait()


def _request_of(scope: Scope, body: bytes) -> Request:
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
    query_text = scope["query_string"].decode("latin-1")
    client = scope.get("client") or ("127.0.0.1", 0)
    return Request(
        method=scope.get("method", "GET"),
        path=scope["path"],
        query=tuple(parse_qsl(query_text, keep_blank_values=True)),
        query_text=query_text,
        headers=headers,
        body=body,
        peer=client[0],
    )


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body", False):
            return body


def _raw(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("utf-8")) for name, value in headers]


async def _send(written: Written, send: Send) -> None:
    await send({"type": "http.response.start", "status": written.status, "headers": _raw(written.headers)})
    await send({"type": "http.response.body", "body": written.content})


async def _trickle(written: Written, fault: Fault, send: Send) -> None:
    """The body in pieces; the client's read time-out starts anew with each of them."""
    await send({"type": "http.response.start", "status": written.status, "headers": _raw(written.headers)})
    size = max(1, len(written.content) // _TRICKLE_PIECES)
    pieces = [written.content[at : at + size] for at in range(0, len(written.content), size)]
    for piece in pieces:
        await asyncio.sleep(fault.seconds / len(pieces))
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _break(scope: Mapping[str, Any]) -> None:
    """End the connection at once: the client sees a reset, no answer and no close frame."""
    transport = scope["extensions"][TRANSPORT]
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def _refuse(written: Written, send: Send) -> None:
    """Answer a handshake with a status other than 101."""
    start = {"status": written.status, "headers": _raw(written.headers)}
    await send({"type": "websocket.http.response.start", **start})
    await send({"type": "websocket.http.response.body", "body": written.content})


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _until_disconnect(receive: Receive) -> None:
    """Ignore what the client sends until it goes (8)."""
    while (await receive())["type"] != "websocket.disconnect":
        pass


async def _deliver(subscription: Subscription, send: Send) -> None:
    while True:
        frame = await subscription.unsent.get()
        if subscription.broken:
            return
        if frame is None:
            await send({"type": "websocket.close", "code": 1000})
            return
        await send({"type": "websocket.send", "text": frame})
