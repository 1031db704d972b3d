"""`/subscribe`: changes of one project over a websocket, published once a second (rancher-1.6-api.md 8)."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from rancher_client.simulator.engine import Ref

from .access import Perspective
from .answers import plain_json
from .faults import Faults, SocketFault
from .ids import drawn_uuid, format_id
from .kinds import type_of
from .reading import Reader
from .schemas import Version
from .tables import Tables

PING_SECONDS = 5.0
TICK_SECONDS = 1.0
MAX_PINGS = 8640
"""After that many pings, 12 hours, the server closes."""

MAX_UNSENT = 100
"""A reader that leaves more messages than that unread is dropped."""

CHANGE = "resource.change"


@dataclass(slots=True, eq=False)
class Subscription:
    """One open socket: what it asked for and what is not sent yet. None in the queue = close."""

    seen: Perspective
    event_names: tuple[str, ...]
    include: str | None = None
    action_links: bool = False
    unsent: asyncio.Queue[str | None] = field(default_factory=asyncio.Queue)
    behind_since: float | None = None
    overrun: bool = False
    """Its reader was too slow."""
    broken: bool = False
    """To be ended without a close frame, as when the server dies."""

    @property
    def wants_changes(self) -> bool:
        """Anything behind a `;` of a name is replaced by the caller's own account."""
        return any(name.partition(";")[0] == CHANGE for name in self.event_names)

    def judge(self, now: float) -> None:
        """Mark a reader that has had too much unread for a whole tick of real time.

        Ticks of a driven clock follow each other faster than any reader can read.
        """
        if self.unsent.qsize() <= MAX_UNSENT:
            self.behind_since = None
        elif self.behind_since is None:
            self.behind_since = now
        elif now - self.behind_since >= TICK_SECONDS:
            self.overrun = True

    def put(self, frame: str | None) -> None:
        """Queue a frame, or None to close."""
        self.unsent.put_nowait(frame)


class Publisher:
    """All open subscriptions and the frames for them. Rights were checked at the handshake and stay."""

    def __init__(self, tables: Tables, reader: Reader, faults: Faults, clock: Callable[[], float]) -> None:
        self._tables = tables
        self._reader = reader
        self._faults = faults
        self._clock = clock
        self._open: list[Subscription] = []
        self._frame_ids = random.Random(1)  # noqa: S311  no secrets

    @property
    def subscriptions(self) -> Sequence[Subscription]:
        """The sockets that are open now."""
        return tuple(self._open)

    def add(self, subscription: Subscription) -> None:
        """From now on the socket gets frames; nothing is sent at the beginning, nothing replayed."""
        self._open.append(subscription)

    def remove(self, subscription: Subscription) -> None:
        """The socket is gone."""
        if subscription in self._open:
            self._open.remove(subscription)

    def publish(self, changes: Iterable[tuple[str, int]]) -> None:
        """One tick: at most one frame per resource, with the resource as it is now."""
        refs = list(dict.fromkeys(Ref(kind, number) for kind, number in changes))
        if self._faults.sockets & {SocketFault.DROP_EVENTS, SocketFault.STALL}:
            return
        times = 2 if SocketFault.DUPLICATE_EVENTS in self._faults.sockets else 1
        for subscription in self._open:
            subscription.judge(time.monotonic())
            if subscription.wants_changes and not subscription.overrun:
                frames = (self._frame(ref, subscription) for ref in refs)
                for frame in filter(None, frames):
                    for _ in range(times):
                        subscription.put(frame)

    def ping(self, subscription: Subscription) -> None:
        """Send the sign of life."""
        if SocketFault.STALL not in self._faults.sockets:
            subscription.put(self._event("ping", None, None, {"options": {}, "resources": []}))

    def close_all(self) -> None:
        """Close every open socket."""
        for subscription in self._open:
            subscription.put(None)

    def break_all(self) -> None:
        """End every open socket without a close frame."""
        for subscription in self._open:
            subscription.broken = True
            subscription.put(None)

    def _frame(self, ref: Ref, subscription: Subscription) -> str | None:
        seen = subscription.seen
        if ref.kind == "stack" and seen.version is Version.V1:
            return None
        if ref.kind == "project":
            return None  # of the project itself nobody in it is told [run]
        view = self._tables.seen(ref, seen.access)
        if view is None or view.get("state") in ("purging", "purged"):
            return None
        shown_type = type_of(ref.kind, view)
        if seen.schemas.get(shown_type) is None:
            return None
        resource = self._reader.rendered(
            ref, view, seen, include=subscription.include, action_links=subscription.action_links
        )
        data: dict[str, Any] = {"resource": resource}
        if subscription.action_links:
            data["actionLinks"] = resource.pop("actionLinks")
        return self._event(CHANGE, format_id(ref, seen.version), shown_type, data)

    def _event(
        self, name: str, resource_id: str | None, resource_type: str | None, data: dict[str, Any]
    ) -> str:
        """A frame: exactly these six keys in this order."""
        return plain_json(
            {
                "id": drawn_uuid(self._frame_ids),
                "name": name,
                "resourceId": resource_id,
                "resourceType": resource_type,
                "data": data,
                "time": int(self._clock() * 1000),
            }
        )
