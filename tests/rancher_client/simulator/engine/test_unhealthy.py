"""The unhealthy are replaced, as their check says and as many as may go (rancher-1.6-api.md 4.4)."""

from __future__ import annotations

from typing import Any

import pytest

from .container_lab import CHECK
from .lab import OLD, Lab, upgrade_body

SIDE: dict[str, Any] = {"name": "side", "imageUuid": "sim:side:1"}


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

    assert (lab.container(numbers[0])["removed"] is not None) is replaced


def test_in_upgraded_the_unhealthy_are_not_replaced(lab: Lab) -> None:
    web = lab.service(healthCheck=CHECK)
    lab.upgrade(web, upgrade_body(healthCheck=CHECK))
    lab.until(web, "upgraded")
    [new] = [view["id"] for view in lab.containers(web, state="running")]

    lab.engine.levers.health(new, answers=False)
    lab.wait(120)

    assert lab.container(new)["healthState"] == "unhealthy"
    assert lab.view(web)["healthState"] == "unhealthy"


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
    lab.wait(20)
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
