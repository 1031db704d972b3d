"""A server that does to a connection exactly what a test says, byte by byte."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

Reply = Callable[["Exchange"], None]
"""What to do with a request that has been read whole."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    connection: int

    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


@dataclass(slots=True)
class Exchange:
    """One request and the connection to answer on."""

    request: Request
    connection: socket.socket
    stopping: threading.Event
    keep: bool = field(default=False)


def answer(body: Any, status: int = 200, **headers: str) -> Reply:
    """An ordinary answer; `body` is sent as JSON unless it is bytes already."""

    def reply(exchange: Exchange) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(raw)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        exchange.connection.sendall("\r\n".join([*lines, "", ""]).encode() + raw)
        exchange.keep = True

    return reply


def refusal(status: int, code: str, **fields: Any) -> Reply:
    """One of Rancher's own errors (rancher-1.6-api.md 2)."""
    body = {"id": "0f2d", "type": "error", "status": status, "code": code, "message": None, "detail": None}
    return answer(body | fields, status)


def nothing(exchange: Exchange) -> None:
    """Close the connection without a word."""


def reset(exchange: Exchange) -> None:
    """Break the connection as a killed server does."""
    exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def trickle(beginning: bytes) -> Reply:
    """Send `beginning`, then a byte at a time for as long as the other side bears it."""

    def reply(exchange: Exchange) -> None:
        exchange.connection.sendall(beginning)
        while not exchange.stopping.wait(0.05):
            exchange.connection.sendall(b"x")

    return reply


class ScriptedServer:
    """Answers each request with the next reply of its script, the last one for ever; notes what arrived."""

    def __init__(self, *script: Reply, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self._script = list(script)
        self._tls = tls
        self._stopping = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._open: list[socket.socket] = []

    @property
    def url(self) -> str:
        scheme = "https" if self._tls else "http"
        return f"{scheme}://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        connection.settimeout(5)
        try:
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rb") as incoming:
                while (request := _read(incoming, number)) is not None:
                    self.requests.append(request)
                    exchange = Exchange(request, connection, self._stopping)
                    reply = self._script.pop(0) if len(self._script) > 1 else self._script[0]
                    reply(exchange)
                    if not exchange.keep or self._stopping.is_set():
                        return
        except OSError:
            connection.close()


def _read(incoming: Any, number: int) -> Request | None:
    first = incoming.readline().decode("latin-1").split()
    if len(first) != 3:
        return None
    headers = {}
    while line := incoming.readline().decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    body = incoming.read(int(headers.get("content-length", 0)))
    return Request(first[0], first[1], headers, body, number)
