"""The life of one container: how it starts, fails, stops and goes (rancher-1.6-api.md 6.2, 5.6, 13.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rancher_client.simulator.engine import Ref, Refused, Site

from .lab import OLD, Lab, upgrade_body

BARE = OLD.removeprefix("sim:")
CHECK = {"port": 80, "interval": 2000, "healthyThreshold": 2}


def alone(lab: Lab, *, settle: float = 5, **fields: Any) -> int:
    """A container of its own, which nobody reconciles."""
    number = lab.engine.create("container", {"imageUuid": OLD, **fields}, project=lab.project)
    lab.wait(settle)
    return number


def said(lab: Lab, number: int) -> tuple[str, str, str | None, int | None]:
    """State, transitioning, and what is told of the way."""
    view = lab.container(number)
    return (
        view["state"],
        view["transitioning"],
        view["transitioningMessage"],
        view["transitioningProgress"],
    )


def state(lab: Lab, number: int) -> str:
    return str(lab.container(number)["state"])


def act(lab: Lab, number: int, action: str) -> None:
    lab.engine.act("container", number, action, {})


def processes(lab: Lab, number: int) -> list[tuple[str, str | None, str | None, Any]]:
    """Name, exit reason, result and data of a container's processes, the oldest first."""
    views = [lab.engine.view("processInstance", each) or {} for each in lab.engine.ids("processInstance")]
    return [
        (view["processName"], view["exitReason"], view["result"], view["data"])
        for view in views
        if view["resourceId"] == Ref("container", number)
    ]


def until_starting(lab: Lab, number: int, message: str) -> None:
    """Let time pass until the start says so."""
    for _ in range(1000):
        if lab.container(number)["transitioningMessage"] == message:
            return
        lab.wait(0.01)
    raise AssertionError(f"{said(lab, number)} instead of {message}")


def started_again_on_a_lost_host(lab: Lab, **config: Any) -> int:
    number = alone(lab, requestedHostId=lab.hosts[0], **config)
    act(lab, number, "stop")
    lab.wait(1)
    lab.engine.levers.lose_host(lab.hosts[0])
    act(lab, number, "start")
    lab.wait(120)
    return number


# Starting.


def test_the_post_of_a_container_begins_its_creation_and_a_service_waits_a_moment(lab: Lab) -> None:
    """cattle:…/api/resource/AbstractObjectResourceManager.java, createAndScheduleObject"""
    assert state(lab, alone(lab, settle=0)) == "creating"

    web = lab.service(settle=0)
    while not lab.ids(web):
        lab.wait(0.01)

    assert state(lab, lab.ids(web)[0]) == "requested"


def test_a_container_of_a_service_is_labelled_with_all_it_belongs_to(lab: Lab) -> None:
    """6.1"""
    web = lab.service(sidekicks=[{"name": "side", "imageUuid": OLD, "labels": {"own": "1"}}])
    project = lab.engine.view("project", lab.project)
    assert project is not None

    primary, side = lab.containers(web)

    common = {
        "io.rancher.environment.uuid": project["uuid"],
        "io.rancher.project.name": "shop",
        "io.rancher.stack.name": "shop",
        "io.rancher.service.deployment.unit": primary["deploymentUnitUuid"],
    }
    assert primary["labels"] == common | {
        "io.rancher.project_service.name": "shop/web",
        "io.rancher.stack_service.name": "shop/web",
        "io.rancher.service.launch.config": "io.rancher.service.primary.launch.config",
    }
    assert side["labels"] == common | {
        "own": "1",
        "io.rancher.project_service.name": "shop/web/side",
        "io.rancher.stack_service.name": "shop/web/side",
        "io.rancher.service.launch.config": "side",
    }


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


# Stopping.


def test_a_stop_in_the_middle_of_a_start_takes_its_own_time(lab: Lab) -> None:
    lab.engine.levers.image(BARE, start=1.0, stop=5.0)
    number = alone(lab, settle=1)
    assert said(lab, number) == ("starting", "yes", "Starting", 84)

    act(lab, number, "stop")
    assert said(lab, number) == ("stopping", "yes", "In Progress", 84)
    lab.wait(4)
    assert state(lab, number) == "stopping"
    lab.wait(2)
    assert state(lab, number) == "stopped"


def test_a_stop_that_hangs_in_the_middle_of_a_start_stays(lab: Lab) -> None:
    lab.engine.levers.image(BARE, start=1.0, stop_hangs=True)
    number = alone(lab, settle=1)

    act(lab, number, "stop")
    lab.wait(60)

    assert state(lab, number) == "stopping"


@pytest.mark.parametrize(
    ("config", "reaction", "seconds"),
    [
        ({}, None, 0.08),
        ({}, 3.0, 3.0),
        ({}, 60.0, 10.0),
        ({"stopTimeout": 20}, 60.0, 20.0),
        ({"stopTimeout": 20}, 3.0, 3.0),
        ({"drainTimeoutMs": 4000}, 3.0, 7.0),
    ],
)
def test_a_stop_takes_what_the_application_needs_until_docker_kills_it(
    lab: Lab, config: dict[str, Any], reaction: float | None, seconds: float
) -> None:
    lab.engine.levers.image(BARE, stop=reaction)
    number = alone(lab, **config)

    act(lab, number, "stop")
    lab.wait(seconds - 0.02)
    before = state(lab, number)
    lab.wait(0.04)

    assert (before, state(lab, number)) == ("stopping", "stopped")


def test_a_lever_for_one_container_is_stronger_than_its_image(lab: Lab) -> None:
    lab.engine.levers.image(BARE, stop_hangs=True)
    free, held = alone(lab), alone(lab)
    lab.engine.levers.stop_hangs(free, hangs=False)

    for number in (free, held):
        act(lab, number, "stop")
    lab.wait(5)

    assert (state(lab, free), state(lab, held)) == ("stopped", "stopping")


# Restarting.


def ways(lab: Lab, number: int, seconds: float = 1.0) -> list[str]:
    """The states that a container goes through in that time, each once."""
    seen = [state(lab, number)]
    for _ in range(round(seconds * 200)):
        lab.wait(0.005)
        if state(lab, number) != seen[-1]:
            seen.append(state(lab, number))
    return seen


def test_a_restart_is_a_stop_and_a_start_with_no_rest_between_them(lab: Lab) -> None:
    """cattle:…/process/instance/InstanceRestart.java, InstanceStopPostAction.java"""
    number = alone(lab)
    before = lab.container(number)

    act(lab, number, "restart")

    assert ways(lab, number) == ["restarting", "stopping", "starting", "running"]
    after = lab.container(number)
    assert (before["startCount"], after["startCount"]) == (1, 2)
    kept = ("externalId", "primaryIpAddress", "hostId", "firstRunning", "created")
    assert {key: after[key] for key in kept} == {key: before[key] for key in kept}


def test_a_restart_takes_what_the_stop_and_the_start_take(lab: Lab) -> None:
    lab.engine.levers.image(BARE, start=2.0, stop=3.0)
    number = alone(lab)

    act(lab, number, "restart")
    lab.wait(2.9)
    stops = said(lab, number)
    lab.wait(2)
    starts = said(lab, number)
    lab.wait(1)

    assert (stops[0], starts[0], state(lab, number)) == ("stopping", "starting", "running")
    assert (starts[2], starts[3]) == ("Starting", 84)


def test_a_restart_shows_how_far_the_start_before_it_came_until_it_starts_itself(lab: Lab) -> None:
    lab.engine.levers.image(BARE, stop=3.0)
    number = alone(lab)

    act(lab, number, "restart")

    assert said(lab, number) == ("restarting", "yes", "In Progress", 100)
    lab.wait(1)
    assert said(lab, number) == ("stopping", "yes", "In Progress", 100)


def test_a_restart_whose_start_fails_ends_stopped_and_says_why(lab: Lab) -> None:
    """cattle:…/process/instance/InstanceStart.java, handleStartError"""
    number = alone(lab)
    lab.engine.levers.image(BARE, start_error="no such device")

    act(lab, number, "restart")

    assert ways(lab, number) == ["restarting", "stopping", "starting", "stopping", "stopped"]
    assert said(lab, number)[1:3] == ("error", "no such device")
    assert lab.container(number)["startCount"] == 1


def test_a_restart_is_three_processes_each_chained_to_the_former(lab: Lab) -> None:
    number = alone(lab)

    act(lab, number, "restart")
    lab.wait(1)

    wanted = {"io.cattle.platform.process.instance.InstanceProcessOptions": {"start": True}}
    assert processes(lab, number)[1:] == [
        ("instance.restart", "CHAIN", "SUCCESS", wanted),
        ("instance.stop", "CHAIN", "SUCCESS", wanted),
        ("instance.start", "DONE", "SUCCESS", wanted),
    ]


def test_the_stop_of_a_restarting_container_overtakes_its_restart(lab: Lab) -> None:
    number = alone(lab)
    act(lab, number, "restart")

    act(lab, number, "stop")

    assert ways(lab, number) == ["stopping", "stopped"]
    assert [process[:3] for process in processes(lab, number)[1:]] == [
        ("instance.restart", "CANCELED", "CANCELED"),
        ("instance.stop", "DONE", "SUCCESS"),
    ]


def test_the_removal_of_a_restarting_container_overtakes_its_restart(lab: Lab) -> None:
    number = alone(lab)
    act(lab, number, "restart")

    lab.engine.delete("container", number)

    assert ways(lab, number) == ["stopping", "removing", "removed"]


def test_a_restarting_container_whose_service_goes_does_not_start_again(lab: Lab) -> None:
    lab.engine.levers.image(BARE, stop=3.0)
    web = lab.service()
    [number] = lab.ids(web)
    act(lab, number, "restart")
    lab.wait(1)

    lab.engine.delete("service", web)
    lab.wait(20)

    assert (state(lab, number), lab.state(web)) == ("removed", "removed")


def test_in_a_restart_the_health_stays_until_the_container_runs_again(lab: Lab) -> None:
    """cattle:…/healthcheck/process/InstanceHealthcheckRegister.java"""
    number = alone(lab, healthCheck=CHECK)
    assert lab.container(number)["healthState"] == "healthy"

    act(lab, number, "restart")
    assert lab.container(number)["healthState"] == "healthy"
    lab.wait(1)
    assert lab.container(number)["healthState"] == "reinitializing"


# Removing.


def test_a_removed_container_is_readable_and_counts_nowhere(lab: Lab) -> None:
    number = alone(lab)
    host = lab.container(number)["hostId"].number

    lab.engine.delete("container", number)
    lab.wait(1)

    view, its_host = lab.container(number), lab.engine.view("host", host)
    assert (view["state"], view["transitioning"], view["hostId"].number) == ("removed", "no", host)
    assert lab.engine.now - 1 < view["removed"] < lab.engine.now
    assert number not in lab.engine.ids("container")
    assert its_host is not None
    assert its_host["instanceIds"] is None


def test_a_stopped_container_goes_without_being_stopped(lab: Lab) -> None:
    number = alone(lab)
    act(lab, number, "stop")
    lab.wait(1)

    lab.engine.delete("container", number)

    assert said(lab, number)[:3] == ("removing", "yes", "In Progress")


def test_what_is_gone_may_be_deleted_again(lab: Lab) -> None:
    number = alone(lab)
    lab.engine.delete("container", number)
    lab.wait(1)

    lab.engine.delete("container", number)
    assert state(lab, number) == "removed"

    act(lab, number, "purge")
    assert said(lab, number)[:3] == ("purging", "yes", "In Progress")
    lab.wait(1)
    lab.engine.delete("container", number)
    assert said(lab, number)[:3] == ("purged", "no", None)


@pytest.mark.parametrize(("action", "becomes"), [("stop", "stopped"), ("restart", "running")])
def test_the_removal_of_what_stops_is_accepted_and_nothing_becomes_of_it(
    lab: Lab, action: str, becomes: str
) -> None:
    """The stop that would have removed it finds that it was stopped already [run].

    cattle:…/iaas/api/manager/InstanceManager.java, AbstractStatesBasedProcessState.java, isDone
    """
    number = alone(lab)
    act(lab, number, action)
    lab.wait(0.03)
    assert state(lab, number) == "stopping"

    lab.engine.delete("container", number)
    lab.wait(5)

    assert state(lab, number) == becomes


def test_a_start_that_is_under_way_is_broken_off_for_a_removal(lab: Lab) -> None:
    lab.engine.levers.image(BARE, start=10.0)
    number = alone(lab, settle=1)
    assert state(lab, number) == "starting"

    lab.engine.delete("container", number)
    lab.wait(1)

    assert state(lab, number) == "removed"


# Without its agent a start waits 45 s, is repeated once, and by then the agent is known to be lost (13.3).


@pytest.mark.parametrize("config", [{}, {"healthCheck": CHECK}])
def test_on_a_lost_host_a_container_that_never_ran_is_removed(lab: Lab, config: dict[str, Any]) -> None:
    lab.engine.levers.lose_host(lab.hosts[0])
    number = alone(lab, requestedHostId=lab.hosts[0], settle=89, **config)
    before = state(lab, number)

    lab.wait(4)

    assert (before, state(lab, number)) == ("starting", "removed")


def test_on_a_lost_host_a_container_that_ran_before_waits_for_it(lab: Lab) -> None:
    number = started_again_on_a_lost_host(lab)
    assert state(lab, number) == "starting"

    lab.engine.levers.regain_host(lab.hosts[0])
    lab.wait(1)

    assert state(lab, number) == "running"


def test_on_a_lost_host_a_container_with_a_check_is_removed_for_another_to_take_over(lab: Lab) -> None:
    assert state(lab, started_again_on_a_lost_host(lab, healthCheck=CHECK)) == "removed"


def test_an_agent_that_is_back_in_time_goes_on_with_the_start(lab: Lab) -> None:
    lab.engine.levers.lose_host(lab.hosts[0])
    number = alone(lab, requestedHostId=lab.hosts[0], settle=85)

    lab.engine.levers.regain_host(lab.hosts[0])
    lab.wait(60)

    assert state(lab, number) == "running"


def test_a_restart_ends_when_the_agent_is_back(lab: Lab) -> None:
    number = alone(lab, requestedHostId=lab.hosts[0])
    lab.engine.levers.lose_host(lab.hosts[0])
    act(lab, number, "restart")
    lab.wait(300)
    before = state(lab, number)

    lab.engine.levers.regain_host(lab.hosts[0])
    lab.wait(1)

    assert (before, state(lab, number)) == ("starting", "running")


def test_what_runs_on_a_lost_host_goes_on(lab: Lab) -> None:
    number = alone(lab, requestedHostId=lab.hosts[0])

    lab.engine.levers.lose_host(lab.hosts[0])
    lab.wait(300)
    lab.engine.levers.regain_host(lab.hosts[0])
    lab.wait(300)

    view = lab.container(number)
    assert (view["state"], view["startCount"]) == ("running", 1)


def remove_host(lab: Lab, number: int) -> None:
    host = lab.container(number)["hostId"].number
    lab.engine.act("host", host, "deactivate", {})
    lab.wait(1)
    lab.engine.delete("host", host)


@pytest.mark.parametrize(
    ("end", "last_words"),
    [
        (lambda lab, number: act(lab, number, "stop"), "Received signal 15, shutting down"),
        (lambda lab, number: lab.engine.delete("container", number), "Received signal 15, shutting down"),
        (lambda lab, number: lab.engine.levers.container_exits(number), "The process has ended by itself"),
        (remove_host, "Received signal 15, shutting down"),
    ],
)
def test_nothing_is_written_after_the_end_of_the_process(
    lab: Lab, end: Callable[[Lab, int], None], last_words: str
) -> None:
    number = alone(lab)

    end(lab, number)
    lab.wait(60)

    [line] = lab.engine.last_written(number, 1, since=0.0)
    assert line.text == last_words


def stop_and_wait(lab: Lab, number: int) -> None:
    act(lab, number, "stop")
    lab.wait(5)


def remove_and_wait(lab: Lab, number: int) -> None:
    lab.engine.delete("container", number)
    lab.wait(5)


def host_is_off(lab: Lab, number: int) -> None:
    remove_host(lab, number)
    lab.wait(0.05)


@pytest.mark.parametrize(
    ("before", "what", "process"),
    [
        (None, lambda lab, number: act(lab, number, "stop"), "instance.stop"),
        (None, lambda lab, number: act(lab, number, "restart"), "instance.restart"),
        (stop_and_wait, lambda lab, number: act(lab, number, "start"), "instance.start"),
        (stop_and_wait, lambda lab, number: act(lab, number, "error"), "instance.error"),
        (stop_and_wait, lambda lab, number: act(lab, number, "remove"), "instance.remove"),
        (remove_and_wait, lambda lab, number: act(lab, number, "purge"), "instance.purge"),
        (host_is_off, lambda lab, number: lab.wait(0.1), "instance.remove"),
    ],
    ids=["stop", "restart", "start", "error", "remove", "purge", "loss of the host"],
)
def test_a_process_is_told_of_and_recorded_from_its_first_moment(
    lab: Lab,
    before: Callable[[Lab, int], None] | None,
    what: Callable[[Lab, int], None],
    process: str,
) -> None:
    number = alone(lab)
    if before is not None:
        before(lab, number)
    lab.engine.take_changes()

    what(lab, number)

    running = [
        view["processName"]
        for each in lab.engine.ids("processInstance")
        if (view := lab.engine.view("processInstance", each) or {})["runningProcessServerId"]
    ]
    assert ("container", number) in lab.engine.take_changes()
    assert running == [process]


def test_an_exit_is_told_of_as_soon_as_it_is_noticed(lab: Lab) -> None:
    web = lab.service()
    [number] = lab.ids(web)
    lab.engine.levers.container_exits(number)
    lab.engine.take_changes()

    lab.wait(0.11)

    assert state(lab, number) == "stopped"
    assert ("container", number) in lab.engine.take_changes()
    lab.wait(2)
    assert state(lab, number) == "running"


def test_a_process_that_ends_by_itself_lives_its_own_time_after_each_start(lab: Lab) -> None:
    lab.engine.levers.image(BARE, exits_after=3.0)
    number = alone(lab, settle=2)
    act(lab, number, "restart")
    lab.wait(2)
    assert state(lab, number) == "running"

    lab.wait(2)

    assert state(lab, number) == "stopped"


def test_an_end_of_which_rancher_knows_already_is_no_news(lab: Lab) -> None:
    lab.engine.levers.image(BARE, exits_after=3.0)
    number = alone(lab, settle=2)
    act(lab, number, "stop")
    lab.wait(5)

    stops = [
        view["data"]
        for each in lab.engine.ids("processInstance")
        if (view := lab.engine.view("processInstance", each) or {})["processName"] == "instance.stop"
    ]
    assert len(stops) == 1
    assert "containerNoOpEvent" not in str(stops[0])


# Processes that do nothing (spring-process-context.xml has no handler for them).


@pytest.mark.parametrize(
    ("before", "action", "way", "process"),
    [
        ("running", "update", ["updating-running", "running"], "instance.update"),
        ("stopped", "update", ["updating-stopped", "stopped"], "instance.update"),
        ("running", "migrate", ["migrating", "running"], "instance.migrate"),
    ],
)
def test_an_update_and_a_migration_pass_a_state_of_their_own_and_change_nothing(
    lab: Lab, before: str, action: str, way: list[str], process: str
) -> None:
    number = alone(lab)
    if before == "stopped":
        stop_and_wait(lab, number)
    shown = lab.container(number)

    lab.engine.act("container", number, action, {"name": "another"})

    assert said(lab, number)[1:3] == ("yes", "In Progress")
    assert ways(lab, number) == way
    assert lab.container(number) == shown
    assert processes(lab, number)[-1] == (process, "DONE", "SUCCESS", {})


def test_a_put_of_name_and_description_is_no_process(lab: Lab) -> None:
    number = alone(lab)

    lab.engine.update("container", number, {"name": "another", "description": "x"})

    view = lab.container(number)
    assert (view["name"], view["description"], view["state"]) == ("another", "x", "running")
    assert len(processes(lab, number)) == 1


def test_an_update_makes_a_failed_start_forgotten(lab: Lab) -> None:
    """cattle:…/object/process/GenericResourceProcessState.java, setState [run]"""
    number = alone(lab)
    stop_and_wait(lab, number)
    lab.engine.levers.start_fails(BARE, "boom")
    act(lab, number, "start")
    lab.wait(2)
    assert said(lab, number)[:3] == ("stopped", "error", "boom")

    act(lab, number, "update")
    lab.wait(1)

    assert said(lab, number)[:3] == ("stopped", "no", None)


def test_what_is_updated_is_removed_without_being_stopped(lab: Lab) -> None:
    """spring-process-context.xml: instance.remove may start from updating-running"""
    number = alone(lab)
    act(lab, number, "update")

    lab.engine.delete("container", number)

    assert ways(lab, number) == ["removing", "removed"]


def test_what_is_updated_may_be_stopped(lab: Lab) -> None:
    number = alone(lab)
    act(lab, number, "update")

    act(lab, number, "stop")

    assert ways(lab, number) == ["stopping", "stopped"]


def test_what_migrates_can_neither_be_stopped_nor_removed(lab: Lab) -> None:
    number = alone(lab)
    act(lab, number, "migrate")

    with pytest.raises(Refused) as raised:
        lab.engine.delete("container", number)

    assert raised.value.status == 405


@pytest.mark.parametrize("action", ["update", "migrate"])
def test_an_end_during_such_a_process_is_known_after_it(lab: Lab, action: str) -> None:
    number = alone(lab)
    lab.engine.levers.container_exits(number)
    lab.wait(0.09)
    act(lab, number, action)
    lab.engine.levers.container_says(number, "last words")
    assert lab.engine.said(number) == 1

    assert ways(lab, number) == [
        {"update": "updating-running", "migrate": "migrating"}[action],
        "running",
        "stopped",
    ]


@pytest.mark.parametrize("action", ["update", "migrate"])
def test_a_process_that_ends_during_one_of_the_server_has_ended(lab: Lab, action: str) -> None:
    number = alone(lab)
    act(lab, number, action)

    lab.engine.levers.container_exits(number)
    lab.wait(1)

    assert state(lab, number) == "stopped"


@pytest.mark.parametrize("action", ["update", "migrate"])
def test_such_a_process_disturbs_neither_check_nor_what_is_published(lab: Lab, action: str) -> None:
    number = alone(lab, healthCheck=CHECK, ports=["8000:80"], settle=2)
    host = lab.container(number)["hostId"].number
    assert lab.container(number)["healthState"] == "initializing"
    published = (lab.engine.view("host", host) or {})["publicEndpoints"]
    assert published

    beside = [(kind, each) for kind in ("volume", "port") for each in lab.engine.ids(kind)]
    assert len(beside) == 2
    for _ in range(200):  # one after the other, so that the answer falls into one of them
        act(lab, number, action)
        assert (lab.engine.view("host", host) or {})["publicEndpoints"] == published
        assert {(lab.engine.view(kind, each) or {})["state"] for kind, each in beside} == {"active"}
        assert lab.engine.usage("container", number, lab.engine.now) is not None
        lab.wait(0.02001)

    assert lab.container(number)["healthState"] == "healthy"


@pytest.mark.parametrize("action", ["execute", "logs", "proxy"])
def test_what_only_a_host_could_answer_is_not_served(lab: Lab, action: str) -> None:
    number = alone(lab)

    with pytest.raises(Refused) as refused:
        act(lab, number, action)
    assert (refused.value.status, refused.value.code) == (501, "HostApiProxyDisabled")


def test_one_whose_service_is_removed_while_its_start_fails_is_gone_after_its_error(lab: Lab) -> None:
    lab.engine.levers.start_fails(BARE, "boom")
    web = lab.service(settle=0)
    while not lab.containers(web, state="stopping"):
        lab.wait(0.01)
    [number] = lab.ids(web)

    lab.engine.delete("service", web)
    lab.wait(30)

    assert (state(lab, number), lab.state(web)) == ("removed", "removed")


def test_a_running_container_does_not_stop_because_stops_no_longer_hang(lab: Lab) -> None:
    number = alone(lab)
    lab.engine.levers.stop_hangs(number)

    lab.engine.levers.stop_hangs(number, hangs=False)
    lab.wait(20)

    assert state(lab, number) == "running"


def test_a_stop_that_hung_is_reported_after_all(lab: Lab) -> None:
    number = alone(lab)
    lab.engine.levers.stop_hangs(number)
    act(lab, number, "stop")
    lab.wait(60)

    lab.engine.levers.stop_hangs(number, hangs=False)
    lab.wait(1)

    assert state(lab, number) == "stopped"


def test_two_containers_of_a_project_never_bear_the_same_name(lab: Lab) -> None:
    one = alone(lab, name="one")
    two = alone(lab, name="two")
    lab.wait(10)

    for refused in (
        lambda: alone(lab, name="one"),
        lambda: lab.engine.update("container", two, {"name": "one"}),
    ):
        with pytest.raises(Refused) as told:
            refused()
        assert (told.value.status, told.value.code, told.value.field_name) == (422, "NotUnique", "name")
    lab.engine.update("container", one, {"name": "one"})
    alone(lab, name="One")
    alone(lab, name="")
    with pytest.raises(Refused):
        alone(lab, name="")
    elsewhere = lab.engine.create("project", {"name": "elsewhere"}, project=None)
    lab.engine.create("container", {"imageUuid": OLD, "name": "one"}, project=elsewhere)


def test_containers_without_a_name_are_as_many_as_one_likes(lab: Lab) -> None:
    assert [lab.container(alone(lab, **fields))["name"] for fields in ({}, {}, {"name": None})] == [None] * 3


def test_the_name_of_a_removed_container_is_free_again(lab: Lab) -> None:
    one = alone(lab, name="one")
    lab.wait(10)
    lab.engine.delete("container", one)
    lab.wait(10)

    assert lab.container(alone(lab, name="one"))["name"] == "one"


def test_a_container_is_labelled_with_its_environment_where_it_has_labels(lab: Lab) -> None:
    """Cattle: InstancePreCreate.setEnvironmentLabel puts it into the map of labels that was sent, if any."""
    bare, empty, labelled = alone(lab), alone(lab, labels={}), alone(lab, labels={"a": "b"})
    lab.wait(10)

    environment = {"io.rancher.environment.uuid": lab.engine.view("project", lab.project)["uuid"]}
    assert lab.container(bare)["labels"] is None
    assert lab.container(empty)["labels"] == environment
    assert lab.container(labelled)["labels"] == {"a": "b", **environment}
    found = lab.engine.related("container", labelled, "instanceLabels")
    assert {lab.engine.view(*label)["key"] for label in found} == {"a", "io.rancher.environment.uuid"}


def test_only_a_unit_without_volumes_of_its_own_shows_internal_ones(lab: Lab) -> None:
    """Cattle: DefaultDeploymentUnitInstance.create takes the field away together with their names."""
    bare = lab.containers(lab.service("bare"))[0]
    (with_volumes,) = lab.containers(lab.service("mine", dataVolumes=["/data"]))

    assert bare["internalVolumes"] == []
    assert "internalVolumes" not in with_volumes
    assert "internalVolumes" not in lab.container(alone(lab))
