"""What the engine tells of the processes it runs: rancher-1.6-api.md 9, states and counts as recorded."""

from __future__ import annotations

import json
from typing import Any

from rancher_client.simulator.engine import Engine, Site

from .lab import OLD, Lab, upgrade_body
from .records import ends, processes, tries
from .stack_lab import StackLab

HOUR = 3600.0


def failing_upgrade(lab: Lab) -> int:
    web = lab.service(scale=2)
    lab.engine.levers.close_registry("registry/shop")
    lab.upgrade(web, upgrade_body("docker:registry/shop:9.9"))
    lab.wait(4)
    return web


def test_a_new_service_is_created_and_activated_by_chain(lab: Lab) -> None:
    web = lab.service()

    assert ends(lab, "service", web) == [
        ("service.create", "CHAIN", "SUCCESS"),
        ("service.activate", "DONE", "SUCCESS"),
    ]
    activate = processes(lab, "service", web)[1]
    assert activate["startTime"] < activate["endTime"] < activate["runAfter"]
    assert (activate["phase"], activate["executionCount"]) == ("DONE", 1)
    assert activate["data"]["launchConfig"]["imageUuid"] == OLD


def test_a_service_that_does_not_start_has_only_been_created(lab: Lab) -> None:
    web = lab.service(start=False)

    assert ends(lab, "service", web) == [("service.create", "DONE", "SUCCESS")]


def test_a_containers_creation_hands_over_to_its_start_in_the_same_try(lab: Lab) -> None:
    [container] = lab.ids(lab.service())

    [created] = processes(lab, "container", container)
    assert (created["processName"], created["executionCount"]) == ("instance.create", 2)
    assert (created["resourceType"], created["priority"]) == ("instance", 50)
    told = tries(lab, "instance.create", "container", container)
    assert [(each["name"], each["exitReason"]) for each in told] == [
        ("instance.create", "DELEGATE"),
        ("instance.start", "DONE"),
    ]


def test_a_failed_upgrade_stays_open_and_says_why_and_when_it_is_tried_again(lab: Lab) -> None:
    web = failing_upgrade(lab)

    upgrade = processes(lab, "service", web)[-1]
    assert (upgrade["processName"], upgrade["exitReason"]) == ("service.upgrade", "UNKNOWN_EXCEPTION")
    assert (upgrade["phase"], upgrade["result"], upgrade["endTime"]) == ("HANDLERS", None, None)
    assert upgrade["runningProcessServerId"] is None
    [told] = tries(lab, "service.upgrade", "service", web)
    assert told["exception"]["message"] == lab.view(web)["transitioningMessage"]

    lab.wait(15)

    assert processes(lab, "service", web)[-1]["executionCount"] == 2
    assert len(tries(lab, "service.upgrade", "service", web)) == 2


def test_a_container_that_cannot_start_is_stopped_and_errs_by_chain(lab: Lab) -> None:
    web = failing_upgrade(lab)
    [bad] = lab.containers(web, state="error")

    assert ends(lab, "container", bad["id"]) == [
        ("instance.create", "CANCELED", "CANCELED"),
        ("instance.stop", "CHAIN", "SUCCESS"),
        ("instance.error", "DONE", "SUCCESS"),
    ]
    first, started, canceled = tries(lab, "instance.create", "container", bad["id"])
    assert (first["exitReason"], canceled["exitReason"]) == ("DELEGATE", "CANCELED")
    assert started["processHandlerExecutions"][0]["name"] == "InstanceStart"
    assert started["exception"]["message"] == bad["transitioningMessage"]


def test_a_try_that_lasts_shows_the_handler_it_is_in_after_five_seconds(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.engine.levers.stop_hangs(lab.ids(web)[-1])
    lab.upgrade(web, upgrade_body("sim:shop:2"))
    lab.wait(3)
    assert tries(lab, "service.upgrade", "service", web)[0]["processHandlerExecutions"] == []
    assert processes(lab, "service", web)[-1]["phase"] == "STARTED"

    lab.wait(5)

    [told] = tries(lab, "service.upgrade", "service", web)
    assert [(each["name"], each["stopTime"]) for each in told["processHandlerExecutions"]] == [
        ("ServiceUpgrade", None)
    ]
    assert processes(lab, "service", web)[-1]["phase"] == "HANDLERS"


def test_a_wait_in_vain_is_a_timeout_without_an_exception_of_its_own(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.engine.levers.stop_hangs(lab.ids(web)[-1])
    lab.upgrade(web, upgrade_body("sim:shop:2"))
    lab.wait(50)

    assert processes(lab, "service", web)[-1]["exitReason"] == "TIMEOUT"
    [told, *_] = tries(lab, "service.upgrade", "service", web)
    assert told["exception"] is None
    assert "TimeoutException" in told["processHandlerExecutions"][0]["exception"]["clz"]


def test_a_stack_nobody_works_for_times_out_and_is_tried_again() -> None:
    lab = Lab(site=Site(compose_executor="away"))

    lab.wait(50)
    assert ends(lab, "stack", lab.stack) == [("stack.create", "TIMEOUT", None)]
    lab.engine.levers.compose_executor("running")
    lab.wait(60)

    assert ends(lab, "stack", lab.stack) == [("stack.create", "DONE", "SUCCESS")]
    assert processes(lab, "stack", lab.stack)[0]["executionCount"] == 2


def test_stopping_restarting_and_removing_are_processes_of_the_container(lab: Lab) -> None:
    container = lab.engine.create("container", {"name": "own", "imageUuid": "sim:x"}, project=lab.project)
    lab.wait(5)
    for action in ("stop", "start", "restart"):
        lab.engine.act("container", container, action)
        lab.wait(15)
    lab.engine.delete("container", container)
    lab.wait(15)

    assert ends(lab, "container", container)[1:] == [
        ("instance.stop", "DONE", "SUCCESS"),
        ("instance.start", "DONE", "SUCCESS"),
        ("instance.restart", "CHAIN", "SUCCESS"),
        ("instance.stop", "CHAIN", "SUCCESS"),
        ("instance.start", "DONE", "SUCCESS"),
        ("instance.stop", "CHAIN", "SUCCESS"),
        ("instance.remove", "DONE", "SUCCESS"),
    ]
    assert processes(lab, "container", container)[-1]["data"] == {"remove": True}


def test_an_exit_that_the_host_reports_is_a_stop_of_a_moment(lab: Lab) -> None:
    container = lab.engine.create("container", {"name": "own", "imageUuid": "sim:x"}, project=lab.project)
    lab.wait(5)
    lab.engine.levers.container_exits(container)
    lab.wait(5)

    stopped = processes(lab, "container", container)[-1]
    assert (stopped["processName"], stopped["exitReason"]) == ("instance.stop", "DONE")
    assert stopped["data"] == {"containerNoOpEvent": True}


def test_hosts_have_processes_too(lab: Lab) -> None:
    host = lab.hosts[0]
    lab.engine.act("host", host, "deactivate")
    lab.wait(2)
    lab.engine.delete("host", host)
    lab.wait(2)

    assert ends(lab, "host", host) == [
        ("host.create", "CHAIN", "SUCCESS"),
        ("host.activate", "DONE", "SUCCESS"),
        ("host.deactivate", "DONE", "SUCCESS"),
        ("host.remove", "DONE", "SUCCESS"),
    ]


def test_the_summary_counts_what_is_put_off_what_may_run_and_what_runs(lab: Lab) -> None:
    web = lab.service(scale=2)
    assert lab.engine.process_summary() == []
    lab.engine.levers.close_registry("registry/shop")
    lab.upgrade(web, upgrade_body("docker:registry/shop:9.9"))
    lab.wait(0.5)

    def count(**counted: int) -> list[dict[str, Any]]:
        return [{"processName": "service.upgrade", "running": 0, "ready": 0, "delay": 0} | counted]

    def of_upgrades() -> list[dict[str, Any]]:
        return [each for each in lab.engine.process_summary() if each["processName"] == "service.upgrade"]

    assert of_upgrades() == count(running=1)
    while processes(lab, "service", web)[-1]["exitReason"] is None:
        lab.wait(0.1)
    assert of_upgrades() == count(delay=1)
    lab.wait(2.2)
    assert of_upgrades() == count(ready=1), "the task that tries failed ones again has not looked yet"


def test_a_replayed_process_counts_its_tries_anew_and_does_not_wait_for_the_next(lab: Lab) -> None:
    web = failing_upgrade(lab)
    [number] = [
        each
        for each in lab.engine.ids("processInstance")
        if (lab.engine.view("processInstance", each) or {})["processName"] == "service.upgrade"
    ]
    lab.engine.levers.open_registry("registry/shop")

    assert lab.engine.offered("processInstance", number) == {"replay"}
    lab.engine.act("processInstance", number, "replay")
    lab.wait(0.01)

    upgrade = processes(lab, "service", web)[-1]
    assert (upgrade["exitReason"], upgrade["executionCount"]) == (None, 1)


def test_what_has_ended_is_forgotten_after_an_hour_and_what_has_not_is_kept(lab: Lab) -> None:
    web = failing_upgrade(lab)

    lab.wait(HOUR - 60)
    assert ends(lab, "service", web)[0] == ("service.create", "CHAIN", "SUCCESS")
    lab.wait(2 * HOUR)

    names = {name for name, _, _ in ends(lab, "service", web)}
    assert names == {"service.upgrade"}
    runs = lab.engine.ids("processExecution")
    oldest = min((lab.engine.view("processExecution", run) or {})["created"] for run in runs)
    assert lab.engine.now - oldest < HOUR + 200


def test_a_restored_engine_tells_the_same_and_goes_on_alike(lab: Lab) -> None:
    web = failing_upgrade(lab)
    saved = json.loads(json.dumps(lab.engine.snapshot()))
    other = Lab()
    other.engine = Engine.restore(saved)
    assert processes(other, "service", web) == processes(lab, "service", web)

    for each in (lab, other):
        each.engine.levers.open_registry("registry/shop")
        each.wait(60)
        each.engine.act("service", web, "rollback")
        each.wait(60)

    assert processes(other, "service", web) == processes(lab, "service", web)
    assert other.engine.snapshot() == lab.engine.snapshot()
    assert ends(other, "service", web)[-1] == ("service.rollback", "DONE", "SUCCESS")


def test_of_what_was_under_way_before_there_was_a_record_the_next_try_is_told(lab: Lab) -> None:
    web = failing_upgrade(lab)
    saved = json.loads(json.dumps(lab.engine.snapshot()))
    saved["rows"]["processInstance"], saved["rows"]["processExecution"] = [], []
    lab.engine = Engine.restore(saved)
    lab.engine.levers.open_registry("registry/shop")
    assert processes(lab, "service", web) == []

    lab.wait(60)

    assert ends(lab, "service", web) == [("service.upgrade", "DONE", "SUCCESS")]


def test_processes_of_the_infrastructure_have_the_highest_priority(lab: Lab) -> None:
    stack = lab.engine.create("stack", {"name": "net", "system": True}, project=lab.project)
    web = lab.service()
    lab.wait(1)

    assert processes(lab, "stack", stack)[0]["priority"] == 1000
    assert processes(lab, "service", web)[0]["priority"] == 0


def test_a_stack_whose_text_cannot_be_read_fails_to_be_created_and_errs() -> None:
    lab = StackLab()
    stack = lab.stack_of("a: [")

    assert ends(lab, "stack", stack) == [
        ("stack.create", "CANCELED", "CANCELED"),
        ("stack.error", "DONE", "SUCCESS"),
    ]
    failed, canceled = tries(lab, "stack.create", "stack", stack)
    assert failed["exception"]["message"] == lab.stack_view(stack)["transitioningMessage"]
    assert canceled["exitReason"] == "CANCELED"


def test_a_restored_engine_forgets_in_the_order_of_the_ends(lab: Lab) -> None:
    web = failing_upgrade(lab)
    lab.wait(HOUR / 2)
    lab.engine.act("service", web, "rollback")
    lab.wait(HOUR / 4)
    lab.engine = Engine.restore(json.loads(json.dumps(lab.engine.snapshot())))
    lab.wait(HOUR / 2)

    remembered = [
        lab.engine.view("processInstance", each) or {} for each in lab.engine.ids("processInstance")
    ]
    assert remembered[0]["processName"] == "service.upgrade", "asked for long ago, it ended late"
    assert all(each["endTime"] > lab.engine.now - HOUR for each in remembered)


def stops(lab: Lab, container: int) -> list[dict[str, Any]]:
    """The data of its stops."""
    rows = processes(lab, "container", container)
    return [row["data"] for row in rows if row["processName"] == "instance.stop"]


def test_a_stop_leads_to_an_error_where_a_creation_has_failed_and_only_there(lab: Lab) -> None:
    """Cattle: InstanceStart.handleStartError gives the stop its chain; a later start has none."""
    [container] = lab.ids(lab.service(start=True))
    lab.engine.act("container", container, "stop")
    lab.wait(1)
    assert not any("errorState" in data for data in stops(lab, container))

    fails = {"imageUuid": OLD, "labels": {"io.rancher.scheduler.affinity:host_label": "no=such"}}
    never = lab.engine.create("container", fields=fails, project=lab.project)
    lab.wait(5)
    assert stops(lab, never) == [{"errorState": True, "instance.stop::chain": "instance.error"}]

    other = lab.engine.create("container", fields={"imageUuid": OLD}, project=lab.project)
    lab.wait(5)
    lab.engine.act("container", other, "stop")
    lab.wait(5)
    lab.engine.levers.image(OLD.removeprefix("sim:"), start_error="boom")
    lab.engine.act("container", other, "start")
    lab.wait(5)
    assert lab.container(other)["transitioning"] == "error"
    assert stops(lab, other) == [{}, {}]
