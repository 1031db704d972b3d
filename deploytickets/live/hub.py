"""One reader of the Redis stream for all open pages of this process.

A page is told only *that* something about its topic changed, and fetches it: so a lost, doubled or
late message can never show a wrong fact, and what a page may see is decided where it is fetched.
While Redis is away the pages are told to look every few seconds, so that they stay right, only later.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

Position = tuple[int, int]
"""A Redis stream id: milliseconds and sequence number."""

LOOK_AGAIN_S = 3.0
REMEMBERED = 2000
CLOCK_SKEW_MS = 3000


class Why(StrEnum):
    """What the data of an event says; pages treat all alike, people read it when they debug."""

    CHANGED = "changed"
    MISSED = "missed"
    AWAY = "away"


@dataclass(slots=True, eq=False)
class Subscriber:
    """One open stream: the topics it follows and those that have news it was not yet told."""

    topics: frozenset[str]
    pending: dict[str, Why] = field(default_factory=dict)
    newest: Position = (0, 0)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, topics: Iterable[str], why: Why) -> None:
        """News of `topics`; several before it is read become one."""
        for topic in topics:
            if topic in self.topics:
                self.pending[topic] = why
                self.woken.set()

    def take(self) -> dict[str, Why]:
        """What there is to tell, once."""
        taken, self.pending = self.pending, {}
        self.woken.clear()
        return taken


class Hub:
    """Reads the stream while anybody listens and hands each entry to those who follow its topic."""

    def __init__(self, redis_url: str, stream: str) -> None:
        self._url = redis_url
        self._stream = stream
        self._subscribers: set[Subscriber] = set()
        self._recent: deque[tuple[Position, str]] = deque(maxlen=REMEMBERED)
        # The hub knows of every entry after this position; None while Redis is away.
        self._whole_after: Position | None = None
        self._newest: Position = (0, 0)
        self._is_away = False
        self._reader: asyncio.Task[None] | None = None

    @property
    def listeners(self) -> int:
        return len(self._subscribers)

    def join(self, topics: frozenset[str], *, after: Position | None) -> Subscriber:
        """Follow `topics` from `after` on: the last entry a page was told of, or when it was rendered.

        Where the hub cannot know what came since then, everything counts as changed.
        """
        subscriber = Subscriber(topics, newest=self._newest)
        self._subscribers.add(subscriber)
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._read_for_ever(), name="live-reader")
        if after is None or self._whole_after is None or after < self._whole_after:
            subscriber.tell(topics, Why.MISSED)
        else:
            subscriber.tell({topic for position, topic in self._recent if position > after}, Why.CHANGED)
        return subscriber

    def leave(self, subscriber: Subscriber) -> None:
        self._subscribers.discard(subscriber)

    async def close(self) -> None:
        """Stop reading; open streams end with their connections."""
        reader, self._reader = self._reader, None
        while reader is not None and not reader.done():
            # redis-py's clean-up may swallow a cancellation that comes while it connects: ask again.
            reader.cancel()
            await asyncio.wait({reader}, timeout=0.5)

    async def _read_for_ever(self) -> None:
        while True:
            try:
                await self._read()
            except (RedisError, OSError) as error:
                if not self._is_away:
                    log.warning("Redis is away, live pages look every %s s: %s", LOOK_AGAIN_S, error)
                self._is_away = True
                self._whole_after = None
                self._recent.clear()
                self._tell_all(Why.AWAY)
                await asyncio.sleep(LOOK_AGAIN_S)

    async def _read(self) -> None:
        # redis-py's own socket timeout would end a longer BLOCK: it must exceed it, and BLOCK is finite so
        # that a connection that died in silence is noticed.
        async with Redis.from_url(
            self._url, socket_timeout=5.0, socket_connect_timeout=1.0, decode_responses=True
        ) as redis:
            newest = await redis.xrevrange(self._stream, count=1)
            # An id of our own choosing for an empty stream: "$" would forget what comes between two reads.
            last = _position(str(newest[0][0])) if newest else (int(time.time() * 1000) - CLOCK_SKEW_MS, 0)
            self._whole_after = last
            self._is_away = False
            self._move_to(last)
            self._tell_all(Why.MISSED)
            while True:
                answer = await redis.xread({self._stream: f"{last[0]}-{last[1]}"}, count=500, block=2000)
                for entry_id, fields in _entries(answer):
                    last = _position(entry_id)
                    self._pass_on(last, fields.get("topic", ""))

    def _pass_on(self, position: Position, topic: str) -> None:
        if len(self._recent) == REMEMBERED:
            self._whole_after = self._recent[0][0]
        self._recent.append((position, topic))
        self._move_to(position)
        for subscriber in self._subscribers:
            subscriber.tell((topic,), Why.CHANGED)

    def _move_to(self, position: Position) -> None:
        self._newest = position
        for subscriber in self._subscribers:
            subscriber.newest = position

    def _tell_all(self, why: Why) -> None:
        for subscriber in self._subscribers:
            subscriber.tell(subscriber.topics, why)


def _entries(answer: Any) -> list[tuple[str, dict[str, str]]]:
    """The entries of XREAD's answer, which is a list of (stream, entries); None when nothing came."""
    return [entry for _stream, entries in answer or () for entry in entries]


def _position(entry_id: str) -> Position:
    millis, _, number = entry_id.partition("-")
    return int(millis), int(number or 0)


def position_of(last_event_id: str, rendered_at_ms: str) -> Position | None:
    """Where a page stands: its Last-Event-ID, else the moment it was rendered less a clock's error."""
    try:
        if last_event_id:
            return _position(last_event_id)
        return (int(rendered_at_ms) - CLOCK_SKEW_MS, 0) if rendered_at_ms else None
    except ValueError:
        return None
