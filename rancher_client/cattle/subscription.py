"""The websocket of a project: hints that something changed (rancher-1.6-api.md 8).

A frame is never an observation. Changes are merged, may come late or not at all, and none is replayed: after
each connect read everything of interest, *after* the socket is open.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from rancher_client.cattle.session import Session
from rancher_client.cattle.websocket import Frames, opened

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

    def __init__(self, frames: Frames, longest_silence: timedelta) -> None:
        self._frames = frames
        self._longest_silence = longest_silence.total_seconds()

    def __iter__(self) -> Iterator[WakeUp]:
        return self

    def __next__(self) -> WakeUp:
        """The next frame; a ping comes every 5 s, so the reader gets a turn even when nothing happens.

        Raises:
            StreamEnded: closed by either side, cut, or silent for longer than `longest_silence`.
        """
        try:
            frame = self._frames.receive(self._longest_silence)
        except TimeoutError:
            raise self._frames.ended(f"Nothing came for {self._longest_silence:g} seconds.") from None
        if frame is None:
            raise self._frames.ended("It was closed.")
        return wake_up_in(frame)

    def close(self) -> None:
        """End the stream; may be called from any thread, and wakes the reader with StreamEnded."""
        self._frames.close()


@contextmanager
def subscribe(session: Session, *, longest_silence: timedelta = LONGEST_SILENCE) -> Iterator[Subscription]:
    """Open the websocket of the session's project; closed on leaving.

    Raises what `websocket.opened` raises. The rights are checked at the handshake only: a revoked key keeps
    its socket (trap 56).
    """
    url = session.websocket_url("subscribe", params={"eventNames": CHANGE})
    headers = session.websocket_headers()
    with opened(session, url, headers=headers, largest_frame=LARGEST_FRAME) as frames:
        yield Subscription(frames, longest_silence)


def wake_up_in(frame: str | bytes) -> WakeUp:
    """What a frame says. Whatever cannot be read still means: look again."""
    try:
        value = json.loads(frame)
    except (ValueError, RecursionError):
        return WakeUp(UNREADABLE)
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return WakeUp(UNREADABLE)
    return WakeUp(value["name"], _text(value.get("resourceType")), _text(value.get("resourceId")))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
