"""Health of services and stacks, reconcile of the unhealthy (rancher-1.6-api.md 4.4, 3.3, 4.2)."""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine.health import of_project, of_stack

from .lab import OLD, Lab, upgrade_body

CHECK: dict[str, Any] = {"port": 80, "interval": 2000, "healthyThreshold": 2, "unhealthyThreshold": 3}
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


def test_a_policy_wants_its_minimum(lab: Lab) -> None:
    web = lab.service(scale=5, start=False, fields={"scalePolicy": {"min": 0, "max": 5, "increment": 1}})

    assert lab.view(web)["healthState"] == "healthy"


def test_a_container_without_a_check_is_healthy_while_it_runs(lab: Lab) -> None:
    web = lab.service(scale=2)

    assert {view["healthState"] for view in lab.containers(web)} == {None}
    assert lab.view(web)["healthState"] == "healthy"


def test_a_container_with_a_check_initializes_for_interval_times_threshold(lab: Lab) -> None:
    web = lab.service(settle=2, healthCheck=CHECK)

    assert lab.view(web)["healthState"] == "initializing"
    assert lab.containers(web)[0]["healthState"] == "initializing"
    lab.wait(4)
    assert lab.view(web)["healthState"] == "healthy"


def test_an_unhealthy_container_is_replaced_with_its_whole_unit(lab: Lab) -> None:
    web = lab.service(scale=2, healthCheck=CHECK, sidekicks=[SIDE])
    sick, its_side, well, _ = lab.containers(web)

    lab.engine.levers.health(sick["id"], answers=False)
    lab.wait(30)

    after = {view["id"]: view for view in lab.containers(web)}
    assert len(after) == 4
    assert {sick["id"], its_side["id"]}.isdisjoint(after)
    assert well["id"] in after
    assert sick["deploymentUnitUuid"] not in {view["deploymentUnitUuid"] for view in after.values()}
    assert {view["name"] for view in after.values()} >= {sick["name"], its_side["name"]}


def test_the_check_of_the_primary_says_what_becomes_of_a_unit_whose_sidekick_is_unhealthy(lab: Lab) -> None:
    lenient = lab.service(
        "lenient",
        healthCheck=CHECK | {"strategy": "none"},
        sidekicks=[SIDE | {"name": "one", "healthCheck": CHECK | {"strategy": "recreate"}}],
    )
    strict = lab.service(
        "strict",
        healthCheck=CHECK | {"strategy": "recreate"},
        sidekicks=[SIDE | {"name": "other", "healthCheck": CHECK | {"strategy": "none"}}],
    )
    before = {service: lab.ids(service) for service in (lenient, strict)}

    for _, sidekick in before.values():
        lab.engine.levers.health(sidekick, answers=False)
    lab.wait(30)

    assert lab.ids(lenient) == before[lenient]
    assert set(lab.ids(strict)).isdisjoint(before[strict])


def test_a_reported_failure_counts_only_after_the_first_success(lab: Lab) -> None:
    lab.engine.levers.image_health(OLD.removeprefix("sim:"), answers=False)
    web = lab.service(healthCheck=CHECK | {"strategy": "none"})
    (number,) = lab.ids(web)
    seen = []

    for healthy in (False, True, False):
        lab.engine.levers.health_reported(number, healthy=healthy)
        seen.append(lab.container(number)["healthState"])

    assert seen == ["initializing", "healthy", "unhealthy"]


def test_strategy_none_leaves_the_unhealthy_alone(lab: Lab) -> None:
    web = lab.service(scale=2, healthCheck=CHECK | {"strategy": "none"})
    sick = lab.containers(web)[0]["id"]

    lab.engine.levers.health(sick, answers=False)
    lab.wait(60)

    assert (lab.container(sick)["state"], lab.container(sick)["healthState"]) == ("running", "unhealthy")
    assert lab.view(web)["healthState"] == "degraded"


@pytest.mark.parametrize(("sick", "replaced"), [(1, True), (2, False)])
def test_a_quorum_of_healthy_ones_is_needed_for_replacing(lab: Lab, sick: int, replaced: bool) -> None:
    quorum = {"strategy": "recreateOnQuorum", "recreateOnQuorumStrategyConfig": {"quorum": 2}}
    web = lab.service(scale=3, healthCheck=CHECK | quorum)
    numbers = lab.ids(web)[:sick]

    for number in numbers:
        lab.engine.levers.health(number, answers=False)
    lab.wait(60)

    assert (lab.container(numbers[0])["state"] == "removed") is replaced


def test_in_upgraded_the_unhealthy_are_not_replaced(lab: Lab) -> None:
    web = lab.service(healthCheck=CHECK)
    lab.upgrade(web, upgrade_body(healthCheck=CHECK))
    lab.until(web, "upgraded")
    [new] = [view["id"] for view in lab.containers(web, state="running")]

    lab.engine.levers.health(new, answers=False)
    lab.wait(120)

    assert lab.container(new)["healthState"] == "unhealthy"
    assert lab.view(web)["healthState"] == "unhealthy"


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
