"""A service whose scale is left to the server (rancher-1.6-api.md 4.1, 7.4).

Source: cattle:…/deployment/impl/DeploymentManagerImpl.java, deployWithScaleAdjustement.
"""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Refused

from .lab import OLD, Lab, upgrade_body
from .records import lines


def policy(least: int, most: int, increment: int = 1) -> dict[str, Any]:
    return {"scalePolicy": {"min": least, "max": most, "increment": increment}}


def running(lab: Lab, service: int) -> int:
    return len(lab.containers(service, state="running"))


def story(lab: Lab, service: int, after: int = 0) -> list[str]:
    """What its processes say, without their heads, waits and containers."""
    return [row["description"] for row in lines(lab, service)[after:] if row["eventType"].endswith(".info")]


def counts(wanted: int, made: int, bad: int = 0) -> str:
    return f"Requested: {wanted}, Created: {made}, Unhealthy: 0, Bad: {bad}, Incomplete: 0"


def test_it_grows_from_the_minimum_by_the_increment_to_the_maximum_in_one_process(lab: Lab) -> None:
    web = lab.service(fields=policy(1, 4, 2), start=False)

    lab.act(web, "activate")
    lab.until(web, "active")

    assert story(lab, web) == [
        counts(1, 0),
        f"Service reconciled: {counts(1, 1)}",
        counts(3, 1),
        f"Service reconciled: {counts(3, 3)}",
        counts(4, 3),
        f"Service reconciled: {counts(4, 4)}",
    ]
    assert (lab.view(web)["scale"], lab.view(web)["currentScale"]) == (1, 4)


@pytest.mark.parametrize("scale", [0, 2, 9])
def test_the_scale_that_was_sent_means_nothing(lab: Lab, scale: int) -> None:
    web = lab.service(scale=scale, fields=policy(2, 3))
    assert running(lab, web) == 3

    lab.engine.update("service", web, {"scale": 1})
    lab.until(web, "active")

    assert (running(lab, web), lab.view(web)["scale"]) == (3, 1)


def test_the_increment_is_one_where_the_policy_does_not_say(lab: Lab) -> None:
    web = lab.service(fields={"scalePolicy": {"min": 1, "max": 3}})

    assert story(lab, web).count(counts(2, 1)) == 1


def test_what_has_no_place_goes_and_the_rest_is_enough(lab: Lab) -> None:
    """Three hosts hold three of a fixed port."""
    web = lab.service(fields=policy(1, 5, 2), ports=["80:80"], settle=30)

    assert (lab.state(web), running(lab, web), lab.view(web)["currentScale"]) == ("active", 3, 3)
    assert lab.view(web)["transitioning"] == "no"
    failed = [row for row in lines(lab, web) if row["eventType"].endswith("exception")]
    assert [(row["eventType"], row["level"]) for row in failed] == [
        ("service.activate.wait.exception", "error")
    ]
    assert story(lab, web)[-3:] == [counts(5, 3), counts(3, 3, bad=2), f"Service reconciled: {counts(3, 3)}"]


def test_it_shrinks_by_the_increment_but_never_below_what_stood(lab: Lab) -> None:
    lab.service("other", ports=["80:80"])

    web = lab.service(fields=policy(1, 7, 3), ports=["80:80"], settle=60)

    assert (lab.state(web), running(lab, web)) == ("active", 1), "two hosts are free, it asked for four"


def test_a_minimum_without_a_place_is_tried_for_ever(lab: Lab) -> None:
    web = lab.service(fields=policy(4, 5), ports=["80:80"], settle=5)
    assert (lab.state(web), running(lab, web), lab.view(web)["transitioning"]) == ("activating", 3, "error")
    assert story(lab, web)[:2] == [counts(4, 0), counts(4, 3, bad=1)], "deployed twice in one try"

    lab.engine.create("host", {}, project=lab.project)
    lab.until(web, "active")

    assert running(lab, web) == 4


def test_any_other_failure_is_that_of_the_process(lab: Lab) -> None:
    web = lab.service(fields=policy(1, 1))
    lab.engine.levers.start_fails(OLD, "no such file")

    lab.engine.update("service", web, policy(1, 3))
    lab.wait(20)

    assert (lab.state(web), lab.view(web)["transitioning"]) == ("updating-active", "error")


def test_a_wide_step_that_fails_takes_nothing_away_that_stood(lab: Lab) -> None:
    web = lab.service(fields=policy(1, 8, 2), ports=["80:80"], settle=30)
    before = lab.ids(web)

    lab.engine.update("service", web, policy(1, 8, 9))
    lab.until(web, "active")

    assert [view["id"] for view in lab.containers(web, state="running")] == before


def test_what_a_wide_step_wanted_is_taken_back_in_the_steps_of_now() -> None:
    """Five were wanted when their image failed; when two hosts are gone three have a place."""
    lab = Lab(hosts=5)
    web = lab.service(fields=policy(1, 1, 4), ports=["80:80"])
    lab.engine.levers.start_fails(OLD, "no such file")
    lab.engine.update("service", web, policy(1, 5, 4))
    lab.wait(5)
    lab.engine.levers.start_fails(OLD, None)
    held = lab.container(lab.ids(web)[0])["hostId"].number
    for host in [number for number in lab.hosts if number != held][:2]:
        lab.engine.act("host", host, "deactivate", {})

    before = len(lines(lab, web))
    lab.engine.update("service", web, policy(1, 5, 1))
    lab.until(web, "active")

    counted = [text.partition(",")[0] for text in story(lab, web, before) if text.startswith("Requested")]
    assert (counted, running(lab, web)) == (["Requested: 5", "Requested: 4", "Requested: 3"], 3)


def test_each_update_tries_to_grow_anew(lab: Lab) -> None:
    web = lab.service(fields=policy(1, 5), ports=["80:80"], settle=30)
    before = len(lines(lab, web))

    lab.engine.update("service", web, {"metadata": {"a": 1}})
    lab.until(web, "active")

    assert counts(4, 3) in [row["description"] for row in lines(lab, web)[before:]]


def test_a_new_host_lets_it_grow(lab: Lab) -> None:
    web = lab.service(fields=policy(1, 5), ports=["80:80"], settle=30)

    lab.engine.create("host", {}, project=lab.project)
    lab.wait(30)

    assert (lab.state(web), running(lab, web)) == ("active", 4)


def test_a_failed_growth_does_not_call_for_another(lab: Lab) -> None:
    web = lab.service(fields=policy(1, 5), ports=["80:80"], settle=30)
    before = len(lines(lab, web))

    lab.wait(120)

    assert len(lines(lab, web)) == before


def test_a_lower_maximum_takes_containers_away(lab: Lab) -> None:
    web = lab.service(fields=policy(1, 4))

    lab.engine.update("service", web, policy(1, 2))
    lab.until(web, "active")

    assert lab.view(web)["currentScale"] == 2


def test_a_raised_minimum_is_grown_to(lab: Lab) -> None:
    web = lab.service(fields=policy(1, 1))

    lab.engine.update("service", web, policy(3, 3))
    lab.until(web, "active")

    assert (counts(2, 1) in story(lab, web), running(lab, web)) == (True, 3)


def test_below_a_raised_minimum_what_has_no_place_is_given_up(lab: Lab) -> None:
    """What it wants is less than the least it may want: then the process has not failed."""
    web = lab.service(fields=policy(1, 1), ports=["80:80"])
    lab.service("other", scale=2, ports=["80:80"])
    (number,) = lab.ids(web)
    lab.engine.act("host", lab.container(number)["hostId"].number, "deactivate", {})
    lab.engine.act("container", number, "stop", {"remove": True})

    lab.engine.update("service", web, policy(2, 3))
    lab.until(web, "active")

    assert lab.view(web)["transitioning"] == "no"
    failed = {row["eventType"] for row in lines(lab, web) if row["eventType"].endswith("exception")}
    assert failed == {"service.update.wait.exception"}


def test_what_was_wanted_stays_when_the_policy_goes(lab: Lab) -> None:
    """The service's own scale is not looked at any more [run]."""
    web = lab.service(fields=policy(2, 2))
    lab.engine.update("service", web, {"scalePolicy": None})
    lab.until(web, "active")

    lab.engine.update("service", web, {"scale": 3})
    lab.wait(5)

    assert (running(lab, web), lab.view(web)["healthState"]) == (2, "degraded")


@pytest.mark.parametrize("image", [None, "rancher/none", "docker:rancher/none"])
def test_one_that_only_selects_is_never_as_well_as_its_minimum(lab: Lab, image: str | None) -> None:
    web = lab.service(fields={"selectorContainer": "a=b", **policy(2, 3)}, imageUuid=image)

    assert (lab.state(web), lab.ids(web), lab.view(web)["currentScale"]) == ("active", [], 0)
    assert lab.view(web)["healthState"] == "unhealthy"
    nothing = ["Created: 0, Unhealthy: 0, Bad: 0, Incomplete: 0", "Service already reconciled"]
    assert story(lab, web) == nothing * 2


def test_an_upgrade_grows_too(lab: Lab) -> None:
    web = lab.service(fields=policy(1, 5), ports=["80:80"], settle=30)
    lab.engine.create("host", {}, project=lab.project)
    lab.upgrade(web, upgrade_body(batch=9, ports=["80:80"]))
    lab.until(web, "upgraded")

    assert lab.generations(web)["new", "running"] == 4


def test_each_batch_of_a_restart_tries_to_grow_anew(lab: Lab) -> None:
    web = lab.service(fields=policy(1, 5), ports=["80:80"], settle=30)
    batches = {"rollingRestartStrategy": {"batchSize": 1, "intervalMillis": 10_000}}
    lab.engine.act("service", web, "restart", batches)
    lab.wait(8)
    assert running(lab, web) == 3

    lab.engine.create("host", {}, project=lab.project)
    lab.until(web, "active")

    assert running(lab, web) == 4


def test_no_scale_is_put_while_it_restarts(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.engine.act("service", web, "restart", {"rollingRestartStrategy": {}})

    with pytest.raises(Refused) as caught:
        lab.engine.update("service", web, {"scale": 4})
    lab.engine.update("service", web, {"description": "x"})

    assert (caught.value.status, lab.view(web)["scale"], lab.view(web)["description"]) == (409, 2, "x")


def test_at_its_maximum_it_has_nothing_to_do_when_a_host_comes(lab: Lab) -> None:
    web = lab.service(fields=policy(1, 2))
    before = len(lines(lab, web))

    lab.engine.create("host", {}, project=lab.project)
    lab.wait(30)

    assert story(lab, web, before) == [counts(2, 2), "Service already reconciled"]


LOOK = ("service.trigger", "Re-evaluating state")
ALREADY = [
    ("service.update", "Updating service"),
    ("service.update.info", f"{counts(3, 3)}"),
    ("service.update.info", "Service already reconciled"),
]


def told(lab: Lab, service: int, after: int) -> list[tuple[str, str]]:
    """The log without the lines of single containers."""
    rows = [row for row in lines(lab, service)[after:] if "instance" not in row["eventType"]]
    return [(row["eventType"], row["description"]) for row in rows]


def test_what_it_lacks_is_made_by_the_look_itself_and_the_update_finds_it_done(lab: Lab) -> None:
    web = lab.service(fields=policy(1, 3))
    before = len(lines(lab, web))

    lab.engine.act("container", lab.ids(web)[0], "stop", {})
    lab.until(web, "updating-active")
    lab.until(web, "active")

    assert told(lab, web, before) == [
        LOOK,
        ("service.trigger.info", counts(3, 3)),
        ("service.trigger.wait", "Waiting for instances to start"),
        ("service.trigger.info", f"Service reconciled: {counts(3, 3)}"),
        *ALREADY,
    ]
    heads = [row for row in lines(lab, web)[before:] if not row["subLog"]]
    assert len({row["transactionId"] for row in heads}) == 2
    assert all(row["endTime"] is not None for row in heads)


def test_what_fails_in_the_look_is_the_updates_to_do(lab: Lab) -> None:
    web = lab.service(fields=policy(1, 3))
    lab.engine.levers.start_fails(OLD, "no such file")
    before = len(lines(lab, web))

    lab.engine.delete("container", lab.ids(web)[0])
    lab.wait(1)
    lab.until(web, "updating-active")
    lab.wait(3)
    failed = [row["eventType"] for row in lines(lab, web)[before:] if row["eventType"].endswith("exception")]
    lab.engine.levers.start_fails(OLD, None)
    lab.until(web, "active")

    assert failed[:2] == ["service.trigger.wait.exception", "service.trigger.exception"]
    assert failed[2].startswith("service.update")
    assert running(lab, web) == 3
    assert [row["eventType"] for row in lines(lab, web)[before:]].count("service.trigger") == 1


def test_a_growth_without_a_place_is_told_of_the_look(lab: Lab) -> None:
    web = lab.service(fields=policy(1, 5), ports=["80:80"], settle=30)
    before = len(lines(lab, web))

    lab.engine.create("host", {}, project=lab.project)
    lab.wait(30)

    exceptions = [event for event, _ in told(lab, web, before) if event.endswith("exception")]
    assert exceptions[0] == "service.trigger.wait.exception"
