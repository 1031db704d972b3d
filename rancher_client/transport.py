"""Connections that keep a deadline for the whole exchange and ask once more before the first byte.

`requests` and `urllib3` time each single read, so a server that sends a byte a second holds a caller for
ever. Here the present `Call` is looked up at every read and write of the socket. It also knows whether
anything was sent, which is the difference between "repeat it" and "find out first" (rancher-1.6-api.md 13.4).
"""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from rancher_client.errors import NotSent


@dataclass(slots=True)
class Call:
    """One request on its way.

    Attributes:
        deadline: monotonic time at which the whole exchange must be over.
        may_send: asked once the connection stands, right before the first byte; None always may.
        sent: whether a byte may have left this machine.
    """

    deadline: float
    may_send: Callable[[], bool] | None = None
    sent: bool = False

    def seconds_left(self) -> float:
        """Seconds until the deadline. Raises TimeoutError when it is over."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time for the whole request is over")
        return left


_PRESENT: ContextVar[Call] = ContextVar("rancher_client_call")


@contextmanager
def making(call: Call) -> Iterator[None]:
    """Everything that this thread reads or writes inside belongs to `call`."""
    token = _PRESENT.set(call)
    try:
        yield
    finally:
        _PRESENT.reset(token)


class _DeadlineReader(io.RawIOBase):
    """Reads a socket, never beyond the deadline of the present call."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(_PRESENT.get().seconds_left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _DeadlineSocket:
    """A connected socket whose readers keep the deadline; everything else is the socket's own."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def makefile(self, mode: str) -> io.BufferedReader:
        """What `http.client` reads the answer from; it asks for mode "rb" only."""
        return io.BufferedReader(_DeadlineReader(self._sock), 64 * 1024)


class _KeepsDeadline(HTTPConnection):
    """What both kinds of connection add to urllib3's."""

    def connect(self) -> None:
        super().connect()
        self.sock = cast(socket.socket, _DeadlineSocket(cast(socket.socket, self.sock)))

    def send(self, data: Any) -> None:
        call = _PRESENT.get()
        if self.sock is None:
            self.connect()
        if not call.sent:
            if call.may_send is not None and not call.may_send():
                raise NotSent("The time allowed for sending was over before the connection stood.")
            call.sent = True
        self.sock.settimeout(call.seconds_left())
        super().send(data)


class _PlainConnection(_KeepsDeadline):
    pass


class _TlsConnection(_KeepsDeadline, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class DeadlineAdapter(HTTPAdapter):
    """A pool of such connections. Makes no second try of its own and asks no proxy."""

    def __init__(self, *, connections: int) -> None:
        super().__init__(pool_connections=1, pool_maxsize=connections, max_retries=0)

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any
    ) -> None:
        """Called by HTTPAdapter; also after unpickling."""
        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **pool_kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
