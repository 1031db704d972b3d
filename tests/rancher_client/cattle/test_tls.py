"""Certificates are always checked (reliability F28)."""

from __future__ import annotations

import pytest

from rancher_client.cattle import services, subscription
from rancher_client.errors import KeyRefused, Unreachable
from tests.certificates import certificate, tls

from .conftest import SERVICE
from .scripted import answer, refusal


def test_a_certificate_of_the_given_authority_is_taken(serve, on, tmp_path):
    path = certificate(tmp_path)
    session = on(serve(answer(SERVICE), tls=tls(path)), ca_bundle=str(path))

    assert services.get(session, "1s12").name == "web"
    assert services.finish_upgrade(session, "1s12").name == "web"


@pytest.mark.parametrize("call", [services.get, services.finish_upgrade])
@pytest.mark.parametrize(
    ("made", "is_trusted", "words"),
    [
        ({}, False, "self-signed"),
        ({"days": -1}, True, "expired"),
        ({"address": "127.0.0.9"}, True, "not valid for"),
    ],
    ids=["unknown", "expired", "other address"],
)
def test_any_other_certificate_is_refused_with_the_reason_and_nothing_is_sent(
    serve, on, tmp_path, call, made, is_trusted, words
):
    path = certificate(tmp_path, **made)
    server = serve(answer(SERVICE), tls=tls(path))

    with pytest.raises(Unreachable, match=words) as caught:
        call(on(server, ca_bundle=str(path) if is_trusted else None), "1s12")

    assert caught.value.code == "Certificate"
    assert server.requests == []


def test_a_websocket_trusts_the_same_and_no_more(serve, on, tmp_path):
    path = certificate(tmp_path)
    server = serve(refusal(401, "Unauthorized"), tls=tls(path))

    with pytest.raises(KeyRefused), subscription.subscribe(on(server, ca_bundle=str(path))):
        pass
    with pytest.raises(Unreachable) as caught, subscription.subscribe(on(server)):
        pass
    assert caught.value.code == "Certificate"
    assert len(server.requests) == 1
