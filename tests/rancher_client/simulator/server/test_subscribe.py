"""`/subscribe` as rancher-1.6-api.md 8 describes it, against recorded handshakes and frames."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from rancher_client.simulator.engine import Ref
from rancher_client.simulator.server import SimulatorServer
from rancher_client.simulator.server.access import Access, AccountKind, Caller, Perspective
from rancher_client.simulator.server.requests import Prefix
from rancher_client.simulator.server.schemas import Role, Version
from rancher_client.simulator.server.subscribe import MAX_UNSENT, Subscription

from .conftest import Environment
from .recorded import RECORDINGS, differences

FOLLOWS = ("framework/websocket-handshakes",)

CHANGES = "eventNames=resource.change"


def subscribe(of: Environment, path: str, key: tuple[str, str] | None, **headers: str) -> ClientConnection:
    if key is not None:
        headers["Authorization"] = "Basic " + base64.b64encode(":".join(key).encode()).decode()
    url = of.server.url.replace("http", "ws", 1) + path
    return connect(url, additional_headers=headers, compression=None, ping_interval=None)


def frames(socket: ClientConnection, count: int) -> list[dict[str, Any]]:
    return [json.loads(socket.recv(timeout=5)) for _ in range(count)]


def _perspective(of: Environment) -> Perspective:
    project = int(of.project[2:])
    caller = Caller(Ref("project", project), AccountKind.PROJECT, "prod")
    access = Access(caller, project, Role.ENVIRONMENT_KEY)
    return Perspective(access, Prefix(of.server.url, Version.V2_BETA))


def read_to_the_end(socket: ClientConnection) -> None:
    """Read until the connection has ended; raises ConnectionClosed."""
    while True:
        socket.recv(timeout=5)


@pytest.fixture
def member(prod: Environment) -> tuple[str, str]:
    """The account key of an owner of `prod`."""
    directory = prod.server.simulator.directory
    with prod.server.engine_lock:
        account = directory.add_account("hb", AccountKind.USER)
        directory.add_member(int(prod.project[2:]), account, Role.OWNER)
        _, access, secret = directory.add_key(Ref("account", account))
    return access, secret


@pytest.fixture
def socket(prod: Environment) -> Iterator[ClientConnection]:
    path = f"/v2-beta/projects/{prod.project}/subscribe?{CHANGES}"
    with subscribe(prod, path, prod.key) as connection:
        yield connection


@pytest.mark.parametrize(
    ("path", "who", "status"),
    [
        ("/v2-beta/projects/{own}/subscribe?eventNames=resource.change", "environment", 101),
        ("/v2-beta/projects/{own}/subscribe", "environment", 101),
        ("/v2-beta/projects/{own}/subscribe?eventNames=foo.bar", "environment", 101),
        ("/v2-beta/subscribe?eventNames=resource.change", "environment", 101),
        ("/v2-beta/subscribe?eventNames=resource.change", "account", 404),
        ("/v2-beta/subscribe?eventNames=resource.change&projectId={own}", "account", 101),
        ("/v2-beta/projects/{foreign}/subscribe?eventNames=resource.change", "environment", 403),
        ("/v2-beta/projects/1a99999/subscribe?eventNames=resource.change", "environment", 403),
        ("/v1/projects/{own}/subscribe?eventNames=resource.change", "environment", 101),
        ("/v2-beta/projects/{own}/subscribe?eventNames=resource.change", "wrong", 401),
        ("/v2-beta/projects/{own}/subscribe?eventNames=resource.change", "nobody", 401),
    ],
)
def test_handshakes_are_answered_as_recorded(prod, member, path, who, status):
    foreign, _, _ = prod.server.add_project("foreign")
    key = {"environment": prod.key, "account": member, "wrong": ("A", "b"), "nobody": None}[who]

    try:
        with subscribe(prod, path.format(own=prod.project, foreign=foreign), key) as connection:
            assert connection.response is not None
            headers = connection.response.headers
            answered = connection.response.status_code
    except InvalidStatus as refused:
        headers, answered = refused.response.headers, refused.response.status_code

    assert answered == status
    assert headers["X-API-Schemas"].endswith("/schemas")
    assert ("X-API-Account-Kind" in headers) == (status in (101, 404))


def test_frames_look_as_recorded(prod):
    """The recorded stack and service, seen with and without include and action links, and below v1."""
    recorded = json.loads(
        (RECORDINGS / "framework" / "websocket-handshakes.json").read_text(encoding="utf-8")
    )["steps"]
    events = {(s["socket"], s["event"]["resourceType"]): s["event"] for s in recorded if "event" in s}
    below = f"projects/{prod.project}/subscribe?{CHANGES}"
    asked = {
        "environment key": f"/v2-beta/{below}",
        "include=services and _actionLinks": f"/v2-beta/{below}&include=services&_actionLinks",
        "v1": f"/v1/{below}",
    }
    sockets = {name: subscribe(prod, path, prod.key) for name, path in asked.items()}

    stack = prod.call("POST", "/stacks", {"name": "hs"}).json()["id"]
    body = {"name": "svc", "stackId": stack, "scale": 0, "launchConfig": {"imageUuid": "sim:x"}}
    prod.call("POST", "/services", body)
    prod.server.advance(0.5)

    for name, connection in sockets.items():
        with connection:
            seen = {f["resourceType"]: f for f in frames(connection, 1 if name == "v1" else 2)}
        for resource_type, frame in seen.items():
            expected = events.get((name, resource_type))
            if expected is not None:
                assert list(frame) == list(expected)
                found = differences(expected, frame)
                assert [f for f in found if "cancelrollback" not in f] == [], name


def test_one_tick_brings_one_frame_per_resource_as_it_is_now(prod, socket):
    service = prod.make_service()

    while True:
        frame = frames(socket, 1)[0]
        if frame["resourceId"] == service:
            break

    assert frame["data"]["resource"]["state"] == "active"
    assert frame["data"]["resource"] == {**prod.get(f"/services/{service}")}


def test_nothing_is_replayed_and_nothing_greets(prod):
    prod.make_stack()

    with subscribe(prod, f"/v2-beta/projects/{prod.project}/subscribe?{CHANGES}", prod.key) as late:
        stack = prod.call("POST", "/stacks", {"name": "after"}).json()["id"]
        prod.server.advance(1)

        assert frames(late, 1)[0]["resourceId"] == stack


def test_what_the_client_sends_is_ignored(prod, socket):
    socket.send("hello")

    stack = prod.make_stack()

    assert frames(socket, 1)[0]["resourceId"] == stack


def test_other_projects_are_not_heard(prod, socket):
    other = Environment(prod.server, *prod.server.add_project("other"))
    other.make_stack("far")

    stack = prod.make_stack("near")

    assert frames(socket, 1)[0]["resourceId"] == stack


def test_a_ping_comes_at_the_interval():
    with SimulatorServer(speed=0, ping_seconds=0.1) as server:
        quiet = Environment(server, *server.add_project("quiet"))
        with subscribe(quiet, f"/v2-beta/projects/{quiet.project}/subscribe", quiet.key) as connection:
            ping = frames(connection, 1)[0]

    assert list(ping) == ["id", "name", "resourceId", "resourceType", "data", "time"]
    assert ping["name"] == "ping"
    assert ping["data"] == {"options": {}, "resources": []}


def test_an_open_socket_outlives_its_key(prod, socket):
    keys = prod.get("/apikeys")["data"]
    assert prod.call("POST", f"/apikeys/{keys[0]['id']}/?action=deactivate").status_code == 202
    assert prod.call("GET", "/stacks").status_code == 401

    with prod.server.engine_lock:
        stack = prod.server.engine.create("stack", {"name": "later"}, project=int(prod.project[2:]))
    prod.server.advance(1)

    assert frames(socket, 1)[0]["resourceId"] == f"1st{stack}"


def test_sockets_can_be_closed_and_broken(prod):
    path = f"/v2-beta/projects/{prod.project}/subscribe?{CHANGES}"
    with subscribe(prod, path, prod.key) as closed:
        prod.server.close_websockets()
        with pytest.raises(ConnectionClosed) as properly:
            closed.recv(timeout=5)
    with subscribe(prod, path, prod.key) as broken:
        prod.server.break_websockets()
        with pytest.raises(ConnectionClosed) as abruptly:
            broken.recv(timeout=5)

    assert properly.value.rcvd is not None
    assert abruptly.value.rcvd is None


def test_events_can_be_dropped_and_doubled(prod, socket):
    prod.server.faults.sockets.add("drop_events")
    prod.make_stack("lost")
    prod.server.faults.sockets.clear()
    prod.server.faults.sockets.add("duplicate_events")

    stack = prod.make_stack("twice")

    assert [frame["resourceId"] for frame in frames(socket, 2)] == [stack, stack]


def test_a_reader_that_leaves_too_much_unread_is_dropped():
    """8: more than 100 unsent messages queued -> the server drops the connection."""
    with SimulatorServer(speed=0, ping_seconds=0.1) as server:
        busy = Environment(server, *server.add_project("busy"))
        with subscribe(busy, f"/v2-beta/projects/{busy.project}/subscribe?{CHANGES}", busy.key) as connection:
            with server.engine_lock:
                for number in range(300):
                    fields = {"name": f"s{number}", "dockerCompose": "x" * 50_000}
                    server.engine.create("stack", fields, project=int(busy.project[2:]))
            deadline = time.monotonic() + 30
            while server.simulator.publisher.subscriptions:
                assert time.monotonic() < deadline, "the slow reader is still subscribed"
                server.advance(0.01)
            with pytest.raises(ConnectionClosed) as dropped:
                read_to_the_end(connection)

    assert dropped.value.rcvd is None


def test_only_a_reader_that_stays_behind_is_too_slow(prod):
    """Ticks of a driven clock come faster than anybody reads; what counts is a second of real time."""
    subscription = Subscription(_perspective(prod), event_names=("resource.change",))
    for _ in range(MAX_UNSENT + 1):
        subscription.put("frame")

    subscription.judge(now=10.0)
    subscription.judge(now=10.9)
    assert not subscription.overrun
    subscription.judge(now=11.0)
    assert subscription.overrun
