"""Opening a websocket, and reading its frames until it ends; whatever is told on it.

Redirects are not followed and no proxy of the environment is asked, as in `rancher_client.exchange`.
"""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

from websockets.exceptions import ConnectionClosed, ConnectionClosedOK, InvalidHandshake, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from rancher_client.cattle import answers
from rancher_client.cattle.session import Session
from rancher_client.errors import RancherError, StreamEnded, Unreachable, Unusable

_QUIET = logging.getLogger(f"{__name__}.frames")
"""Handshakes carry keys and tokens, which the library writes down at level DEBUG."""
_QUIET.setLevel(logging.INFO)


class Frames:
    """An open websocket, read frame by frame."""

    def __init__(self, connection: ClientConnection, url: str) -> None:
        self._connection = connection
        self.url = url

    def receive(self, seconds: float | None) -> bytes | None:
        """The next frame, or None when the other side closed in order. Text is not decoded yet.

        Raises:
            TimeoutError: nothing came for `seconds`.
            StreamEnded: cut, or closed because of an error.
        """
        try:
            frame = self._connection.recv(timeout=seconds, decode=False)
        except TimeoutError:
            raise
        except ConnectionClosedOK:
            return None
        except (ConnectionClosed, OSError) as error:
            raise self.ended(str(error) or "The connection was cut.") from error
        return frame

    def ended(self, why: str) -> StreamEnded:
        """The error for an end that is none."""
        return StreamEnded(why, method="GET", url=self.url)

    def close(self) -> None:
        """End it; may be called from any thread, and wakes the reader."""
        self._connection.close()


@contextmanager
def opened(session: Session, url: str, *, headers: Mapping[str, str], largest_frame: int) -> Iterator[Frames]:
    """A websocket at `url`, closed on leaving; the query may hold a secret and is in no error.

    Args:
        largest_frame: bytes; a larger frame ends the stream.

    Raises KeyRefused, NotAllowed, NotFound or another Refused as Rancher answers the handshake, Unreachable
    when no connection could be made, OutcomeUnknown for a 5xx, Unusable for anything that is no websocket.
    """
    shown = url if "token=" not in url else urlunsplit(urlsplit(url)._replace(query=""))
    wait = session.connect_timeout.total_seconds()
    try:
        connection = connect(
            url,
            sock=_connected(url, wait),  # with a socket of ours no redirect can be followed
            ssl=session.tls() if url.startswith("wss:") else None,
            additional_headers=dict(headers),
            user_agent_header=session.user_agent,
            open_timeout=wait,
            ping_interval=None,
            close_timeout=1,
            compression=None,
            max_size=largest_frame,
            proxy=None,
            logger=_QUIET,
        )
    except InvalidStatus as error:
        raise _refused(error, shown) from error
    except OSError as error:  # first, because an untrusted certificate is a ValueError as well
        code = "Certificate" if isinstance(error, ssl.SSLCertVerificationError) else None
        raise Unreachable(str(error) or type(error).__name__, method="GET", url=shown, code=code) from error
    except (InvalidHandshake, ValueError) as error:
        raise Unusable(str(error), method="GET", url=shown) from error
    with connection:
        yield Frames(connection, shown)


def _connected(url: str, seconds: float) -> socket.socket:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "wss" else 80)
    connection = socket.create_connection((parts.hostname or "", port), timeout=seconds)
    connection.settimeout(None)
    return connection


def _refused(error: InvalidStatus, url: str) -> RancherError:
    body = bytes(error.response.body or b"")
    return answers.error_for(error.response.status_code, body, method="GET", url=url)
