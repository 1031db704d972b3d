"""Logs and statistics over a websocket: what is kept, and how they end (rancher-1.6-api.md 6.3, 6.4)."""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from websockets.sync.server import serve as serve_websocket

from rancher_client.cattle import logs, stats
from rancher_client.cattle.host_streams import End, HostAccess
from rancher_client.cattle.logs import LogLine, Written, line_in
from rancher_client.cattle.stats import Rates, Sample, rates, samples_in
from rancher_client.errors import NotServed, RancherError, StreamEnded, Unreachable, Unusable

from .conftest import SECRET_KEY
from .scripted import answer, refusal

TOKEN = "eyJhbGciOi.canary-token.c2lnbmVk"
AT = datetime(2017, 5, 2, 9, 33, 1, 123456, tzinfo=UTC)
SHORT = timedelta(milliseconds=300)
NO_HANG = 5.0

ENTRY = {
    "id": "3f6c",
    "resourceType": "container",
    "memLimit": 8_000_000,
    "timestamp": "2017-05-02T09:33:01.5Z",
    "cpu": {"usage": {"total": 2_000_000_000, "per_cpu_usage": [1, 2], "user": 1, "system": 2}},
    "diskio": {
        "io_service_bytes": [{"stats": {"Read": 10}}, {"stats": {"Write": 20}}, {"stats": {"Sync": 5}}]
    },
    "network": {"name": "", "rx_bytes": 0, "interfaces": [{"name": "eth0", "rx_bytes": 7, "tx_bytes": 8}]},
    "memory": {"usage": 4_000_000},
}


@contextmanager
def a_host(behave):
    """The websocket of a host that does `behave(connection)`; gives its address."""
    with serve_websocket(behave, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        finally:
            server.shutdown()
            thread.join(5)


@pytest.fixture
def telling(serve, on, monkeypatch):
    """A session whose server gives access, and whose host tells what `behave` does on its websocket."""

    @contextmanager
    def started(behave, *, path="/v1/logs/", kind="hostAccess", **options):
        with a_host(behave) as host:
            server = serve(answer({"type": kind, "token": TOKEN, "url": f"ws://inner.example{path}"}))
            session = on(server, **options)
            monkeypatch.setattr(session, "websocket_root", lambda: host)
            yield session

    return started


def lines_of(*frames):
    def behave(connection):
        for frame in frames:
            connection.send(frame)

    return behave


def silent(stop):
    return lambda connection: stop.wait(10)


# One line.


@pytest.mark.parametrize(
    ("frame", "line"),
    [
        (
            b"01 2017-05-02T09:33:01.123456789Z started\n",
            LogLine(Written.STDOUT, AT, "started"),
        ),
        (b"02 2017-05-02T09:33:01.123456789Z oh no", LogLine(Written.STDERR, AT, "oh no")),
        (b"00 2017-05-02T09:33:01.123456789Z $ ls\r\n", LogLine(Written.TERMINAL, AT, "$ ls")),
        (b"01 2017-05-02T09:33:01.123456789Z", LogLine(Written.STDOUT, AT, "")),
        (b"01 2017-05-02T09:33:01.123456789Z  two", LogLine(Written.STDOUT, AT, " two")),
        (b"01 no time here", LogLine(Written.STDOUT, None, "no time here")),
        (b"01 ", LogLine(Written.STDOUT, None, "")),
        (b"01 caf\xe9", LogLine(Written.STDOUT, None, "caf\ufffd")),
        (b"", None),
    ],
)
def test_a_line_is_read_with_its_stream_and_time(frame, line):
    assert line_in(frame) == line


@pytest.mark.parametrize("frame", [b"<html>", b"03 x", b"1 x", b"01x", b"\xff\xfe"])
def test_a_frame_that_no_agent_sends_is_unusable(frame):
    with pytest.raises(Unusable):
        line_in(frame)


def test_a_very_long_line_is_cut_and_says_so():
    line = line_in(b"01 " + b"x" * 100_000)

    assert line is not None
    assert (len(line.text), line.is_cut) == (logs.LONGEST_LINE, True)


# A whole log.


def test_reading_asks_for_the_last_lines_and_ends_when_the_host_closes(telling, serve):
    with telling(lines_of("01 one\n", "", "02 two\n")) as session:
        part = logs.read(session, "1i44", lines=7, since=AT)

    assert [(line.written_to, line.text) for line in part.lines] == [
        (Written.STDOUT, "one"),
        (Written.STDERR, "two"),
    ]
    assert part.end is End.CLOSED


def test_what_is_asked_for_is_in_the_body_of_the_action(serve, on):
    server = serve(refusal(501, "HostApiProxyDisabled"))

    with pytest.raises(NotServed):
        logs.read(on(server), "1i44", lines=7, since=AT)

    assert server.requests[0].target == "/v2-beta/projects/1a5/containers/1i44/?action=logs"
    assert server.requests[0].json() == {
        "follow": False,
        "lines": 7,
        "since": "1493717581.123456000",
        "timestamps": True,
    }


def test_following_ends_after_as_many_lines_as_are_wanted(telling):
    stop = threading.Event()

    def behave(connection):
        for number in range(100):
            connection.send(f"01 {number}")
        stop.wait(10)

    with telling(behave) as session, logs.follow(session, "1i44", most_lines=3) as written:
        assert [line.text for line in written] == ["0", "1", "2"]
        assert written.end is End.ENOUGH
        assert list(written) == []
        stop.set()


@pytest.mark.parametrize(
    ("limits", "end"),
    [
        ({"total": SHORT, "silence": None}, End.TIME_OVER),
        ({"total": None, "silence": SHORT}, End.SILENT),
    ],
)
def test_a_host_that_says_nothing_is_left_when_the_time_is_over(telling, limits, end):
    stop = threading.Event()
    begun = time.monotonic()

    with telling(silent(stop)) as session, logs.follow(session, "1i44", **limits) as written:
        assert list(written) == []
        assert written.end is end
        stop.set()

    assert SHORT.total_seconds() <= time.monotonic() - begun < NO_HANG


def test_a_host_that_never_stops_talking_is_left_at_the_total_time(telling):
    stop = threading.Event()

    def behave(connection):
        while not stop.wait(0.01):
            connection.send("01 more")

    with telling(behave) as session, logs.follow(session, "1i44", total=SHORT) as written:
        found = list(written)
        stop.set()

    assert found
    assert written.end is End.TIME_OVER


def test_another_thread_can_end_the_wait(telling):
    stop = threading.Event()

    with telling(silent(stop)) as session, logs.follow(session, "1i44") as written:
        threading.Timer(0.1, written.close).start()
        assert list(written) == []
        stop.set()


def test_a_stream_that_is_cut_is_no_end(telling):
    def behave(connection):
        connection.send("01 one")
        connection.socket.shutdown(2)

    with telling(behave) as session, logs.follow(session, "1i44") as written:
        assert next(written).text == "one"
        with pytest.raises(StreamEnded):
            next(written)


def test_what_no_agent_sends_is_unusable_and_says_where_it_came_from(telling):
    with (
        telling(lines_of("<html>")) as session,
        logs.follow(session, "1i44") as written,
        pytest.raises(Unusable) as caught,
    ):
        next(written)

    assert caught.value.url.endswith("/v1/logs/")


def test_a_frame_larger_than_any_line_ends_the_stream(telling, monkeypatch):
    monkeypatch.setattr("rancher_client.cattle.host_streams.LARGEST_FRAME", 1000)

    with (
        telling(lines_of("01 " + "x" * 5000)) as session,
        logs.follow(session, "1i44") as written,
        pytest.raises(StreamEnded),
    ):
        next(written)


# The way there.


def test_only_the_path_of_the_address_is_used_and_the_token_goes_in_the_query(telling):
    asked = []

    def behave(connection):
        asked.append(connection.request)

    with telling(behave, path="/rancher/v1/logs/") as session:
        logs.read(session, "1i44")

    assert asked[0].path == f"/v1/logs/?token={TOKEN}"
    assert "Authorization" not in asked[0].headers


@pytest.mark.parametrize(
    "url",
    [
        "ws://r:8080/v1/exec/",
        "ws://r:8080/login?next=/v1/logs/",
        "ws://r:8080/v1/logs/../../etc",
        "ws://r:8080/v1/containerstats/a/b",
        "nonsense",
    ],
)
def test_an_address_that_leads_elsewhere_is_unusable(serve, on, url):
    server = serve(answer({"type": "hostAccess", "token": TOKEN, "url": url}))

    with pytest.raises(Unusable):
        logs.read(on(server), "1i44")

    assert len(server.requests) == 1


@pytest.mark.parametrize("body", [{"type": "error"}, {"type": "hostAccess", "url": 5}, {"type": "container"}])
def test_an_answer_that_is_no_access_is_unusable(serve, on, body):
    with pytest.raises(Unusable):
        logs.read(on(serve(answer(body))), "1i44")


def test_a_door_that_stays_shut_says_why_it_may(serve, on):
    access = answer({"type": "hostAccess", "token": TOKEN, "url": "ws://r:8080/v1/logs/"})
    server = serve(access, answer(b"Failed authentication\n", 401))

    with pytest.raises(StreamEnded, match="not connected, or the time to connect is over") as caught:
        logs.read(on(server), "1i44")

    assert caught.value.status == 401


def test_a_host_side_that_is_not_there_is_unreachable(serve, on, monkeypatch):
    session = on(serve(answer({"type": "hostAccess", "token": TOKEN, "url": "ws://r/v1/logs/"})))
    monkeypatch.setattr(session, "websocket_root", lambda: "ws://127.0.0.1:1")

    with pytest.raises(Unreachable) as caught:
        logs.read(session, "1i44")

    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    "reply", [answer(b"Failed authentication", 401), answer(b"<html>", 502), answer(b"no", 200)]
)
def test_no_error_or_log_line_tells_the_token_or_the_key(serve, on, caplog, reply):
    caplog.set_level(logging.DEBUG)
    access = answer({"type": "hostAccess", "token": TOKEN, "url": "ws://r:8080/v1/logs/"})

    with pytest.raises(RancherError) as caught:
        logs.read(on(serve(access, reply)), "1i44")

    for text in (repr(caught.value), str(caught.value), caught.value.url, caplog.text):
        assert "canary-token" not in text
        assert SECRET_KEY not in text


def test_an_open_stream_writes_no_token_into_the_log_either(telling, caplog):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, logger="websockets.server")  # the host's own side of it

    with telling(lines_of("01 one")) as session:
        logs.read(session, "1i44")

    assert "canary-token" not in caplog.text


def test_an_access_does_not_show_its_token():
    access = HostAccess.parse({"type": "statsAccess", "token": TOKEN, "url": "ws://r/v1/hoststats"})

    assert "canary" not in repr(access)


# Statistics.


def test_a_sample_adds_up_interfaces_and_disks():
    [sample] = samples_in(json.dumps([ENTRY]).encode())

    assert sample == Sample(
        id="3f6c",
        resource_type="container",
        at=datetime(2017, 5, 2, 9, 33, 1, 500000, tzinfo=UTC),
        cpu_nanos=2_000_000_000,
        memory_bytes=4_000_000,
        memory_limit_bytes=8_000_000,
        received_bytes=7,
        sent_bytes=8,
        read_bytes=10,
        written_bytes=20,
    )


def test_of_a_host_the_work_of_its_cores_counts_and_not_the_time_of_the_first():
    host = ENTRY | {"resourceType": "host", "network": {"rx_bytes": 3, "tx_bytes": 4}}

    [sample] = samples_in(json.dumps([host]).encode())

    assert (sample.cpu_nanos, sample.received_bytes, sample.sent_bytes) == (3, 3, 4)


@pytest.mark.parametrize(
    "frame",
    [
        b"{}",
        b"[1]",
        b"<html>",
        b'[{"cpu": 5}]',
        b'[{"cpu": {"usage": {"total": "much"}}}]',
        b'[{"resourceType": "host", "cpu": {"usage": {"per_cpu_usage": ["1"]}}}]',
        b'[{"memory": {"usage": 1.5}}]',
        b'[{"network": {"interfaces": {}}}]',
        b'[{"diskio": {"io_service_bytes": [{"stats": []}]}}]',
        b"[" * 100_000,
        b'[{"id": NaN}]',
    ],
)
def test_a_frame_of_another_form_is_unusable(frame):
    with pytest.raises(Unusable):
        samples_in(frame)


def a_sample(seconds, **fields):
    values = {
        "id": "3f6c",
        "resource_type": "container",
        "at": AT + timedelta(seconds=seconds),
        "cpu_nanos": 0,
        "memory_bytes": 0,
        "memory_limit_bytes": None,
        "received_bytes": 0,
        "sent_bytes": 0,
        "read_bytes": 0,
        "written_bytes": 0,
    }
    return Sample(**values | fields)


def test_rates_are_what_was_used_between_two_samples_by_second():
    after = a_sample(
        2, cpu_nanos=3_000_000_000, received_bytes=200, sent_bytes=400, read_bytes=2, written_bytes=6
    )

    assert rates(a_sample(0), after) == Rates(1.5, 100.0, 200.0, 1.0, 3.0)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (a_sample(0), a_sample(0)),
        (a_sample(1), a_sample(0)),
        (a_sample(0), a_sample(1, id="other")),
        (a_sample(0), a_sample(1, resource_type="host")),
        (a_sample(0, at=None), a_sample(1)),
        (a_sample(0, cpu_nanos=5), a_sample(1)),
        (a_sample(0, sent_bytes=5), a_sample(1)),
    ],
)
def test_samples_that_do_not_go_together_have_no_rates(before, after):
    assert rates(before, after) is None


@pytest.mark.parametrize(
    ("call", "args", "asked"),
    [
        (stats.of_container, ("1i44",), "containers/1i44/containerstats"),
        (stats.of_service, ("1s12",), "services/1s12/containerstats"),
        (stats.of_host, ("1h1",), "hosts/1h1/hoststats"),
        (stats.of_containers_on, ("1h1",), "hosts/1h1/containerstats"),
        (stats.of_all_hosts, (), "projects/1a5/hoststats"),
    ],
)
def test_each_kind_of_statistics_has_its_link_and_ends_at_once_without_anything_running(
    serve, on, call, args, asked
):
    server = serve(answer({"type": "statsAccess", "token": TOKEN, "url": None}))

    with call(on(server), *args) as samples:
        assert list(samples) == []
        assert samples.end is End.CLOSED

    [request] = server.requests
    assert (request.method, request.target) == ("GET", f"/v2-beta/projects/1a5/{asked}")


def test_samples_come_one_by_one_from_frames_of_several(telling):
    frame = json.dumps([ENTRY, ENTRY | {"id": "4a7d"}])

    with (
        telling(lines_of(frame, frame), path="/v1/containerstats", kind="statsAccess") as session,
        stats.of_containers_on(session, "1h1") as samples,
    ):
        found = [sample.id for sample in samples]

    assert found == ["3f6c", "4a7d", "3f6c", "4a7d"]
    assert samples.end is End.CLOSED


def test_a_server_without_the_proxy_says_so_and_is_asked_once(serve, on):
    server = serve(refusal(501, "HostApiProxyDisabled", message="HostApiProxyDisabled"))

    with pytest.raises(NotServed, match="HostApiProxyDisabled"), stats.of_host(on(server), "1h1"):
        pass

    assert len(server.requests) == 1


def test_a_host_side_that_never_ends_the_handshake_is_left_in_time(serve, on, monkeypatch):
    session = on(
        serve(answer({"type": "hostAccess", "token": TOKEN, "url": "ws://r/v1/logs/"})), connect_timeout=SHORT
    )
    begun = time.monotonic()

    with socket.create_server(("127.0.0.1", 0)) as mute:
        monkeypatch.setattr(session, "websocket_root", lambda: f"ws://127.0.0.1:{mute.getsockname()[1]}")
        with pytest.raises(Unreachable):
            logs.read(session, "1i44")

    assert time.monotonic() - begun < NO_HANG


def test_half_a_frame_is_no_line_and_the_wait_for_the_rest_ends(telling):
    stop = threading.Event()

    def behave(connection):
        connection.socket.sendall(b"\x81\x7e\x03\xe801 the beginning of 1000 bytes")
        stop.wait(10)

    with telling(behave) as session, logs.follow(session, "1i44", silence=SHORT) as written:
        assert list(written) == []
        assert written.end is End.SILENT
        stop.set()
