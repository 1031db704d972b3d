"""A request is over when its time is, whatever the server does (reliability F25)."""

from __future__ import annotations

import socket
import time
from datetime import timedelta

import pytest

from rancher_client.cattle import Session, services
from rancher_client.errors import OutcomeUnknown, Unreachable

from .conftest import SERVICE
from .scripted import answer, trickle

SHORT = timedelta(milliseconds=400)
FAR_BELOW_A_HANG = 3.0


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX-Endless: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFF\r\n",
    ],
    ids=["status line", "header", "body", "chunk"],
)
@pytest.mark.parametrize("call", [services.get, services.finish_upgrade])
def test_a_server_that_sends_a_byte_at_a_time_is_left_at_the_deadline(serve, on, beginning, call):
    server = serve(trickle(beginning))
    begun = time.monotonic()

    with pytest.raises(OutcomeUnknown):
        call(on(server, total_timeout=SHORT), "1s12")

    assert SHORT.total_seconds() <= time.monotonic() - begun < FAR_BELOW_A_HANG
    assert len(server.requests) == 1


def test_second_tries_end_with_the_same_deadline(serve, on):
    server = serve(answer(b"busy", 503, Retry_After="3600"))
    begun = time.monotonic()

    with pytest.raises(OutcomeUnknown) as caught:
        services.get(on(server), "1s12")

    assert caught.value.retry_after == timedelta(hours=1)
    assert time.monotonic() - begun < FAR_BELOW_A_HANG
    assert len(server.requests) == 1


def test_each_request_has_a_deadline_of_its_own_on_a_pooled_connection(serve, on):
    server = serve(answer(SERVICE), answer(SERVICE), trickle(b""))
    session = on(server, total_timeout=SHORT)
    services.get(session, "1s12")
    services.get(session, "1s12")

    with pytest.raises(OutcomeUnknown):
        services.get(session, "1s12")

    assert server.connections == 1


def test_a_server_that_never_ends_the_tls_handshake_is_left_in_time_and_was_sent_nothing():
    begun = time.monotonic()

    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"https://127.0.0.1:{silent.getsockname()[1]}"
        session = Session(address, "key", "secret", project="1a5", connect_timeout=SHORT)
        with pytest.raises(Unreachable):
            services.finish_upgrade(session, "1s12")

    assert time.monotonic() - begun < FAR_BELOW_A_HANG
