"""How a container stops, ends by itself and goes (rancher-1.6-api.md 6.2, 1.7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rancher_client.simulator.engine import Refused

from .container_lab import BARE, act, alone, said, state, stop_and_wait
from .lab import Lab

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
