"""The batch loop of an in-service upgrade (rancher-1.6-api.md 5.3)."""

from __future__ import annotations

from typing import Any

import pytest

from .container_lab import CHECK
from .lab import NEW, Lab, upgrade_body


def running(lab: Lab, web: int) -> int:
    return len(lab.containers(web, state="running"))


def fewest_running(lab: Lab, web: int, state: str) -> int:
    """The smallest number of running containers on the way to the state."""
    fewest = running(lab, web)
    while lab.state(web) != state:
        due = lab.engine.due_at()
        assert due is not None
        lab.engine.advance(due)
        fewest = min(fewest, running(lab, web))
    return fewest


def test_every_container_is_replaced_and_the_old_ones_stay_stopped_and_listed(lab: Lab) -> None:
    web = lab.service(scale=3)

    lab.upgrade(web)
    lab.until(web, "upgraded")

    assert lab.generations(web) == {("old", "stopped"): 3, ("new", "running"): 3}
    assert len(lab.view(web)["instanceIds"]) == 6


@pytest.mark.parametrize(("batch", "left"), [(1, 3), (2, 2), (4, 0)])
def test_no_more_than_batch_size_units_are_away_at_a_time(lab: Lab, batch: int, left: int) -> None:
    web = lab.service(scale=4)

    lab.upgrade(web, upgrade_body(batch=batch))

    assert fewest_running(lab, web, "upgraded") == left


def test_the_old_container_stops_before_its_successor_exists(lab: Lab) -> None:
    web = lab.service(scale=1)

    lab.upgrade(web)

    assert fewest_running(lab, web, "upgraded") == 0


def test_start_first_keeps_the_old_container_until_the_new_one_runs(lab: Lab) -> None:
    web = lab.service(scale=1)

    lab.upgrade(web, upgrade_body(start_first=True))

    assert fewest_running(lab, web, "upgraded") == 1


def test_start_first_keeps_the_service_healthy(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.upgrade(web, upgrade_body(start_first=True))
    seen = set()

    while lab.state(web) != "upgraded":
        due = lab.engine.due_at()
        assert due is not None
        lab.engine.advance(due)
        seen.add(lab.view(web)["healthState"])

    assert seen == {"healthy"}


def test_without_start_first_the_service_degrades_at_each_stop(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.upgrade(web)
    lab.wait(0.9)

    assert lab.view(web)["healthState"] == "degraded"


@pytest.mark.parametrize(("interval", "least", "most"), [(100, 6, 7.5), (2000, 9, 12), (5000, 15, 18)])
def test_the_interval_passes_between_batches_and_not_after_the_last(
    lab: Lab, interval: int, least: float, most: float
) -> None:
    web = lab.service(scale=3)

    lab.upgrade(web, upgrade_body(interval=interval))

    assert least <= lab.until(web, "upgraded") <= most


def test_a_single_batch_waits_for_no_interval(lab: Lab) -> None:
    web = lab.service(scale=3)

    lab.upgrade(web, upgrade_body(batch=3, interval=60_000))

    assert lab.until(web, "upgraded") < 5


def test_the_order_of_units_is_not_that_of_their_numbers() -> None:
    orders = set()
    for seed in range(12):
        lab = Lab(seed=seed)
        web = lab.service(scale=3)
        lab.upgrade(web)
        lab.until(web, "upgraded")
        made = sorted(lab.containers(web, version=lab.view(web)["launchConfig"]["version"]), key=index_of)
        orders.add("".join(view["name"][-1] for view in made))

    assert len(orders) > 2


def index_of(view: dict[str, Any]) -> int:
    return int(view["createIndex"])


def test_the_successor_has_the_name_and_the_unit_of_the_old_one(lab: Lab) -> None:
    web = lab.service(scale=2)
    before = {view["name"]: view for view in lab.containers(web)}

    lab.upgrade(web)
    lab.until(web, "upgraded")

    for view in lab.containers(web, state="running"):
        old = before[view["name"]]
        assert view["deploymentUnitUuid"] == old["deploymentUnitUuid"]
        assert view["createIndex"] > old["createIndex"]
        assert view["id"] != old["id"]


def test_the_next_batch_waits_until_the_new_containers_are_healthy(lab: Lab) -> None:
    web = lab.service(scale=2, settle=60, healthCheck=CHECK)
    lab.engine.levers.image(NEW, healthy_after=30.0)

    lab.upgrade(web, upgrade_body(healthCheck=CHECK))
    lab.wait(25)

    assert lab.generations(web)["old", "running"] == 1
    assert lab.until(web, "upgraded") > 30


def test_the_first_batch_waits_until_containers_of_the_new_version_are_healthy(lab: Lab) -> None:
    """Step A: an upgrade that is continued does not begin while a new container is not well."""
    web = lab.service(scale=2, settle=60, healthCheck=CHECK)
    lab.upgrade(web, upgrade_body(healthCheck=CHECK, interval=60_000))
    lab.wait(20)
    lab.act(web, "cancelupgrade")
    lab.until(web, "canceled-upgrade")
    [new] = lab.containers(web, version=lab.view(web)["launchConfig"]["version"])
    lab.engine.levers.health(new["id"], answers=False)
    lab.wait(10)
    assert lab.container(new["id"])["healthState"] == "unhealthy"
    lab.engine.levers.image_health(NEW, answers=False)

    lab.act(web, "continueupgrade")
    lab.wait(40)

    assert lab.generations(web)["old", "running"] == 1


def test_without_a_health_check_a_crashing_image_reaches_upgraded(lab: Lab) -> None:
    web = lab.service(scale=1)
    lab.engine.levers.image(NEW, exits_after=2.0)

    lab.upgrade(web)
    lab.until(web, "upgraded", within=30)
    lab.wait(10)

    assert lab.generations(web) == {("old", "stopped"): 1, ("new", "stopped"): 1}


@pytest.mark.parametrize("start_first", [False, True])
def test_scale_zero_is_upgraded_at_once(lab: Lab, start_first: bool) -> None:
    web = lab.service(scale=0)

    lab.upgrade(web, upgrade_body(start_first=start_first))

    assert lab.until(web, "upgraded") < 0.5


def test_without_an_active_host_nothing_is_made_and_the_upgrade_ends() -> None:
    lab = Lab(hosts=0)
    web = lab.service(scale=2)

    lab.upgrade(web)
    lab.until(web, "upgraded")

    assert lab.containers(web) == []


def test_transitioning_stays_yes_from_the_post_to_upgraded(lab: Lab) -> None:
    web = lab.service(scale=3)
    lab.upgrade(web)

    while lab.state(web) != "upgraded":
        assert (lab.state(web), lab.view(web)["transitioning"]) == ("upgrading", "yes")
        due = lab.engine.due_at()
        assert due is not None
        lab.engine.advance(due)

    assert (lab.view(web)["transitioning"], lab.view(web)["transitioningMessage"]) == ("no", None)


def test_an_inactive_service_that_ran_before_is_started_and_then_upgraded(lab: Lab) -> None:
    web = lab.service(scale=1)
    lab.act(web, "deactivate")
    lab.until(web, "inactive")
    lab.wait(2)
    [old] = lab.ids(web)

    lab.upgrade(web)
    lab.until(web, "upgraded")
    lab.act(web, "finishupgrade")
    lab.until(web, "active")

    assert lab.container(old)["startCount"] == 2


def test_an_inactive_service_never_started_gets_only_new_containers(lab: Lab) -> None:
    web = lab.service(scale=2, start=False)

    lab.upgrade(web)
    lab.until(web, "upgraded")

    assert lab.generations(web) == {("new", "running"): 2}


def test_in_upgraded_nothing_is_reconciled(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.upgrade(web)
    lab.until(web, "upgraded")
    victim = lab.containers(web, state="running")[0]["id"]

    lab.engine.levers.container_exits(victim)
    lab.wait(120)

    assert lab.container(victim)["state"] == "stopped"


def test_only_running_containers_of_the_new_version_are_waited_for(lab: Lab) -> None:
    """An old one that is ill holds nothing up: it goes with its batch."""
    check = {"port": 80, "interval": 2000, "healthyThreshold": 2, "unhealthyThreshold": 3, "strategy": "none"}
    web = lab.service(scale=3, healthCheck=check)
    for old in lab.containers(web):
        lab.engine.levers.health(old["id"], answers=False)
    lab.wait(20)

    lab.upgrade(web, upgrade_body(healthCheck=check))
    took = lab.until(web, "upgraded")

    assert took < 40


ONCE = {"io.rancher.container.start_once": "true"}


def test_a_job_that_is_done_is_not_waited_for(lab: Lab) -> None:
    web = lab.service(scale=2, labels=ONCE)

    lab.upgrade(web, upgrade_body(labels=ONCE, interval=5000))
    lab.wait(4)
    [done] = [view for view in lab.containers(web, state="running") if view["version"] != "0"]
    lab.engine.levers.container_exits(done["id"])
    took = lab.until(web, "upgraded")

    assert took < 30
    assert lab.container(done["id"])["state"] == "stopped"


@pytest.mark.parametrize("after", [0.05, 1.0])
def test_a_process_that_ends_at_once_holds_no_batch_up(lab: Lab, after: float) -> None:
    """Without a health check the upgrade reaches `upgraded`, however often Rancher starts it again (5.6)."""
    lab.engine.levers.image(NEW.removeprefix("sim:"), exits_after=after)
    web = lab.service(scale=2)

    lab.upgrade(web)
    took = lab.until(web, "upgraded")

    assert took < 30
