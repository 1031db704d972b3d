"""No key leaves by an error, a repr, a traceback or a log line (reliability I13)."""

from __future__ import annotations

import base64
import copy
import logging
import pickle
import traceback

import pytest

from rancher_client.cattle import Session, services, subscription
from rancher_client.cattle.resources import AuditRow, Container, Service
from rancher_client.errors import RancherError

from .conftest import ACCESS_KEY, SECRET_KEY
from .scripted import answer, nothing, refusal

ENCODED = base64.b64encode(f"{ACCESS_KEY}:{SECRET_KEY}".encode()).decode()


def told(error: BaseException) -> str:
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=False).format()) + repr(
        error
    )


@pytest.mark.parametrize(
    "reply", [nothing, answer(b"<html>"), refusal(401, "Unauthorized"), answer(b"", 302)]
)
@pytest.mark.parametrize("call", [services.get, services.finish_upgrade])
def test_no_error_tells_the_key(serve, on, caplog, reply, call):
    caplog.set_level(logging.DEBUG)

    with pytest.raises(RancherError) as caught:
        call(on(serve(reply)), "1s12")

    for text in (told(caught.value), caplog.text):
        assert SECRET_KEY not in text
        assert ENCODED not in text


def test_a_websocket_that_is_refused_tells_neither(serve, on, caplog):
    caplog.set_level(logging.DEBUG)

    with (
        pytest.raises(RancherError) as caught,
        subscription.subscribe(on(serve(refusal(401, "Unauthorized")))),
    ):
        pass

    for text in (told(caught.value), caplog.text):
        assert SECRET_KEY not in text
        assert ENCODED not in text


def test_a_session_shows_its_address_only():
    session = Session("http://r:8080", ACCESS_KEY, SECRET_KEY, project="1a5")

    assert repr(session) == "<Session http://r:8080 project=1a5>"


@pytest.mark.parametrize("take", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_session_is_not_copied_or_stored(take):
    with pytest.raises(TypeError, match="holds a key"):
        take(Session("http://r:8080", ACCESS_KEY, SECRET_KEY))


def test_variables_of_services_containers_and_audit_rows_are_not_shown():
    config = {"type": "launchConfig", "environment": {"PASSWORD": "s3cret"}}
    strategy = {"launchConfig": config, "previousLaunchConfig": config}
    common = {"id": "1s1", "name": "web", "state": "active", "eventType": "api.service.upgrade"}
    service = {**common, "type": "service", "launchConfig": config, "metadata": {"token": "s3cret"}}
    service |= {
        "secondaryLaunchConfigs": [config | {"name": "x"}],
        "upgrade": {"inServiceStrategy": strategy},
    }
    row = {**common, "requestObject": '{"inServiceStrategy":{"launchConfig":{"environment":{"P":"s3cret"}}}}'}

    shown = [
        repr(Service.parse(service)),
        repr(Container.parse({**common, **config})),
        repr(AuditRow.parse(row)),
    ]

    assert not [text for text in shown if "s3cret" in text]
