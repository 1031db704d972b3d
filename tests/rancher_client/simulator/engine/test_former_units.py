"""What a rollback makes of the units of an upgrade that was never placed (rancher-1.6-api.md 5.5)."""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Site

from .lab import NEW, OLD, Lab, upgrade_body
from .records import told

NEVER = {"io.rancher.scheduler.affinity:host_label": "x=never"}
SIDEKICK = {"name": "log", "imageUuid": "sim:registry/log:1"}
A_FEW_TRIES = 40.0


def balancer(lab: Lab, scale: int = 1, **config: Any) -> int:
    """A load balancer that has come up."""
    body = {
        "name": "lb",
        "stackId": lab.stack,
        "scale": scale,
        "startOnCreate": True,
        "launchConfig": {"imageUuid": OLD, **config},
        "lbConfig": {"portRules": []},
    }
    number = lab.engine.create("loadBalancerService", body, project=lab.project)
    lab.wait(20)
    return number


def unplaceable(batch: int = 1, **more: Any) -> dict[str, Any]:
    """The body of an upgrade to something that no host takes, beside which the old containers run on."""
    return upgrade_body(batch=batch, start_first=True, labels=NEVER, **more)


def roll_back(lab: Lab, service: int) -> None:
    lab.act(service, "rollback")
    lab.until(service, "active")
    lab.wait(2)


def units(lab: Lab, service: int) -> set[str]:
    return {view["deploymentUnitUuid"] for view in lab.containers(service)}


@pytest.mark.parametrize("sidekicks", [[], [SIDEKICK]])
@pytest.mark.parametrize("scale", [1, 2])
def test_while_the_first_try_is_there_the_old_containers_are_taken_back(
    lab: Lab, scale: int, sidekicks: list[dict[str, Any]]
) -> None:
    web = lab.service(scale=scale, sidekicks=sidekicks)
    before = lab.ids(web)
    lab.upgrade(web, unplaceable())
    lab.wait(2)
    assert lab.generations(web)["new", "error"] == 1

    lab.act(web, "cancelupgrade")
    lab.until(web, "canceled-upgrade")
    roll_back(lab, web)

    assert lab.ids(web) == before
    assert {view["startCount"] for view in lab.containers(web)} == {1}


def test_after_more_tries_the_unit_is_another_and_so_is_its_old_container(lab: Lab) -> None:
    web = lab.service(scale=2)
    before, kept = set(lab.ids(web)), units(lab, web)
    lab.upgrade(web, unplaceable())
    lab.wait(A_FEW_TRIES)

    roll_back(lab, web)

    assert len(set(lab.ids(web)) & before) == len(units(lab, web) & kept) == 1
    assert lab.generations(web) == {("old", "running"): 2}


def test_what_the_failed_container_asks_for_fails_the_first_old_one_of_its_unit_too(lab: Lab) -> None:
    """It has no place yet, and all of a unit without one are placed at once, marked or not."""
    web = lab.service(scale=1)
    lab.upgrade(web, unplaceable())
    lab.wait(A_FEW_TRIES)
    [unit] = {view["deploymentUnitUuid"] for view in lab.containers(web, state="error")}

    lab.act(web, "rollback")
    lab.wait(2)
    failed = lab.containers(web, state="error", version="0")

    assert [(view["deploymentUnitUuid"], view["transitioningMessage"]) for view in failed] == [
        (unit, "Allocation failed: needs host with label x: never")
    ]
    lab.until(web, "active")
    assert unit not in {view["deploymentUnitUuid"] for view in lab.containers(web, state="running")}


def failed_on_the_way_back(lab: Lab) -> tuple[int, dict[str, Any]]:
    """A service with a fixed port, rolled back after some tries, and the old container that fails first."""
    web = lab.service(scale=1, ports=["9090:80"])
    lab.upgrade(web, unplaceable(ports=["9090:80"]))
    lab.wait(A_FEW_TRIES)

    lab.act(web, "rollback")
    lab.wait(2)
    [failed] = lab.containers(web, state="error", version="0")
    return web, failed


def test_a_port_that_the_failed_container_asks_for_is_asked_for_twice(lab: Lab) -> None:
    web, failed = failed_on_the_way_back(lab)

    assert failed["transitioningMessage"] == "Allocation failed: Port 9090/tcp requested more than once."
    lab.until(web, "active")


def test_nobody_else_finds_that_a_port_is_asked_for_twice() -> None:
    """A scheduler service looks after the ports there (cattle: AllocatorServiceImpl.populateConstraints)."""
    _, failed = failed_on_the_way_back(Lab(site=Site()))

    assert "more than once" not in failed["transitioningMessage"]


def test_a_load_balancer_takes_back_no_more_than_the_batch(lab: Lab) -> None:
    lb = balancer(lab, 2)
    lab.upgrade(lb, upgrade_body(interval=10_000))
    lab.until(lb, "upgraded")

    lab.act(lb, "rollback")
    lab.wait(6)

    assert lab.state(lb) == "rolling-back"
    assert (lab.generations(lb)["old", "running"], lab.generations(lb)["new", "running"]) == (1, 1)


@pytest.mark.parametrize(("scale", "batch"), [(1, 1), (2, 1), (2, 2)])
def test_a_load_balancer_takes_old_containers_back_whatever_their_unit(
    lab: Lab, scale: int, batch: int
) -> None:
    lb = balancer(lab, scale)
    before = lab.ids(lb)
    lab.upgrade(lb, unplaceable(batch))
    lab.wait(A_FEW_TRIES)
    assert lab.generations(lb)["new", "error"] == batch

    roll_back(lab, lb)

    assert lab.ids(lb) == before
    assert {view["startCount"] for view in lab.containers(lb)} == {1}


def test_a_load_balancer_on_every_host_can_be_rolled_back_as_it_takes_its_ports_back_too() -> None:
    lab = Lab(site=Site(checks_health=True))
    lb = balancer(lab, 3, ports=["9090:80"])
    before = lab.ids(lb)
    lab.upgrade(lb, upgrade_body(start_first=True, ports=["9090:80"]))
    lab.wait(A_FEW_TRIES)
    assert "No healthy hosts meet the resource constraints" in lab.view(lb)["transitioningMessage"]

    roll_back(lab, lb)

    assert lab.ids(lb) == before


@pytest.mark.parametrize("gone", [0, 1])
def test_a_load_balancer_passes_over_a_container_on_its_way_out(lab: Lab, gone: int) -> None:
    lb = balancer(lab, 2)
    lab.upgrade(lb, upgrade_body(interval=10_000))
    lab.until(lb, "upgraded")
    old = [view["id"] for view in lab.containers(lb, version="0")]

    lab.engine.act("container", old[gone], "start")
    lab.wait(5)
    lab.engine.levers.stop_hangs(old[gone])
    lab.engine.delete("container", old[gone])

    lab.act(lb, "rollback")
    lab.wait(8)

    assert [view["id"] for view in lab.containers(lb, version="0", state="running")] == [old[1 - gone]]


def test_one_that_is_being_stopped_is_taken_back_and_started_again(lab: Lab) -> None:
    web = lab.service(scale=1)
    [old] = lab.ids(web)
    lab.engine.levers.stop_hangs(old)
    lab.upgrade(web, upgrade_body(start_first=True))
    lab.wait(10)
    assert lab.container(old)["state"] == "stopping"

    lab.act(web, "rollback")
    lab.wait(60)
    lab.engine.levers.stop_hangs(old, hangs=False)
    lab.until(web, "active")
    lab.wait(20)

    assert [(view["id"], view["state"]) for view in lab.containers(web)] == [(old, "running")]


def test_where_a_sidekick_was_added_a_load_balancer_looks_for_the_unit_too(lab: Lab) -> None:
    lb = balancer(lab)
    before = lab.ids(lb)
    lab.upgrade(lb, unplaceable(sidekicks=[SIDEKICK]))
    lab.wait(A_FEW_TRIES)

    roll_back(lab, lb)

    assert set(lab.ids(lb)) & set(before) == set()
    assert lab.generations(lb)["old", "running"] == 1


def test_where_the_sidekick_was_there_before_it_takes_back_whatever_the_unit(lab: Lab) -> None:
    lb = balancer(lab)
    lab.upgrade(lb, upgrade_body(sidekicks=[SIDEKICK]))
    lab.until(lb, "upgraded")
    lab.act(lb, "finishupgrade")
    lab.until(lb, "active")
    lab.wait(5)
    before = lab.ids(lb)
    lab.upgrade(lb, unplaceable(sidekicks=[SIDEKICK]))
    lab.wait(A_FEW_TRIES)

    roll_back(lab, lb)

    assert lab.ids(lb) == before


def test_a_load_balancer_leaves_alone_what_it_has_taken_back_already(lab: Lab) -> None:
    lb = balancer(lab, 4)
    before = lab.ids(lb)
    lab.upgrade(lb)
    lab.until(lb, "upgraded")

    roll_back(lab, lb)

    assert lab.ids(lb) == before


def test_the_new_container_of_a_load_balancer_is_a_unit_of_its_own_under_the_former_name(lab: Lab) -> None:
    lb = balancer(lab)
    [old] = lab.containers(lb)

    lab.upgrade(lb)
    lab.until(lb, "upgraded")

    [new] = lab.containers(lb, state="running")
    assert new["deploymentUnitUuid"] != old["deploymentUnitUuid"]
    assert new["name"] == old["name"]


@pytest.mark.parametrize(("kind", "keeps"), [("service", True), ("loadBalancerService", False)])
def test_a_removed_container_leaves_its_unit_to_the_next_one_where_units_are_kept(
    lab: Lab, kind: str, keeps: bool
) -> None:
    number = lab.service(scale=2) if kind == "service" else balancer(lab, 2)
    before = units(lab, number)

    lab.engine.delete("container", lab.ids(number)[0])
    lab.wait(20)

    assert lab.generations(number) == {("old", "running"): 2}
    assert (units(lab, number) == before) is keeps


def test_numbers_of_the_log_count_only_units_that_have_a_container_where_they_are_not_kept(lab: Lab) -> None:
    lb = balancer(lab, 2)
    lab.engine.delete("container", lab.ids(lb)[0])
    lab.wait(20)

    found = [text for event, text in told(lab, lb) if event == "service.trigger.info"]
    assert "Requested: 2, Created: 1, Unhealthy: 0, Bad: 0, Incomplete: 0" in found


def test_a_unit_without_containers_is_forgotten_once_none_can_come_back(lab: Lab) -> None:
    """Else a snapshot of a balancer that is often upgraded would grow without end."""
    lb = balancer(lab)
    for image in (NEW, OLD, NEW, OLD):
        lab.upgrade(lb, upgrade_body(image))
        lab.until(lb, "upgraded")
        lab.act(lb, "finishupgrade")
        lab.until(lb, "active")
        lab.wait(5)

    [saved] = lab.engine.snapshot()["rows"]["service"]
    assert len(saved["units"]) <= 2
