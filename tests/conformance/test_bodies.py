"""What the server takes as body of an upgrade, ruin included (rancher-1.6-api.md 5.1, trap 49).

The client refuses all of these itself; here they are sent past it.
"""

from __future__ import annotations

import pytest

from rancher_client.cattle import services
from rancher_client.cattle.resources import Transitioning

from .waiting import wait_for


def strategy(bench, **fields):
    return {
        "inServiceStrategy": {
            "batchSize": 1,
            "intervalMillis": 100,
            "launchConfig": {"imageUuid": bench.target.new},
        }
        | fields
    }


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "MissingRequired"),
        ({"inServiceStrategy": None}, "MissingRequired"),
        ({"inServiceStrategy": {}}, "InvalidOption"),
        ({"inServiceStrategy": {"launchConfig": None}}, "InvalidOption"),
    ],
)
def test_a_body_without_a_config_is_refused(bench, wire, body, code):
    answer = wire.act(bench.service().id, "upgrade", body)

    assert (answer.status_code, answer.json()["code"]) == (422, code)


@pytest.mark.parametrize(
    ("fields", "code", "name"),
    [
        ({"batchSize": 0}, "MinLimitExceeded", "batchSize"),
        ({"intervalMillis": 99}, "MinLimitExceeded", "intervalMillis"),
        ({"launchConfig": {"imageUuid": "no-prefix:1"}}, "InvalidReference", "imageUuid"),
        ({"launchConfig": {"imageUuid": ""}}, "InvalidReference", "imageUuid"),
        ({"secondaryLaunchConfigs": [{"imageUuid": "docker:x"}]}, "MissingRequired", "name"),
    ],
)
def test_a_field_that_breaks_a_rule_is_refused_and_changes_nothing(bench, wire, fields, code, name):
    service = bench.service()

    answer = wire.act(service.id, "upgrade", strategy(bench, **fields))

    assert (answer.status_code, answer.json()["code"], answer.json()["fieldName"]) == (422, code, name)
    assert bench.read(service.id).configs() == service.configs()


@pytest.mark.trap("16")
def test_start_first_with_a_kept_ip_is_refused(bench, wire):
    service = bench.service(retainIp=True)

    answer = wire.act(service.id, "upgrade", strategy(bench, startFirst=True))

    assert (answer.json()["code"], answer.json()["fieldName"]) == (
        "InvalidOption",
        "StartFirst option can't be used for service with retainIp field set",
    )


@pytest.mark.trap("49")
@pytest.mark.parametrize("config", [{}, {"imageUuid": None}, "text"])
def test_a_config_without_an_image_is_taken(bench, wire, config):
    service = bench.service(scale=0)

    assert wire.act(service.id, "upgrade", strategy(bench, launchConfig=config)).status_code == 202


@pytest.mark.trap("49")
def test_a_batch_size_of_null_is_taken_and_only_removing_helps(bench, wire):
    service = bench.service()

    assert wire.act(service.id, "upgrade", strategy(bench, batchSize=None)).status_code == 202

    wait_for(
        lambda: bench.read(service.id),
        lambda seen: (seen.state, seen.transitioning) == ("upgrading", Transitioning.ERROR),
    )
    services.remove(bench.rancher, service.id)
    bench.in_state(service.id, "removed")


@pytest.mark.trap("49")
def test_a_sidekick_named_twice_is_taken_never_ends_and_can_be_rolled_back(bench, wire):
    service = bench.service(secondaryLaunchConfigs=[{"name": "logs", "imageUuid": bench.target.old}])
    twice = [{"name": "logs", "imageUuid": bench.target.new}] * 2

    assert wire.act(service.id, "upgrade", strategy(bench, secondaryLaunchConfigs=twice)).status_code == 202

    wait_for(lambda: bench.read(service.id), lambda seen: seen.upgrade is not None)
    assert bench.read(service.id).state == "upgrading"
    assert bench.roll_back(service.id).versions() == {"web": "0", "logs": "0"}


def test_a_sidekick_named_as_its_service_is_a_fault_of_the_server(bench, wire):
    service = bench.service(secondaryLaunchConfigs=[{"name": "logs", "imageUuid": bench.target.old}])
    named_alike = [{"name": "web", "imageUuid": bench.target.new}]

    answer = wire.act(service.id, "upgrade", {"inServiceStrategy": {"secondaryLaunchConfigs": named_alike}})

    assert answer.status_code == 500
    assert bench.read(service.id).configs() == service.configs()
