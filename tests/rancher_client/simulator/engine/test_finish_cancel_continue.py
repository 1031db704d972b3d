"""Finish, cancel, continue, and changes in between (rancher-1.6-api.md 5.4, 5.6, 4.3)."""

from __future__ import annotations

import pytest

from rancher_client.simulator.engine import Refused

from .lab import NEW, Lab, upgrade_body

CHECK = {"port": 80, "interval": 2000, "healthyThreshold": 2, "unhealthyThreshold": 2, "strategy": "none"}


def upgraded(lab: Lab, scale: int = 2) -> int:
    web = lab.service(scale=scale)
    lab.upgrade(web)
    lab.until(web, "upgraded")
    return web


def test_finish_removes_the_old_containers_without_waiting_for_it(lab: Lab) -> None:
    web = upgraded(lab)

    lab.act(web, "finishupgrade")
    lab.until(web, "active")

    assert lab.generations(web)["old", "removing"] == 2
    lab.wait(2)
    assert lab.generations(web) == {("new", "running"): 2}


def test_finish_applies_a_scale_put_in_upgraded(lab: Lab) -> None:
    web = upgraded(lab)
    lab.engine.update("service", web, {"scale": 4})
    lab.wait(30)
    assert lab.generations(web)["new", "running"] == 2

    lab.act(web, "finishupgrade")
    lab.until(web, "active")

    assert lab.generations(web)["new", "running"] == 4


def test_finish_starts_what_was_stopped_by_hand_and_makes_anew_what_was_removed(lab: Lab) -> None:
    web = upgraded(lab)
    stopped, removed = (view["id"] for view in lab.containers(web, state="running"))
    lab.engine.act("container", stopped, "stop", {})
    lab.engine.delete("container", removed)
    lab.wait(5)

    lab.act(web, "finishupgrade")
    lab.until(web, "active")
    lab.wait(2)

    assert lab.container(stopped)["state"] == "running"
    assert removed not in lab.ids(web)
    assert lab.generations(web) == {("new", "running"): 2}


def test_finish_hangs_on_an_unhealthy_container_and_cancel_then_rollback_is_the_way_back(lab: Lab) -> None:
    web = lab.service(scale=1, settle=60, healthCheck=CHECK)
    lab.upgrade(web, upgrade_body(healthCheck=CHECK))
    lab.until(web, "upgraded")
    lab.engine.levers.image_health(NEW, answers=False)
    lab.wait(10)

    lab.act(web, "finishupgrade")
    lab.wait(60)
    assert lab.state(web) == "finishing-upgrade"
    assert lab.view(web)["transitioningMessage"].startswith("Waiting: healthy [container:1i")
    lab.act(web, "cancelupgrade")
    lab.until(web, "canceled-upgrade")
    lab.act(web, "rollback")
    lab.until(web, "active")

    assert lab.generations(web)["old", "running"] == 1


def test_cancel_leaves_both_generations_as_they_are(lab: Lab) -> None:
    web = lab.service(scale=3)
    lab.upgrade(web, upgrade_body(interval=10_000))
    lab.wait(5)

    lab.act(web, "cancelupgrade")
    assert lab.state(web) == "canceling-upgrade"
    assert lab.until(web, "canceled-upgrade") <= 1.1

    assert lab.generations(web) == {("old", "stopped"): 1, ("old", "running"): 2, ("new", "running"): 1}


def test_cancel_waits_for_a_stop_or_start_under_way(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.engine.levers.image(NEW, start=8.0)
    lab.upgrade(web)
    lab.wait(2)

    lab.act(web, "cancelupgrade")

    assert lab.until(web, "canceled-upgrade") > 5
    assert lab.generations(web)["new", "running"] == 1


def test_finish_is_not_offered_after_cancel(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.upgrade(web, upgrade_body(interval=10_000))
    lab.wait(5)
    lab.act(web, "cancelupgrade")
    lab.until(web, "canceled-upgrade")

    with pytest.raises(Refused, match="ActionNotAvailable"):
        lab.act(web, "finishupgrade")


def test_continue_goes_on_to_the_same_target(lab: Lab) -> None:
    web = lab.service(scale=3)
    lab.upgrade(web, upgrade_body(interval=10_000))
    lab.wait(5)
    version = lab.view(web)["launchConfig"]["version"]
    lab.act(web, "cancelupgrade")
    lab.until(web, "canceled-upgrade")

    lab.act(web, "continueupgrade")
    lab.until(web, "upgraded")

    assert {view["version"] for view in lab.containers(web, state="running")} == {version}


def test_a_put_of_scale_in_canceled_upgrade_is_stored_only(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.upgrade(web, upgrade_body(interval=10_000))
    lab.wait(5)
    lab.act(web, "cancelupgrade")
    lab.until(web, "canceled-upgrade")

    lab.engine.update("service", web, {"scale": 4})
    lab.wait(60)

    assert (lab.view(web)["scale"], len(lab.containers(web, state="running"))) == (4, 2)


def test_a_put_of_scale_up_while_upgrading_makes_containers_of_the_new_config(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.upgrade(web, upgrade_body(interval=5000))
    lab.wait(3)

    lab.engine.update("service", web, {"scale": 4})
    lab.until(web, "upgraded")

    assert lab.generations(web)["new", "running"] == 4
    assert lab.view(web)["currentScale"] == 2


def test_a_put_while_the_upgrade_sleeps_is_taken_in_by_the_next_round(lab: Lab) -> None:
    """As a live server does: no try ends, so no message about one."""
    web = lab.service(scale=2)
    lab.upgrade(web, upgrade_body(interval=8000))
    lab.wait(4)

    lab.engine.update("service", web, {"scale": 3})
    messages = set()
    while lab.state(web) == "upgrading":
        messages.add(lab.view(web)["transitioningMessage"])
        lab.wait(0.2)

    assert messages == {"In Progress"}
    assert (lab.state(web), lab.generations(web)["new", "running"]) == ("upgraded", 3)


def test_a_put_of_scale_down_while_upgrading_removes_the_surplus_at_once(lab: Lab) -> None:
    web = lab.service(scale=3)
    lab.upgrade(web, upgrade_body(interval=3000))
    lab.wait(3)

    lab.engine.update("service", web, {"scale": 1})
    lab.wait(3)

    names = [view["name"] for view in lab.containers(web) if view["state"] == "running"]
    assert names in (["shop-web-1"], [])


def test_a_put_in_the_middle_of_a_batch_stops_the_try_with_its_message(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.upgrade(web)
    lab.wait(0.3)

    lab.engine.update("service", web, {"scale": 3})
    lab.wait(3)

    assert lab.view(web)["transitioningMessage"] == "reconciling service state"
    assert (lab.state(web), lab.view(web)["transitioning"]) == ("upgrading", "yes")
    lab.until(web, "upgraded")
    assert lab.generations(web)["new", "running"] == 3


def test_a_put_of_launch_config_is_ignored(lab: Lab) -> None:
    web = lab.service()

    lab.engine.update("service", web, {"launchConfig": {"imageUuid": NEW}})

    assert lab.state(web) == "active"
    assert lab.view(web)["launchConfig"]["imageUuid"] != NEW


@pytest.mark.parametrize("after", [0.02, 0.5, 2.2, 5.0])
def test_a_service_can_be_removed_at_any_moment_of_an_upgrade(lab: Lab, after: float) -> None:
    web = lab.service(scale=3)
    lab.upgrade(web)
    lab.wait(after)

    lab.engine.delete("service", web)

    assert lab.until(web, "removed") < 5
    lab.wait(5)
    assert lab.containers(web) == []
    assert lab.engine.offered("service", web) == {"addservicelink", "removeservicelink", "setservicelinks"}


def test_a_removal_does_not_wait_for_a_start_under_way(lab: Lab) -> None:
    web = lab.service(scale=1)
    lab.engine.levers.image(NEW, start=100.0)
    lab.upgrade(web)
    lab.wait(5)

    lab.engine.delete("service", web)

    assert lab.until(web, "removed") < 5


def test_cancel_gives_way_in_a_wait_for_health_within_seconds(lab: Lab) -> None:
    web = lab.service(scale=1)
    lab.engine.levers.image_health(NEW, answers=False)
    lab.upgrade(web, upgrade_body(healthCheck=CHECK))
    lab.wait(10)

    lab.act(web, "cancelupgrade")

    assert lab.until(web, "canceled-upgrade") <= 6
