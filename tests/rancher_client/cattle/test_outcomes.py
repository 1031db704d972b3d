"""What is known about a request that went wrong (rancher-1.6-api.md 13.4; reliability F19 to F24)."""

from __future__ import annotations

import gzip
import socket
from datetime import timedelta

import pytest

from rancher_client.cattle import Session, services
from rancher_client.errors import (
    Conflict,
    Invalid,
    KeyRefused,
    NotAllowed,
    NotFound,
    NotOffered,
    OutcomeUnknown,
    Refused,
    Throttled,
    Unreachable,
    Unusable,
)

from .conftest import SERVICE
from .scripted import answer, nothing, refusal, reset


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "InvalidBodyContent", Invalid),
        (401, "Unauthorized", KeyRefused),
        (403, "Forbidden", NotAllowed),
        (404, "Not Found", NotFound),
        (405, "Method not allowed", NotAllowed),
        (409, "Conflict", Conflict),
        (422, "ActionNotAvailable", NotOffered),
        (422, "InvalidAction", NotAllowed),
        (422, "NotNullable", Invalid),
    ],
)
def test_a_no_of_ranchers_is_a_refusal_of_its_kind_and_surely_changed_nothing(serve, on, status, code, kind):
    server = serve(refusal(status, code, fieldName="action"))

    with pytest.raises(Refused) as caught:
        services.finish_upgrade(on(server), "1s12")

    assert type(caught.value) is kind
    assert caught.value.surely_not_accepted
    assert (caught.value.status, caught.value.code, caught.value.text) == (status, code, "action")
    assert str(caught.value) == (
        f"POST {server.url}/v2-beta/projects/1a5/services/1s12/?action=finishupgrade: {status} {code} action"
    )


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"message": "the port is wrong"}, "the port is wrong"),
        ({"detail": "more", "fieldName": "name"}, "more"),
        ({"fieldName": "StartFirst option can't be used"}, "StartFirst option can't be used"),
        ({}, "Rancher gives no reason."),
        ({"message": "x" * 5000}, "x" * 1000),
        ({"message": ["no text"], "fieldName": "name"}, "name"),
    ],
)
def test_the_words_are_message_or_detail_or_field_name_and_never_endless(serve, on, fields, text):
    with pytest.raises(Invalid) as caught:
        services.get(on(serve(refusal(422, "InvalidOption", **fields))), "1s12")

    assert caught.value.text == text


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize(
    "body", [b"<html>bad gateway</html>", b'{"type":"error","status":500,"code":"Internal"}']
)
def test_a_5xx_leaves_a_changing_call_unknown_and_is_not_repeated(serve, on, status, body):
    server = serve(answer(body, status))

    with pytest.raises(OutcomeUnknown) as caught:
        services.finish_upgrade(on(server), "1s12")

    assert not caught.value.surely_not_accepted
    assert caught.value.status == status
    assert len(server.requests) == 1


@pytest.mark.parametrize("lost", [nothing, reset])
def test_a_connection_lost_after_sending_leaves_a_changing_call_unknown_and_is_not_repeated(serve, on, lost):
    server = serve(lost)

    with pytest.raises(OutcomeUnknown) as caught:
        services.finish_upgrade(on(server), "1s12")

    assert not caught.value.surely_not_accepted
    assert len(server.requests) == 1


@pytest.mark.parametrize("call", [services.get, services.finish_upgrade])
def test_a_port_where_nobody_listens_is_unreachable_and_surely_changed_nothing(call):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    session = Session(f"http://127.0.0.1:{port}", "a", "b", project="1a5", total_timeout=timedelta(seconds=2))

    with pytest.raises(Unreachable, match="refused") as caught:
        call(session, "1s12")

    assert caught.value.surely_not_accepted


def test_a_name_that_is_not_known_is_unreachable():
    session = Session("http://rancher.invalid", "a", "b", project="1a5", total_timeout=timedelta(seconds=20))

    with pytest.raises(Unreachable):
        services.finish_upgrade(session, "1s12")


@pytest.mark.parametrize("passing", [nothing, reset, answer(b"", 503), answer(b"slow down", 429)])
def test_a_read_is_tried_again_until_it_succeeds(serve, on, passing):
    server = serve(passing, passing, answer(SERVICE))

    assert services.get(on(server), "1s12").name == "web"
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "final", [refusal(404, "Not Found"), answer(b"<html>login</html>"), refusal(401, "x")]
)
def test_a_read_that_got_a_clear_answer_is_not_tried_again(serve, on, final):
    server = serve(final)

    with pytest.raises((Refused, Unusable)):
        services.get(on(server), "1s12")

    assert len(server.requests) == 1


def test_too_many_requests_says_when_to_come_again(serve, on):
    server = serve(answer(b"slow down", 429, Retry_After="7"))

    with pytest.raises(Throttled) as caught:
        services.finish_upgrade(on(server), "1s12")

    assert caught.value.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize(
    "body",
    [
        b"<html><form>Please sign in</form></html>",
        b"",
        b'{"type":"service","id":"1s12",',
        b"[1, 2]",
        b"null",
        b'{"no": "type"}',
        b'{"type":"service","id":12,"name":"web","state":"active"}',
        b'{"type":"service","id":"1s12","name":"web"}',
        b'{"type":"service","id":"1s12","name":"web","state":"active","launchConfig":["x"]}',
        b'{"type":"service","id":"1s12","name":"web","state":"active","scale":"two"}',
        b'{"type":"service","id":"1s12","name":"web","state":"active","scale":true}',
        b'{"type":"service","id":"1s12","name":"web","state":"active","transitioning":"perhaps"}',
        b'{"type":"service","id":"1s12","name":"web","state":"active","upgrade":{"inServiceStrategy":5}}',
        b'{"type":"x","a":' + b"[" * 100 + b"]" * 100 + b"}",
        b'{"type":"x","a":' + b"[" * 200_000,
        b"\xff\xfe",
        b'{"type":"service","id":"1s12","name":"web","state":"active","metadata":{"a":NaN}}',
        b'{"type":"service","id":"1s13","name":"web","state":"active"}',
    ],
)
@pytest.mark.parametrize("call", [services.get, services.finish_upgrade])
def test_an_answer_that_is_not_ranchers_is_unusable(serve, on, body, call):
    server = serve(answer(body))

    with pytest.raises(Unusable) as caught:
        call(on(server), "1s12")

    assert not caught.value.surely_not_accepted
    assert caught.value.url.startswith(server.url)
    assert caught.value.status == 200


def test_a_refusal_that_is_not_ranchers_is_unusable_not_a_no(serve, on):
    with pytest.raises(Unusable) as caught:
        services.finish_upgrade(on(serve(answer(b"<html>not found</html>", 404))), "1s12")

    assert caught.value.status == 404


def test_an_answer_larger_than_allowed_is_not_read_to_its_end(serve, on):
    with pytest.raises(Unusable, match="larger than 1000 bytes"):
        services.get(on(serve(answer(b" " * 100_000)), max_bytes=1000), "1s12")


def test_an_unpacked_answer_counts_by_its_unpacked_size(serve, on):
    packed = gzip.compress(b" " * 10_000_000)

    with pytest.raises(Unusable, match="larger than"):
        services.get(on(serve(answer(packed, Content_Encoding="gzip")), max_bytes=100_000), "1s12")


def test_a_redirect_is_not_followed_and_takes_no_key_elsewhere(serve, on):
    elsewhere = serve(answer(SERVICE))
    server = serve(answer(b"", 302, Location=f"{elsewhere.url}/v2-beta/projects/1a5/services/1s12"))

    with pytest.raises(Unusable, match="redirect"):
        services.get(on(server), "1s12")

    assert elsewhere.requests == []
