"""Health of services, stacks and projects (rancher-1.6-api.md 4.4, 3.3)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from rancher_client.simulator.engine import Timing
from rancher_client.simulator.engine.health import of_project, of_stack

from .container_lab import CHECK
from .lab import Lab, upgrade_body

JOB = {"io.rancher.container.start_once": "true"}
EVERYWHERE = {"io.rancher.scheduler.global": "true"}
SIDE: dict[str, Any] = {"name": "side", "imageUuid": "sim:side:1"}


@pytest.mark.parametrize(
    ("services", "health"),
    [
        ([], "healthy"),
        ([("active", "healthy"), ("active", "started-once")], "healthy"),
        ([("active", "started-once"), ("upgraded", "started-once")], "started-once"),
        ([("active", "healthy"), ("upgraded", "initializing")], "initializing"),
        ([("active", "healthy"), ("active", "degraded")], "degraded"),
        ([("active", "degraded")], "unhealthy"),
        ([("inactive", "healthy")], "unhealthy"),
        ([("active", "healthy"), ("inactive", "healthy")], "degraded"),
        ([("active", "healthy"), ("removing", "unhealthy")], "healthy"),
    ],
)
def test_the_health_of_a_stack(services: list[tuple[str, str]], health: str) -> None:
    assert of_stack(services) == health


@pytest.mark.parametrize(
    ("stacks", "health"),
    [
        ([("active", "healthy"), ("updating-active", "healthy")], "healthy"),
        ([("active", "started-once")], "started-once"),
        ([("active", "healthy"), ("upgrading", "healthy")], "degraded"),
        ([("upgraded", "healthy")], "unhealthy"),
        ([("active", "healthy"), ("removing", "unhealthy")], "healthy"),
    ],
)
def test_the_health_of_a_project(stacks: list[tuple[str, str]], health: str) -> None:
    assert of_project(stacks) == health


def test_a_service_without_its_containers_is_unhealthy_before_it_was_ever_started(lab: Lab) -> None:
    idle = lab.service(scale=2, start=False)
    empty = lab.service("empty", scale=0, start=False)

    assert lab.view(idle)["healthState"] == "unhealthy"
    assert lab.view(empty)["healthState"] == "healthy"


def test_a_deactivated_service_is_unhealthy(lab: Lab) -> None:
    web = lab.service(scale=2)

    lab.engine.act("service", web, "deactivate")
    lab.wait(5)

    assert lab.view(web)["healthState"] == "unhealthy"


def test_a_removed_service_keeps_the_health_it_had(lab: Lab) -> None:
    web = lab.service(scale=2)

    lab.engine.delete("service", web)
    lab.wait(5)

    assert (lab.state(web), lab.view(web)["healthState"]) == ("removed", "healthy")


@pytest.mark.parametrize(
    ("policy", "health"), [({"min": 0}, "healthy"), ({"min": 1}, "unhealthy"), ({}, "unhealthy")]
)
def test_a_policy_wants_its_minimum(lab: Lab, policy: dict[str, int], health: str) -> None:
    """It is one where the policy does not say (schema scalePolicy)."""
    policy = {"max": 5, "increment": 1, **policy}

    web = lab.service(scale=5, start=False, fields={"scalePolicy": policy})

    assert lab.view(web)["healthState"] == health


def test_old_containers_of_an_upgrade_do_not_count(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.upgrade(web)
    lab.until(web, "upgraded")

    assert lab.view(web)["healthState"] == "healthy"


def test_a_job_that_ended_is_started_once_and_not_started_again(lab: Lab) -> None:
    lab.engine.levers.image("registry/shop:1", exits_after=2.0)
    web = lab.service(labels={"io.rancher.container.start_once": "true"})

    lab.wait(60)

    assert lab.view(web)["healthState"] == "started-once"
    [job] = lab.containers(web)
    assert (job["state"], job["startCount"]) == ("stopped", 1)


@pytest.mark.parametrize("kind", ["dnsService", "externalService"])
def test_services_without_containers_are_always_healthy(lab: Lab, kind: str) -> None:
    number = lab.engine.create(
        kind, {"name": "alias", "stackId": lab.stack, "startOnCreate": True}, project=lab.project
    )
    lab.wait(5)

    view = lab.view(number)
    assert (view["kind"], view["state"], view["healthState"]) == (kind, "active", "healthy")
    assert lab.containers(number) == []


def test_stack_and_project_follow_their_services(lab: Lab) -> None:
    web = lab.service(scale=2)
    lab.engine.levers.start_fails("registry/shop:1", "boom")
    lab.engine.levers.container_exits(lab.ids(web)[0])
    lab.wait(5)

    stack, project = lab.engine.view("stack", lab.stack), lab.engine.view("project", lab.project)
    assert stack is not None
    assert project is not None
    assert (lab.view(web)["healthState"], stack["healthState"], project["healthState"]) == (
        "degraded",
        "unhealthy",
        "unhealthy",
    )


def test_a_marked_container_that_still_runs_does_not_count(lab: Lab) -> None:
    web = lab.service()
    lab.engine.levers.image_health("registry/shop:2", answers=False)

    lab.upgrade(web, upgrade_body(start_first=True, healthCheck=CHECK))
    lab.wait(5)

    assert lab.generations(web) == {("old", "running"): 1, ("new", "running"): 1}
    assert lab.view(web)["healthState"] == "initializing"


def test_an_unhealthy_container_that_is_restarted_leaves_its_service_unhealthy(lab: Lab) -> None:
    web = lab.service(healthCheck=CHECK | {"strategy": "none"})
    [number] = lab.ids(web)
    lab.engine.levers.health(number, answers=False)
    lab.wait(10)

    lab.engine.act("container", number, "restart", {})
    lab.wait(3)

    stack = lab.engine.view("stack", lab.stack) or {}
    assert (lab.view(web)["healthState"], stack["healthState"]) == ("unhealthy", "unhealthy")


def test_a_healthy_container_that_is_restarted_makes_its_service_initialize(lab: Lab) -> None:
    web = lab.service(healthCheck=CHECK)
    [number] = lab.ids(web)

    lab.engine.act("container", number, "restart", {})
    lab.wait(3)

    stack = lab.engine.view("stack", lab.stack) or {}
    assert (lab.view(web)["healthState"], stack["healthState"]) == ("initializing", "initializing")


def test_a_job_is_done_when_it_has_run_and_stopped_and_not_before(lab: Lab) -> None:
    lab.engine.levers.image("registry/shop:1", exits_after=30.0)
    jobs = lab.service(scale=2, labels=JOB)
    assert lab.view(jobs)["healthState"] == "healthy"

    lab.engine.levers.container_exits(lab.ids(jobs)[0])
    lab.wait(2)
    assert lab.view(jobs)["healthState"] == "healthy"

    lab.wait(30)
    assert lab.view(jobs)["healthState"] == "started-once"


def test_a_job_that_was_stopped_before_it_ran_is_started(lab: Lab) -> None:
    jobs = lab.service(settle=0.45, labels=JOB)
    [job] = lab.containers(jobs)
    assert (job["state"], job["startCount"]) == ("starting", 0)

    lab.engine.act("container", job["id"], "stop", {})
    lab.wait(90)

    assert [(view["id"], view["state"]) for view in lab.containers(jobs)] == [(job["id"], "running")]


def test_a_job_with_a_long_running_sidekick_is_healthy_when_it_is_done(lab: Lab) -> None:
    lab.engine.levers.image("side:1", exits_after=2.0)

    web = lab.service(sidekicks=[SIDE | {"labels": JOB}])

    assert sorted(view["state"] for view in lab.containers(web)) == ["running", "stopped"]
    assert lab.view(web)["healthState"] == "healthy"


def test_a_global_service_counts_what_is_on_active_hosts(lab: Lab) -> None:
    """As many as there are; of those on other hosts nothing is asked."""
    every = lab.service("every", labels=EVERYWHERE, healthCheck=CHECK | {"strategy": "none"})
    first, second, third = lab.containers(every)
    lab.engine.levers.health(first["id"], answers=False)
    lab.engine.act("host", second["hostId"].number, "deactivate", {})
    lab.engine.levers.give_up_host(third["hostId"].number)
    lab.wait(7)
    assert lab.view(every)["healthState"] == "unhealthy"

    lab.engine.levers.health(first["id"], answers=True)
    lab.wait(20)

    assert lab.view(every)["healthState"] == "healthy"


def test_a_global_service_that_fits_no_host_is_unhealthy(lab: Lab) -> None:
    nowhere = {"io.rancher.scheduler.affinity:host_label": "no=where"}

    every = lab.service("every", labels=EVERYWHERE | nowhere)

    assert lab.ids(every) == []
    assert lab.view(every)["healthState"] == "unhealthy"


def test_a_service_that_selects_containers_of_others_lacks_none(lab: Lab) -> None:
    body = {"name": "none", "stackId": lab.stack, "scale": 2, "startOnCreate": True}
    selects = {"selectorContainer": "a=b", "launchConfig": {"labels": {}}}
    number = lab.engine.create("service", body | selects, project=lab.project)
    lab.wait(10)

    assert lab.view(number)["healthState"] == "healthy"


def test_what_failed_does_not_count_and_what_still_starts_is_missing(lab: Lab) -> None:
    lab.engine.levers.start_fails("registry/shop:1", "boom")
    web = lab.service(scale=1, settle=6)

    assert lab.containers(web)[0]["state"] == "error"
    assert lab.view(web)["healthState"] == "unhealthy"


def test_a_container_on_its_way_to_start_on_a_lost_host_is_as_bad_as_an_unhealthy_one(lab: Lab) -> None:
    """Nobody will ever end its start there (cattle: DeploymentUnit.java, isUnhealthy)."""
    web = lab.service(scale=3)
    moving = lab.containers(web)[0]
    host = moving["hostId"].number
    others = {view["id"] for view in lab.containers(web)} - {moving["id"]}
    lab.engine.levers.give_up_host(host)
    lab.wait(30)
    assert {view["id"] for view in lab.containers(web)} == others | {moving["id"]}

    lab.engine.act("container", moving["id"], "restart", {})
    lab.engine.update("service", web, {"scale": 3})
    lab.wait(30)

    assert moving["id"] not in {view["id"] for view in lab.containers(web)}
    assert others < {view["id"] for view in lab.containers(web)}


def test_what_is_on_its_way_elsewhere_is_left_to_come(lab: Lab) -> None:
    lab.engine.levers.image("registry/shop:1", start=30.0)
    web = lab.service(scale=2, settle=90)
    before = lab.ids(web)

    lab.engine.act("container", before[0], "restart", {})
    lab.engine.update("service", web, {"scale": 2})
    lab.wait(60)

    assert lab.ids(web) == before


def test_what_has_no_host_yet_is_left_to_come() -> None:
    lab = Lab(timing=Timing(create=10.0))
    web = lab.service(settle=5)
    before = lab.ids(web)
    assert lab.containers(web)[0]["hostId"] is None

    lab.engine.update("service", web, {"scale": 1})
    lab.wait(60)

    assert lab.ids(web) == before


def test_of_a_global_service_what_failed_counts_neither_as_well_nor_as_missing(lab: Lab) -> None:
    """A container in error is not looked at (cattle: ServiceExposeMapDaoImpl.listServiceManagedInstances)."""
    every = lab.service("every", labels=EVERYWHERE)
    lab.engine.levers.start_fails("registry/shop:1", "boom")
    lab.engine.create("host", {}, project=lab.project)
    lab.wait(3)

    assert Counter(view["state"] for view in lab.containers(every)) == {"running": 3, "error": 1}
    assert lab.view(every)["healthState"] == "healthy"
