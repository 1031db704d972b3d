"""What containers write: their logs, line by line (rancher-1.6-api.md 6.3).

Running and stopped containers have logs until they are removed. After a failed upgrade, read those of the new
containers before the next try removes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from rancher_client.cattle.fields import instant_of
from rancher_client.cattle.host_streams import End, HostAccess, HostStream, connected
from rancher_client.cattle.session import Session
from rancher_client.errors import Unusable

LONGEST_LINE = 16 * 1024
"""Characters kept of a line. Docker itself cuts at that many bytes."""

MOST_LINES = 100_000


class Written(StrEnum):
    """Where a container wrote a line to."""

    STDOUT = "stdout"
    STDERR = "stderr"
    TERMINAL = "terminal"
    """It has a terminal, which does not tell the two apart."""


_PREFIXES = {b"00 ": Written.TERMINAL, b"01 ": Written.STDOUT, b"02 ": Written.STDERR}


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line, without its end. `at` is None where the line carries no time of its own."""

    written_to: Written
    at: datetime | None
    text: str
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class LogPart:
    """Lines of a container, oldest first, and why there are no more."""

    lines: tuple[LogLine, ...]
    end: End


@contextmanager
def follow(
    session: Session,
    container_id: str,
    *,
    lines: int = 100,
    since: datetime | None = None,
    total: timedelta | None = timedelta(hours=1),
    silence: timedelta | None = timedelta(minutes=5),
    most_lines: int = MOST_LINES,
) -> Iterator[HostStream[LogLine]]:
    """The last `lines` of a container and those that it writes from then on::

        with logs.follow(rancher, "1i44") as written:
            for line in written:
                ...
            written.end  # End.CLOSED: the container was removed or its process ended

    Args:
        since: only lines from that time on; an aware time.
        total, silence: after that much time, or so long without a line, it ends (`End`); None never.
        most_lines: it ends after as many lines.

    Raises:
        NotServed: this server has no proxy for logs (501 HostApiProxyDisabled).
        NotOffered: the container is in no state to have logs (it is being created, or removed).
        StreamEnded: the host is not connected, or the connection was cut.
        NotFound, and what `Session.change` raises.
    """
    access = _ask(session, container_id, lines, since, is_followed=True)
    with connected(session, access, _read, total=total, silence=silence, most=most_lines) as stream:
        yield stream


def read(
    session: Session,
    container_id: str,
    *,
    lines: int = 100,
    since: datetime | None = None,
    silence: timedelta = timedelta(seconds=10),
) -> LogPart:
    """The last `lines` that a container wrote, for at most the session's `read_timeout`.

    `LogPart.end` is `CLOSED` when these are all; some agents do not close, which is `SILENT` then. Raises as
    `follow` does.
    """
    access = _ask(session, container_id, lines, since, is_followed=False)
    total = session.read_timeout
    with connected(session, access, _read, total=total, silence=silence, most=MOST_LINES) as stream:
        found = tuple(stream)
        return LogPart(found, stream.end or End.CLOSED)


def line_in(frame: bytes) -> LogLine | None:
    """The line in a frame: two digits, a space, a time, a space, the text. None for an empty frame. Pure.

    Bytes that are no UTF-8 are replaced, as applications write what they like. Raises Unusable for anything
    that does not begin as an agent's frames do (agent:service/hostapi/logs/logs.go).
    """
    if not frame:
        return None
    written_to = _PREFIXES.get(frame[:3])
    if written_to is None:
        raise Unusable("A line of a log does not begin with the digits of its stream.")
    text = frame[3:].decode("utf-8", "replace").rstrip("\r\n")
    first, space, rest = text.partition(" ")
    at = instant_of(first)
    if at is not None:
        text = rest if space else ""
    return LogLine(written_to, at, text[:LONGEST_LINE], is_cut=len(text) > LONGEST_LINE)


def _read(frame: bytes) -> list[LogLine]:
    line = line_in(frame)
    return [] if line is None else [line]


def _ask(
    session: Session, container_id: str, lines: int, since: datetime | None, *, is_followed: bool
) -> HostAccess:
    if lines < 0:
        raise ValueError("A number of lines is a whole number from 0 on.")
    body = {"follow": is_followed, "lines": lines, "since": _unix(since), "timestamps": True}
    url = session.url("containers", container_id, action="logs")
    return session.change("POST", url, HostAccess.parse, body=body)


def _unix(since: datetime | None) -> str:
    """A Unix time as Docker reads it, with nanoseconds; empty for all there is."""
    return "" if since is None else f"{int(since.timestamp())}.{since.microsecond:06d}000"
