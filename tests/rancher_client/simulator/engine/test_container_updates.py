"""Processes of a container that do nothing, and what may happen meanwhile (rancher-1.6-api.md 6.2)."""

from __future__ import annotations

import pytest

from rancher_client.simulator.engine import Refused

from .container_lab import BARE, CHECK, act, alone, processes, said, state, stop_and_wait, ways
from .lab import Lab

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
