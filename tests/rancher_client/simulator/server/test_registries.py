"""Registries of a project and the logins kept for them (rancher-1.6-api.md 12)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import Environment

SECRET = "never-shown-anywhere"


@pytest.fixture
def registry(prod: Environment) -> str:
    made = prod.call("POST", "/registries", {"serverAddress": "Registry.example"})
    prod.server.advance(1)
    return str(made.json()["id"])


def add_login(prod: Environment, registry: str, **fields: Any) -> Any:
    body = {"registryId": registry, "publicValue": "anna", "secretValue": SECRET, "email": "a@b.c", **fields}
    response = prod.call("POST", "/registrycredentials", body)
    assert response.status_code == 201, response.text
    return response.json()


@pytest.mark.parametrize("address", ["Registry.example", "registry.EXAMPLE"])
def test_an_address_is_refused_twice_in_whatever_case(prod, registry, address):
    refused = prod.call("POST", "/registries", {"serverAddress": address})

    body = refused.json()
    assert (refused.status_code, body["code"], body["message"]) == (
        400,
        "ServerAddressUsed",
        "ServerAddressUsed",
    )
    assert "fieldName" not in body


def test_a_login_becomes_active_and_names_its_registry(prod, registry):
    made = add_login(prod, registry, name="n", description="d")

    assert (made["type"], made["baseType"], made["state"]) == (
        "registryCredential",
        "credential",
        "registering",
    )
    assert (made["name"], made["description"], made["publicValue"]) == ("n", "d", "anna")
    assert made["registryId"] == registry
    assert "email" not in made
    assert set(made["actions"]) == {"activate", "deactivate", "remove"}
    assert set(made["links"]) == {"self", "account", "images", "instances", "registry"}
    prod.server.advance(1)
    login = prod.get(f"/registrycredentials/{made['id']}")
    assert (login["state"], set(login["actions"])) == ("active", {"deactivate", "update"})
    assert prod.get(f"/registrycredentials/{made['id']}/registry")["id"] == registry
    assert [row["id"] for row in prod.get("/registrycredentials")["data"]] == [made["id"]]
    assert made["id"] in [row["id"] for row in prod.get("/credentials")["data"]]


def test_the_link_from_a_registry_to_its_logins_finds_none(prod, registry):
    add_login(prod, registry)

    assert prod.get(f"/registries/{registry}/credentials")["data"] == []


def test_no_answer_and_no_log_shows_the_secret(prod, registry):
    made = add_login(prod, registry)
    prod.server.advance(1)
    path = f"/registrycredentials/{made['id']}"
    answers = [
        made,
        prod.get(path),
        prod.get("/registrycredentials"),
        prod.call("PUT", path, {"secretValue": SECRET}).json(),
        prod.call("POST", f"{path}?action=deactivate").json(),
        prod.call("POST", "/registrycredentials", {"secretValue": SECRET}).json(),
        prod.get("/auditlogs"),
        prod.server.simulator.directory.saved(),
    ]

    assert SECRET not in json.dumps(answers)
    assert made["secretValue"] is None


def test_name_and_user_may_be_changed_the_registry_not(prod, registry):
    made = add_login(prod, registry)
    prod.server.advance(1)
    prod.call(
        "PUT", f"/registrycredentials/{made['id']}", {"name": "m", "publicValue": "bob", "registryId": "1sp1"}
    )

    login = prod.get(f"/registrycredentials/{made['id']}")

    assert (login["name"], login["publicValue"], login["registryId"]) == ("m", "bob", registry)


def test_an_active_login_is_not_removed_an_inactive_one_is(prod, registry):
    path = f"/registrycredentials/{add_login(prod, registry)['id']}"
    prod.server.advance(1)
    assert prod.call("DELETE", path).status_code == 405

    assert prod.call("POST", f"{path}?action=deactivate").status_code == 202
    prod.server.advance(1)
    assert prod.call("DELETE", path).status_code == 200

    prod.server.advance(1)
    assert prod.get(path)["state"] == "removed"
    assert prod.get("/registrycredentials")["data"] == []


@pytest.mark.parametrize("missing", ["publicValue", "secretValue"])
def test_user_and_secret_may_be_left_out(prod, registry, missing):
    body = {"registryId": registry, "publicValue": "u", "secretValue": "s"}
    del body[missing]

    assert prod.call("POST", "/registrycredentials", body).status_code == 201


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "MissingRequired"),
        ({"registryId": "1sp77"}, "InvalidReference"),
        ({"registryId": "x"}, "InvalidReference"),
    ],
)
def test_a_login_needs_a_registry_of_the_project(prod, registry, fields, code):
    refused = prod.call("POST", "/registrycredentials", {"publicValue": "u", **fields})

    body = refused.json()
    assert (refused.status_code, body["code"], body["fieldName"]) == (422, code, "registryId")


def test_a_login_outlives_its_registry_and_is_taken_for_a_removed_one(prod, registry):
    login = add_login(prod, registry)
    prod.call("POST", f"/registries/{registry}?action=deactivate")
    prod.server.advance(1)
    add_login(prod, registry)

    assert prod.call("DELETE", f"/registries/{registry}").status_code == 200
    prod.server.advance(1)

    assert prod.get(f"/registrycredentials/{login['id']}")["state"] == "active"
    add_login(prod, registry)


def test_the_address_of_a_removed_registry_is_free_again(prod, registry):
    prod.call("POST", f"/registries/{registry}?action=deactivate")
    prod.server.advance(1)
    prod.call("DELETE", f"/registries/{registry}")
    prod.server.advance(1)

    assert prod.call("POST", "/registries", {"serverAddress": "registry.example"}).status_code == 201


def test_the_audit_log_keeps_no_secret_of_a_key_or_of_a_secret_refused(prod):
    key = prod.call("POST", "/apikeys", {"name": "deploy", "secretValue": SECRET}).json()
    prod.call("POST", "/secrets", {"name": "s", "value": SECRET})

    rows = prod.get("/auditlogs")["data"]

    objects = "".join(str(row["requestObject"]) + str(row["responseObject"]) for row in rows)
    assert len(rows) == 2
    assert key["secretValue"] not in objects
    assert SECRET not in objects
