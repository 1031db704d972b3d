"""The websocket as a source of hints (rancher-1.6-api.md 8; reliability F30, F31)."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from websockets.sync.server import serve as serve_websocket

from rancher_client.cattle import Session, subscription
from rancher_client.cattle.subscription import WakeUp, wake_up_in
from rancher_client.errors import KeyRefused, NotAllowed, OutcomeUnknown, StreamEnded, Unreachable, Unusable

from .scripted import answer, nothing, refusal

CHANGE = {
    "id": "8eaf9a21",
    "name": "resource.change",
    "resourceId": "1s12",
    "resourceType": "service",
    "data": {"resource": {"id": "1s12"}},
    "time": 1795404295145,
}


@contextmanager
def websocket(behave):
    """A websocket server that does `behave(connection)`; gives a session on it."""
    with serve_websocket(behave, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Session(
                f"http://127.0.0.1:{server.socket.getsockname()[1]}", "key", "secret", project="1a5"
            )
        finally:
            server.shutdown()
            thread.join(5)


@pytest.mark.parametrize(
    ("frame", "seen"),
    [
        (json.dumps(CHANGE), WakeUp("resource.change", "service", "1s12")),
        (json.dumps(CHANGE | {"name": "ping", "resourceId": None, "resourceType": None}), WakeUp("ping")),
        (json.dumps({"name": "logout"}), WakeUp("logout")),
        (json.dumps(CHANGE | {"data": None}), WakeUp("resource.change", "service", "1s12")),
        (json.dumps(CHANGE | {"resourceId": 5}), WakeUp("resource.change", "service", None)),
        ("<html>", WakeUp("unreadable")),
        ("[1]", WakeUp("unreadable")),
        ('{"name": 5}', WakeUp("unreadable")),
        ("[" * 100_000, WakeUp("unreadable")),
        (b"\xff", WakeUp("unreadable")),
        ("", WakeUp("unreadable")),
    ],
)
def test_a_frame_that_cannot_be_read_still_means_look(frame, seen):
    assert wake_up_in(frame) == seen


def test_wake_ups_come_in_the_order_of_the_frames():
    def behave(connection):
        for number in range(3):
            connection.send(json.dumps(CHANGE | {"resourceId": f"1s{number}"}))

    with websocket(behave) as session, subscription.subscribe(session) as stream:
        assert [next(stream).resource_id for _ in range(3)] == ["1s0", "1s1", "1s2"]


def test_the_handshake_names_project_event_and_key():
    asked = []

    def behave(connection):
        asked.append(connection.request)

    with websocket(behave) as session, subscription.subscribe(session):
        pass

    assert asked[0].path == "/v2-beta/projects/1a5/subscribe?eventNames=resource.change"
    assert asked[0].headers["Authorization"].startswith("Basic ")
    assert asked[0].headers["X-ENFORCE-AUTHENTICATION"] == "true"


def test_a_stream_that_falls_silent_ends():
    stop = threading.Event()

    with websocket(lambda connection: stop.wait(10)) as session:
        begun = time.monotonic()
        short = timedelta(milliseconds=200)
        with subscription.subscribe(session, longest_silence=short) as stream:
            with pytest.raises(StreamEnded, match=r"Nothing came for 0\.2 seconds"):
                next(stream)
            assert time.monotonic() - begun < 5
            stop.set()


def test_a_stream_that_the_server_closes_ends():
    with (
        websocket(lambda connection: connection.close()) as session,
        subscription.subscribe(session) as stream,
        pytest.raises(StreamEnded),
    ):
        next(stream)


def test_a_stream_that_is_cut_without_a_close_ends():
    def behave(connection):
        connection.socket.shutdown(2)

    with websocket(behave) as session, subscription.subscribe(session) as stream, pytest.raises(StreamEnded):
        next(stream)


def test_a_frame_larger_than_any_resource_ends_the_stream(monkeypatch):
    monkeypatch.setattr(subscription, "LARGEST_FRAME", 1000)

    def behave(connection):
        connection.send("x" * 5000)

    with websocket(behave) as session, subscription.subscribe(session) as stream, pytest.raises(StreamEnded):
        next(stream)


def test_another_thread_can_end_the_wait():
    stop = threading.Event()

    with websocket(lambda connection: stop.wait(10)) as session, subscription.subscribe(session) as stream:
        threading.Timer(0.1, stream.close).start()
        with pytest.raises(StreamEnded):
            next(stream)
        stop.set()


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (refusal(401, "Unauthorized"), KeyRefused),
        (refusal(403, "Forbidden"), NotAllowed),
        (answer({"type": "collection", "resourceType": "subscribe", "data": []}), Unusable),
        (answer(b"<html>bad gateway</html>", 502), OutcomeUnknown),
        (nothing, Unusable),
    ],
)
def test_a_handshake_that_is_refused_says_why(serve, on, reply, kind):
    with pytest.raises(kind), subscription.subscribe(on(serve(reply))):
        pass


def test_a_redirect_of_the_handshake_is_not_followed(serve, on):
    elsewhere = serve(answer(b""))
    server = serve(answer(b"", 302, Location=elsewhere.url.replace("http", "ws")))

    with pytest.raises(Unusable), subscription.subscribe(on(server)):
        pass

    assert elsewhere.requests == []


def test_a_server_that_is_not_there_is_unreachable():
    session = Session("http://127.0.0.1:1", "key", "secret", project="1a5")

    with pytest.raises(Unreachable), subscription.subscribe(session):
        pass
