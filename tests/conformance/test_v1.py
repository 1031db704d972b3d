"""The same rows below /v1 and /v2-beta (rancher-1.6-api.md 1.1, 1.4, 1.8)."""

from __future__ import annotations

import pytest

from rancher_client.cattle import services


@pytest.fixture
def shown(bench, wire):
    """A service as either version shows it."""
    service = bench.service(active=False)
    return {
        version: wire.version(version, "GET", f"services/{service.id}").json()
        for version in ("v1", "v2-beta")
    }


@pytest.mark.trap("36")
def test_a_stack_is_an_environment_below_v1(bench, wire, shown):
    number = bench.stack_id.removeprefix("1st")

    assert shown["v1"]["environmentId"] == f"1e{number}"
    assert shown["v2-beta"]["stackId"] == bench.stack_id
    assert "environment" in shown["v1"]["links"]
    body = wire.version("v1", "GET", f"environments/1e{number}").json()
    assert (body["type"], body["id"]) == ("environment", f"1e{number}")


def test_a_service_is_the_same_but_for_that(shown):
    same = ("id", "type", "name", "state", "scale", "launchConfig", "uuid", "accountId")

    assert {key: shown["v1"][key] for key in same} == {key: shown["v2-beta"][key] for key in same}


@pytest.mark.parametrize("version", ["v1", "v2-beta"])
def test_links_and_actions_keep_the_prefix_of_the_request(shown, target, version):
    prefix = f"/{version}/projects/{target.project}/services/{shown[version]['id']}"

    assert prefix in shown[version]["links"]["self"]
    assert f"{prefix}/?action=remove" in shown[version]["actions"]["remove"]


@pytest.mark.trap("33")
def test_link_paths_are_lower_case_and_made_from_the_headers_of_the_request(wire, bench):
    service = bench.service(active=False)
    path = f"services/{service.id}"

    plain = wire("GET", path).json()["links"]
    host_alone = wire("GET", path, headers={"X-Forwarded-Host": "away.example"}).json()["links"]
    both = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "away.example"}
    moved = wire("GET", path, headers=both).json()["links"]

    assert plain["serviceLogs"].endswith("/servicelogs")
    assert host_alone["self"] == plain["self"]
    assert moved["self"].startswith("https://away.example/")


@pytest.mark.trap("45")
def test_the_letters_of_an_id_are_not_looked_at(wire, bench):
    service = bench.service(active=False)

    assert wire("GET", f"services/1i{service.id.removeprefix('1s')}").json()["id"] == service.id


@pytest.mark.trap("46")
def test_a_version_that_there_is_not_is_answered_by_a_page(wire):
    answer = wire.version("v3", "GET", "services")

    assert answer.status_code in (200, 404)
    assert "json" not in answer.headers.get("Content-Type", "")


def test_a_type_is_found_in_any_case_and_in_the_singular(wire, bench):
    service = bench.service(active=False)

    assert wire("GET", f"SERVICE/{service.id}").json()["id"] == service.id


def test_an_upgrade_asked_for_below_v1_is_the_same_upgrade(wire, bench):
    service = bench.service()
    config = {**service.launch_config, "imageUuid": bench.target.new}
    body = {"inServiceStrategy": {"batchSize": 1, "intervalMillis": 100, "launchConfig": config}}

    answer = wire.version("v1", "POST", f"services/{service.id}/?action=upgrade", json=body)

    assert (answer.status_code, answer.json()["state"]) == (202, "upgrading")
    upgraded = bench.settled(service.id, "upgraded")
    assert upgraded.launch_config["imageUuid"] == bench.target.new
    assert services.get(bench.rancher, service.id).actions >= {"finishupgrade", "rollback"}
