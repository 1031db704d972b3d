"""Upgrades of services with sidekicks (rancher-1.6-api.md 5.2)."""

from __future__ import annotations

import pytest

from rancher_client.cattle import services
from rancher_client.cattle.resources import NO_IMAGE


@pytest.fixture
def pair(bench):
    """A service with the sidekick `logs`."""
    return bench.service(secondaryLaunchConfigs=[{"name": "logs", "imageUuid": bench.target.old}])


def ids(bench, service, sidekick):
    return {container.id for container in bench.running(service.id) if container.sidekick == sidekick}


@pytest.mark.trap("2")
def test_a_sidekick_that_is_not_mentioned_is_kept_with_version_and_containers(bench, pair):
    kept = ids(bench, pair, "logs")

    accepted = bench.upgrade(pair)
    bench.settled(pair.id, "upgraded")

    assert accepted.versions()["logs"] == "0"
    assert accepted.configs()["logs"] == pair.configs()["logs"]
    assert ids(bench, pair, "logs") == kept


@pytest.mark.trap("2")
def test_an_empty_list_of_sidekicks_is_the_same_as_none(bench, pair, wire):
    config = {**pair.launch_config, "imageUuid": bench.target.new}
    strategy = {"batchSize": 1, "intervalMillis": 100, "launchConfig": config, "secondaryLaunchConfigs": []}

    answer = wire.act(pair.id, "upgrade", {"inServiceStrategy": strategy})

    assert answer.status_code == 202
    assert bench.read(pair.id).configs()["logs"] == pair.configs()["logs"]
    bench.settled(pair.id, "upgraded")


@pytest.mark.trap("3")
def test_null_for_the_sidekicks_is_refused(bench, pair, wire):
    strategy = {"launchConfig": {"imageUuid": bench.target.new}, "secondaryLaunchConfigs": None}

    answer = wire.act(pair.id, "upgrade", {"inServiceStrategy": strategy})

    assert (answer.status_code, answer.json()["code"]) == (422, "NotNullable")


def test_a_sidekick_alone_can_be_upgraded_and_the_primary_keeps_version_and_containers(bench, pair):
    kept, replaced = ids(bench, pair, None), ids(bench, pair, "logs")

    accepted = bench.upgrade_sidekicks(pair, {**pair.configs()["logs"], "imageUuid": bench.target.new})
    bench.settled(pair.id, "upgraded")

    assert accepted.versions()["web"] == "0"
    assert accepted.versions()["logs"] != "0"
    assert ids(bench, pair, None) == kept
    assert not ids(bench, pair, "logs") & replaced


def test_configs_of_one_request_get_one_version(bench, pair):
    logs = {**pair.configs()["logs"], "imageUuid": bench.target.new}

    accepted = bench.upgrade(pair, secondary_launch_configs=(logs,))

    assert accepted.versions()["web"] == accepted.versions()["logs"]


@pytest.mark.trap("2")
def test_the_image_that_is_none_removes_a_sidekick_and_rollback_brings_it_back(bench, pair):
    accepted = bench.upgrade(pair, secondary_launch_configs=({"name": "logs", "imageUuid": NO_IMAGE},))

    assert set(accepted.configs()) == {"web"}
    seen = bench.settled(bench.with_block_of(accepted).id, "upgraded")
    assert set(seen.upgrade.in_service.previous("web")) == {"web", "logs"}
    assert ids(bench, pair, "logs") == set()

    assert bench.roll_back(pair.id).configs() == pair.configs()
    assert len(ids(bench, pair, "logs")) == 1


@pytest.mark.trap("47")
def test_a_sidekick_that_takes_the_network_of_what_is_changed_is_changed_too(bench):
    logs = {"name": "logs", "imageUuid": bench.target.old, "networkMode": "container"}
    pair = bench.service(secondaryLaunchConfigs=[logs | {"networkLaunchConfig": "web"}])
    replaced = ids(bench, pair, "logs")

    accepted = bench.upgrade(pair)
    bench.settled(pair.id, "upgraded")

    assert accepted.versions()["logs"] == accepted.versions()["web"] != "0"
    assert accepted.configs()["logs"]["imageUuid"] == bench.target.old
    assert not ids(bench, pair, "logs") & replaced


@pytest.mark.trap("47")
def test_a_new_sidekick_is_added_by_naming_it(bench, pair):
    proxy = {"name": "proxy", "imageUuid": bench.target.new}

    accepted = bench.upgrade(pair, secondary_launch_configs=(proxy,))
    bench.settled(pair.id, "upgraded")

    assert set(accepted.configs()) == {"web", "logs", "proxy"}
    assert len(ids(bench, pair, "proxy")) == 1


def test_finish_of_a_sidekick_only_upgrade_leaves_one_container_of_each(bench, pair):
    bench.upgrade_sidekicks(pair, {**pair.configs()["logs"], "imageUuid": bench.target.new})
    bench.settled(pair.id, "upgraded")

    bench.finish(pair.id)

    assert len(ids(bench, pair, None)) == 1
    assert len(ids(bench, pair, "logs")) == 1
    assert services.get(bench.rancher, pair.id).versions()["web"] == "0"
