"""Health of services and stacks, reconcile of the unhealthy (rancher-1.6-api.md 4.4, 3.3, 4.2)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from rancher_client.simulator.engine import Timing
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


@pytest.mark.parametrize(
    ("policy", "health"), [({"min": 0}, "healthy"), ({"min": 1}, "unhealthy"), ({}, "unhealthy")]
)
def test_a_policy_wants_its_minimum(lab: Lab, policy: dict[str, int], health: str) -> None:
    """It is one where the policy does not say (schema scalePolicy)."""
    policy = {"max": 5, "increment": 1, **policy}

    web = lab.service(scale=5, start=False, fields={"scalePolicy": policy})

    assert lab.view(web)["healthState"] == health


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


def test_a_container_reported_as_unhealthy_is_replaced_at_once(lab: Lab) -> None:
    [sick] = lab.ids(lab.service(healthCheck=CHECK))

    lab.engine.levers.health_reported(sick, healthy=False)
    lab.wait(2)

    assert lab.container(sick)["state"] == "removed"


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


def alone(lab: Lab, **check: Any) -> int:
    """A container of its own with a check: nobody makes or starts it anew."""
    body = {"name": "alone", "imageUuid": "sim:alone:1", "healthCheck": CHECK | check}
    number = lab.engine.create("container", body, project=lab.project)
    lab.wait(0.6)
    assert lab.container(number)["state"] == "running"
    return number


def health_of(lab: Lab, number: int) -> Any:
    return lab.container(number)["healthState"]


@pytest.mark.parametrize(
    ("check", "seconds"),
    [
        ({}, 4),
        ({"interval": 3000, "healthyThreshold": 3}, 9),
        ({"interval": None, "healthyThreshold": None}, 4),
    ],
)
def test_good_answers_add_up_after_interval_times_threshold(
    lab: Lab, check: dict[str, Any], seconds: float
) -> None:
    number = alone(lab, **check)

    lab.wait(seconds - 0.7)
    assert health_of(lab, number) == "initializing"
    lab.wait(0.7)
    assert health_of(lab, number) == "healthy"


@pytest.mark.parametrize(
    ("check", "seconds"), [({}, 6), ({"unhealthyThreshold": 5}, 10), ({"unhealthyThreshold": None}, 6)]
)
def test_bad_answers_add_up_likewise(lab: Lab, check: dict[str, Any], seconds: float) -> None:
    number = alone(lab, **check)
    lab.wait(10)

    lab.engine.levers.health(number, answers=False)

    lab.wait(seconds - 0.1)
    assert health_of(lab, number) == "healthy"
    lab.wait(0.2)
    assert health_of(lab, number) == "unhealthy"
    lab.engine.levers.health(number, answers=True)
    lab.wait(3.9)
    assert health_of(lab, number) == "unhealthy"
    lab.wait(0.2)
    assert health_of(lab, number) == "healthy"


def test_the_application_answers_from_its_first_moment_on_unless_its_image_says_later(lab: Lab) -> None:
    lab.engine.levers.image("alone:1", healthy_after=10.0)
    number = alone(lab)

    lab.wait(13)
    assert health_of(lab, number) == "initializing"
    lab.wait(1)
    assert health_of(lab, number) == "healthy"


def test_a_container_that_is_stopped_keeps_the_health_it_had(lab: Lab) -> None:
    number = alone(lab)
    lab.engine.act("container", number, "stop", {})
    lab.wait(60)

    assert health_of(lab, number) == "initializing"
    lab.engine.levers.health(number, answers=False)
    lab.wait(60)
    assert health_of(lab, number) == "initializing"


def test_what_was_counted_before_a_restart_counts_no_more(lab: Lab) -> None:
    number = alone(lab)
    lab.wait(2)
    lab.engine.act("container", number, "restart", {})
    lab.wait(3.5)

    assert health_of(lab, number) == "initializing"
    lab.wait(1)
    assert health_of(lab, number) == "healthy"


@pytest.mark.parametrize(
    ("before", "shown", "after"),
    [
        ("initializing", "initializing", "initializing"),
        ("healthy", "healthy", "reinitializing"),
        ("reinitializing", "reinitializing", "reinitializing"),
        ("unhealthy", "unhealthy", "unhealthy"),
    ],
)
@pytest.mark.parametrize("way", [("restart",), ("stop", "start")])
def test_only_what_was_healthy_is_reinitializing_once_it_runs_again(
    lab: Lab, way: tuple[str, ...], before: str, shown: str, after: str
) -> None:
    """What was anything else stays so until good answers (cattle: InstanceHealthcheckRegister.java) [run]."""
    lab.engine.levers.image_health("alone:1", answers=False)
    number = alone(lab)
    if before != "initializing":
        lab.engine.levers.health_reported(number, healthy=True)
    if before == "reinitializing":
        lab.engine.act("container", number, "restart", {})
        lab.wait(5)
    if before == "unhealthy":
        lab.engine.levers.health_reported(number, healthy=False)
    assert health_of(lab, number) == before

    for action in way:
        lab.engine.act("container", number, action, {})
        assert health_of(lab, number) == shown
        lab.wait(0.2 if action == "stop" else 30)
    assert health_of(lab, number) == after
    assert lab.container(number)["state"] == "running"

    lab.engine.levers.health(number, answers=True)
    lab.wait(5)
    assert health_of(lab, number) == "healthy"


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


def test_a_report_that_says_nothing_new_changes_nothing(lab: Lab) -> None:
    checked, plain = alone(lab), lab.ids(lab.service())[0]
    lab.wait(10)
    lab.engine.take_changes()

    lab.engine.levers.health_reported(checked, healthy=True)
    lab.engine.levers.health_reported(plain, healthy=False)

    assert lab.engine.take_changes() == []
    assert (health_of(lab, checked), health_of(lab, plain)) == ("healthy", None)


TIMEOUTS = {"initializingTimeout": 20_000, "reinitializingTimeout": 40_000}


@pytest.mark.parametrize(
    ("check", "goes_after"),
    [
        (TIMEOUTS, 60),
        (TIMEOUTS | {"strategy": None}, 60),
        (TIMEOUTS | {"strategy": "recreateOnQuorum"}, 60),
        (TIMEOUTS | {"initializingTimeout": 70_000}, 120),
        (TIMEOUTS | {"initializingTimeout": None}, None),
        (TIMEOUTS | {"strategy": "none"}, None),
    ],
)
def test_the_task_removes_what_was_never_healthy_in_its_time(
    lab: Lab, check: dict[str, Any], goes_after: float | None
) -> None:
    """It looks every 60 s; the strategy `none` keeps even such a container (5.6)."""
    lab.engine.levers.image_health("alone:1", answers=False)
    number = alone(lab, **check)

    lab.wait((goes_after or 200) - 3)
    assert lab.container(number)["state"] == "running"
    lab.wait(4)
    assert lab.container(number)["state"] == ("running" if goes_after is None else "removed")


@pytest.mark.parametrize("action", ["stop", "restart"])
def test_the_task_removes_also_what_was_stopped_or_restarted_meanwhile(lab: Lab, action: str) -> None:
    """Its health has not changed by that, nor the time it has for it [run: stopped at once, 20 s set]."""
    lab.engine.levers.image_health("alone:1", answers=False)
    number = alone(lab, **TIMEOUTS)
    lab.wait(30)
    lab.engine.act("container", number, action, {})

    lab.wait(20)
    assert lab.container(number)["state"] == {"stop": "stopped", "restart": "running"}[action]
    lab.wait(15)
    assert lab.container(number)["state"] == "removed"


def test_the_task_leaves_alone_what_became_healthy_and_gives_it_another_time_when_it_starts_again(
    lab: Lab,
) -> None:
    lab.engine.levers.image_health("alone:1", answers=False)
    number = alone(lab, **TIMEOUTS | {"reinitializingTimeout": 100_000})
    lab.wait(30)
    lab.engine.levers.health_reported(number, healthy=True)

    lab.engine.act("container", number, "restart", {})
    lab.wait(100)
    assert lab.container(number)["state"] == "running"
    lab.wait(60)
    assert lab.container(number)["state"] == "removed"


def test_the_task_leaves_what_is_stopping_to_its_next_look(lab: Lab) -> None:
    """cattle:…/healthcheck/service/impl/HealthcheckCleanupMonitorImpl.java"""
    lab.engine.levers.image_health("alone:1", answers=False)
    lab.engine.levers.image("alone:1", stop=30.0)
    number = alone(lab, **TIMEOUTS)
    lab.wait(52)
    lab.engine.act("container", number, "stop", {})

    lab.wait(8)
    assert lab.container(number)["state"] == "stopping"
    lab.wait(8)
    assert lab.container(number)["state"] == "stopped"
    lab.wait(60)
    assert lab.container(number)["state"] == "removed"


def test_a_lever_finds_a_container_that_does_not_run_as_it_is(lab: Lab) -> None:
    number = alone(lab)
    lab.wait(10)
    lab.engine.act("container", number, "stop", {})
    lab.wait(2)
    lab.engine.levers.health(number, answers=False)
    lab.engine.act("container", number, "start", {})
    lab.wait(30)

    assert health_of(lab, number) == "reinitializing"


def test_a_quorum_without_a_number_is_one(lab: Lab) -> None:
    web = lab.service(scale=2, healthCheck=CHECK | {"strategy": "recreateOnQuorum"})
    first, second = lab.ids(web)

    lab.engine.levers.health(first, answers=False)
    lab.wait(10)
    assert lab.container(first)["state"] == "removed"

    lab.wait(10)
    for number in lab.ids(web):
        lab.engine.levers.health(number, answers=False)
    lab.wait(20)
    assert lab.container(second)["state"] == "running"


def test_a_unit_that_initializes_is_not_among_the_well(lab: Lab) -> None:
    quorum = {"strategy": "recreateOnQuorum", "recreateOnQuorumStrategyConfig": {"quorum": 2}}
    web = lab.service(scale=3, healthCheck=CHECK | quorum)
    sick, young, _ = lab.ids(web)
    lab.engine.levers.health(young, answers=False)
    lab.engine.act("container", young, "restart", {})
    lab.engine.levers.health(sick, answers=False)
    lab.wait(30)

    lab.engine.update("service", web, {"scale": 3})
    lab.wait(10)
    assert (lab.container(sick)["healthState"], lab.container(sick)["state"]) == ("unhealthy", "running")
    lab.engine.levers.health(young, answers=True)
    lab.wait(60)
    lab.engine.update("service", web, {"scale": 3})
    lab.wait(10)
    assert lab.container(sick)["state"] == "removed"


@pytest.mark.parametrize("strategy", [None, "recreate"])
def test_the_unhealthy_are_replaced_unless_the_check_says_otherwise(lab: Lab, strategy: str | None) -> None:
    web = lab.service(healthCheck=CHECK | {"strategy": strategy})
    [sick] = lab.ids(web)

    lab.engine.levers.health(sick, answers=False)
    lab.wait(20)

    assert lab.container(sick)["state"] == "removed"


def test_an_unhealthy_container_of_a_service_without_a_check_of_its_own_is_replaced(lab: Lab) -> None:
    web = lab.service(sidekicks=[SIDE | {"healthCheck": CHECK}])
    sick = lab.ids(web)[1]

    lab.engine.levers.health(sick, answers=False)
    lab.wait(20)

    assert lab.container(sick)["state"] == "removed"


JOB = {"io.rancher.container.start_once": "true"}


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


EVERYWHERE = {"io.rancher.scheduler.global": "true"}


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


def test_one_that_falls_ill_while_its_service_is_updated_is_replaced_after_that(lab: Lab) -> None:
    """A trigger finds the service busy and does nothing; at the end of the process it looks again."""
    web = lab.service(healthCheck=CHECK, settle=30)
    (sick,) = lab.ids(web)
    lab.engine.levers.image(OLD.removeprefix("sim:"), start=20.0)
    lab.engine.update("service", web, {"scale": 2})
    lab.wait(5)
    lab.engine.levers.health_reported(sick, healthy=False)
    lab.wait(10)
    assert (lab.state(web), sick in lab.ids(web)) == ("updating-active", True)

    lab.wait(90)

    assert (lab.state(web), sick in lab.ids(web), len(lab.ids(web))) == ("active", False, 2)
