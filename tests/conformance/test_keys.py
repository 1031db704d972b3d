"""Keys: what an environment key may do, how one ends (rancher-1.6-api.md 1.3, 11, 12)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rancher_client.cattle import hosts, keys, services, stacks, subscription
from rancher_client.errors import KeyRefused

from .waiting import wait_for


@pytest.fixture
def key(rancher):
    """A second environment key, gone afterwards."""
    made = keys.create_environment_key(rancher, "conformance")
    wait_for(lambda: keys.get(rancher, made.id).state, lambda state: state == "active")
    yield made
    if keys.get(rancher, made.id).state == "active":
        keys.deactivate(rancher, made.id)
    wait_for(lambda: keys.get(rancher, made.id).state, lambda state: state == "inactive")
    keys.remove(rancher, made.id)


@pytest.fixture
def session(target, key):
    """A session with that key."""
    return replace(target, access_key=key.access, secret_key=key.secret).session()


@pytest.mark.trap("55")
def test_a_key_made_by_a_key_may_read_and_may_make_registration_tokens(rancher, session, wire):
    assert {host.id for host in hosts.read_all(session)} == {host.id for host in hosts.read_all(rancher)}
    token = hosts.create_registration_token(session)
    wait_for(lambda: hosts.registration_token(session, token.id).state, lambda state: state == "active")
    hosts.deactivate_registration_token(session, token.id)
    wait_for(lambda: hosts.registration_token(session, token.id).state, lambda state: state == "inactive")
    assert wire("POST", f"registrationtokens/{token.id}/?action=remove").status_code == 202


def test_the_secret_is_shown_once(rancher, key):
    assert key.secret
    assert keys.get(rancher, key.id).secret is None


def test_an_active_key_cannot_be_deleted(wire, key):
    assert wire("DELETE", f"apikeys/{key.id}").status_code == 405


def test_a_deactivated_key_is_refused_at_once_and_works_again_when_activated(rancher, key, session):
    stacks.read_all(session)

    keys.deactivate(rancher, key.id)
    with pytest.raises(KeyRefused):
        stacks.read_all(session)

    wait_for(lambda: keys.get(rancher, key.id).state, lambda state: state == "inactive")
    keys.activate(rancher, key.id)
    wait_for(lambda: keys.get(rancher, key.id).state, lambda state: state == "active")
    stacks.read_all(session)


@pytest.mark.trap("56")
def test_an_open_websocket_goes_on_after_its_key_was_deactivated(bench, rancher, key, session):
    service = bench.service(active=False)

    with subscription.subscribe(session) as stream:
        keys.deactivate(rancher, key.id)
        with pytest.raises(KeyRefused):
            stacks.read_all(session)
        services.update(rancher, service.id, {"description": "changed"})
        told = next(wake_up for wake_up in stream if wake_up.resource_id == service.id)

    assert told.resource_type == "service"
    with pytest.raises(KeyRefused), subscription.subscribe(session):
        pass


@pytest.mark.trap("29")
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "projects", 405),
        ("GET", "processinstances", 404),
        ("GET", "services/1s99999999", 404),
        ("GET", "nosuchtypes", 404),
        ("GET", "projects/1a999999/services", 403),
    ],
)
def test_what_an_environment_key_may_not_do_is_missing_rather_than_forbidden(wire, method, path, status):
    assert wire.root(method, path, json={} if method == "POST" else None).status_code == status


def test_members_are_not_changed_by_an_environment_key(wire, target):
    answer = wire.root("POST", f"projects/{target.project}/?action=setmembers", json={"members": []})

    assert (answer.status_code, answer.json()["code"]) == (422, "ActionNotAvailable")


@pytest.mark.trap("32")
def test_an_environment_key_sees_the_same_without_the_project_in_the_path(bench, wire):
    service = bench.service(active=False)

    assert wire.root("GET", f"services/{service.id}").json()["id"] == service.id


def test_the_account_of_a_key_stands_in_the_headers_of_every_answer(wire, target):
    headers = wire("GET", "stacks?limit=1").headers

    assert headers["X-API-ACCOUNT-ID"] == target.project
    assert headers["X-API-ACCOUNT-KIND"] == "project"
    assert headers["X-API-Schemas"].endswith(f"/projects/{target.project}/schemas")


def test_what_a_role_may_do_stands_in_its_schema(wire):
    offered = wire("GET", "schemas/service").json()

    assert {"upgrade", "finishupgrade", "rollback"} <= set(offered["resourceActions"])
    assert "POST" in offered["collectionMethods"]
