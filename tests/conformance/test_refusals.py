"""What Rancher refuses and how it says so (rancher-1.6-api.md 2)."""

from __future__ import annotations

import pytest

from rancher_client.cattle import services, stacks
from rancher_client.errors import Invalid, KeyRefused, NotAllowed, NotFound, NotOffered


@pytest.mark.trap("31")
def test_a_wrong_key_is_refused_even_where_access_control_is_off(target):
    with pytest.raises(KeyRefused) as caught:
        stacks.read_all(target.session(secret_key="wrong" * 8))

    assert (caught.value.status, caught.value.code) == (401, "Unauthorized")


@pytest.mark.trap("29")
def test_a_project_that_is_not_there_is_forbidden_not_missing(target):
    with pytest.raises(NotAllowed) as caught:
        stacks.read_all(target.session(project="1a999999"))

    assert caught.value.status == 403


@pytest.mark.parametrize("service_id", ["1s99999999", "zzz"])
def test_an_id_that_is_not_there_is_not_found(rancher, service_id):
    with pytest.raises(NotFound):
        services.get(rancher, service_id)


def test_an_action_that_no_schema_has_is_invalid(bench, wire):
    answer = wire.act(bench.service(active=False).id, "noSuchAction")

    assert (answer.status_code, answer.json()["code"]) == (422, "InvalidAction")


def test_an_action_that_the_state_does_not_offer_is_not_available(bench, rancher):
    service = bench.service(active=False)

    with pytest.raises(NotOffered) as caught:
        services.finish_upgrade(rancher, service.id)

    assert (caught.value.status, caught.value.code, caught.value.text) == (
        422,
        "ActionNotAvailable",
        "action",
    )


def test_the_state_is_looked_at_before_the_body(bench, wire):
    answer = wire.act(bench.service(active=False).id, "rollback", {"nonsense": 1})

    assert answer.json()["code"] == "ActionNotAvailable"


def test_a_body_that_is_no_json_is_400(bench, wire):
    answer = wire("POST", "services", data='{"name": "x"', headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidBodyContent")


@pytest.mark.trap("30")
def test_a_missing_name_is_told_in_field_name(bench, wire):
    answer = wire("POST", "stacks", json={})

    said = answer.json()
    assert (answer.status_code, said["type"], said["code"], said["fieldName"]) == (
        422,
        "error",
        "MissingRequired",
        "name",
    )


def test_a_name_that_is_taken_is_not_unique(bench, rancher):
    bench.service(name="web", active=False)

    with pytest.raises(Invalid) as caught:
        bench.service(name="web", active=False)

    assert caught.value.code == "NotUnique"


@pytest.mark.trap("3", "38")
@pytest.mark.parametrize(
    ("config", "code", "text"),
    [
        ({"imageUuid": "no-prefix:1"}, "InvalidReference", "imageUuid"),
        ({"labels": None}, "NotNullable", "labels"),
        ({"environment": None}, "NotNullable", "environment"),
        ({"labels": ["a"]}, "InvalidFormat", "labels"),
        ({"healthCheck": {"interval": 2000}}, "MissingRequired", "port"),
        ({"healthCheck": {"port": 99999}}, "MaxLimitExceeded", "port"),
    ],
)
def test_a_field_of_a_launch_config_that_breaks_a_rule_is_named(bench, wire, config, code, text):
    body = {
        "name": "web",
        "stackId": bench.stack_id,
        "launchConfig": {"imageUuid": bench.target.old} | config,
    }

    answer = wire("POST", "services", json=body)

    assert (answer.status_code, answer.json()["code"], answer.json()["fieldName"]) == (422, code, text)


@pytest.mark.trap("30")
def test_port_rules_put_their_words_into_message_and_have_no_field_name(bench, wire):
    config = {"imageUuid": bench.target.old, "ports": ["abc"]}

    answer = wire("POST", "services", json={"name": "web", "stackId": bench.stack_id, "launchConfig": config})

    said = answer.json()
    assert (said["code"], said["message"]) == ("PortWrongFormat", "the specified port spec format is wrong")
    assert "fieldName" not in said


def test_a_service_without_a_stack_is_in_no_valid_state(bench, wire):
    answer = wire("POST", "services", json={"name": "web", "launchConfig": {"imageUuid": bench.target.old}})

    assert (answer.status_code, answer.json()["code"]) == (422, "InvalidState")


@pytest.mark.trap("62")
def test_head_is_not_allowed(wire):
    assert wire("HEAD", "services").status_code == 405


def test_an_account_of_a_refusal_has_words_for_people(bench, rancher):
    config = {"imageUuid": bench.target.old, "ports": ["99999:80"]}

    with pytest.raises(Invalid) as caught:
        services.create(rancher, {"name": "web", "launchConfig": config}, stack_id=bench.stack_id)

    assert caught.value.code == "PortInvalidPublicPort"
    assert caught.value.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "projects/1a99999999"),
        ("PUT", "projects/1a99999999"),
        ("DELETE", "settings/no.such.setting"),
        ("PUT", "settings/no.such.setting"),
        ("POST", "settings/no.such.setting"),
        ("DELETE", "registrationtokens/1c99999999"),
        ("DELETE", "instances/1i99999999"),
    ],
)
def test_a_method_that_the_schema_does_not_have_is_refused_before_the_row_is_looked_for(wire, method, path):
    assert wire(method, path, json={}).status_code == 405


def test_a_body_is_checked_before_the_row_is_looked_for(wire):
    refusal = wire("PUT", "hosts/1h99999999", json={"labels": []}).json()

    assert (refusal["status"], refusal["code"], refusal["fieldName"]) == (422, "InvalidFormat", "labels")


@pytest.mark.parametrize(
    "path",
    ["services/1s99999999", "dnsservices/1s99999999", "services/nonsense", "stacks/1st99999999"],
)
def test_a_change_of_a_service_or_stack_that_is_not_there_is_an_error_of_the_server(wire, path):
    assert wire("DELETE", path).status_code == 500
    assert wire("PUT", path, json={"description": "x"}).status_code == 500


def test_a_change_of_anything_else_that_is_not_there_is_not_found(wire):
    assert wire("DELETE", "hosts/1h99999999").status_code == 404
    assert wire("PUT", "hosts/1h99999999", json={"description": "x"}).status_code == 404
    assert wire("DELETE", "containers/1i99999999").status_code == 404


@pytest.mark.parametrize("method", ["DELETE", "POST", "PUT"])
def test_schemas_are_answered_whatever_the_method(wire, method):
    assert wire(method, "schemas/service").json()["id"] == "service"
    assert wire(method, "schemas").json()["resourceType"] == "schema"
    assert wire(method, "schemas/nosuchtype").status_code == 404


def test_only_a_get_looks_at_the_link_behind_a_row(bench, wire):
    service = bench.service(active=False)

    changed = wire("PUT", f"services/{service.id}/instances", json={"description": "by a link"})

    assert (changed.json()["id"], changed.json()["description"]) == (service.id, "by a link")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
def test_a_word_that_cannot_be_an_id_is_not_found_whatever_is_asked_of_it(wire, method):
    assert wire(method, "services/1", json={"scale": "x"}).status_code == 404
    assert wire(method, "labels/12?action=bogus", json={}).status_code == 404
    assert wire(method, "settings/1", json={}).status_code == 404


@pytest.mark.parametrize("body", [{}, {"imageUuid": None}, {"name": "alone"}])
def test_a_container_of_its_own_needs_an_image(wire, body):
    refusal = wire("POST", "containers", json=body).json()

    assert (refusal["code"], refusal["fieldName"]) == ("MissingRequired", "imageUuid")
    assert refusal["message"] == "image is required, but not specified"


@pytest.mark.parametrize(
    ("rule", "code", "text"),
    [
        ({}, "MissingRequired", "serviceId"),
        ({"selector": ""}, "MissingRequired", "serviceId"),
        ({"serviceId": "{service}"}, "MissingRequired", "targetPort"),
        (
            {"serviceId": "{service}", "targetPort": 80, "selector": "a=b"},
            "InvalidOption",
            "Can't specify both selector and serviceId",
        ),
        ({"selector": "a=b", "region": "north"}, "MissingRequired", "environment"),
    ],
)
def test_a_rule_of_a_balancer_leads_to_a_service_and_its_port_or_to_a_selector(bench, wire, rule, code, text):
    service = bench.service(active=False)
    rule = {key: service.id if value == "{service}" else value for key, value in rule.items()}
    body = {
        "name": "lb",
        "stackId": bench.stack_id,
        "launchConfig": {"imageUuid": bench.target.old},
        "lbConfig": {"portRules": [{"sourcePort": 80, **rule}]},
    }

    refusal = wire("POST", "loadbalancerservices", json=body).json()

    assert (refusal["status"], refusal["code"], refusal["fieldName"]) == (422, code, text)


def test_a_change_of_a_balancer_has_to_keep_to_the_rules_for_its_rules(bench, wire):
    body = {
        "name": "lb",
        "stackId": bench.stack_id,
        "launchConfig": {"imageUuid": bench.target.old},
        "lbConfig": {"portRules": [{"sourcePort": 80, "selector": "a=b"}]},
    }
    balancer = wire("POST", "loadbalancerservices", json=body).json()

    refusal = wire(
        "PUT",
        f"loadbalancerservices/{balancer['id']}",
        json={"lbConfig": {"portRules": [{"sourcePort": 80}]}},
    ).json()

    assert (refusal["code"], refusal["fieldName"]) == ("MissingRequired", "serviceId")


def test_a_service_without_a_name_makes_the_server_fail_at_the_others_of_its_stack(bench, wire):
    nameless = bench.service(name="x", active=False)
    other = bench.service(name="y", active=False)

    assert wire("PUT", f"services/{nameless.id}", json={"name": None}).status_code == 200
    assert wire("PUT", f"services/{other.id}", json={"description": "d"}).status_code == 500
    assert wire("PUT", f"services/{nameless.id}", json={"description": "d"}).status_code == 500
    assert wire("PUT", f"services/{nameless.id}", json={"name": "z"}).status_code == 200
    assert wire("PUT", f"services/{other.id}", json={"description": "d"}).status_code == 200


@pytest.mark.parametrize(
    ("value", "status", "code", "field"),
    [
        (None, 422, "EmptySecret", "value"),
        ("@@", 422, "InvalidBase64", "value"),
        ("", 422, "NotNullable", None),
    ],
)
def test_a_secret_without_a_value_in_base64_is_refused(wire, value, status, code, field):
    answer = wire("POST", "secrets", json={"name": "key", "value": value})

    assert (answer.status_code, answer.json()["code"], answer.json().get("fieldName")) == (
        status,
        code,
        field,
    )
