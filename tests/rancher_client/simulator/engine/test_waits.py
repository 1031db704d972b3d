"""What an upgrade waits for, in which order, and when it looks up (rancher-1.6-api.md 5.3, 5.6, 13.3)."""

from __future__ import annotations

import pytest

from .lab import NEW, Lab, upgrade_body

CHECK = {"port": 80, "interval": 2000, "healthyThreshold": 2}
ONCE = {"io.rancher.container.start_once": "true"}
BARE = NEW.removeprefix("sim:")


def message(lab: Lab, service: int) -> str | None:
    found: str | None = lab.view(service)["transitioningMessage"]
    return found


def new_ones(lab: Lab, service: int) -> list[int]:
    return [view["id"] for view in lab.containers(service) if view["version"] != "0"]


def until_said(lab: Lab, service: int, text: str, *, within: float = 60) -> float:
    """Let time pass until the service says so; returns how long it took."""
    began = lab.engine.now
    while not (message(lab, service) or "").startswith(text):
        assert lab.engine.now < began + within, f"still {message(lab, service)}"
        lab.wait(0.05)
    return lab.engine.now - began


# For a start.


def test_the_first_of_several_that_do_not_come_up_is_named(lab: Lab) -> None:
    lab.engine.levers.image(BARE, start=100.0)
    web = lab.service(scale=3)

    lab.upgrade(web, upgrade_body(batch=3))
    lab.wait(48)

    assert message(lab, web) == f"Waiting: state to equal running [container:1i{new_ones(lab, web)[0]}]"


def test_a_change_meanwhile_is_taken_in_when_the_start_is_through(lab: Lab) -> None:
    """The run fails then, without an error, and is tried again with what was changed (4.3)."""
    lab.engine.levers.image(BARE, start=20.0)
    web = lab.service()
    lab.upgrade(web)
    lab.wait(5)

    lab.engine.update("service", web, {"scale": 2})
    [old] = [view["id"] for view in lab.containers(web) if view["version"] == "0"]
    lab.engine.delete("container", old)  # so that the run looks
    lab.wait(10)
    assert message(lab, web) == "In Progress"
    assert 2 < until_said(lab, web, "reconciling service state") < 12
    lab.until(web, "upgraded")

    assert lab.generations(web)["new", "running"] == 2


def test_a_job_that_has_begun_to_stop_is_not_waited_for(lab: Lab) -> None:
    lab.engine.levers.image(BARE, stop_hangs=True)
    web = lab.service(labels=ONCE, scale=2)
    lab.upgrade(web, upgrade_body(labels=ONCE, interval=3000))
    while not (made := [n for n in new_ones(lab, web) if lab.container(n)["state"] == "running"]):
        lab.wait(0.01)

    lab.engine.act("container", made[0], "stop", {})

    assert lab.until(web, "upgraded") < 15
    assert lab.container(made[0])["state"] == "stopping"


def test_an_upgrade_of_a_sidekick_named_twice_ends_where_nothing_is_wanted(lab: Lab) -> None:
    side = {"name": "side", "imageUuid": "sim:side:1"}
    web = lab.service(scale=0, sidekicks=[side])

    lab.upgrade(web, upgrade_body(sidekicks=[side, side]))

    assert lab.until(web, "upgraded") < 20


def test_a_container_in_error_without_a_cause_is_told_of_without_one(lab: Lab) -> None:
    """Somebody put it there by its action `error` (6.2)."""
    lab.engine.levers.image(BARE, start=30.0)
    web = lab.service(scale=2)
    lab.upgrade(web, upgrade_body(batch=2))
    lab.wait(5)
    victim = new_ones(lab, web)[0]

    lab.engine.act("container", victim, "stop", {})
    lab.wait(0.1)
    lab.engine.act("container", victim, "error", {})

    text = "Container should have been running but is in error state. Check logs for more information."
    until_said(lab, web, "Container")
    assert message(lab, web) == text


# For health.


def sick_in_batch(lab: Lab) -> tuple[int, list[int]]:
    """A service whose two new containers run and are not healthy yet."""
    lab.engine.levers.image_health(BARE, answers=False)
    web = lab.service(scale=2)
    lab.upgrade(web, upgrade_body(batch=2, healthCheck=CHECK))
    while lab.generations(web)["new", "running"] < 2:
        lab.wait(0.05)
    lab.wait(2)
    return web, new_ones(lab, web)


def test_the_first_that_is_not_healthy_is_named(lab: Lab) -> None:
    web, [first, _] = sick_in_batch(lab)

    lab.wait(48)

    assert message(lab, web) == f"Waiting: healthy [container:1i{first}]"


def test_one_after_the_other_is_waited_for(lab: Lab) -> None:
    web, [first, second] = sick_in_batch(lab)

    lab.engine.levers.health(first, answers=True)
    lab.wait(48)

    assert lab.container(first)["healthState"] == "healthy"
    assert message(lab, web) == f"Waiting: healthy [container:1i{second}]"


@pytest.mark.parametrize("end", ["stop", "remove"])
def test_one_that_is_awaited_stays_so_when_it_stops_or_goes(lab: Lab, end: str) -> None:
    """cattle:…/upgrade/impl/UpgradeManagerImpl.java, waitForHealthyState"""
    web, [first, second] = sick_in_batch(lab)
    lab.engine.levers.health(second, answers=True)

    if end == "stop":
        lab.engine.act("container", first, "stop", {})
    else:
        lab.engine.delete("container", first)
    lab.wait(40)

    assert lab.state(web) == "upgrading"
    until_said(lab, web, f"Waiting: healthy [container:1i{first}]", within=20)


def test_one_that_was_stopped_before_it_was_its_turn_is_not_waited_for(lab: Lab) -> None:
    web, [first, second] = sick_in_batch(lab)

    lab.engine.act("container", second, "stop", {})
    lab.wait(5)
    lab.engine.levers.health(first, answers=True)
    lab.wait(10)

    assert lab.state(web) == "upgraded"


def test_containers_of_a_config_that_the_upgrade_leaves_out_are_not_waited_for(lab: Lab) -> None:
    """Only those of the present versions count."""
    side = {"name": "side", "imageUuid": "sim:side:1", "healthCheck": CHECK}
    web = lab.service(sidekicks=[side])
    sidekick = lab.ids(web)[-1]
    lab.engine.levers.health(sidekick, answers=False)
    lab.wait(3)

    body = upgrade_body()
    body["inServiceStrategy"]["secondaryLaunchConfigs"] = [{"name": "side", "imageUuid": "rancher/none"}]
    lab.upgrade(web, body)

    assert lab.until(web, "upgraded") < 60


def test_it_asks_every_five_seconds_whether_it_is_still_wanted(lab: Lab) -> None:
    web, _ = sick_in_batch(lab)
    lab.wait(1)
    began = lab.engine.now

    lab.act(web, "rollback")
    lab.wait(1.5)
    still = message(lab, web)
    until_said(lab, web, "STATE_CHANGED")

    assert still == "In Progress"
    assert lab.engine.now - began < 6
