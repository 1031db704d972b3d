"""Rollback (rancher-1.6-api.md 5.5)."""

from __future__ import annotations

import pytest

from .lab import NEW, OLD, Lab, upgrade_body

CHECK = {"port": 80, "interval": 2000, "healthyThreshold": 2}


def test_the_same_old_containers_are_started_again_and_the_new_ones_removed(lab: Lab) -> None:
    web = lab.service(scale=3)
    before = {view["id"]: view["uuid"] for view in lab.containers(web)}
    lab.upgrade(web)
    lab.until(web, "upgraded")

    lab.act(web, "rollback")
    lab.until(web, "active")
    lab.wait(1)

    after = lab.containers(web)
    assert {view["id"]: view["uuid"] for view in after} == before
    assert {(view["state"], view["startCount"]) for view in after} == {("running", 2)}


def test_the_configs_are_set_back_in_the_request(lab: Lab) -> None:
    web = lab.service()
    lab.upgrade(web)
    lab.until(web, "upgraded")

    lab.act(web, "rollback")

    config = lab.view(web)["launchConfig"]
    assert (lab.state(web), config["imageUuid"], config["version"]) == ("rolling-back", OLD, "0")


def test_it_takes_the_batches_and_pauses_of_the_upgrade(lab: Lab) -> None:
    web = lab.service(scale=3)
    lab.upgrade(web, upgrade_body(interval=5000))
    lab.until(web, "upgraded")

    lab.act(web, "rollback")

    assert 12 < lab.until(web, "active") < 18


def test_it_does_not_wait_for_health(lab: Lab) -> None:
    web = lab.service(scale=1, settle=60, healthCheck=CHECK)
    lab.upgrade(web, upgrade_body(healthCheck=CHECK))
    lab.until(web, "upgraded")
    lab.engine.levers.image_health(OLD, answers=False)

    lab.act(web, "rollback")

    assert lab.until(web, "active") < 10


def test_with_start_first_the_old_container_runs_before_the_new_one_stops(lab: Lab) -> None:
    web = lab.service(scale=1)
    lab.upgrade(web, upgrade_body(start_first=True))
    lab.until(web, "upgraded")

    lab.act(web, "rollback")
    fewest = 1
    while lab.state(web) != "active":
        due = lab.engine.due_at()
        assert due is not None
        lab.engine.advance(due)
        fewest = min(fewest, len(lab.containers(web, state="running")))

    assert fewest == 1


def test_scale_and_metadata_put_meanwhile_are_kept(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.upgrade(web)
    lab.until(web, "upgraded")
    lab.engine.update("service", web, {"scale": 3, "metadata": {"m": "1"}, "description": "d"})

    lab.act(web, "rollback")
    lab.until(web, "active")

    view = lab.view(web)
    assert (view["scale"], view["metadata"], view["description"]) == (3, {"m": "1"}, "d")
    assert lab.generations(web)["old", "running"] == 3


def test_after_a_failed_try_the_unit_gets_a_new_old_container(lab: Lab) -> None:
    web = lab.service(scale=2)
    before = set(lab.ids(web))
    lab.engine.levers.start_fails(NEW, "boom")
    lab.upgrade(web)
    lab.wait(25)

    lab.act(web, "rollback")
    lab.until(web, "active")
    lab.wait(2)

    after = lab.containers(web)
    assert len(after) == 2
    assert len({view["id"] for view in after} & before) == 1
    assert {view["imageUuid"] for view in after} == {OLD}


def test_in_the_middle_of_a_batch_the_stopped_container_is_replaced_not_restarted(lab: Lab) -> None:
    web = lab.service(scale=2)
    before = set(lab.ids(web))
    lab.upgrade(web)
    while lab.generations(web)["old", "stopped"] == 0:
        lab.wait(0.05)
    assert lab.generations(web)["new", "requested"] == 0

    lab.act(web, "rollback")
    lab.wait(0.1)
    assert lab.view(web)["transitioningMessage"] == "Database record has been changed"
    lab.until(web, "active")
    lab.wait(2)

    assert len(set(lab.ids(web)) & before) == 1
    assert {view["imageUuid"] for view in lab.containers(web)} == {OLD}


def test_from_the_pause_between_batches_the_finished_unit_goes_back_to_its_old_container(lab: Lab) -> None:
    web = lab.service(scale=3)
    before = set(lab.ids(web))
    lab.upgrade(web, upgrade_body(interval=10_000))
    lab.wait(5)

    lab.act(web, "rollback")
    lab.wait(1.1)
    assert lab.view(web)["transitioningMessage"] == "STATE_CHANGED"
    assert lab.until(web, "active") < 5
    lab.wait(1)

    assert set(lab.ids(web)) == before


def test_before_the_own_block_is_written_it_takes_the_configs_of_the_former_upgrade(lab: Lab) -> None:
    web = lab.service()
    lab.upgrade(web)
    lab.until(web, "upgraded")
    lab.act(web, "finishupgrade")
    lab.until(web, "active")

    lab.upgrade(web, upgrade_body("sim:registry/shop:3"))
    lab.act(web, "rollback")

    assert lab.view(web)["launchConfig"]["imageUuid"] == OLD


def test_before_the_very_first_block_is_written_it_keeps_the_new_config_and_touches_nothing(
    lab: Lab,
) -> None:
    web = lab.service()
    [old] = lab.ids(web)

    lab.upgrade(web)
    lab.act(web, "rollback")
    lab.until(web, "active")

    assert lab.view(web)["launchConfig"]["imageUuid"] == NEW
    assert lab.view(web)["upgrade"] is None
    assert (lab.container(old)["state"], lab.container(old)["startCount"]) == ("running", 1)


def test_a_stop_that_hangs_since_the_upgrade_does_not_hold_it_up_twice(lab: Lab) -> None:
    web = lab.service(scale=1)
    [old] = lab.ids(web)
    lab.engine.levers.stop_hangs(old)
    lab.upgrade(web)
    lab.wait(46)

    lab.act(web, "rollback")

    assert lab.until(web, "active") < 5
    assert lab.container(old)["state"] == "stopping"


def test_the_failed_upgrades_error_is_shown_on_while_the_rollback_succeeds(lab: Lab) -> None:
    web = lab.service(scale=1)
    lab.engine.levers.start_fails(NEW, "boom")
    lab.upgrade(web)
    while lab.generations(web)["new", "starting"] == 0:
        lab.wait(0.05)

    lab.act(web, "rollback")
    assert lab.view(web)["transitioning"] == "yes"
    lab.wait(0.5)
    assert lab.view(web)["transitioning"] == "error"
    assert lab.view(web)["transitioningMessage"].endswith("boom")

    lab.until(web, "active")
    assert (lab.view(web)["transitioning"], lab.view(web)["transitioningMessage"]) == ("no", None)


@pytest.mark.parametrize("state", ["upgrading", "upgraded", "canceled-upgrade"])
def test_it_is_offered_in(lab: Lab, state: str) -> None:
    web = lab.service(scale=2)
    lab.upgrade(web, upgrade_body(interval=10_000))
    lab.wait(5)
    if state == "canceled-upgrade":
        lab.act(web, "cancelupgrade")
    lab.until(web, state)

    lab.act(web, "rollback")
    lab.until(web, "active")
    lab.wait(1)

    assert lab.generations(web) == {("old", "running"): 2}


def test_a_wait_for_health_gives_way_within_seconds(lab: Lab) -> None:
    web = lab.service(scale=1)
    lab.engine.levers.image_health(NEW, answers=False)
    lab.upgrade(web, upgrade_body(healthCheck=CHECK))
    lab.wait(10)

    lab.act(web, "rollback")

    assert lab.until(web, "active") < 9
