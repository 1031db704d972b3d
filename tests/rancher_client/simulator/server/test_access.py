"""Keys, scopes and roles (rancher-1.6-api.md 1.2, 1.3, 11, 12)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import requests

from rancher_client.simulator.engine import Ref
from rancher_client.simulator.server import SimulatorServer
from rancher_client.simulator.server.access import AccountKind
from rancher_client.simulator.server.schemas import Role

from .conftest import Environment


@dataclass
class Person:
    """An account key and requests with it."""

    server: SimulatorServer
    id: str
    key: tuple[str, str]

    def call(self, method: str, path: str, body: Any = None, **kwargs: Any) -> requests.Response:
        return requests.request(
            method, self.server.url + path, json=body, auth=self.key, timeout=10, **kwargs
        )


@pytest.fixture
def person(prod: Environment):
    """Make an account, by default an owner of `prod`."""

    def make(
        role: Role | None = Role.OWNER, kind: AccountKind = AccountKind.USER, name: str = "anna"
    ) -> Person:
        directory = prod.server.simulator.directory
        with prod.server.engine_lock:
            number = directory.add_account(name, kind, login=name, password=f"{name}-secret")
            if role is not None:
                directory.add_member(int(prod.project[2:]), number, role)
            _, access, secret = directory.add_key(Ref("account", number))
        return Person(prod.server, f"1a{number}", (access, secret))

    return make


def test_a_wrong_key_is_refused_before_everything_else(prod):
    for path in ("/", "/v2-beta/schemas", "/v2-beta/nonsense", f"/v2-beta/projects/{prod.project}/services"):
        answer = requests.get(prod.server.url + path, auth=("WRONG", "key"), timeout=10)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")
        assert answer.json()["code"] == "Unauthorized"
    quiet = {"X-API-No-Challenge": "true"}
    assert "WWW-Authenticate" not in requests.get(prod.url("/stacks"), headers=quiet, timeout=10).headers


def test_without_access_control_a_wrong_key_is_silently_admin():
    with SimulatorServer(speed=0, access_control=False) as server:
        server.add_project("prod")
        wrong = ("WRONG", "key")
        silent = requests.get(f"{server.url}/v2-beta/services", auth=wrong, timeout=10)
        insisting = {"X-ENFORCE-AUTHENTICATION": "true"}
        refused = requests.get(f"{server.url}/v2-beta/services", auth=wrong, headers=insisting, timeout=10)

    assert (silent.status_code, silent.headers["X-API-Account-Kind"]) == (200, "admin")
    assert refused.status_code == 401
    assert "WWW-Authenticate" not in refused.headers


def test_an_environment_key_needs_no_scope_and_a_user_does(prod, person):
    service = prod.make_service()
    anna = person()

    unscoped = requests.get(f"{prod.server.url}/v2-beta/services", auth=prod.key, timeout=10).json()

    assert [row["id"] for row in unscoped["data"]] == [service]
    assert anna.call("GET", "/v2-beta/services").json()["data"] == []
    assert anna.call("GET", f"/v2-beta/services/{service}").status_code == 404
    assert anna.call("POST", "/v2-beta/stacks", {"name": "x"}).status_code == 405
    for headers, path in (
        ({}, f"/v2-beta/projects/{prod.project}/services/{service}"),
        ({"X-API-Project-Id": prod.project}, f"/v2-beta/services/{service}"),
        ({}, f"/v2-beta/services/{service}?projectId={prod.project}"),
    ):
        assert anna.call("GET", path, headers=headers).json()["id"] == service


def test_an_admin_sees_all_projects(prod, person):
    service = prod.make_service()
    admin = person(None, AccountKind.ADMIN)

    assert [row["id"] for row in admin.call("GET", "/v2-beta/services").json()["data"]] == [service]
    assert admin.call("GET", "/v2-beta/projects").json()["data"] == []
    every = admin.call("GET", "/v2-beta/projects?all=true").json()["data"]
    assert [row["id"] for row in every] == [prod.project]


@pytest.mark.parametrize(
    ("role", "upgrade", "put", "host", "tokens", "key", "project_put"),
    [
        (Role.OWNER, 202, 200, 200, 200, 201, 200),
        (Role.MEMBER, 202, 200, 200, 200, 201, 403),
        (Role.RESTRICTED, 202, 200, 405, 404, 201, 403),
        (Role.READONLY, "InvalidAction", 405, 405, 404, 405, 403),
        (None, 403, 403, 403, 403, 403, 404),
    ],
)
def test_what_a_role_may_do(prod, person, role, upgrade, put, host, tokens, key, project_put):
    service = prod.make_service()
    host_id = prod.get("/hosts")["data"][0]["id"]
    below = f"/v2-beta/projects/{prod.project}"
    anna = person(role)

    def status(method: str, path: str, body: Any = None) -> int | str:
        answer = anna.call(method, path, body)
        return answer.json()["code"] if answer.status_code == 422 else answer.status_code

    strategy = {"inServiceStrategy": {"launchConfig": {"imageUuid": "sim:2"}}}
    assert status("PUT", f"{below}/services/{service}", {"description": "x"}) == put
    assert status("POST", f"{below}/services/{service}/?action=upgrade", strategy) == upgrade
    assert status("PUT", f"{below}/hosts/{host_id}", {"description": "x"}) == host
    assert status("GET", f"{below}/registrationtokens") == tokens
    assert status("POST", f"{below}/apikeys", {"name": "k"}) == key
    assert status("PUT", f"/v2-beta/projects/{prod.project}", {"description": "x"}) == project_put


def test_readonly_sees_neither_variables_nor_actions(prod, person):
    service = prod.make_service(launchConfig={"imageUuid": "sim:1", "environment": {"PASSWORD": "s3cret"}})
    reader = person(Role.READONLY)

    seen = reader.call("GET", f"/v2-beta/projects/{prod.project}/services/{service}?include=instances").json()

    assert seen["actions"] == {}
    assert "environment" not in seen["launchConfig"]
    assert "environment" not in seen["instances"][0]
    assert set(seen["instances"][0]["actions"]) == {"logs"}
    rows = reader.call("GET", f"/v2-beta/projects/{prod.project}/auditlogs").json()["data"]
    assert rows, "the audit log is open to readers"


def test_infrastructure_is_closed_to_restricted_members(prod, person):
    with prod.server.engine_lock:
        number = prod.server.engine.create(
            "stack", {"name": "infra", "system": True}, project=int(prod.project[2:])
        )
    below = f"/v2-beta/projects/{prod.project}/stacks/1st{number}"
    prod.server.advance(5)

    refused = person(Role.RESTRICTED).call("PUT", below, {"description": "x"})

    assert (refused.status_code, refused.json()["message"]) == (403, "Cannot update system stack")
    assert person(Role.MEMBER, name="ben").call("PUT", below, {"description": "x"}).status_code == 200


def test_the_life_of_a_key(prod):
    made = prod.call(
        "POST", "/apikeys", {"name": "deploy", "publicValue": "MINE", "secretValue": "mine"}
    ).json()
    key = (made["publicValue"], made["secretValue"])
    assert made["state"] == "registering"
    assert len(key[0]) == 20
    assert len(key[1]) == 40

    def works() -> int:
        return prod.call("GET", "/stacks", auth=key).status_code

    prod.server.advance(1)
    shown = prod.get(f"/apikeys/{made['id']}")
    assert (shown["state"], shown["secretValue"], works()) == ("active", None, 200)
    assert prod.call("DELETE", f"/apikeys/{made['id']}").status_code == 405
    assert prod.call("POST", f"/apikeys/{made['id']}/?action=deactivate").status_code == 202
    assert works() == 401
    prod.server.advance(1)
    assert prod.call("POST", f"/apikeys/{made['id']}/?action=activate").status_code == 202
    assert works() == 200
    prod.server.advance(1)
    prod.call("POST", f"/apikeys/{made['id']}/?action=deactivate")
    prod.server.advance(1)
    assert prod.call("DELETE", f"/apikeys/{made['id']}").status_code == 200
    prod.server.advance(1)
    assert prod.get(f"/apikeys/{made['id']}")["state"] == "removed"
    assert works() == 401


def test_a_member_thrown_out_is_refused_at_once(prod, person):
    anna, ben = person(), person(Role.MEMBER, name="ben")
    path = f"/v2-beta/projects/{prod.project}/services"
    assert ben.call("GET", path).status_code == 200

    members = {"members": [{"externalId": anna.id, "externalIdType": "rancher_id", "role": "owner"}]}
    answer = anna.call("POST", f"/v2-beta/projects/{prod.project}/?action=setmembers", members)

    assert answer.status_code == 200
    assert [row["role"] for row in answer.json()["data"]] == ["owner"]
    assert ben.call("GET", path).status_code == 403


def test_logging_in_gives_a_token_that_works_three_ways(prod, person):
    person()
    url = prod.server.url
    assert requests.get(f"{url}/v2-beta/token", timeout=10).json()["data"][0]["security"] is True
    wrong = requests.post(f"{url}/v2-beta/token", json={"code": "anna:wrong"}, timeout=10)
    right = requests.post(f"{url}/v2-beta/token", json={"code": "anna:anna-secret"}, timeout=10)
    assert (wrong.status_code, right.status_code) == (401, 201)

    jwt = right.json()["jwt"]
    ways: list[dict[str, Any]] = [
        {"headers": {"Authorization": f"Bearer {jwt}"}},
        {"cookies": {"token": jwt}},
        {"auth": (f"x-api-bearer={prod.project}", jwt)},
    ]
    for way in ways:
        listed = requests.get(f"{url}/v2-beta/projects", timeout=10, **way).json()
        assert [row["id"] for row in listed["data"]] == [prod.project]
    assert (
        requests.get(f"{url}/v2-beta/projects", auth=("anna", "anna-secret"), timeout=10).status_code == 401
    )


def test_a_new_project_belongs_to_its_maker(prod, person):
    anna = person(None)

    made = anna.call("POST", "/v2-beta/projects", {"name": "stage"})

    assert made.status_code == 201
    assert [row["name"] for row in anna.call("GET", "/v2-beta/projects").json()["data"]] == ["stage"]
    assert prod.call("POST", "/projects", {"name": "x"}).status_code == 405
