"""What a health check finds of one container, and when (rancher-1.6-api.md 4.4, 4.2)."""

from __future__ import annotations

from typing import Any

import pytest

from .container_lab import CHECK
from .lab import OLD, Lab

TIMEOUTS = {"initializingTimeout": 20_000, "reinitializingTimeout": 40_000}


def alone(lab: Lab, **check: Any) -> int:
    """A container of its own with a check: nobody makes or starts it anew."""
    body = {"name": "alone", "imageUuid": "sim:alone:1", "healthCheck": CHECK | check}
    number = lab.engine.create("container", body, project=lab.project)
    lab.wait(0.6)
    assert lab.container(number)["state"] == "running"
    return number


def health_of(lab: Lab, number: int) -> Any:
    return lab.container(number)["healthState"]


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


def test_a_report_that_says_nothing_new_changes_nothing(lab: Lab) -> None:
    checked, plain = alone(lab), lab.ids(lab.service())[0]
    lab.wait(10)
    lab.engine.take_changes()

    lab.engine.levers.health_reported(checked, healthy=True)
    lab.engine.levers.health_reported(plain, healthy=False)

    assert lab.engine.take_changes() == []
    assert (health_of(lab, checked), health_of(lab, plain)) == ("healthy", None)


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


def test_a_reported_failure_counts_only_after_the_first_success(lab: Lab) -> None:
    lab.engine.levers.image_health(OLD.removeprefix("sim:"), answers=False)
    web = lab.service(healthCheck=CHECK | {"strategy": "none"})
    (number,) = lab.ids(web)
    seen = []

    for healthy in (False, True, False):
        lab.engine.levers.health_reported(number, healthy=healthy)
        seen.append(lab.container(number)["healthState"])

    assert seen == ["initializing", "healthy", "unhealthy"]
