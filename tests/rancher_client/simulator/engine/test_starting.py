"""How a container starts: by checkpoints, or not (rancher-1.6-api.md 6.2, 5.6)."""

from __future__ import annotations

import pytest

from rancher_client.simulator.engine import Site

from .container_lab import BARE, act, alone, said, state, until_starting
from .lab import Lab, upgrade_body


def test_the_post_of_a_container_begins_its_creation_and_a_service_waits_a_moment(lab: Lab) -> None:
    """cattle:…/api/resource/AbstractObjectResourceManager.java, createAndScheduleObject"""
    assert state(lab, alone(lab, settle=0)) == "creating"

    web = lab.service(settle=0)
    while not lab.ids(web):
        lab.wait(0.01)

    assert state(lab, lab.ids(web)[0]) == "requested"


@pytest.mark.parametrize(("start", "within"), [(None, (0.3, 0.5)), (5.0, (5.3, 5.5))])
def test_a_start_takes_what_docker_needs_on_top_of_the_checkpoints(
    lab: Lab, start: float | None, within: tuple[float, float]
) -> None:
    lab.engine.levers.image(BARE, start=start)
    began = lab.engine.now
    number = alone(lab, settle=0)

    while state(lab, number) != "running":
        lab.wait(0.01)

    least, most = within
    assert least < lab.engine.now - began < most


def test_the_first_of_a_unit_waits_for_its_mates_and_says_so(lab: Lab) -> None:
    web = lab.service(settle=0, sidekicks=[{"name": "logs", "imageUuid": "sim:registry/logs:1"}])
    while not lab.ids(web):
        lab.wait(0.01)
    first = min(lab.ids(web))
    told: dict[str | None, int] = {}
    while state(lab, first) != "running":
        message = lab.container(first)["transitioningMessage"]
        told[message] = told.get(message, 0) + 1
        lab.wait(0.01)

    assert max(told, key=lambda message: told[message]) == "Waiting for deployment unit instances to create"


def test_a_start_tells_what_it_pulls_as_long_as_that_takes(lab: Lab) -> None:
    lab.engine.levers.image(BARE, pull=4.0)
    number = alone(lab, settle=4)
    assert said(lab, number) == ("starting", "yes", "Pulling registry/shop:1", 64)

    lab.wait(1)

    assert said(lab, number) == ("running", "no", None, None)


def test_a_pull_is_tried_five_times_inside(lab: Lab) -> None:
    lab.engine.levers.image_exists(BARE, False)
    number = alone(lab, settle=0)
    until_starting(lab, number, "Pulling registry/shop:1")
    lab.wait(0.15)
    still = state(lab, number)

    lab.wait(0.06)

    assert (still, state(lab, number)) == ("starting", "stopping")


def test_an_image_that_comes_between_two_tries_is_pulled(lab: Lab) -> None:
    lab.engine.levers.image_exists(BARE, False)
    number = alone(lab, settle=0)
    until_starting(lab, number, "Pulling registry/shop:1")

    lab.engine.levers.image_exists(BARE)
    lab.wait(1)

    assert state(lab, number) == "running"


@pytest.mark.parametrize(("label", "again"), [({}, "running"), ({"pull_image": "always"}, "starting")])
def test_what_a_host_has_is_pulled_again_only_where_the_label_says_so(
    lab: Lab, label: dict[str, str], again: str
) -> None:
    host = lab.hosts[0]
    alone(lab, requestedHostId=host)
    lab.engine.levers.image(BARE, pull=4.0)

    labels = {f"io.rancher.container.{name}": value for name, value in label.items()}
    second = alone(lab, requestedHostId=host, settle=2, labels=labels)

    assert state(lab, second) == again


def test_a_container_that_is_started_again_pulls_nothing(lab: Lab) -> None:
    number = alone(lab, labels={"io.rancher.container.pull_image": "always"})
    lab.engine.levers.image_exists(BARE, False)
    act(lab, number, "stop")
    lab.wait(1)

    act(lab, number, "start")
    lab.wait(1)

    assert state(lab, number) == "running"


def test_a_container_keeps_its_docker_id_its_address_and_its_host() -> None:
    lab = Lab(site=Site())
    number = alone(lab, networkMode="managed")
    before = lab.container(number)
    act(lab, number, "stop")
    lab.wait(2)
    act(lab, number, "start")
    lab.wait(2)
    after = lab.container(number)

    assert before["externalId"]
    assert before["primaryIpAddress"].startswith("10.42.")
    for field in ("externalId", "primaryIpAddress", "firstRunning", "hostId"):
        assert after[field] == before[field]
    assert after["startCount"] == 2


def test_without_start_on_create_a_container_stands_stopped_until_somebody_starts_it(lab: Lab) -> None:
    number = alone(lab, startOnCreate=False)
    assert said(lab, number) == ("stopped", "no", None, None)
    assert lab.container(number)["hostId"] is None

    act(lab, number, "start")
    lab.wait(1)

    assert state(lab, number) == "running"


# A start that fails: in the creation it ends in `error`, later the container is stopped again
# (cattle: InstanceStart.handleStartError).


def test_a_start_that_fails_in_the_creation_ends_in_error(lab: Lab) -> None:
    lab.engine.levers.start_fails(BARE, "boom")
    number = alone(lab, settle=0)
    seen = []
    for _ in range(200):
        lab.wait(0.01)
        told = said(lab, number)
        if told[0] in ("stopping", "erroring", "error") and told not in seen:
            seen.append(told)

    assert seen == [
        ("stopping", "yes", "boom", 84),
        ("erroring", "yes", "In Progress", 84),
        ("error", "error", "boom", 84),
    ]


def test_a_container_that_cannot_be_started_again_is_stopped_and_says_why(lab: Lab) -> None:
    number = alone(lab)
    act(lab, number, "stop")
    lab.wait(1)
    lab.engine.levers.start_fails(BARE, "boom")

    act(lab, number, "start")
    lab.wait(0.4)
    assert said(lab, number)[:3] == ("stopping", "yes", "boom")
    lab.wait(1)
    assert said(lab, number)[:3] == ("stopped", "error", "boom")

    lab.engine.levers.start_fails(BARE, None)
    act(lab, number, "start")
    assert said(lab, number)[:3] == ("starting", "yes", "Waiting for dependencies")
    lab.wait(1)
    assert said(lab, number)[:3] == ("running", "no", None)


def test_a_service_starts_the_same_container_again_until_it_comes_up(lab: Lab) -> None:
    web = lab.service()
    [number] = lab.ids(web)
    lab.engine.levers.start_fails(BARE, "boom")
    act(lab, number, "stop")

    lab.wait(5)
    view = lab.view(web)
    assert (view["state"], view["transitioning"], view["transitioningMessage"]) == (
        "updating-active",
        "error",
        "Container should have been running but is in stopped state. Check logs for more information.: boom",
    )
    lab.engine.levers.start_fails(BARE, None)
    lab.until(web, "active")

    assert lab.ids(web) == [number]
    assert state(lab, number) == "running"


def test_a_rollback_to_a_container_whose_port_is_taken_meanwhile_says_that_it_is_stopped() -> None:
    """It has its host already, so it is not its allocation that fails (7.4)."""
    lab = Lab(site=Site())
    web = lab.service(ports=["80:80"])
    [old] = lab.ids(web)
    host = lab.container(old)["hostId"].number
    lab.upgrade(web, upgrade_body())
    lab.until(web, "upgraded")
    thief = alone(lab, ports=["80:80"], requestedHostId=host)

    lab.act(web, "rollback")
    lab.wait(5)

    assert lab.view(web)["transitioningMessage"] == (
        "Container should have been running but is in stopped state. Check logs for more information.: "
        "Allocation failed: No healthy hosts meet the resource constraints: "
        "[instanceReservation: 1, 80:80/tcp portReservation]."
    )
    lab.engine.delete("container", thief)
    lab.until(web, "active")
    assert state(lab, old) == "running"


def test_a_start_that_is_broken_off_by_hand_has_nothing_to_say(lab: Lab) -> None:
    web = lab.service()
    [number] = lab.ids(web)
    lab.engine.levers.image(BARE, start=10.0)
    act(lab, number, "stop")
    lab.wait(1)
    assert lab.state(web) == "updating-active"

    act(lab, number, "stop")
    lab.wait(2)

    text = "Container should have been running but is in stopped state. Check logs for more information."
    assert lab.view(web)["transitioningMessage"] == text


def test_an_error_by_hand_is_no_failure(lab: Lab) -> None:
    """The process `error` ends as well as any other (spring-process-context.xml)."""
    number = alone(lab)
    lab.engine.levers.start_fails(BARE, "boom")
    act(lab, number, "stop")
    lab.wait(1)
    act(lab, number, "start")
    lab.wait(2)

    act(lab, number, "error")
    assert said(lab, number)[:3] == ("erroring", "yes", "In Progress")
    lab.wait(1)
    assert said(lab, number)[:3] == ("error", "no", None)
