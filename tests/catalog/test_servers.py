"""Rancher servers: the key is write-only, and a new address needs it again (I13)."""

import pytest
from django.db import connection
from django.utils import translation

from deploytickets.audit.errors import Invalid, Unknown
from deploytickets.audit.queries import history
from deploytickets.catalog import services as catalog
from deploytickets.catalog.errors import Taken
from deploytickets.catalog.models import RancherServer
from tests.builders import SHELL, a_server

pytestmark = pytest.mark.django_db

KEYS = {"access_key": "NEW", "secret_key": "canary-new-key"}


def stored():
    return RancherServer.objects.get()


def test_a_servers_key_is_stored_encrypted_and_never_in_the_log():
    a_server("main")
    catalog.change_server(by=SHELL, name="main", **KEYS)

    assert stored().credentials == KEYS
    with connection.cursor() as cursor:
        cursor.execute("SELECT credentials FROM catalog_rancherserver")
        assert "canary" not in cursor.fetchone()[0]
    told = [(event.action, event.before, event.after, event.details) for event in history("server", "main")]
    assert [action for action, *_ in told] == ["server.added", "server.changed"]
    assert told[-1][-1] == {"changed": ["credentials"]}
    assert "canary" not in str(told)


def test_a_new_address_needs_the_key_again():
    a_server("main", base_url="https://rancher.abc.net")

    with pytest.raises(Invalid) as refusal:
        catalog.change_server(by=SHELL, name="main", base_url="https://evil.example")
    with pytest.raises(Invalid):
        catalog.change_server(by=SHELL, name="main", base_url="https://evil.example", access_key="NEW")

    assert list(refusal.value.fields) == ["secret_key"]
    assert stored().base_url == "https://rancher.abc.net"
    catalog.change_server(by=SHELL, name="main", base_url="https://rancher2.abc.net", **KEYS)
    assert (stored().base_url, stored().credentials) == ("https://rancher2.abc.net", KEYS)


@pytest.mark.parametrize("half", [{"access_key": "NEW"}, {"secret_key": "canary-new-key"}])
def test_half_a_key_is_refused_not_left_aside(half):
    a_server("main")
    before = stored().credentials

    with pytest.raises(Invalid) as refusal:
        catalog.change_server(by=SHELL, name="main", **half)

    assert list(refusal.value.fields) == ["secret_key"]
    assert stored().credentials == before


def test_the_same_address_with_a_slash_is_the_same_address():
    a_server("main", base_url="https://rancher.abc.net")

    catalog.change_server(by=SHELL, name="main", base_url=" https://rancher.abc.net/ ")

    assert history("server", "main").count() == 1


@pytest.mark.parametrize(
    "address", ["https://rancher.abc.net:8443/r", "http://10.0.0.5:8080", "http://rancher:8080"]
)
def test_a_rancher_may_be_private_and_without_a_dot(address):
    assert a_server(base_url=address).base_url == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "rancher.abc.net",
        "ftp://rancher.abc.net",
        "https://",
        "https://kai:secret@rancher",
        "http://a:b",
        "http://a b",
        "http://[a",
    ],
)
def test_an_address_is_whole_and_holds_no_password(address):
    with pytest.raises(Invalid) as refusal:
        a_server(base_url=address)

    assert "base_url" in refusal.value.fields


def test_a_server_without_a_key_is_refused():
    with pytest.raises(Invalid):
        a_server(secret_key="")


def test_a_name_is_taken_once_and_names_what_it_is():
    a_server("main")

    with pytest.raises(Taken):
        a_server("main")
    with pytest.raises(Invalid):
        a_server("no name")
    with pytest.raises(Unknown):
        catalog.change_server(by=SHELL, name="other", **KEYS)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "There is no Rancher server “other”."), ("zh-hant", "找不到 Rancher 伺服器「other」。")],
)
def test_a_server_that_is_missing_is_named_in_the_readers_language(language, sentence):
    with translation.override(language), pytest.raises(Unknown) as refusal:
        catalog.change_server(by=SHELL, name="other", **KEYS)

    assert str(refusal.value.sentence) == sentence


def test_what_cannot_be_changed_here_is_refused():
    a_server("main")

    with pytest.raises(Invalid) as refusal:
        catalog.change_server(by=SHELL, name="main", credentials={"access_key": "x"})

    assert list(refusal.value.fields) == ["credentials"]
