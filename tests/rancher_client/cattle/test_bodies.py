"""Bodies that Rancher would take and die of are not sent (rancher-1.6-api.md 5.1, traps 3, 38, 49)."""

from __future__ import annotations

import pytest

from rancher_client.cattle.bodies import service_body, upgrade_body
from rancher_client.errors import UnsafeBody

CONFIG = {"imageUuid": "docker:registry.example/shop:1.0.2"}
LOGS = {"name": "logs", "imageUuid": "docker:logs:4"}


def body(**changed):
    wanted = {
        "service_name": "web",
        "sidekicks": ["logs"],
        "launch_config": CONFIG,
        "batch_size": 1,
        "interval_millis": 2000,
        "start_first": False,
    }
    return upgrade_body(**wanted | changed)


@pytest.mark.parametrize(
    "image",
    [
        "docker:nginx",
        "docker:nginx:1",
        "docker:registry.example:5000/group/shop:1.0.2",
        "docker:shop@sha256:0f1e2d3c",
        "sim:x",
    ],
)
def test_an_image_of_the_form_that_rancher_wants_is_sent(image):
    config = body(launch_config={"imageUuid": image})["inServiceStrategy"]["launchConfig"]

    assert config == {"imageUuid": image}


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"imageUuid": None},
        {"imageUuid": ""},
        {"imageUuid": 5},
        {"imageUuid": "nginx:1"},
        {"imageUuid": "docker:"},
        {"imageUuid": "docker:shop:"},
        {"imageUuid": "docker:shop@"},
        {"imageUuid": "docker:a b"},
        {"imageUuid": "rancher/none"},
        "text",
        ["list"],
        CONFIG | {"labels": None},
        CONFIG | {"environment": None},
        CONFIG | {"secrets": None},
        CONFIG | {"labels": ["a"]},
        CONFIG | {"labels": {"a": 1}},
        CONFIG | {"environment": {"A": True}},
        CONFIG | {"ports": "8080:80"},
        CONFIG | {"ports": [8080]},
        CONFIG | {"networkLaunchConfig": "nobody"},
        CONFIG | {"dataVolumesFromLaunchConfigs": ["nobody"]},
    ],
)
def test_a_launch_config_that_would_ruin_the_service_is_not_sent(config):
    with pytest.raises(UnsafeBody):
        body(launch_config=config)


@pytest.mark.parametrize(
    "changed",
    [
        {"launch_config": None},
        {"batch_size": None},
        {"batch_size": 0},
        {"batch_size": 1.5},
        {"batch_size": True},
        {"batch_size": "1"},
        {"interval_millis": None},
        {"interval_millis": 99},
        {"start_first": None},
        {"start_first": "true"},
    ],
)
def test_numbers_that_would_ruin_the_service_are_not_sent(changed):
    with pytest.raises(UnsafeBody):
        body(**changed)


@pytest.mark.parametrize(
    "sidekicks",
    [
        [LOGS, LOGS],
        [LOGS, LOGS | {"name": "LOGS"}],
        [LOGS | {"name": "web"}],
        [LOGS | {"name": "Web"}],
        [LOGS | {"name": None}],
        [LOGS | {"name": "a--b"}],
        [{"imageUuid": "docker:x"}],
        [{"name": "logs"}],
        [{"name": "other", "imageUuid": "rancher/none"}],
        ["text"],
        [LOGS | {"networkLaunchConfig": "nobody"}],
    ],
)
def test_sidekicks_that_would_ruin_the_service_are_not_sent(sidekicks):
    with pytest.raises(UnsafeBody):
        body(secondary_launch_configs=sidekicks)


def test_volumes_of_a_sidekick_that_is_removed_are_no_longer_there():
    config = CONFIG | {"dataVolumesFromLaunchConfigs": ["logs"]}
    assert body(launch_config=config)

    with pytest.raises(UnsafeBody, match="'logs', which is not there"):
        body(launch_config=config, secondary_launch_configs=[{"name": "logs", "imageUuid": "rancher/none"}])


def test_a_sidekick_alone_leaves_the_primary_out():
    sent = body(launch_config=None, secondary_launch_configs=[LOGS])["inServiceStrategy"]

    assert "launchConfig" not in sent
    assert sent["secondaryLaunchConfigs"] == [LOGS]


def test_without_sidekicks_none_are_mentioned():
    assert "secondaryLaunchConfigs" not in body()["inServiceStrategy"]


def test_a_variable_without_a_value_is_kept_as_rancher_stores_it():
    config = CONFIG | {"environment": {"A": None}}

    assert body(launch_config=config)["inServiceStrategy"]["launchConfig"] == config


def test_a_body_that_would_keep_rancher_busy_is_not_sent():
    with pytest.raises(UnsafeBody, match="busy"):
        body(launch_config=CONFIG | {"environment": {"A": "x" * 1_100_000}})


@pytest.mark.parametrize(
    "fields",
    [
        {"launchConfig": CONFIG},
        {"name": "we_b", "launchConfig": CONFIG},
        {"name": "web"},
        {"name": "web", "launchConfig": {}},
        {"name": "web", "launchConfig": CONFIG, "secondaryLaunchConfigs": None},
        {"name": "web", "launchConfig": CONFIG, "secondaryLaunchConfigs": [LOGS, LOGS]},
        {"name": "web", "launchConfig": {"imageUuid": "rancher/none"}},
    ],
)
def test_a_new_service_without_what_it_needs_is_not_sent(fields):
    with pytest.raises(UnsafeBody):
        service_body(fields, stack_id="1st1")


def test_a_service_made_of_a_selector_needs_no_image():
    fields = {"name": "web", "launchConfig": {"imageUuid": "rancher/none"}, "selectorContainer": "team=shop"}

    assert service_body(fields, stack_id="1st1")["stackId"] == "1st1"
