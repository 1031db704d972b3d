"""Certificates of a project, for its load balancers (rancher-1.6-api.md 12)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rancher_client.simulator.server import SimulatorServer
from rancher_client.simulator.server.certificate_fields import described
from rancher_client.simulator.server.schemas import Role

from .conftest import Environment
from .making_certificates import certificate

FIRST, SECOND = certificate(), certificate(number=7)
KEY = "nobody looks at it"


def add(prod: Environment, name: str = "shop", **fields: Any) -> Any:
    response = prod.call("POST", "/certificates", {"name": name, "cert": FIRST, "key": KEY, **fields})
    assert response.status_code == 201, response.text
    return response.json()


def refusal(response: Any) -> tuple[Any, ...]:
    body = response.json()
    return response.status_code, body["code"], body.get("fieldName"), body["message"]


@pytest.fixture
def path(prod: Environment) -> str:
    made = add(prod)
    prod.server.advance(1)
    return f"/certificates/{made['id']}"


def test_a_certificate_shows_what_is_read_out_of_it_and_becomes_active(prod):
    made = add(prod, description="d", certChain="chain")

    assert (made["type"], made["baseType"], made["id"]) == ("certificate", "certificate", "1c1")
    assert (made["state"], made["transitioning"], set(made["actions"])) == ("activating", "yes", {"remove"})
    assert (made["name"], made["description"], made["certChain"]) == ("shop", "d", "chain")
    assert (made["cert"], made["accountId"]) == (FIRST, prod.project)
    assert {name: made[name] for name in described(FIRST)} == described(FIRST)
    assert set(made["links"]) == {"self", "account"}
    prod.server.advance(1)
    found = prod.get("/certificates/1c1")
    assert (found["state"], set(found["actions"])) == ("active", {"remove", "update"})
    assert [row["id"] for row in prod.get("/certificates")["data"]] == ["1c1"]


def test_the_private_key_stands_in_answers_to_post_alone(prod):
    made = add(prod)
    prod.server.advance(1)
    path = f"/certificates/{made['id']}"

    acted = prod.call("POST", f"{path}?action=update").json()
    prod.server.advance(1)
    changed = prod.call("PUT", path, {"cert": FIRST, "key": "another"}).json()
    prod.server.advance(1)
    rows = [prod.get(path), prod.get("/certificates")["data"][0], prod.call("DELETE", path).json()]

    assert (made["key"], acted["key"]) == (KEY, KEY)
    assert [row["key"] for row in (changed, *rows)] == [None] * 4


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, ("MissingRequired", "cert", None)),
        ({"name": "x", "cert": FIRST}, ("MissingRequired", "key", None)),
        ({"name": "x", "cert": None, "key": "k"}, ("NotNullable", "cert", None)),
        ({"name": "x", "cert": "no PEM", "key": "k"}, ("InvalidFormat", None, "InvalidFormat")),
        ({"name": "shop"}, ("NotUnique", "name", None)),
        ({"name": "shop", "cert": "no PEM", "key": "k"}, ("NotUnique", "name", None)),
    ],
)
def test_what_is_missing_taken_or_no_certificate_is_refused(prod, path, body, told):
    assert refusal(prod.call("POST", "/certificates", body)) == (422, *told)


def test_a_name_is_free_in_another_project_and_after_a_removal(prod, path):
    other = Environment(prod.server, *prod.server.add_project("other", hosts=0))
    add(other)

    prod.call("DELETE", path)
    prod.server.advance(1)

    assert add(prod)["name"] == "shop"


def test_a_name_that_is_null_is_nobody_s(prod):
    made = add(prod, name=None)
    add(prod, name=None)
    prod.server.advance(1)

    assert prod.call("PUT", f"/certificates/{made['id']}", {"cert": SECOND}).status_code == 200


def test_those_of_a_project_are_counted_apart(prod, path):
    other = Environment(prod.server, *prod.server.add_project("other", hosts=0))
    add(other)
    kept = prod.server.simulator.certificates

    numbers = [kept.ids("certificate", project=int(one.project[2:])) for one in (prod, other)]

    assert (numbers, kept.ids("certificate")) == ([[1], [2]], [1, 2])


def test_another_certificate_is_read_anew_by_a_process(prod, path):
    answer = prod.call("PUT", path, {"cert": SECOND, "key": KEY, "name": "shop"})

    changed = answer.json()
    assert (answer.status_code, changed["state"], changed["actions"]) == (200, "updating-active", {})
    assert {name: changed[name] for name in described(SECOND)} == described(SECOND)
    prod.server.advance(1)
    assert prod.get(path)["state"] == "active"


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"name": "n", "description": "d", "certChain": "c"}, "active"),
        ({"key": KEY}, "active"),
        ({"key": "another"}, "updating-active"),
    ],
)
def test_only_another_certificate_or_key_starts_a_process(prod, path, changes, state):
    changed = prod.call("PUT", path, {"cert": FIRST, **changes}).json()

    assert changed["state"] == state
    shown = {name: value for name, value in changes.items() if name != "key"}
    assert {name: changed[name] for name in shown} == shown


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"name": "renamed"}, (422, "InvalidFormat", None, "InvalidFormat")),
        ({"cert": "no PEM"}, (422, "InvalidFormat", None, "InvalidFormat")),
        ({"cert": FIRST, "name": "second"}, (422, "NotUnique", "name", None)),
    ],
)
def test_a_change_needs_a_certificate_and_a_name_of_its_own(prod, path, body, told):
    add(prod, "second")

    assert refusal(prod.call("PUT", path, body)) == told
    assert prod.get(path)["name"] == "shop"


def test_a_change_of_none_that_there_is_is_looked_at_first(prod):
    assert prod.call("PUT", "/certificates/1c9", {"cert": "no PEM"}).status_code == 422
    assert prod.call("PUT", "/certificates/1c9", {"cert": FIRST}).status_code == 404


def test_actions_take_no_body_and_end_as_they_should(prod, path):
    updated = prod.call("POST", f"{path}?action=update", {"cert": "no PEM"})
    assert (updated.status_code, updated.json()["state"], updated.json()["cert"]) == (
        202,
        "updating-active",
        FIRST,
    )
    assert prod.call("DELETE", path).status_code == 405
    prod.server.advance(1)
    assert refusal(prod.call("POST", f"{path}?action=create"))[:2] == (422, "ActionNotAvailable")

    removed = prod.call("POST", f"{path}?action=remove")

    assert (removed.status_code, removed.json()["state"]) == (202, "removing")
    prod.server.advance(1)
    assert prod.get(path)["state"] == "removed"
    assert prod.get("/certificates")["data"] == []


def test_a_removal_is_repeated_without_harm(prod, path):
    answers = [prod.call("DELETE", path)]
    answers.append(prod.call("DELETE", path))
    prod.server.advance(1)
    answers.append(prod.call("DELETE", path))

    told = [(answer.status_code, answer.json()["state"], answer.json()["actions"]) for answer in answers]
    assert told == [(200, "removing", {}), (200, "removing", {}), (200, "removed", {})]


def balancer(prod: Environment, name: str, **config: Any) -> str:
    body = {
        "name": name,
        "stackId": prod.make_stack(f"{name}-stack"),
        "launchConfig": {"imageUuid": "sim:lb", "ports": []},
        "lbConfig": {"portRules": [], **config},
    }
    response = prod.call("POST", "/loadbalancerservices", body)
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


def test_the_default_certificate_of_balancers_is_not_removed_one_that_they_list_is(prod, path):
    used, listed = path.rpartition("/")[2], add(prod, "listed")["id"]
    first = balancer(prod, "lb1", defaultCertificateId=used, certificateIds=[listed])
    balancer(prod, "lb2", defaultCertificateId=used)
    prod.server.advance(1)

    for call in (("DELETE", path), ("POST", f"{path}?action=remove")):
        assert refusal(prod.call(*call)) == (
            405,
            "InvalidAction",
            None,
            "Certificate is in use by load balancer services: lb1,lb2",
        )
    assert prod.call("DELETE", f"/certificates/{listed}").status_code == 200
    assert prod.call("POST", f"{path}?action=update").status_code == 202
    prod.call("DELETE", f"/services/{first}")
    prod.server.advance(30)
    assert refusal(prod.call("DELETE", path))[3].endswith(": lb2")


def test_a_balancer_may_name_only_certificates_of_its_project(prod, path):
    other = Environment(prod.server, *prod.server.add_project("other", hosts=0))
    body = {"name": "lb", "stackId": other.make_stack(), "launchConfig": {"imageUuid": "sim:lb"}}
    config = {"portRules": [], "defaultCertificateId": path.rpartition("/")[2]}

    refused = other.call("POST", "/loadbalancerservices", {**body, "lbConfig": config})

    assert refusal(refused)[:3] == (422, "InvalidReference", "defaultCertificateId")


def test_others_do_not_see_it_and_readers_change_nothing(prod, path):
    other = Environment(prod.server, *prod.server.add_project("other", hosts=0))
    reader = prod.add_member("ruth", Role.READONLY)

    assert other.call("GET", path).status_code == 404
    assert other.get("/certificates")["data"] == []
    assert prod.call("GET", path, auth=reader).status_code == 200
    body = {"name": "x", "cert": FIRST, "key": KEY}
    assert prod.call("POST", "/certificates", body, auth=reader).status_code == 405
    assert prod.call("PUT", path, body, auth=reader).status_code == 405


def test_the_audit_log_has_the_call_with_what_was_read(prod, path):
    rows = prod.get("/auditlogs")["data"]

    [made] = [row for row in rows if row["eventType"] == "api.certificate.create"]
    assert (made["responseCode"], made["resourceId"]) == (201, path.rpartition("/")[2])
    sent = json.loads(made["requestObject"])
    assert sent == {"name": "shop", "cert": FIRST, "key": KEY, "data": {"fields": described(FIRST)}}


def test_certificates_survive_a_restart(tmp_path):
    file = tmp_path / "state.json"
    with SimulatorServer(speed=0, state_file=file) as first:
        prod = Environment(first, *first.add_project("prod", hosts=1))
        made = add(prod, certChain="c")
        first.advance(1)
        balancer(prod, "lb", defaultCertificateId=made["id"])
        before = prod.get(f"/certificates/{made['id']}")

    with SimulatorServer(speed=0, state_file=file) as second:
        again = Environment(second, prod.project, prod.access_key, prod.secret_key)
        assert {**again.get(f"/certificates/{made['id']}"), "links": 0, "actions": 0} == {
            **before,
            "links": 0,
            "actions": 0,
        }
        assert again.call("DELETE", f"/certificates/{made['id']}").status_code == 405
        assert again.call("POST", f"/certificates/{made['id']}?action=update").json()["key"] == KEY
