"""finishupgrade and rollback of a stack: one service after the other, three seconds each (3.4)."""

from __future__ import annotations

import pytest

from .stack_lab import StackLab

TWO = "a: {image: 'r/a:${VERSION}'}\nb: {image: 'r/b:${VERSION}'}\n"


def scales(**of: int) -> str:
    return "version: '2'\nservices:\n" + "".join(f"  {name}: {{scale: {n}}}\n" for name, n in of.items())


@pytest.fixture
def lab() -> StackLab:
    return StackLab()


def upgraded(lab: StackLab, rancher: str = "", docker: str = TWO) -> int:
    stack = lab.stack_of(docker, rancher)
    lab.upgrade_stack(stack, docker, rancher)
    lab.until_stack(stack, "upgraded")
    return stack


def test_a_finish_ends_what_is_upgraded_and_forgets_what_was_before(lab: StackLab) -> None:
    stack = upgraded(lab)
    lab.engine.act("stack", stack, "finishupgrade", {})

    assert lab.until_stack(stack, "active") < 5

    view = lab.stack_view(stack)
    assert lab.states(stack) == {"a": "active", "b": "active"}
    assert (view["externalId"], view["environment"]) == ("a:2", {"VERSION": "2"})
    assert (view["previousExternalId"], view["previousEnvironment"]) == (None, None)


def test_a_rollback_returns_to_what_was_before(lab: StackLab) -> None:
    stack = upgraded(lab)
    lab.engine.act("stack", stack, "rollback", {})

    assert lab.until_stack(stack, "active") < 15

    view = lab.stack_view(stack)
    assert (lab.image(stack, "a"), lab.image(stack, "b")) == ("docker:r/a:1", "docker:r/b:1")
    assert (view["externalId"], view["environment"]) == ("a:1", {"VERSION": "1"})
    assert (view["previousExternalId"], view["previousEnvironment"]) == (None, None)


def test_two_upgrades_without_a_finish_between_remember_the_first(lab: StackLab) -> None:
    stack = upgraded(lab)
    lab.engine.update("stack", stack, {"previousExternalId": "first"})
    lab.engine.act("stack", stack, "rollback", {})
    lab.until_stack(stack, "active")

    assert lab.stack_view(stack)["externalId"] == "first"


def test_a_service_that_takes_longer_than_three_seconds_costs_a_minute(lab: StackLab) -> None:
    stack = upgraded(lab, scales(a=2, b=1))
    first, second = sorted(lab.named(stack, name) for name in "ab")
    lab.engine.act("stack", stack, "rollback", {})
    took = lab.until_stack(stack, "active")

    slow_is_first = lab.view(first)["scale"] == 2
    assert 45 < took < 65
    assert lab.states(stack) == {"a": "active", "b": "active"}
    assert slow_is_first or lab.view(second)["scale"] == 2


def test_services_behind_a_slow_one_are_not_begun_before(lab: StackLab) -> None:
    stack = upgraded(lab, scales(a=2, b=2))
    first, second = sorted(lab.named(stack, name) for name in "ab")
    lab.engine.act("stack", stack, "rollback", {})
    lab.until(first, "active")
    lab.wait(20)

    assert lab.state(second) == "upgraded"
    assert lab.until_stack(stack, "active") > 60


def test_a_stuck_service_blocks_the_rollback_until_it_is_rolled_back_itself(lab: StackLab) -> None:
    stack = lab.stack_of(TWO, "")
    lab.engine.levers.start_fails("r/a:2", "no such thing")
    lab.upgrade_stack(stack, TWO, "")
    lab.until_stack(stack, "upgraded")
    lab.engine.act("stack", stack, "rollback", {})
    lab.wait(400)
    assert lab.stack_view(stack)["state"] == "rolling-back"

    lab.engine.act("service", lab.named(stack, "a"), "rollback", {})

    lab.until_stack(stack, "active")
    assert (lab.image(stack, "a"), lab.image(stack, "b")) == ("docker:r/a:1", "docker:r/b:1")


def test_a_stuck_service_blocks_the_finish_likewise(lab: StackLab) -> None:
    stack = lab.stack_of(TWO, "")
    lab.engine.levers.start_fails("r/a:2", "no such thing")
    lab.upgrade_stack(stack, TWO, "")
    lab.until_stack(stack, "upgraded")
    lab.engine.act("stack", stack, "finishupgrade", {})
    lab.wait(200)

    assert lab.stack_state(stack) == ("finishing-upgrade", "yes", "In Progress")


def test_a_service_ended_by_hand_is_passed_over(lab: StackLab) -> None:
    stack = upgraded(lab)
    lab.engine.act("service", lab.named(stack, "a"), "finishupgrade", {})
    lab.wait(5)
    lab.engine.act("stack", stack, "rollback", {})
    lab.until_stack(stack, "active")

    assert (lab.image(stack, "a"), lab.image(stack, "b")) == ("docker:r/a:2", "docker:r/b:1")
    assert lab.stack_view(stack)["externalId"] == "a:1"


def test_what_the_upgrade_made_new_stays_after_a_rollback(lab: StackLab) -> None:
    stack = lab.stack_of("a: {image: 'r/a:${VERSION}'}\n", "")
    lab.upgrade_stack(stack, TWO, "version: '2'\nservices:\n  a: {metadata: {role: new}}\n")
    lab.until_stack(stack, "upgraded")
    lab.engine.act("stack", stack, "rollback", {})
    lab.until_stack(stack, "active")

    assert lab.states(stack) == {"a": "active", "b": "active"}
    assert lab.view(lab.named(stack, "a"))["metadata"]["role"] == "new"


def test_an_empty_shell_finishes_services_that_were_upgraded_by_hand(lab: StackLab) -> None:
    """The text is looked at by create and upgrade only (upgrade_handler.go)."""
    web = lab.service("web")
    lab.upgrade(web)
    lab.until(web, "upgraded")
    lab.engine.act("stack", lab.stack, "upgrade", {})
    lab.until_stack(lab.stack, "upgraded")
    lab.engine.act("stack", lab.stack, "finishupgrade", {})
    lab.until_stack(lab.stack, "active")

    assert lab.state(web) == "active"


@pytest.mark.parametrize(("seconds", "previous"), [(0.0, "a:1"), (0.2, None)])
def test_a_cancel_stops_a_finish_only_before_it_has_begun(
    lab: StackLab, seconds: float, previous: str | None
) -> None:
    stack = upgraded(lab)
    lab.engine.act("stack", stack, "finishupgrade", {})
    lab.wait(seconds)
    lab.engine.act("stack", stack, "cancelupgrade", {})

    lab.until_stack(stack, "canceled-upgrade")

    assert "rollback" in lab.engine.offered("stack", stack)
    assert lab.stack_view(stack)["previousExternalId"] == previous


def test_a_service_upgraded_again_meanwhile_is_not_ended_twice(lab: StackLab) -> None:
    """Each service is asked once; what it has come to while the executor waited for it is not looked at."""
    stack = upgraded(lab, docker="a: {image: 'r/a:${VERSION}'}\n")
    a = lab.named(stack, "a")
    lab.engine.act("stack", stack, "finishupgrade", {})
    lab.until(a, "active")

    body = {"inServiceStrategy": {"launchConfig": {"imageUuid": "docker:r/a:3"}, "intervalMillis": 0}}
    lab.engine.act("service", a, "upgrade", body)

    lab.until_stack(stack, "active", within=5)
    lab.wait(10)
    assert lab.state(a) == "upgraded"


def test_a_rollback_of_what_had_nothing_before_keeps_what_there_is(lab: StackLab) -> None:
    """An empty shell remembers nothing (3.4)."""
    body = {"name": "shell", "externalId": "a:1", "environment": {"A": "1"}}
    shell = lab.engine.create("stack", body, project=lab.project)
    lab.until_stack(shell, "active")
    for action, state in (("upgrade", "upgraded"), ("rollback", "active")):
        lab.engine.act("stack", shell, action, {})
        lab.until_stack(shell, state)

    view = lab.stack_view(shell)
    assert (view["externalId"], view["environment"]) == ("a:1", {"A": "1"})
