"""When it goes wrong: by itself, from images, ports, hosts and health (rancher-1.6-api.md 5.6, 13.3)."""

from __future__ import annotations

import pytest

from rancher_client.simulator.engine import Site

from .lab import NEW, Lab, upgrade_body

CHECK = {"port": 80, "interval": 2000, "healthyThreshold": 2, "initializingTimeout": 20_000}


def test_a_missing_image_is_an_error_of_container_and_service_and_stays_upgrading(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.engine.levers.close_registry("registry/shop")

    lab.upgrade(web, upgrade_body("docker:registry/shop:9.9"))
    lab.wait(2.5)

    [failed] = lab.containers(web, state="error")
    text = "Error response from daemon: manifest for registry/shop:9.9 not found"
    assert (failed["transitioning"], failed["transitioningMessage"]) == ("error", text)
    assert failed["healthState"] is None
    view = lab.view(web)
    assert (view["state"], view["transitioning"], view["healthState"]) == ("upgrading", "error", "degraded")
    assert view["transitioningMessage"] == (
        f"Container should have been running but is in error state. Check logs for more information.: {text}"
    )


def test_pushing_the_image_lets_the_same_upgrade_go_on_by_itself(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.engine.levers.close_registry("registry/shop")
    lab.upgrade(web, upgrade_body("docker:registry/shop:9.9"))
    lab.wait(10)

    lab.engine.levers.image_exists("registry/shop:9.9")

    assert lab.until(web, "upgraded") < 40
    assert lab.view(web)["transitioning"] == "no"


def test_an_image_already_on_the_host_is_not_pulled_again_without_the_label(lab: Lab) -> None:
    web = lab.service(scale=3)
    lab.engine.levers.image_exists("registry/shop:1", False)

    lab.upgrade(web, upgrade_body("sim:registry/shop:1", batch=3))

    assert lab.until(web, "upgraded") < 60


def test_with_the_label_every_new_container_pulls(lab: Lab) -> None:
    web = lab.service(scale=1)
    lab.engine.levers.image_exists("registry/shop:1", False)

    always = {"io.rancher.container.pull_image": "always"}
    lab.upgrade(web, upgrade_body("sim:registry/shop:1", labels=always))
    lab.wait(2)

    assert lab.view(web)["transitioning"] == "error"


def test_each_try_makes_a_container_with_a_new_id_in_a_unit_with_a_new_uuid(lab: Lab) -> None:
    web = lab.service(scale=1)
    lab.engine.levers.start_fails(NEW, "boom")
    lab.upgrade(web)
    ids, units = set(), set()

    for _ in range(1200):
        lab.wait(0.1)
        for view in lab.containers(web, state="error"):
            ids.add(view["id"])
            units.add(view["deploymentUnitUuid"])

    assert len(ids) == len(units) > 3


def test_tries_are_spaced_by_a_growing_pause_and_go_on_without_end(lab: Lab) -> None:
    web = lab.service(scale=1)
    lab.engine.levers.start_fails(NEW, "boom")
    lab.upgrade(web)
    lab.wait(60)
    early = lab.view(web)["createIndex"]
    lab.wait(3600)
    late = lab.view(web)["createIndex"]
    lab.wait(600)

    assert early >= 4
    assert 3 <= lab.view(web)["createIndex"] - late <= 6


def test_a_port_taken_everywhere_is_an_allocation_failure_until_it_is_free(lab: Lab) -> None:
    web = lab.service(scale=1)
    holder = lab.service("holder", scale=3, ports=["8080:80"])

    lab.upgrade(web, upgrade_body(ports=["8080:80/tcp"]))
    lab.wait(2)
    message = lab.view(web)["transitioningMessage"]
    assert message.startswith("Failed to allocate instance [container:1i")
    assert message.endswith("Allocation failed: host needs ports 8080/tcp available")
    lab.engine.delete("service", holder)

    assert lab.until(web, "upgraded") < 40


def test_never_healthy_is_no_error_but_a_wait_whose_message_comes_after_45_seconds(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.engine.levers.image_health(NEW, answers=False)
    lab.upgrade(web, upgrade_body(healthCheck=CHECK))

    lab.wait(40)
    view = lab.view(web)
    assert (view["transitioning"], view["transitioningMessage"]) == ("yes", "In Progress")
    lab.wait(10)
    view = lab.view(web)
    assert view["transitioning"] == "yes"
    assert view["transitioningMessage"].startswith("Waiting: healthy [container:1i")
    lab.wait(1000)
    assert (lab.state(web), lab.view(web)["transitioning"]) == ("upgrading", "yes")
    assert lab.generations(web)["old", "running"] == 1


def test_a_container_that_never_became_healthy_is_replaced_by_the_task_after_its_timeout(lab: Lab) -> None:
    web = lab.service(scale=1)
    lab.engine.levers.image_health(NEW, answers=False)
    lab.upgrade(web, upgrade_body(healthCheck=CHECK))
    lab.wait(15)
    [first] = [view["id"] for view in lab.containers(web, state="running")]

    lab.wait(120)

    assert lab.container(first)["state"] == "removed"
    assert len([v for v in lab.containers(web, state="running") if v["id"] != first]) == 1


def test_without_an_initializing_timeout_it_stays_initializing(lab: Lab) -> None:
    web = lab.service(scale=1)
    lab.engine.levers.image_health(NEW, answers=False)
    lab.upgrade(web, upgrade_body(healthCheck={"port": 80}))
    lab.wait(15)
    [first] = [view["id"] for view in lab.containers(web, state="running")]

    lab.wait(600)

    assert (lab.container(first)["state"], lab.container(first)["healthState"]) == ("running", "initializing")


def test_answers_at_last_let_the_upgrade_go_on(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.engine.levers.image_health(NEW, answers=False)
    lab.upgrade(web, upgrade_body(healthCheck={"port": 80}))
    lab.wait(100)

    lab.engine.levers.image_health(NEW, answers=True)

    assert lab.until(web, "upgraded") < 60


def test_a_stop_that_hangs_is_waited_for_with_a_message_after_45_seconds(lab: Lab) -> None:
    web = lab.service(scale=1)
    [old] = lab.ids(web)
    lab.engine.levers.stop_hangs(old)
    lab.upgrade(web)

    lab.wait(40)
    assert lab.view(web)["transitioningMessage"] == "In Progress"
    assert lab.view(web)["healthState"] == "healthy"
    lab.wait(10)
    assert lab.view(web)["transitioningMessage"] == f"Waiting: state to equal stopped [container:1i{old}]"
    assert lab.view(web)["transitioning"] == "yes"
    lab.engine.levers.stop_hangs(old, hangs=False)

    assert lab.until(web, "upgraded") < 40


def test_an_application_that_ignores_the_signal_is_killed_after_its_stop_timeout(lab: Lab) -> None:
    lab.engine.levers.image("registry/shop:1", stop=100.0)
    web = lab.service(scale=1)

    lab.upgrade(web)

    assert 10 <= lab.until(web, "upgraded") <= 14


def test_an_upgrade_does_not_wait_for_the_old_container_on_a_host_known_to_be_lost(lab: Lab) -> None:
    web = lab.service(scale=1)
    host = lab.containers(web)[0]["hostId"].number
    lab.engine.levers.lose_host(host)
    lab.wait(31)

    lab.upgrade(web)

    assert lab.until(web, "upgraded") < 5
    assert lab.generations(web) == {("old", "stopped"): 1, ("new", "running"): 1}


def test_an_upgrade_waits_for_the_old_container_until_the_loss_of_its_host_is_noticed(lab: Lab) -> None:
    web = lab.service(scale=1)
    lab.engine.levers.lose_host(lab.containers(web)[0]["hostId"].number)

    lab.upgrade(web)
    lab.wait(29)
    assert lab.generations(web)["old", "stopping"] == 1

    assert lab.until(web, "upgraded") < 120


def test_a_crash_loop_of_an_active_service_raises_the_start_count(lab: Lab) -> None:
    web = lab.service(scale=1)
    lab.engine.levers.image("registry/shop:1", exits_after=1.0)
    [number] = lab.ids(web)

    lab.engine.levers.container_exits(number)
    lab.wait(30)

    assert lab.container(number)["startCount"] > 3


def test_start_first_with_a_fixed_port_on_every_host_is_stuck_and_so_is_its_rollback() -> None:
    """Once it was tried again the unit has a new uuid: nothing takes the old container back into care.

    It runs on and holds the port, until somebody stops it (UpgradeManagerImpl.java, markForRollback).
    """
    lab = Lab(site=Site())
    web = lab.service(scale=3, ports=["9090:80"])

    lab.upgrade(web, upgrade_body(start_first=True, ports=["9090:80"]))
    lab.wait(120)
    assert (lab.state(web), lab.view(web)["transitioning"]) == ("upgrading", "error")
    assert "No healthy hosts meet the resource constraints" in lab.view(web)["transitioningMessage"]
    lab.act(web, "rollback")
    lab.wait(120)
    assert (lab.state(web), lab.generations(web)["old", "running"]) == ("rolling-back", 3)

    holders = {end["instanceId"].number for end in lab.view(web)["publicEndpoints"]}
    for number in holders:
        lab.engine.act("container", number, "stop")
    lab.until(web, "active")
    lab.wait(2)

    assert lab.generations(web) == {("old", "running"): 3}


@pytest.mark.parametrize(
    ("port", "bound"), [("9090:80", "0.0.0.0:9090"), ("127.0.0.1:9090:80", "127.0.0.1:9090")]
)
def test_without_scheduler_docker_refuses_the_port_that_a_marked_container_still_binds(
    port: str, bound: str
) -> None:
    lab = Lab(site=Site(scheduler_service=False, hosts_bind_ports=True))
    web = lab.service(scale=3, ports=[port])

    lab.upgrade(web, upgrade_body(start_first=True, ports=[port]))
    lab.wait(3)

    assert lab.view(web)["transitioningMessage"].endswith(
        f"Bind for {bound} failed: port is already allocated"
    )


def test_the_error_is_shown_over_the_retries(lab: Lab) -> None:
    web = lab.service(scale=1)
    lab.engine.levers.start_fails(NEW, "boom")
    lab.upgrade(web)
    lab.wait(3)
    shown = set()

    for _ in range(600):
        lab.wait(0.1)
        shown.add(lab.view(web)["transitioning"])

    assert shown == {"error"}


NOWHERE = {"io.rancher.scheduler.affinity:host_label": "x=never"}
OF_NO_PLACE = "Allocation failed: needs host with label x: never"


def to_the_middle_of_a_try(lab: Lab, service: int) -> None:
    """Let time pass until a container is being made that cannot be placed."""
    lab.wait(5)
    while not lab.containers(service, state="starting"):
        lab.wait(0.05)


@pytest.mark.parametrize(
    ("away", "there"), [("deactivate", "inactive"), ("cancelupgrade", "canceled-upgrade")]
)
def test_a_try_that_fails_while_it_is_called_off_leaves_its_error_where_the_service_rests(
    lab: Lab, away: str, there: str
) -> None:
    """Neither way out tells the log of itself, so neither takes the error back."""
    if away == "deactivate":
        web = lab.service(labels=NOWHERE, settle=0)
    else:
        web = lab.service()
        lab.upgrade(web, upgrade_body(start_first=True, labels=NOWHERE))
    to_the_middle_of_a_try(lab, web)

    lab.act(web, away)
    assert lab.view(web)["transitioning"] == "yes"
    lab.until(web, there)

    view = lab.view(web)
    assert (view["transitioning"], view["transitioningMessage"][-len(OF_NO_PLACE) :]) == (
        "error",
        OF_NO_PLACE,
    )


def test_called_off_between_two_tries_it_rests_without_an_error(lab: Lab) -> None:
    web = lab.service(labels=NOWHERE, settle=3)
    assert lab.containers(web, state="error")

    lab.act(web, "deactivate")
    lab.until(web, "inactive")

    assert (lab.view(web)["transitioning"], lab.view(web)["transitioningMessage"]) == ("no", None)


def test_the_error_of_a_service_at_rest_is_gone_once_it_is_moved_again(lab: Lab) -> None:
    web = lab.service(labels=NOWHERE, settle=0)
    to_the_middle_of_a_try(lab, web)
    lab.act(web, "deactivate")
    lab.until(web, "inactive")

    lab.act(web, "activate")

    assert (lab.view(web)["transitioning"], lab.view(web)["transitioningMessage"]) == ("yes", "In Progress")
