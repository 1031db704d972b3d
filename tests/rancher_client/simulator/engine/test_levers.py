"""Levers: what no call of the API can bring about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rancher_client.simulator.engine import Refused

from .lab import OLD, Lab, upgrade_body

IMAGE = OLD.removeprefix("sim:")


@pytest.mark.parametrize(
    "pull",
    [
        lambda lab: lab.engine.levers.container_exits(99),
        lambda lab: lab.engine.levers.container_says(99, "a"),
        lambda lab: lab.engine.levers.health(99, answers=True),
        lambda lab: lab.engine.levers.health_reported(99, healthy=True),
        lambda lab: lab.engine.levers.stop_hangs(99),
        lambda lab: lab.engine.levers.lose_host(99),
        lambda lab: lab.engine.levers.give_up_host(99),
        lambda lab: lab.engine.levers.regain_host(99),
        lambda lab: lab.engine.levers.store_configs(99, None, []),
    ],
)
def test_a_lever_on_what_is_not_there_is_refused(lab: Lab, pull: Callable[[Lab], Any]) -> None:
    with pytest.raises(Refused) as refused:
        pull(lab)

    assert refused.value.status == 404


def test_what_does_not_run_does_not_exit(lab: Lab) -> None:
    number = lab.engine.create("container", {"imageUuid": OLD}, project=lab.project)
    lab.wait(5)
    lab.engine.act("container", number, "stop", {})
    lab.engine.levers.container_exits(number)
    lab.wait(1)
    lab.engine.act("container", number, "start", {})
    lab.wait(2)

    assert (lab.container(number)["state"], lab.container(number)["startCount"]) == ("running", 2)


def test_an_exit_is_noticed_a_moment_later(lab: Lab) -> None:
    body = {"name": "alone", "imageUuid": OLD}
    number = lab.engine.create("container", body, project=lab.project)
    lab.wait(5)

    lab.engine.levers.container_exits(number)

    assert lab.container(number)["state"] == "running"
    lab.wait(0.2)
    assert lab.container(number)["state"] == "stopped"


def test_a_registry_that_is_closed_has_only_the_images_that_are_known(lab: Lab) -> None:
    lab.engine.levers.close_registry("registry/shop")
    lab.engine.levers.image_exists("registry/shop:known")

    def runs(image: str) -> bool:
        number = lab.engine.create("container", {"imageUuid": f"docker:{image}"}, project=lab.project)
        lab.wait(5)
        return str(lab.container(number)["state"]) == "running"

    assert [runs(name) for name in ("registry/shop:known", "registry/shop:other", "other:1")] == [
        True,
        False,
        True,
    ]
    lab.engine.levers.open_registry("registry/shop")
    assert runs("registry/shop:other")
    lab.engine.levers.image_exists("registry/shop:gone", False)
    assert not runs("registry/shop:gone")


def test_an_image_keeps_what_was_said_of_it_before(lab: Lab) -> None:
    lab.engine.levers.image(IMAGE, start=3.0)

    changed = lab.engine.levers.image(f"docker:{IMAGE}", stop=2.0)

    assert (changed.start, changed.stop) == (3.0, 2.0)
    assert lab.engine.images.of(OLD) == changed


def test_containers_that_run_notice_what_becomes_of_their_image_and_no_others(lab: Lab) -> None:
    check = {"healthCheck": {"port": 80, "interval": 1000, "strategy": "none"}}
    web, db = lab.service(**check), lab.service("db", **check | {"imageUuid": "sim:db:1"})

    lab.engine.levers.image_health(IMAGE, answers=False)
    lab.wait(10)

    assert [lab.view(service)["healthState"] for service in (web, db)] == ["unhealthy", "healthy"]


@pytest.mark.parametrize(
    ("of_image", "of_container", "hangs"),
    [(False, None, False), (True, None, True), (True, False, False), (False, True, True)],
)
def test_a_stop_hangs_as_the_container_says_or_else_its_image(
    lab: Lab, of_image: bool, of_container: bool | None, hangs: bool
) -> None:
    [number] = lab.ids(lab.service())
    lab.engine.levers.image(IMAGE, stop_hangs=of_image)
    lab.engine.levers.stop_hangs(number, hangs=of_container)

    lab.engine.act("container", number, "stop", {})
    lab.wait(0.5)

    assert (lab.container(number)["state"] == "stopping") is hangs


@pytest.mark.parametrize("by", ["container", "image"])
def test_a_stop_that_hung_is_reported_when_it_hangs_no_more(lab: Lab, by: str) -> None:
    first, second = lab.ids(lab.service(scale=2, start=True))
    lab.engine.levers.image(IMAGE, stop_hangs=True)
    for number in (first, second):
        lab.engine.act("container", number, "stop", {})
    lab.wait(30)
    assert lab.container(first)["state"] == "stopping"

    if by == "container":
        lab.engine.levers.stop_hangs(first, hangs=False)
    else:
        lab.engine.levers.image(IMAGE, stop_hangs=False)
    lab.wait(0.15)

    assert lab.container(first)["state"] != "stopping"
    assert (lab.container(second)["state"] == "stopping") is (by == "container")


def test_a_lever_about_health_does_not_end_a_stop_that_hangs(lab: Lab) -> None:
    [number] = lab.ids(lab.service())
    lab.engine.levers.stop_hangs(number)
    lab.engine.act("container", number, "stop", {})

    lab.engine.levers.health(number, answers=False)
    lab.wait(10)

    assert lab.container(number)["state"] == "stopping"


def test_configs_can_be_stored_without_a_process(lab: Lab) -> None:
    """As by an upgrade whose process could not be scheduled (13.4)."""
    web = lab.service()
    lab.engine.take_changes()
    side = {"name": "side", "imageUuid": "sim:side:1"}

    lab.engine.levers.store_configs(web, {"imageUuid": "sim:x"}, [side])
    lab.wait(10)

    view = lab.view(web)
    assert (view["launchConfig"], view["secondaryLaunchConfigs"]) == ({"imageUuid": "sim:x"}, [side])
    assert (view["state"], len(lab.ids(web))) == ("active", 1)
    assert ("service", web) in lab.engine.take_changes()


def test_an_executor_of_no_known_standing_is_a_fault_of_the_caller(lab: Lab) -> None:
    with pytest.raises(ValueError, match="sleeping"):
        lab.engine.levers.compose_executor("sleeping")


def test_the_text_of_a_refused_start_can_be_taken_back(lab: Lab) -> None:
    web = lab.service()
    lab.engine.levers.start_fails("registry/shop:2", "boom")
    lab.upgrade(web, upgrade_body())
    lab.wait(5)
    assert lab.view(web)["transitioning"] == "error"

    lab.engine.levers.start_fails("registry/shop:2", None)

    lab.until(web, "upgraded")
