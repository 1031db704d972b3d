"""Tries that were overtaken, handed over or cancelled, and when the next one is due (9).

Source: cattle:code/framework/engine/.../DefaultProcessInstanceImpl.java.
"""

from __future__ import annotations

import json

import pytest

from rancher_client.simulator.engine import Engine, Site

from .lab import NEW, OLD, Lab, upgrade_body
from .records import ends, processes, tries

HOUR = 3600.0
SERVER = "192.0.2.2"


def runs(lab: Lab, kind: str, number: int) -> list[bool]:
    """Of each process of a row, in the order in which they were asked for, whether it runs."""
    return [each["runningProcessServerId"] == SERVER for each in processes(lab, kind, number)]


def test_while_a_try_runs_nobody_else_takes_it_up_for_two_minutes(lab: Lab) -> None:
    lab.engine.levers.image(OLD, start=20.0)
    web = lab.service(settle=0)
    lab.wait(0.1)
    begun = processes(lab, "service", web)[0]
    assert begun["exitReason"] is None
    assert begun["runAfter"] == begun["startTime"] + 120

    lab.wait(5)
    [container] = lab.ids(web)
    started = tries(lab, "instance.create", "container", container)[-1]
    [created] = processes(lab, "container", container)

    assert (started["name"], started["exitReason"]) == ("instance.start", None)
    assert created["runAfter"] * 1000 == pytest.approx(started["startTime"] + 120_000, abs=1)


def test_what_was_asked_for_lies_back_five_minutes_until_it_begins(lab: Lab) -> None:
    web = lab.service()

    lab.act(web, "deactivate")

    asked = processes(lab, "service", web)[-1]
    assert (asked["exitReason"], asked["phase"], asked["executionCount"]) == ("SCHEDULED", "REQUESTED", 0)
    assert asked["runAfter"] == asked["startTime"] - 300


def test_a_cancelled_process_would_have_been_due_after_its_pause(lab: Lab) -> None:
    lab.engine.levers.start_fails(NEW, "no such thing")
    web = lab.service()
    lab.upgrade(web)
    lab.wait(60)

    lab.act(web, "rollback")
    lab.until(web, "active")

    upgrade, rollback = processes(lab, "service", web)[-2:]
    assert (upgrade["exitReason"], rollback["exitReason"]) == ("CANCELED", "DONE")
    assert upgrade["executionCount"] > 2
    assert upgrade["endTime"] == rollback["endTime"]
    pause = lab.engine.snapshot()["timing"]
    due = pause["retry_first"] + pause["retry_growth"] * 2 ** (upgrade["executionCount"] - 1)
    assert upgrade["runAfter"] == pytest.approx(upgrade["endTime"] + due)


def test_an_overtaken_try_says_by_what_it_was_stopped_unless_it_had_done_its_work(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.upgrade(web, upgrade_body(interval=60_000))
    lab.wait(5)
    lab.act(web, "rollback")
    lab.until(web, "active")

    interrupted = tries(lab, "service.upgrade", "service", web)[0]
    exception = interrupted["processHandlerExecutions"][0]["exception"]
    assert interrupted["exitReason"] == "STATE_CHANGED"
    assert (exception["message"], exception["clz"].rpartition(".")[2]) == (
        "STATE_CHANGED",
        "ProcessExecutionExitException",
    )

    stack = lab.engine.create("stack", {"name": "other"}, project=lab.project)
    lab.wait(0.1)
    lab.engine.delete("stack", stack)
    lab.wait(5)
    too_late = tries(lab, "stack.create", "stack", stack)[0]
    assert too_late["exitReason"] == "STATE_CHANGED"
    assert too_late["processHandlerExecutions"][0]["exception"] is None


def test_a_failed_try_tells_why_in_its_handler_too(lab: Lab) -> None:
    lab.engine.levers.start_fails(OLD, "no such thing")
    web = lab.service()

    [handler] = tries(lab, "service.activate", "service", web)[0]["processHandlerExecutions"]

    assert handler["exception"]["clz"].endswith("ExecutionException")
    assert "no such thing" in handler["exception"]["message"]


def test_a_wait_in_vain_for_the_executor_has_a_class_and_no_text() -> None:
    lab = Lab(site=Site(compose_executor="away"))
    lab.wait(50)

    [waited] = tries(lab, "stack.create", "stack", lab.stack)

    exception = waited["processHandlerExecutions"][0]["exception"]
    assert exception["clz"].endswith("TimeoutException")
    assert exception["message"] is None


def test_a_start_that_is_stopped_by_hand_is_overtaken_and_then_cancelled(lab: Lab) -> None:
    lab.engine.levers.image(OLD, start=20.0)
    number = lab.engine.create("container", {"imageUuid": OLD}, project=lab.project)
    lab.wait(5)

    lab.engine.act("container", number, "stop")
    assert ends(lab, "container", number)[0] == ("instance.create", "STATE_CHANGED", None)
    lab.wait(5)

    assert ends(lab, "container", number) == [
        ("instance.create", "CANCELED", "CANCELED"),
        ("instance.stop", "DONE", "SUCCESS"),
    ]
    told = tries(lab, "instance.create", "container", number)
    assert [(each["name"], each["exitReason"]) for each in told] == [
        ("instance.create", "DELEGATE"),
        ("instance.start", "STATE_CHANGED"),
        ("instance.create", "CANCELED"),
    ], "what is cancelled is the process itself, not what it had handed over to"


def test_a_host_that_is_removed_while_it_is_deactivated_ends_in_both_processes(lab: Lab) -> None:
    host = lab.hosts[0]
    lab.engine.act("host", host, "deactivate")
    lab.wait(0.05)

    lab.engine.delete("host", host)
    assert ends(lab, "host", host)[-2] == ("host.deactivate", "STATE_CHANGED", None)
    lab.wait(0.06)
    assert runs(lab, "host", host)[-1], "the end of the overtaken one is not that of its successor"
    lab.wait(1)

    assert ends(lab, "host", host)[-2:] == [
        ("host.deactivate", "CANCELED", "CANCELED"),
        ("host.remove", "DONE", "SUCCESS"),
    ]


def test_a_replayed_process_that_cannot_begin_yet_is_ready(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.upgrade(web, upgrade_body(interval=60_000))
    lab.wait(5)
    lab.engine.levers.stop_hangs(lab.containers(web, state="running", version="0")[0]["id"])
    lab.act(web, "rollback")
    lab.wait(1)
    number = next(
        each
        for each in lab.engine.ids("processInstance")
        if (lab.engine.view("processInstance", each) or {})["processName"] == "service.upgrade"
    )

    lab.engine.act("processInstance", number, "replay")

    assert (lab.engine.view("processInstance", number) or {})["runAfter"] is None
    [counted] = [each for each in lab.engine.process_summary() if each["processName"] == "service.upgrade"]
    assert counted == {"processName": "service.upgrade", "running": 0, "ready": 1, "delay": 0}


def test_a_restored_engine_ends_what_ran_when_it_was_saved(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.upgrade(web)
    lab.wait(2)
    assert runs(lab, "service", web)[-1]
    lab.engine = Engine.restore(json.loads(json.dumps(lab.engine.snapshot())))
    assert runs(lab, "service", web)[-1]

    lab.until(web, "upgraded")

    assert ends(lab, "service", web)[-1] == ("service.upgrade", "DONE", "SUCCESS")


def test_once_all_is_forgotten_nothing_is_left_to_forget(lab: Lab) -> None:
    lab.wait(2 * HOUR)
    lab.wait(2 * HOUR)

    assert lab.engine.ids("processInstance") == lab.engine.ids("processExecution") == []


def number_of(lab: Lab, process: str, kind: str, row: int) -> int:
    """The number of the newest process of that name."""
    return max(
        each
        for each in lab.engine.ids("processInstance")
        if (view := lab.engine.view("processInstance", each) or {})["resourceId"] == (kind, row)
        and view["processName"] == process
    )


def test_a_replayed_process_of_a_stack_does_not_wait_for_its_next_try() -> None:
    lab = Lab(site=Site(compose_executor="away"))
    create = number_of(lab, "stack.create", "stack", lab.stack)
    lab.wait(45)
    assert ends(lab, "stack", lab.stack) == [("stack.create", "TIMEOUT", None)]
    lab.engine.levers.compose_executor("running")

    lab.engine.act("processInstance", create, "replay")
    lab.wait(1)

    assert ends(lab, "stack", lab.stack) == [("stack.create", "DONE", "SUCCESS")]


@pytest.mark.parametrize("wait", [0.0, 1.0], ids=["before it begins", "while it runs"])
def test_a_replay_does_not_disturb_a_process_that_waits_for_nothing(wait: float) -> None:
    lab = Lab(site=Site(compose_executor="away"))
    stack = lab.engine.create("stack", {"name": "other"}, project=lab.project)
    lab.wait(wait)

    lab.engine.act("processInstance", number_of(lab, "stack.create", "stack", stack), "replay")
    lab.wait(5)

    [(_, reason, _)] = ends(lab, "stack", stack)
    assert reason is None


def test_the_tries_of_a_stack_come_ever_less_often() -> None:
    """45 s of waiting, and a pause that grows to two minutes (13.3)."""
    lab = Lab(site=Site(compose_executor="away"))
    lab.wait(HOUR)
    within_one = processes(lab, "stack", lab.stack)[0]["executionCount"]
    lab.wait(HOUR)

    within_two = processes(lab, "stack", lab.stack)[0]["executionCount"]
    assert within_two - within_one < within_one
    assert 18 <= within_two - within_one <= 26
