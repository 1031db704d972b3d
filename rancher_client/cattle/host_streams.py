"""What hosts tell over a websocket: log lines and statistics (rancher-1.6-api.md 6.3, 6.4).

Rancher is asked for an address and a token for it, good for 300 s; its proxy then leads to the agent on the
host. Of the address only the path is used, below our own base: another host is never connected to. The token
has to stand in the query, since the agent reads it from there; so no URL with it is shown or logged.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Generic, Self, TypeVar
from urllib.parse import quote, urlsplit

from rancher_client.cattle.fields import Fields
from rancher_client.cattle.session import Session
from rancher_client.cattle.websocket import Frames, opened
from rancher_client.errors import RancherError, StreamEnded, Unusable

LARGEST_FRAME = 4 * 1024 * 1024
"""Bytes: a line of a log, or the statistics of all containers of a host."""

_PATH = re.compile(r".*?(/v1/(?:logs|hoststats|containerstats)(?:/[0-9A-Za-z_.-]{1,128})?/?)")
_T = TypeVar("_T")


class End(StrEnum):
    """Why a stream of a host has ended, none of them an error."""

    CLOSED = "closed"
    """The host had no more to tell."""
    ENOUGH = "enough"
    """As much came as was wanted."""
    TIME_OVER = "time-over"
    """The total time was over."""
    SILENT = "silent"
    """Nothing came for the longest silence allowed."""


@dataclass(frozen=True, slots=True)
class HostAccess:
    """Where to connect, and what with. Without a URL there is nothing to be told: no container runs."""

    url: str | None
    token: str | None = field(repr=False)

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From a `hostAccess` or `statsAccess`."""
        fields = Fields(body, "access to a host")
        if fields.text("type") not in ("hostAccess", "statsAccess"):
            raise Unusable("Rancher's answer is no access to a host.")
        return cls(url=fields.text_or_none("url"), token=fields.text_or_none("token"))

    def path(self) -> str | None:
        """The path of `url` below the server; raises Unusable for one that leads elsewhere."""
        if self.url is None:
            return None
        found = _PATH.fullmatch(urlsplit(self.url).path)
        if found is None:
            raise Unusable("Rancher's address of a host's websocket is none that we know.")
        return found[1]


class HostStream(Generic[_T]):
    """An iterator over what comes, until its end, which `end` then names."""

    def __init__(
        self,
        frames: Frames | None,
        read: Callable[[bytes], Iterable[_T]],
        *,
        total: timedelta | None,
        silence: timedelta | None,
        most: int | None,
    ) -> None:
        self._frames = frames
        self._read = read
        self._deadline = None if total is None else time.monotonic() + total.total_seconds()
        self._silence = None if silence is None else silence.total_seconds()
        self._left = most
        self._waiting: deque[_T] = deque()
        self.end: End | None = End.CLOSED if frames is None else None

    def __iter__(self) -> Iterator[_T]:
        return self

    def __next__(self) -> _T:
        """The next one.

        Raises:
            StopIteration: it has ended; `end` says why.
            StreamEnded: the connection was cut.
            Unusable: what came is nothing that Rancher's agent sends.
        """
        while self.end is None and not self._waiting:
            self._take()
        if not self._waiting or self._left == 0:
            raise StopIteration
        if self._left is not None:
            self._left -= 1
            if self._left == 0:
                self.end = End.ENOUGH
        return self._waiting.popleft()

    def close(self) -> None:
        """End it; may be called from any thread, and wakes the reader."""
        if self._frames is not None:
            self._frames.close()

    def _take(self) -> None:
        if self._frames is None or self._left == 0:
            self.end = self.end or End.ENOUGH
            return
        left = None if self._deadline is None else self._deadline - time.monotonic()
        if left is not None and left <= 0:
            self.end = End.TIME_OVER
            return
        waits = [seconds for seconds in (left, self._silence) if seconds is not None]
        try:
            frame = self._frames.receive(min(waits, default=None))
        except TimeoutError:
            is_over = self._deadline is not None and time.monotonic() >= self._deadline
            self.end = End.TIME_OVER if is_over else End.SILENT
            return
        if frame is None:
            self.end = End.CLOSED
            return
        try:
            self._waiting.extend(self._read(frame))
        except Unusable as error:
            error.method, error.url = "GET", self._frames.url
            raise


@contextmanager
def connected(
    session: Session,
    access: HostAccess,
    read: Callable[[bytes], Iterable[_T]],
    *,
    total: timedelta | None,
    silence: timedelta | None,
    most: int | None = None,
) -> Iterator[HostStream[_T]]:
    """The stream that `access` leads to; closed on leaving.

    Raises StreamEnded with status 401 when the proxy does not let us in: the token is over, or the host's
    agent is not connected. Else what `websocket.opened` raises.
    """
    path = access.path()
    if path is None:
        yield HostStream(None, read, total=total, silence=silence, most=most)
        return
    url = f"{session.websocket_root()}{path}"
    with _let_in(session, f"{url}?token={quote(access.token or '', safe='')}", url) as frames:
        yield HostStream(frames, read, total=total, silence=silence, most=most)


@contextmanager
def _let_in(session: Session, url: str, shown: str) -> Iterator[Frames]:
    with ExitStack() as stack:
        try:
            frames = stack.enter_context(opened(session, url, headers={}, largest_frame=LARGEST_FRAME))
        except RancherError as error:
            if error.status != 401:
                raise
            why = "The host is not connected, or the time to connect is over."
            raise StreamEnded(why, method="GET", url=shown, status=401) from error
        yield frames
