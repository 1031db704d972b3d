"""The restart of a container: a stop and a start with no rest between them (rancher-1.6-api.md 6.2)."""

from __future__ import annotations

from .container_lab import BARE, CHECK, act, alone, processes, said, state, ways
from .lab import Lab


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


def test_a_removal_by_its_service_during_the_stop_of_a_restart_stops_the_start_that_follows(
    lab: Lab,
) -> None:
    lab.engine.levers.image(BARE, stop=3.0)
    web = lab.service()
    [number] = lab.ids(web)
    act(lab, number, "restart")
    lab.wait(1)
    assert state(lab, number) == "stopping"

    lab.engine.delete("service", web)

    assert ways(lab, number, 20) == ["stopping", "starting", "stopping", "removing", "removed"]
    assert lab.state(web) == "removed"


def test_in_a_restart_the_health_stays_until_the_container_runs_again(lab: Lab) -> None:
    """cattle:…/healthcheck/process/InstanceHealthcheckRegister.java"""
    number = alone(lab, healthCheck=CHECK)
    assert lab.container(number)["healthState"] == "healthy"

    act(lab, number, "restart")
    assert lab.container(number)["healthState"] == "healthy"
    lab.wait(1)
    assert lab.container(number)["healthState"] == "reinitializing"
