"""What activate, deactivate, restart and remove do with containers, and what they tell (4.3, 4.4, 9)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from .lab import OLD, Lab
from .records import lines, processes, told


def starts(lab: Lab, web: int) -> Counter[int]:
    return Counter(view["startCount"] for view in lab.containers(web))


def restart(lab: Lab, web: int, **strategy: Any) -> None:
    lab.engine.act("service", web, "restart", {"rollingRestartStrategy": strategy})


def asked(lab: Lab, kind: str, number: int) -> list[str]:
    """The names of the processes that a row was asked for."""
    return [each["processName"] for each in processes(lab, kind, number)]


def data(lab: Lab, service: int) -> dict[str, Any]:
    """What the record keeps of the service's processes, by name."""
    return {each["processName"]: each["data"] for each in processes(lab, "service", service)}


# activate and update.


def test_an_activation_tells_what_it_finds_does_and_has_reached(lab: Lab) -> None:
    web = lab.service(scale=2)

    created = ("service.instance.create", "Creating extra service instance")
    assert told(lab, web) == [
        ("service.activate", "Activating service"),
        ("service.activate.info", "Requested: 2, Created: 0, Unhealthy: 0, Bad: 0, Incomplete: 0"),
        ("service.activate.wait", "Waiting for instances to start"),
        created,
        created,
        (
            "service.activate.info",
            "Service reconciled: Requested: 2, Created: 2, Unhealthy: 0, Bad: 0, Incomplete: 0",
        ),
    ]


def test_an_update_with_nothing_to_do_waits_for_nothing(lab: Lab) -> None:
    web = lab.service()
    before = len(told(lab, web))

    lab.engine.update("service", web, {"metadata": {"a": 1}})
    lab.until(web, "active")

    assert [event for event, _ in told(lab, web)[before:]] == [
        "service.update",
        "service.update.info",
        "service.update.info",
    ]


def test_the_current_scale_counts_units_not_containers(lab: Lab) -> None:
    log = {"name": "log", "imageUuid": OLD}

    web = lab.service(scale=2, sidekicks=[log])

    assert (len(lab.ids(web)), lab.view(web)["currentScale"]) == (4, 2)


def test_nothing_is_set_going_where_nothing_is_missing(lab: Lab) -> None:
    """A job that has ended well makes its service look, and it finds all as it should be (4.2)."""
    web = lab.service(labels={"io.rancher.container.start_once": "true"})
    before = asked(lab, "service", web)

    lab.engine.levers.container_exits(lab.ids(web)[0])
    lab.wait(30)

    assert lab.containers(web, state="stopped")
    assert asked(lab, "service", web) == before


def test_in_inactive_nothing_is_reconciled(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.act(web, "deactivate")
    lab.until(web, "inactive")
    lab.wait(2)

    lab.engine.delete("container", lab.ids(web)[0])
    lab.wait(60)

    assert (lab.state(web), len(lab.ids(web))) == ("inactive", 1)


# deactivate.


def test_a_deactivation_leaves_what_is_stopped_already(lab: Lab) -> None:
    web = lab.service(labels={"io.rancher.container.start_once": "true"})
    [number] = lab.ids(web)
    lab.engine.levers.container_exits(number)
    lab.wait(5)
    before = asked(lab, "container", number)

    lab.act(web, "deactivate")
    lab.until(web, "inactive")

    assert asked(lab, "container", number) == before


def test_a_deactivation_leaves_what_could_not_be_made(lab: Lab) -> None:
    """It goes when the service is activated again."""
    lab.engine.levers.start_fails(OLD, "no such thing")
    web = lab.service(settle=5)
    [failed] = lab.ids(web)

    lab.act(web, "deactivate")
    lab.until(web, "inactive")
    lab.wait(5)
    assert [(view["id"], view["state"]) for view in lab.containers(web)] == [(failed, "error")]

    lab.engine.levers.start_fails(OLD, None)
    lab.act(web, "activate")
    lab.until(web, "active")
    assert failed not in lab.ids(web)


def test_a_deactivation_stops_only_what_runs(lab: Lab) -> None:
    """What somebody restarts at the moment runs on."""
    lab.engine.levers.image(OLD, stop=3.0, start=1.0)
    web = lab.service(scale=2)
    other, moving = lab.ids(web)
    lab.engine.act("container", moving, "restart", {})

    lab.act(web, "deactivate")
    lab.until(web, "inactive")
    lab.wait(20)

    assert {view["id"]: view["state"] for view in lab.containers(web)} == {
        other: "stopped",
        moving: "running",
    }


def test_a_deactivation_waits_for_the_start_that_the_activation_waits_for(lab: Lab) -> None:
    """And the containers of it are stopped then."""
    lab.engine.levers.image(OLD, start=10.0)
    web = lab.service(settle=5)

    lab.act(web, "deactivate")
    assert 5 < lab.until(web, "inactive") < 10
    lab.wait(5)

    assert [view["state"] for view in lab.containers(web)] == ["stopped"]
    assert "Service reconciled" in lines(lab, web)[-1]["description"]


def test_a_deactivation_waits_no_longer_than_the_activation(lab: Lab) -> None:
    """A wait ends after 45 s; what starts goes on starting, and runs in an inactive service."""
    lab.engine.levers.image(OLD, start=100.0)
    web = lab.service(settle=5)

    lab.act(web, "deactivate")
    assert 35 < lab.until(web, "inactive") < 50
    lab.wait(100)

    assert [view["state"] for view in lab.containers(web)] == ["running"]


# restart.


def test_a_restart_takes_one_unit_at_a_time_and_two_seconds_between_them_unless_told(lab: Lab) -> None:
    web = lab.service(scale=3)

    restart(lab, web)
    lab.wait(2)
    assert starts(lab, web) == {1: 2, 2: 1}
    took = lab.until(web, "active")

    assert starts(lab, web) == {2: 3}
    assert 4 < took < 10


def test_a_restart_takes_as_many_units_as_it_is_told_and_waits_so_long(lab: Lab) -> None:
    web = lab.service(scale=3)

    restart(lab, web, batchSize=2, intervalMillis=20_000)
    lab.wait(15)
    assert starts(lab, web) == {1: 1, 2: 2}

    assert 5 < lab.until(web, "active") < 10
    assert starts(lab, web) == {2: 3}


def test_a_restart_of_one_batch_ends_without_a_pause(lab: Lab) -> None:
    web = lab.service(scale=2)

    restart(lab, web, batchSize=2, intervalMillis=60_000)

    assert lab.until(web, "active") < 3


def test_a_restart_takes_sidekicks_along_and_leaves_what_does_not_run(lab: Lab) -> None:
    once = {"io.rancher.container.start_once": "true"}
    job = {"name": "job", "imageUuid": "sim:job", "labels": once}
    web = lab.service(sidekicks=[job, {"name": "log", "imageUuid": "sim:log"}])
    names = {view["name"]: view["id"] for view in lab.containers(web)}
    lab.engine.levers.container_exits(names["shop-web-job-1"])
    lab.wait(5)

    restart(lab, web)
    lab.until(web, "active")

    counts = {view["name"]: view["startCount"] for view in lab.containers(web)}
    assert counts == {"shop-web-1": 2, "shop-web-log-1": 2, "shop-web-job-1": 1}


def test_a_restart_tells_of_each_batch(lab: Lab) -> None:
    """Line by line as a live server [run]."""
    web = lab.service(scale=2)
    before = len(lines(lab, web))

    restart(lab, web, batchSize=1, intervalMillis=1500)
    lab.until(web, "active")

    counts = "Requested: 2, Created: 2, Unhealthy: 0, Bad: 0, Incomplete: 0"
    batch = [
        ("service.restart.wait", "Waiting for all instances to be healthy"),
        ("service.restart.stopping", "Stopping instances"),
        ("service.restart.starting", "Starting new instances"),
        ("service.restart.starting.info", counts),
        ("service.restart.starting.wait", "Waiting for instances to start"),
        ("service.instance.start", "Starting stopped instance"),
        ("service.restart.starting.info", f"Service reconciled: {counts}"),
    ]
    told = [(row["eventType"], row["description"]) for row in lines(lab, web)[before:]]
    pause = ("service.restart.sleep", "Sleeping for 1 seconds")
    assert told == [("service.restart", "Restarting service"), *batch, pause, *batch]


def test_a_restart_stops_a_whole_batch_before_it_starts_it(lab: Lab) -> None:
    lab.engine.levers.image(OLD, stop=3.0)
    web = lab.service(scale=3)

    restart(lab, web, batchSize=2)
    lab.wait(1)

    states = sorted(view["state"] for view in lab.containers(web))
    assert states == ["running", "stopping", "stopping"]
    lab.until(web, "active")
    made = asked(lab, "container", lab.ids(web)[0])
    assert made[-2:] == ["instance.stop", "instance.start"]


def test_a_restart_waits_until_all_are_well_before_each_batch(lab: Lab) -> None:
    check = {"port": 80, "interval": 2000, "healthyThreshold": 2, "strategy": "none"}
    web = lab.service(scale=2, healthCheck=check)
    lab.engine.levers.health(lab.ids(web)[0], False)
    lab.wait(10)

    restart(lab, web)
    lab.wait(5)
    assert starts(lab, web) == {1: 2}

    lab.engine.levers.health(lab.ids(web)[0], True)
    lab.until(web, "active")
    assert starts(lab, web) == {2: 2}


def test_a_restart_that_waits_for_health_gives_way_there(lab: Lab) -> None:
    check = {"port": 80, "interval": 2000, "healthyThreshold": 2, "strategy": "none"}
    web = lab.service(healthCheck=check)
    lab.engine.levers.health(lab.ids(web)[0], False)
    lab.wait(10)
    restart(lab, web)
    lab.wait(5)

    lab.act(web, "deactivate")
    lab.until(web, "inactive")

    left = [row["eventType"] for row in lines(lab, web) if row["eventType"].endswith("exception")]
    assert left == ["service.restart.wait.exception", "service.restart.exception"]


def test_a_restart_takes_away_what_is_in_error_and_makes_it_anew(lab: Lab) -> None:
    web = lab.service(labels={"io.rancher.container.start_once": "true"})
    [job] = lab.ids(web)
    lab.engine.levers.container_exits(job)
    lab.wait(5)

    lab.engine.act("container", job, "error", {})
    restart(lab, web)

    assert lab.until(web, "active") < 10
    assert job not in lab.ids(web)
    assert starts(lab, web) == {1: 1}


def test_a_restart_that_failed_goes_on_with_what_it_has_not_restarted(lab: Lab) -> None:
    """In the pause a container of another unit is taken away: it is made anew, and not restarted [run]."""
    web = lab.service(scale=3)
    restart(lab, web, batchSize=1, intervalMillis=4000)
    lab.wait(3)
    assert starts(lab, web) == {1: 2, 2: 1}
    gone = next(view["id"] for view in lab.containers(web) if view["startCount"] == 1)

    lab.engine.delete("container", gone)
    lab.until(web, "active")

    assert starts(lab, web) == {1: 1, 2: 2}


def test_a_null_interval_is_an_error_after_each_batch(lab: Lab) -> None:
    web = lab.service(scale=2)

    restart(lab, web, intervalMillis=None)
    lab.wait(3)
    assert (lab.state(web), lab.view(web)["transitioning"]) == ("restarting", "error")
    assert "getIntervalMillis" in lab.view(web)["transitioningMessage"]

    lab.until(web, "active")
    assert starts(lab, web) == {2: 2}


def test_a_restart_gives_way_to_a_deactivation_in_its_pause(lab: Lab) -> None:
    web = lab.service(scale=2)
    restart(lab, web, batchSize=1, intervalMillis=60_000)
    lab.wait(5)

    lab.act(web, "deactivate")

    assert lab.until(web, "inactive") < 3
    assert starts(lab, web) == {1: 1, 2: 1}, "the second unit was not begun"
    assert [(row["eventType"], row["description"]) for row in lines(lab, web)[-2:]] == [
        ("service.restart.sleep.exception", "State has changed, need to re-evaluate"),
        ("service.restart.exception", "State has changed, need to re-evaluate"),
    ]


def test_a_restart_ends_its_batch_before_it_gives_way(lab: Lab) -> None:
    """What had been stopped runs again when the deactivation stops it [run]."""
    lab.engine.levers.image(OLD, stop=3.0)
    web = lab.service(scale=2)
    restart(lab, web, batchSize=1, intervalMillis=60_000)
    lab.wait(1)

    lab.act(web, "deactivate")
    lab.until(web, "inactive")

    assert starts(lab, web) == {1: 1, 2: 1}


@pytest.mark.parametrize("kind", ["service", "dnsService"])
def test_the_record_keeps_what_a_service_was_made_of(lab: Lab, kind: str) -> None:
    """As recorded; of all kinds only a plain service gets word of how its containers are numbered."""
    log = {"name": "log", "imageUuid": OLD}
    fields = {"name": "it", "stackId": lab.stack, "scale": 2, "startOnCreate": True, "externalId": "mine"}
    configs = {"launchConfig": {"imageUuid": OLD}, "secondaryLaunchConfigs": [log]}
    number = lab.engine.create(kind, fields | configs, project=lab.project)
    lab.wait(10)

    stored = {
        "launchConfig": {"imageUuid": OLD, "version": "0"},
        "secondaryLaunchConfigs": [log | {"version": "0"}],
    }
    numbered = {"serviceIndexStrategy": "deploymentUnitBased"} if kind == "service" else {}
    kept = data(lab, number)
    assert (
        kept["service.create"] == kept["service.activate"] == {**fields, "kind": kind, **stored, **numbered}
    )


def test_the_record_keeps_what_was_asked_for(lab: Lab) -> None:
    web = lab.service()
    strategy = {"batchSize": 1, "intervalMillis": 2000}

    restart(lab, web, **strategy)
    lab.until(web, "active")
    lab.act(web, "deactivate")
    lab.until(web, "inactive")

    kept = data(lab, web)
    assert kept["service.restart"] == {"rollingRestartStrategy": strategy}
    assert kept["service.deactivate"] == {"action": "deactivate"}


# remove.


def test_a_second_delete_changes_nothing(lab: Lab) -> None:
    web = lab.service()

    lab.engine.delete("service", web)
    lab.engine.delete("service", web)
    assert asked(lab, "service", web).count("service.remove") == 1
    lab.until(web, "removed")
    lab.engine.delete("service", web)

    assert (lab.state(web), asked(lab, "service", web).count("service.remove")) == ("removed", 1)


def test_a_removal_waits_for_no_container(lab: Lab) -> None:
    web = lab.service(scale=2)
    going = lab.ids(web)
    lab.engine.levers.image(OLD, stop=5.0)

    lab.engine.delete("service", web)

    assert lab.until(web, "removed") < 1
    assert {lab.container(each)["state"] for each in going} == {"stopping"}
    lab.wait(10)
    assert lab.containers(web) == []
