"""The websocket of a project: hints that something changed (rancher-1.6-api.md 8).

A frame is never an observation. Changes are merged, may come late or not at all, and none is replayed: after
each connect read everything of interest, *after* the socket is open.
"""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from rancher_client.cattle import answers
from rancher_client.cattle.session import Session
from rancher_client.errors import RancherError, StreamEnded, Unreachable, Unusable

LONGEST_SILENCE = timedelta(seconds=11)
"""Rancher pings every 5 s; its own UI takes a socket for dead after this time."""

LARGEST_FRAME = 16 * 1024 * 1024
"""Bytes. A frame holds a whole resource, so up to a few MB of variables and metadata."""

PING = "ping"
CHANGE = "resource.change"
UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class WakeUp:
    """One frame: look again.

    Attributes:
        name: `CHANGE`, `PING` (every 5 s: nothing to look at), `UNREADABLE` for a frame that is not
            Rancher's, or another name of Rancher's ("logout").
        resource_type, resource_id: what changed, where the frame tells; a service's kind may be any of 4.1.
    """

    name: str
    resource_type: str | None = None
    resource_id: str | None = None


class Subscription:
    """An open websocket; iterate over it in a thread of its own, and quickly (Rancher drops slow readers)."""

    def __init__(self, connection: ClientConnection, url: str, longest_silence: timedelta) -> None:
        self._connection = connection
        self._url = url
        self._longest_silence = longest_silence.total_seconds()

    def __iter__(self) -> Iterator[WakeUp]:
        return self

    def __next__(self) -> WakeUp:
        """The next frame; a ping comes every 5 s, so the reader gets a turn even when nothing happens.

        Raises:
            StreamEnded: closed by either side, cut, or silent for longer than `longest_silence`.
        """
        try:
            return wake_up_in(self._connection.recv(timeout=self._longest_silence))
        except TimeoutError:
            raise self._ended(f"Nothing came for {self._longest_silence:g} seconds.") from None
        except (ConnectionClosed, OSError) as error:
            raise self._ended(str(error) or "The connection was cut.") from error

    def close(self) -> None:
        """End the stream; may be called from any thread, and wakes the reader with StreamEnded."""
        self._connection.close()

    def _ended(self, why: str) -> StreamEnded:
        return StreamEnded(why, method="GET", url=self._url)


@contextmanager
def subscribe(session: Session, *, longest_silence: timedelta = LONGEST_SILENCE) -> Iterator[Subscription]:
    """Open the websocket of the session's project; closed on leaving.

    Raises KeyRefused, NotAllowed, NotFound or another Refused as Rancher answers the handshake, Unreachable
    when no connection could be made, OutcomeUnknown for a 5xx, Unusable for anything that is no websocket.

    The rights are checked at the handshake only: a revoked key keeps its socket (trap 56).
    """
    url = session.websocket_url("subscribe", params={"eventNames": CHANGE})
    wait = session.connect_timeout.total_seconds()
    try:
        connection = connect(
            url,
            sock=_connected(url, wait),  # with a socket of ours no redirect can be followed
            ssl=session.tls() if url.startswith("wss:") else None,
            additional_headers=session.websocket_headers(),
            user_agent_header=session.user_agent,
            open_timeout=wait,
            ping_interval=None,
            close_timeout=1,
            compression=None,
            max_size=LARGEST_FRAME,
            proxy=None,
        )
    except InvalidStatus as error:
        raise _refused(error, url) from error
    except OSError as error:  # first, because an untrusted certificate is a ValueError as well
        code = "Certificate" if isinstance(error, ssl.SSLCertVerificationError) else None
        raise Unreachable(str(error) or type(error).__name__, method="GET", url=url, code=code) from error
    except (InvalidHandshake, ValueError) as error:
        raise Unusable(str(error), method="GET", url=url) from error
    with connection:
        yield Subscription(connection, url, longest_silence)


def wake_up_in(frame: str | bytes) -> WakeUp:
    """What a frame says. Whatever cannot be read still means: look again."""
    try:
        value = json.loads(frame)
    except (ValueError, RecursionError):
        return WakeUp(UNREADABLE)
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return WakeUp(UNREADABLE)
    return WakeUp(value["name"], _text(value.get("resourceType")), _text(value.get("resourceId")))


def _connected(url: str, seconds: float) -> socket.socket:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "wss" else 80)
    connection = socket.create_connection((parts.hostname or "", port), timeout=seconds)
    connection.settimeout(None)
    return connection


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _refused(error: InvalidStatus, url: str) -> RancherError:
    body = bytes(error.response.body or b"")
    return answers.error_for(error.response.status_code, body, method="GET", url=url)
