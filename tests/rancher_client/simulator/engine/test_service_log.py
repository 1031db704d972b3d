"""The story that a service's log tells is, line by line, the one of a live server (9).

Source of what no recording shows: cattle: ActivityLogImpl.java, UpgradeManagerImpl.java,
DeploymentManagerImpl.java.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rancher_client.simulator.engine import Engine

from .lab import NEW, OLD, START, Lab, upgrade_body
from .records import lines, told

RECORDINGS = Path(__file__).parents[3] / "recordings"
CHECK = {"port": 80, "interval": 2000, "healthyThreshold": 2, "unhealthyThreshold": 2, "strategy": "none"}


def recorded(name: str) -> list[tuple[str, str, str]]:
    """Event, level and text of the recorded lines, container numbers left out."""
    rows: dict[int, dict[str, Any]] = {}
    for row in _rows(json.loads((RECORDINGS / f"{name}.json").read_text())):
        rows[int(row["id"][3:])] = row
    return [_line(rows[number]) for number in sorted(rows)]


def ours(lab: Lab, service: int) -> list[tuple[str, str, str]]:
    return [_line(row) for row in lines(lab, service)]


def _rows(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if value.get("type") == "serviceLog" and "eventType" in value:
            yield value
        for item in value.values():
            yield from _rows(item)
    elif isinstance(value, list):
        for item in value:
            yield from _rows(item)


def _line(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["eventType"], row["level"], re.sub(r"1i\d+", "1i", row["description"])


def test_a_service_is_started_upgraded_finished_and_scaled(lab: Lab) -> None:
    theirs = recorded("framework/websocket-life-of-a-service")

    web = lab.service(scale=2)
    lab.upgrade(web, upgrade_body(interval=2000))
    lab.until(web, "upgraded")
    lab.act(web, "finishupgrade")
    lab.until(web, "active")
    lab.wait(5)
    lab.engine.update("service", web, {"scale": 3})
    lab.until(web, "active")

    assert ours(lab, web)[: len(theirs)] == theirs
    assert len(theirs) > 50


def test_a_start_that_fails_is_told_from_the_inside_to_the_outside(lab: Lab) -> None:
    lab.engine.levers.start_fails(NEW, "Failing [compute.instance.activate]")
    web = lab.service(scale=2)

    lab.upgrade(web)
    lab.wait(10)

    theirs = recorded("services/upgrade-start-fails-rollback")
    assert ours(lab, web)[: len(theirs)] == theirs


def test_a_health_that_is_waited_for_in_vain_is_no_error(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.engine.levers.image_health(NEW, answers=False)

    lab.upgrade(web, upgrade_body(healthCheck=CHECK))
    lab.wait(60)

    theirs = recorded("services/upgrade-never-healthy-rollback")
    assert ours(lab, web)[: len(theirs)] == theirs
    [bad] = [view["id"] for view in lab.containers(web, state="running") if view["version"] != "0"]
    waited = next(row for row in lines(lab, web) if row["eventType"] == "service.upgrade.wait.exception")
    assert waited["instanceId"].number == bad


def without_infos(lab: Lab, service: int, since: int) -> list[str]:
    return [event for event, _ in told(lab, service)[since:] if not event.endswith(".info")]


def test_start_first_waits_for_health_before_it_stops_and_after(lab: Lab) -> None:
    web = lab.service()
    before = len(told(lab, web))

    lab.upgrade(web, upgrade_body(start_first=True))
    lab.until(web, "upgraded")

    assert without_infos(lab, web, before) == [
        "service.upgrade",
        "service.upgrade.wait",
        "service.upgrade.stopping",
        "service.instance.mark.upgrade",
        "service.upgrade.starting",
        "service.upgrade.starting.wait",
        "service.instance.create",
        "service.upgrade.wait",
        "service.upgrade.stopping",
        "service.upgrade.wait",
    ]


@pytest.mark.parametrize("start_first", [False, True])
def test_a_rollback_waits_for_no_health(lab: Lab, start_first: bool) -> None:
    web = lab.service(scale=2)
    lab.upgrade(web, upgrade_body(start_first=start_first))
    lab.until(web, "upgraded")
    before = len(told(lab, web))

    lab.act(web, "rollback")
    lab.until(web, "active")

    starting = [
        "service.rollback.starting",
        "service.rollback.starting.wait",
        "service.instance.start",
    ]
    stopping = ["service.rollback.stopping"]
    batch = ["service.instance.mark.upgrade", *(starting + stopping if start_first else stopping + starting)]
    assert without_infos(lab, web, before) == ["service.rollback", *batch, "service.rollback.sleep", *batch]


def test_a_reconcile_before_the_first_batch_tells_what_it_has_come_to(lab: Lab) -> None:
    """An inactive service is started with what it had before it is upgraded (5.3)."""
    web = lab.service(scale=1)
    lab.act(web, "deactivate")
    lab.until(web, "inactive")
    lab.wait(2)
    before = len(told(lab, web))

    lab.upgrade(web)
    lab.until(web, "upgraded")

    counts = "Requested: 1, Created: 1, Unhealthy: 0, Bad: 0, Incomplete: 0"
    assert told(lab, web)[before : before + 6] == [
        ("service.upgrade", "Upgrading service"),
        ("service.upgrade.info", counts),
        ("service.upgrade.wait", "Waiting for instances to start"),
        ("service.instance.start", "Starting stopped instance"),
        ("service.upgrade.info", f"Service reconciled: {counts}"),
        ("service.upgrade.wait", "Waiting for all instances to be healthy"),
    ]


def test_so_does_the_one_after_the_last_batch(lab: Lab) -> None:
    web = lab.service(scale=2, settle=60, healthCheck=CHECK)
    lab.engine.levers.image(NEW, healthy_after=20.0)
    lab.upgrade(web, upgrade_body(batch=2, healthCheck=CHECK))
    lab.wait(10)
    [_, gone] = [view["id"] for view in lab.containers(web, state="running") if view["version"] != "0"]
    lab.engine.delete("container", gone)

    lab.until(web, "upgraded")

    counts = "Requested: 2, Created: 2, Unhealthy: 0, Bad: 0, Incomplete"
    assert told(lab, web)[-4:] == [
        ("service.upgrade.info", f"{counts}: 1"),
        ("service.upgrade.wait", "Waiting for instances to start"),
        ("service.instance.create", "Creating extra service instance"),
        ("service.upgrade.info", f"Service reconciled: {counts}: 0"),
    ]


def test_what_an_active_service_lacks_is_noticed_and_then_made(lab: Lab) -> None:
    web = lab.service(scale=2)
    before = len(told(lab, web))

    lab.engine.delete("container", lab.ids(web)[0])
    lab.wait(10)

    counts = "Unhealthy: 0, Bad: 0, Incomplete"
    assert told(lab, web)[before:] == [
        ("service.trigger", "Re-evaluating state"),
        ("service.trigger.info", f"Requested: 2, Created: 2, {counts}: 1"),
        ("service.update", "Updating service"),
        ("service.update.info", f"Requested: 2, Created: 2, {counts}: 1"),
        ("service.update.wait", "Waiting for instances to start"),
        ("service.instance.create", "Creating extra service instance"),
        ("service.update.info", f"Service reconciled: Requested: 2, Created: 2, {counts}: 0"),
    ]
    heads = [row for row in lines(lab, web)[before:] if not row["subLog"]]
    assert [row["eventType"] for row in heads] == ["service.trigger", "service.update"]
    assert heads[0]["transactionId"] != heads[1]["transactionId"]
    assert all(row["endTime"] is not None for row in lines(lab, web))


@pytest.mark.parametrize(
    ("wait", "events", "text"),
    [
        (
            5.0,
            ["service.upgrade.sleep.exception", "service.upgrade.exception"],
            "State has changed, need to re-evaluate",
        ),
        (
            0.9,
            ["service.upgrade.stopping.exception", "service.upgrade.exception"],
            "Database state has changed, need to re-evaluate",
        ),
    ],
    ids=["in its pause", "in its stop"],
)
def test_an_upgrade_that_gives_way_says_so(lab: Lab, wait: float, events: list[str], text: str) -> None:
    web = lab.service(scale=2)
    lab.upgrade(web, upgrade_body(interval=60_000))
    lab.wait(wait)

    lab.act(web, "rollback")
    lab.wait(1.5)

    given_way = [row for row in lines(lab, web) if row["eventType"].endswith(".exception")]
    assert [row["eventType"] for row in given_way] == events
    assert {(row["level"], row["description"]) for row in given_way} == {("info", text)}


def test_a_stop_that_is_waited_for_in_vain_names_its_container(lab: Lab) -> None:
    web = lab.service()
    [old] = lab.ids(web)
    lab.engine.levers.stop_hangs(old)

    lab.upgrade(web)
    lab.wait(60)

    waited = [row for row in lines(lab, web) if row["eventType"].endswith(".exception")]
    assert [row["eventType"] for row in waited[:2]] == [
        "service.upgrade.stopping.exception",
        "service.upgrade.exception",
    ]
    assert {(row["level"], row["instanceId"].number) for row in waited} == {("info", old)}


def test_each_process_has_its_headline(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.engine.act("service", web, "restart", {"rollingRestartStrategy": {}})
    lab.until(web, "active")
    lab.upgrade(web, upgrade_body(interval=5000))
    lab.wait(4)
    lab.act(web, "cancelupgrade")
    lab.until(web, "canceled-upgrade")
    lab.act(web, "continueupgrade")
    lab.until(web, "upgraded")
    lab.act(web, "rollback")
    lab.until(web, "active")
    lab.engine.update("service", web, {"metadata": {"a": 1}})
    lab.until(web, "active")

    heads = [(row["eventType"], row["description"]) for row in lines(lab, web) if not row["subLog"]]
    assert heads == [
        ("service.activate", "Activating service"),
        ("service.restart", "Restarting service"),
        ("service.upgrade", "Upgrading service"),
        ("service.continueupgrade", "Continuing service upgrade"),
        ("service.rollback", "Rolling back service"),
        ("service.update", "Updating service"),
    ]


def test_a_finish_without_a_block_removes_what_is_set_aside_all_the_same(lab: Lab) -> None:
    """As in a copy of a server where the block was lost (5.7; ServiceFinishUpgrade.java)."""
    web = lab.service(scale=2)
    lab.upgrade(web)
    lab.until(web, "upgraded")
    kinds = ("project", "host", "stack", "service", "container")
    views = {kind: {n: lab.engine.view(kind, n) or {} for n in lab.engine.ids(kind)} for kind in kinds}
    views["service"][web]["upgrade"] = None
    lab.engine = Engine.adopt(views, start=START + 1000)

    lab.act(web, "finishupgrade")
    lab.until(web, "active")
    lab.wait(5)

    assert {(view["state"], view["imageUuid"]) for view in lab.containers(web)} == {("running", NEW)}
    assert OLD not in {view["imageUuid"] for view in lab.containers(web)}


@pytest.mark.parametrize("process", ["rollback", "finishupgrade"])
def test_what_ends_an_upgrade_looks_once_more_when_what_was_marked_goes(lab: Lab, process: str) -> None:
    web = lab.service()
    lab.upgrade(web)
    lab.until(web, "upgraded")
    before = len(told(lab, web))

    lab.act(web, process)
    lab.until(web, "active")

    already = [
        (f"service.{process}.info", "Requested: 1, Created: 1, Unhealthy: 0, Bad: 0, Incomplete: 0"),
        (f"service.{process}.info", "Service already reconciled"),
    ]
    assert told(lab, web)[before:][-4:] == already * 2
