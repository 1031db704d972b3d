"""No password and no token leaves by an error, a repr, a traceback or a log line."""

from __future__ import annotations

import base64
import copy
import logging
import pickle
import traceback

import pytest

from rancher_client.errors import RancherError
from rancher_client.registry import Registry
from rancher_client.registry.sign_in import token_in
from tests.rancher_client.cattle.scripted import answer, nothing

PASSWORD = "canary-password"
TOKEN = "canary.token"
SECRETS = (PASSWORD, TOKEN, base64.b64encode(f"reader:{PASSWORD}".encode()).decode())


def told(error):
    return "".join(traceback.TracebackException.from_exception(error).format()) + repr(error)


@pytest.mark.parametrize("at_last", [nothing, answer(b"<html>"), answer(b"", 401), answer(b"", 302)])
@pytest.mark.parametrize(
    "token", [answer({"token": TOKEN}), answer({"token": f"{TOKEN} "}), answer(b"", 401)]
)
def test_no_error_tells_password_or_token(serve, asking, caplog, at_last, token):
    caplog.set_level(logging.DEBUG)
    tokens = serve(token)
    wants = {"WWW_Authenticate": f'Bearer realm="{tokens.url}/t"'}
    server = serve(answer(b"", 401, **wants), at_last)

    with pytest.raises(RancherError) as caught:
        asking(server.url, "reader", PASSWORD, token_hosts=[tokens.url.removeprefix("http://")]).tags("shop")

    assert tokens.requests
    assert not [secret for secret in SECRETS if secret in told(caught.value) + caplog.text]


def test_a_registry_shows_its_address_only():
    assert repr(Registry("https://r.example", "reader", PASSWORD)) == "<Registry https://r.example>"


@pytest.mark.parametrize("take", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_registry_is_not_copied_or_stored(take):
    with pytest.raises(TypeError, match="holds a password"):
        take(Registry("https://r.example", "reader", PASSWORD))


def test_a_token_is_not_shown():
    assert TOKEN not in repr(token_in(f'{{"token":"{TOKEN}"}}'.encode(), asked_at=0))
