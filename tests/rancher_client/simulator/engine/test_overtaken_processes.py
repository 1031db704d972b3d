"""What the record tells of a process whose row was moved on meanwhile (rancher-1.6-api.md 9)."""

from __future__ import annotations

from .lab import OLD, Lab, upgrade_body
from .records import ends, processes, tries


def test_an_overtaken_upgrade_is_canceled_when_the_rollback_has_ended(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.upgrade(web, upgrade_body("sim:shop:2"))
    lab.wait(0.6)
    lab.engine.act("service", web, "rollback")

    upgrade, rollback = processes(lab, "service", web)[-2:]
    assert (upgrade["exitReason"], upgrade["runningProcessServerId"]) == (None, "192.0.2.2")
    assert (rollback["exitReason"], rollback["phase"]) == ("SCHEDULED", "REQUESTED")
    assert (rollback["executionCount"], rollback["data"]) == (0, {"action": "rollback"})
    assert rollback["runAfter"] < lab.engine.now < upgrade["runAfter"], (
        "only what is not running may be begun"
    )

    while processes(lab, "service", web)[-1]["exitReason"] == "SCHEDULED":
        lab.wait(0.05)

    upgrade, rollback = processes(lab, "service", web)[-2:]
    assert (upgrade["exitReason"], upgrade["result"], upgrade["endTime"]) == ("STATE_CHANGED", None, None)
    assert (rollback["exitReason"], rollback["phase"]) == (None, "STARTED")

    lab.until(web, "active")

    assert ends(lab, "service", web)[-2:] == [
        ("service.upgrade", "CANCELED", "CANCELED"),
        ("service.rollback", "DONE", "SUCCESS"),
    ]
    assert processes(lab, "service", web)[-2]["executionCount"] == 1


def test_a_process_of_a_stack_that_is_removed_meanwhile_is_overtaken(lab: Lab) -> None:
    stack = lab.engine.create("stack", {"name": "other"}, project=lab.project)
    lab.wait(0.05)
    lab.engine.delete("stack", stack)
    lab.wait(20)

    assert ends(lab, "stack", stack) == [
        ("stack.create", "CANCELED", "CANCELED"),
        ("stack.remove", "DONE", "SUCCESS"),
    ]
    assert processes(lab, "stack", stack)[0]["phase"] == "DONE", "it had done its work, only too late"
    overtaken, canceled = tries(lab, "stack.create", "stack", stack)
    assert (overtaken["exitReason"], canceled["exitReason"]) == ("STATE_CHANGED", "CANCELED")


def test_a_process_that_never_began_is_canceled_without_a_try(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.upgrade(web, upgrade_body("sim:shop:2"))
    lab.wait(0.6)
    lab.engine.act("service", web, "rollback")
    lab.engine.delete("service", web)
    lab.wait(30)

    assert ends(lab, "service", web)[-3:] == [
        ("service.upgrade", "CANCELED", "CANCELED"),
        ("service.rollback", "CANCELED", "CANCELED"),
        ("service.remove", "DONE", "SUCCESS"),
    ]
    assert processes(lab, "service", web)[-2]["phase"] == "REQUESTED"
    assert tries(lab, "service.rollback", "service", web) == []


def test_a_host_evacuated_while_it_is_deactivated_is_in_no_process_any_more(lab: Lab) -> None:
    host = lab.hosts[0]
    lab.engine.act("host", host, "evacuate")
    lab.wait(0.05)
    lab.engine.act("host", host, "deactivate")
    lab.wait(5)

    assert all(each["runningProcessServerId"] is None for each in processes(lab, "host", host))


def overtaken(lab: Lab, service: int) -> tuple[str | None, str]:
    """How the service's activation stands: why its last try ended, and how far the process has come."""
    activate = next(p for p in processes(lab, "service", service) if p["processName"] == "service.activate")
    return activate["exitReason"], activate["phase"]


def test_a_removal_ends_the_try_under_way_at_once(lab: Lab) -> None:
    lab.engine.levers.image(OLD.removeprefix("sim:"), start=30.0)
    web = lab.service(settle=3)
    assert overtaken(lab, web) == (None, "STARTED")

    lab.engine.delete("service", web)

    assert overtaken(lab, web) == ("STATE_CHANGED", "HANDLERS")


def test_a_try_that_fails_when_it_is_called_off_ends_as_overtaken(lab: Lab) -> None:
    lab.engine.levers.start_fails(OLD.removeprefix("sim:"), "boom")
    web = lab.service(settle=0.4)
    lab.act(web, "deactivate")

    lab.wait(0.2)

    assert lab.state(web) == "deactivating"
    assert overtaken(lab, web) == ("STATE_CHANGED", "HANDLERS")


def test_a_try_that_comes_to_its_end_too_late_ends_as_overtaken_too(lab: Lab) -> None:
    lab.engine.levers.image(OLD, start=10.0)
    web = lab.service(settle=5)
    lab.act(web, "deactivate")

    while overtaken(lab, web)[0] is None:
        lab.wait(0.1)

    assert (lab.state(web), *overtaken(lab, web)) == ("deactivating", "STATE_CHANGED", "DONE")
