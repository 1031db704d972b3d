"""Processes of services: one at a time, giving way, failing, tried again (5.5, 5.6, 13.3, chapter 9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .lab import NEW, OLD, Lab, upgrade_body

CHECK = {"port": 80, "interval": 2000, "healthyThreshold": 2}
BARE = NEW.removeprefix("sim:")


def log(lab: Lab, service: int) -> list[dict[str, Any]]:
    lines = [lab.engine.view(kind, n) for kind, n in lab.engine.related("service", service, "serviceLogs")]
    return [line for line in lines if line is not None]


def headlines(lab: Lab, service: int) -> list[tuple[str, bool]]:
    """The lines that stay open as long as their process: event, and whether it is over."""
    return [
        (line["eventType"], line["endTime"] is not None) for line in log(lab, service) if not line["subLog"]
    ]


def shown(lab: Lab, service: int) -> tuple[str, str, str | None]:
    view = lab.view(service)
    return view["state"], view["transitioning"], view["transitioningMessage"]


def in_the_middle(lab: Lab) -> int:
    """An upgrade that sleeps between two batches."""
    web = lab.service(scale=2)
    lab.upgrade(web, upgrade_body(interval=60_000))
    lab.wait(10)
    return web


def failing(lab: Lab) -> int:
    """An upgrade whose containers cannot be started, waiting for its next try."""
    lab.engine.levers.start_fails(BARE, "boom")
    web = lab.service()
    lab.upgrade(web)
    lab.wait(5)
    return web


def stuck_in_a_start(lab: Lab) -> int:
    """An upgrade that waits for a start, which it does not leave when the state moves on (5.5)."""
    lab.engine.levers.image(BARE, start=20.0)
    web = lab.service()
    lab.upgrade(web)
    lab.wait(5)
    return web


def stuck_in_a_start_that_fails(lab: Lab) -> int:
    web = stuck_in_a_start(lab)
    lab.engine.levers.start_fails(BARE, "boom")
    return web


@pytest.mark.parametrize("begin", [in_the_middle, failing, stuck_in_a_start, stuck_in_a_start_that_fails])
@pytest.mark.parametrize(
    ("action", "becomes"), [("cancelupgrade", "canceled-upgrade"), ("remove", "removed")]
)
def test_whatever_an_upgrade_is_at_it_ends_for_what_comes_after_it(
    lab: Lab, begin: Callable[[Lab], int], action: str, becomes: str
) -> None:
    web = begin(lab)
    assert headlines(lab, web) == [("service.activate", True), ("service.upgrade", False)]

    lab.act(web, action)
    on_the_way = shown(lab, web)
    lab.until(web, becomes, within=60)

    assert on_the_way[1:] == ("yes", "In Progress")
    fails_meanwhile = action == "cancelupgrade" and begin is stuck_in_a_start_that_fails
    assert shown(lab, web)[:2] == (becomes, "error" if fails_meanwhile else "no")
    assert headlines(lab, web) == [("service.activate", True), ("service.upgrade", True)]
    processes = [lab.engine.view("processInstance", n) for n in lab.engine.ids("processInstance")]
    running = [
        each
        for each in processes
        if each is not None and each["processName"].startswith("service.") and each["runningProcessServerId"]
    ]
    assert running == []


def test_a_finish_that_waits_for_its_last_start_ends_well_before_it_is_canceled(lab: Lab) -> None:
    web = lab.service()
    lab.upgrade(web)
    lab.until(web, "upgraded")
    lab.engine.levers.image(BARE, start=20.0)
    lab.engine.delete("container", next(v["id"] for v in lab.containers(web) if v["version"] != "0"))
    lab.wait(2)
    lab.act(web, "finishupgrade")
    lab.wait(3)
    assert lab.generations(web)["new", "starting"] == 1

    lab.act(web, "cancelupgrade")
    took = lab.until(web, "canceled-upgrade")

    assert 10 < took < 25
    assert lab.generations(web)["new", "running"] == 1


def test_the_pause_after_a_failure_is_not_cut_short_by_a_container(lab: Lab) -> None:
    lab.engine.levers.start_fails(BARE, "boom")
    web = lab.service(scale=2)
    lab.upgrade(web, upgrade_body(batch=2))
    lab.wait(4)
    made = lab.view(web)["createIndex"]
    old = next(view["id"] for view in lab.containers(web) if view["version"] == "0")

    lab.engine.delete("container", old)
    lab.wait(3)
    assert lab.view(web)["createIndex"] == made
    lab.wait(20)
    assert lab.view(web)["createIndex"] > made


def test_a_process_without_a_headline_writes_none(lab: Lab) -> None:
    web = lab.service()

    lab.act(web, "deactivate")
    lab.until(web, "inactive")

    assert headlines(lab, web) == [("service.activate", True)]


def test_the_next_try_after_a_time_out_waits_for_those_that_are_there_then(lab: Lab) -> None:
    lab.engine.levers.image_health(BARE, answers=False)
    web = lab.service(scale=1)
    lab.upgrade(web, upgrade_body(healthCheck=CHECK))
    lab.wait(10)
    awaited = next(view["id"] for view in lab.containers(web) if view["version"] != "0")
    lab.engine.delete("container", awaited)

    lab.engine.levers.image_health(BARE, answers=True)
    lab.wait(25)
    assert lab.state(web) == "upgrading"

    assert lab.until(web, "upgraded") < 60


def test_the_health_of_the_stack_follows_a_service_without_containers(lab: Lab) -> None:
    web = lab.service(scale=0)
    health = [(lab.engine.view("stack", lab.stack) or {})["healthState"]]
    lab.act(web, "deactivate")
    lab.wait(5)
    health.append((lab.engine.view("stack", lab.stack) or {})["healthState"])

    assert health == ["healthy", "unhealthy"]


def test_a_scale_that_was_put_counts_from_the_next_try_on(lab: Lab) -> None:
    web = lab.service(scale=1)
    lab.engine.levers.image(BARE, start=10.0)
    lab.upgrade(web)
    lab.wait(5)

    lab.engine.update("service", web, {"scale": 3})
    lab.until(web, "upgraded")

    assert lab.generations(web)["new", "running"] == 3
    assert lab.view(web)["launchConfig"]["imageUuid"] == NEW != OLD


def test_what_failed_once_is_not_well_because_a_later_try_runs_out_of_time(lab: Lab) -> None:
    image = OLD.removeprefix("sim:")
    lab.engine.levers.start_fails(image, "boom")
    web = lab.service(settle=5)
    assert lab.view(web)["transitioning"] == "error"

    lab.engine.levers.start_fails(image, None)
    lab.engine.levers.image(image, start=100_000.0)
    while "Waiting: " not in str(lab.view(web)["transitioningMessage"]):
        lab.wait(30)

    assert lab.view(web)["transitioning"] == "error"
