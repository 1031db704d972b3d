"""The schemas that each role is served, against those recorded of a live server (rancher-1.6-api.md 1.9, 11).

The data that the simulator ships was made from the same answers; what is held here is what it serves over
HTTP, with its links, by key and scope.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from rancher_client.simulator.engine import Ref
from rancher_client.simulator.server import SimulatorServer
from rancher_client.simulator.server.access import AccountKind
from rancher_client.simulator.server.schemas import Role, Version

from .conftest import Environment
from .recorded import RECORDINGS

SCHEMAS = RECORDINGS / "schemas"

FOLLOWS = tuple(
    f"schemas/{name}"
    for name in ("roles-against-owner", "v1-admin", "v1-owner", "v2-beta-admin", "v2-beta-owner")
)

LESS_THAN_OWNER = ("member", "restricted", "readonly", "env", "unscoped-user")

Schemas = dict[str, dict[str, Any]]


class Served:
    """A simulator with a project and a key of every role; what is served is asked for once."""

    def __init__(self, server: SimulatorServer) -> None:
        self.server = server
        self.project = Environment(server, *server.add_project("schemas", hosts=0))
        directory = server.simulator.directory
        self.keys = {"env": self.project.key}
        with server.engine_lock:
            for role in (Role.OWNER, Role.MEMBER, Role.RESTRICTED, Role.READONLY):
                account = directory.add_account(str(role), AccountKind.USER)
                directory.add_member(int(self.project.project[2:]), account, role)
                self.keys[str(role)] = directory.add_key(Ref("account", account))[1:]
            self.keys["admin"] = directory.add_key(Ref("account", directory.admin().id))[1:]
        self.keys["unscoped-user"] = self.keys["owner"]

    def collection(self, version: Version, role: str) -> dict[str, Any]:
        scope = "" if role in ("admin", "unscoped-user") else f"/projects/{self.project.project}"
        answered = requests.get(
            f"{self.server.url}/{version}{scope}/schemas", auth=self.keys[role], timeout=30
        )
        assert answered.status_code == 200
        text = answered.text.replace("\\/", "/").replace(self.server.url, "http://rancher.test:8080")
        body: dict[str, Any] = json.loads(
            text.replace(f"/projects/{self.project.project}/", "/projects/1a16/")
        )
        return body

    def by_id(self, version: Version, role: str) -> Schemas:
        return {schema["id"]: schema for schema in self.collection(version, role)["data"]}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with SimulatorServer(speed=0, start=1_795_404_000.0) as server:
        yield Served(server)


def recorded(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(gzip.decompress((SCHEMAS / f"{name}.json.gz").read_bytes()))
    return body


@pytest.mark.parametrize("version", Version)
@pytest.mark.parametrize("role", ["admin", "owner"])
def test_every_type_is_served_as_recorded(served: Served, version: Version, role: str) -> None:
    theirs, ours = recorded(f"{version}-{role}"), served.collection(version, role)

    assert {key: value for key, value in ours.items() if key != "data"} == {
        key: value for key, value in theirs.items() if key != "data"
    }
    assert [schema["id"] for schema in ours["data"]] == [schema["id"] for schema in theirs["data"]]
    for own, their in zip(ours["data"], theirs["data"], strict=True):
        assert own == their


@pytest.mark.parametrize("version", Version)
@pytest.mark.parametrize("role", LESS_THAN_OWNER)
def test_a_role_sees_what_the_owner_sees_but_for_the_recorded_differences(
    served: Served, version: Version, role: str
) -> None:
    theirs = recorded("roles-against-owner")["differences"][f"{version} {role}"]
    owner, ours = served.by_id(version, "owner"), served.by_id(version, role)

    assert sorted(set(owner) - set(ours)) == sorted(theirs.get("types_absent", ()))
    assert sorted(set(ours) - set(owner)) == sorted(theirs.get("types_added", ()))
    changed = {name: difference(owner[name], ours[name]) for name in sorted(set(owner) & set(ours))}
    assert {name: change for name, change in changed.items() if change} == theirs.get("types", {})


def difference(owner: dict[str, Any], role: dict[str, Any]) -> dict[str, Any]:
    """How a type of the role differs from the owner's, in the form of the recording."""
    found: dict[str, Any] = {}
    for key, value in owner.items():
        if key == "links" or role[key] == value:
            continue
        if key in ("resourceFields", "resourceActions"):
            found[key] = _between(value, role[key], only_names=key == "resourceActions")
        else:
            found[key] = role[key]
    return found


def _between(owner: dict[str, Any], role: dict[str, Any], *, only_names: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if set(owner) - set(role):
        found["absent"] = sorted(set(owner) - set(role))
    if set(role) - set(owner):
        found["added"] = sorted(set(role) - set(owner))
    shared = sorted(set(owner) & set(role))
    changed = {
        name: {key: value for key, value in role[name].items() if owner[name].get(key) != value}
        for name in shared
        if role[name] != owner[name] and not only_names
    }
    return found | ({"changed": changed} if changed else {})
