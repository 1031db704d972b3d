"""Events of stacks and their executor: there, away, ended, late (rancher-1.6-api.md 3.1, 3.4)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rancher_client.simulator.engine import ComposeExecutor, Engine, Refused, Site

from .stack_lab import MORE, TEXT, StackLab

POISON = "version: '2'\nservices:\n  web:\n    metadata:\n      n: 5\n"
BROKEN = "version: '2'\nservices:\n  web:\n   image: x\n  - broken\n"
YAML_ERROR = (
    "error parsing yaml, please check: yaml: line 4: did not find expected key. "
    "(Note: Only version 1 and 2 are supported)"
)


@pytest.fixture
def lab() -> StackLab:
    return StackLab()


def test_an_installation_begins_with_the_executor_its_site_names() -> None:
    site = Site(scheduler_service=False, hosts_bind_ports=False, compose_executor=ComposeExecutor.AWAY)

    lab = StackLab(site=site)

    assert lab.stack_state(lab.stack) == ("activating", "yes", "In Progress")


def test_without_any_executor_processes_succeed_and_do_nothing(lab: StackLab) -> None:
    lab.engine.levers.compose_executor("unregistered")

    stack = lab.stack_of(settle=1)

    assert lab.stack_state(stack) == ("active", "no", None)
    assert lab.names(stack) == set()


def test_an_executor_that_is_away_is_waited_for_without_end(lab: StackLab) -> None:
    lab.engine.levers.compose_executor("away")

    made, shell = lab.stack_of(settle=0), lab.engine.create("stack", {"name": "e"}, project=lab.project)
    lab.wait(400)

    assert lab.stack_state(made) == ("activating", "yes", "In Progress")
    assert lab.stack_state(shell) == ("activating", "yes", "In Progress")
    lab.engine.levers.compose_executor("running")
    assert lab.until_stack(shell, "active") < 61
    assert lab.until_stack(made, "active") < 10


def test_an_executor_that_comes_for_the_first_time_takes_part_from_then_on(lab: StackLab) -> None:
    lab.engine.levers.compose_executor("unregistered")
    lab.engine.levers.compose_executor("running")

    assert lab.names(lab.stack_of()) == {"web", "db"}


def test_what_an_executor_has_in_hand_ends_with_it(lab: StackLab) -> None:
    stack = lab.stack_of(settle=0.3)
    lab.engine.levers.compose_executor("away")
    lab.wait(20)

    assert lab.stack_state(stack) == ("activating", "yes", "Creating stack")
    assert lab.names(stack) == {"db"}
    lab.engine.levers.compose_executor("running")
    lab.until_stack(stack, "active")
    assert lab.names(stack) == {"web", "db"}


def test_a_text_that_ends_the_executor_takes_the_events_of_the_moment_with_it(lab: StackLab) -> None:
    poison = lab.stack_of(rancher=POISON, settle=0)
    lab.wait(0.7)
    bystander = lab.stack_of(name="bystander", settle=40)

    assert lab.stack_state(poison) == ("activating", "yes", "In Progress")
    assert lab.stack_state(bystander) == ("activating", "yes", "In Progress")
    lab.engine.delete("stack", poison)
    lab.until_stack(bystander, "active")
    assert lab.names(bystander) == {"web", "db"}


def test_the_server_starts_an_executor_again_that_a_text_has_ended(lab: StackLab) -> None:
    lab.stack_of(rancher=POISON, settle=2.5)

    later = lab.stack_of(name="later", settle=10)

    assert lab.stack_state(later) == ("active", "no", None)


def test_the_first_word_of_the_executor_shows(lab: StackLab) -> None:
    stack = lab.stack_of(settle=0.3)
    assert lab.stack_state(stack) == ("activating", "yes", "Creating stack")
    lab.until_stack(stack, "active")

    lab.upgrade_stack(stack)
    lab.wait(0.3)

    assert lab.stack_state(stack) == ("upgrading", "yes", "Upgrading stack")


def test_a_refused_upgrade_stays_upgrading_and_is_tried_again_after_two_waits(lab: StackLab) -> None:
    stack = lab.stack_of(TEXT, "")
    lab.upgrade_stack(stack, BROKEN, "")
    lab.wait(1)
    assert lab.stack_state(stack) == ("upgrading", "yes", YAML_ERROR)

    lab.engine.levers.compose_executor("away")
    lab.wait(88)
    lab.engine.levers.compose_executor("running")
    lab.wait(300)

    assert lab.stack_state(stack) == ("upgrading", "yes", YAML_ERROR)


def test_a_busy_service_is_come_back_to(lab: StackLab) -> None:
    stack = lab.stack_of()
    web = lab.named(stack, "web")
    config = {"imageUuid": "docker:registry/shop:hand"}
    lab.engine.act("service", web, "upgrade", {"inServiceStrategy": {"launchConfig": config}})
    lab.upgrade_stack(stack)
    lab.wait(1)

    text = "Service web must be state=active or inactive to upgrade, currently: state=upgrading"
    assert lab.stack_state(stack) == ("upgrading", "yes", text)
    assert 90 < lab.until_stack(stack, "upgraded") < 125
    assert lab.image(stack, "web") == "docker:registry/shop:2"


def test_a_cancel_waits_for_the_event_under_way(lab: StackLab) -> None:
    stack = lab.stack_of()
    lab.upgrade_stack(stack, BROKEN, "")
    lab.wait(10)
    lab.engine.act("stack", stack, "cancelupgrade", {})

    assert lab.stack_state(stack) == ("canceling-upgrade", "yes", "In Progress")
    assert 75 < lab.until_stack(stack, "canceled-upgrade") < 91


def test_a_cancel_between_two_tries_waits_for_nothing(lab: StackLab) -> None:
    lab.engine.levers.compose_executor("away")
    stack = lab.stack
    lab.engine.act("stack", stack, "upgrade", {})
    lab.wait(46)
    lab.engine.act("stack", stack, "cancelupgrade", {})

    assert lab.until_stack(stack, "canceled-upgrade") < 1


def test_services_go_on_upgrading_after_a_cancel_and_the_answer_counts(lab: StackLab) -> None:
    stack = lab.stack_of()
    lab.upgrade_stack(stack)
    lab.until(lab.named(stack, "web"), "upgrading")
    lab.engine.act("stack", stack, "cancelupgrade", {})

    lab.until_stack(stack, "canceled-upgrade")

    assert lab.states(stack)["web"] == "upgraded"
    assert lab.stack_view(stack)["externalId"] == "a:2"


def test_a_stack_is_removed_only_when_the_executor_is_done_with_it(lab: StackLab) -> None:
    stack = lab.stack_of()
    lab.upgrade_stack(stack)
    lab.until(lab.named(stack, "web"), "upgrading")
    lab.engine.delete("stack", stack)
    lab.wait(1)

    assert lab.stack_view(stack)["state"] == "removing"
    assert lab.states(stack)["web"] == "upgrading"
    lab.until_stack(stack, "removed")
    lab.until_true(lambda: not lab.names(stack))


def test_an_upgrade_that_outlasts_two_waits_is_found_done_by_the_second_event(lab: StackLab) -> None:
    """The second one finds the hashes equal and waits for nobody (rancher/service.go `up`)."""
    stack = lab.stack_of(rancher="version: '2'\nservices:\n  web:\n    scale: 40\n", settle=60)
    lab.upgrade_stack(stack)
    web = lab.named(stack, "web")

    took = lab.until_stack(stack, "upgraded")

    assert 100 < took < 125
    assert lab.state(web) == "upgrading"
    lab.until(web, "upgraded")
    assert lab.stack_view(stack)["state"] == "upgraded"


def test_two_upgrades_at_the_same_moment_are_one_and_a_conflict(lab: StackLab) -> None:
    stack = lab.stack_of()
    lab.upgrade_stack(stack)

    with pytest.raises(Refused) as together:
        lab.engine.act("stack", stack, "upgrade", {}, overlapping=True)
    with pytest.raises(Refused) as afterwards:
        lab.engine.act("stack", stack, "upgrade", {})

    assert (together.value.status, afterwards.value.status) == (409, 422)


@pytest.mark.parametrize("seconds", [0.1, 0.3, 0.6, 1.0, 2.2, 21.0, 23.0])
def test_a_snapshot_in_the_middle_of_the_executors_work_goes_on_the_same(seconds: float) -> None:
    def history(lab: StackLab) -> list[Any]:
        seen = []
        for seconds in (5, 115):
            lab.wait(seconds)
            seen += [lab.engine.view("stack", 2), *(lab.view(n) for n in lab.engine.ids("service"))]
        return seen

    straight, saved = StackLab(seed=5), StackLab(seed=5)
    for lab in (straight, saved):
        stack = lab.stack_of(settle=20)
        lab.upgrade_stack(stack)
        lab.wait(seconds)
    saved.engine = Engine.restore(json.loads(json.dumps(saved.engine.snapshot())))

    assert history(saved) == history(straight)


def test_texts_are_those_of_the_event_however_the_stack_is_named(lab: StackLab) -> None:
    stack = lab.stack_of()
    lab.engine.update("stack", stack, {"name": "renamed"})
    lab.wait(1)
    lab.upgrade_stack(stack, TEXT, MORE)

    lab.until_stack(stack, "upgraded")

    assert lab.stack_view(stack)["dockerCompose"] == TEXT
    assert lab.image(stack, "web") == "docker:registry/shop:2"


def test_it_works_on_the_events_of_two_stacks_side_by_side(lab: StackLab) -> None:
    one, other = lab.stack_of(name="one", settle=0), lab.stack_of(name="other", settle=20)

    for stack in (one, other):
        assert lab.stack_state(stack) == ("active", "no", None)
        assert lab.states(stack) == {"web": "active", "db": "active"}


def first_words(seed: int, apart: float) -> list[float]:
    """When the executor says its first word about two stacks made one after the other."""
    lab = StackLab(seed=seed)
    stacks = [lab.stack_of(name="one", settle=apart), lab.stack_of(name="other", settle=0)]
    began = lab.engine.now
    heard = []
    for stack in stacks:
        lab.until_true(lambda at=stack: "stack" in str(lab.stack_state(at)[2]))
        heard.append(round(lab.engine.now - began, 2))
    return heard


def test_of_two_events_at_once_either_may_be_looked_at_first() -> None:
    """And the next one at its ordinary pace, once the executor has looked at those before."""
    at_once = [first_words(seed, 0) for seed in range(12)]

    assert {one < other for one, other in at_once} == {True, False}
    assert {tuple(first_words(seed, 0.2)) for seed in range(12)} == {(0.0, 0.13)}


def test_the_order_of_services_that_wait_for_nobody_is_chance() -> None:
    """The executor keeps them in a map of Go."""
    text = "a: {image: 'r/a:1'}\nb: {image: 'r/b:1'}\n"
    labs = [StackLab(seed=seed) for seed in range(8)]

    first = {lab.named(lab.stack_of(text, ""), "a") for lab in labs}

    assert first == {1, 2}


def test_nothing_is_left_in_hand_when_a_process_has_ended(lab: StackLab) -> None:
    def in_hand() -> Any:
        return lab.engine.snapshot()["executor"]["works"]

    stack = lab.stack_of()
    assert in_hand() == []
    lab.stack_of("a: {image: ''}\n", "", name="refused")
    assert in_hand() == []
    lab.engine.levers.start_fails("registry/shop:2", "boom")
    lab.upgrade_stack(stack)
    lab.until_stack(stack, "upgraded")
    lab.engine.act("stack", stack, "finishupgrade", {})
    lab.wait(1)

    assert in_hand() == []
    assert lab.stack_view(stack)["state"] == "finishing-upgrade"


def test_an_executor_forgotten_in_the_middle_of_its_work_makes_nothing_more(lab: StackLab) -> None:
    stack = lab.stack_of(settle=0.3)

    lab.engine.levers.compose_executor("unregistered")

    assert 90 < lab.until_stack(stack, "active") < 125
    assert lab.names(stack) == {"db"}


def test_what_was_in_hand_when_a_text_ended_the_executor_is_lost(lab: StackLab) -> None:
    bystander = lab.stack_of(name="bystander", settle=0.2)
    poison = lab.stack_of(rancher=POISON, settle=20)

    assert lab.stack_state(bystander) == ("activating", "yes", "Creating stack")
    lab.engine.delete("stack", poison)
    lab.until_stack(bystander, "active")


def test_events_that_come_before_the_executor_is_started_again_are_lost(lab: StackLab) -> None:
    lab.stack_of(rancher=POISON, settle=0.7)

    early = lab.stack_of(name="early", settle=30)

    assert lab.stack_state(early) == ("activating", "yes", "In Progress")


def test_an_executor_started_by_hand_does_not_wait_for_the_server(lab: StackLab) -> None:
    lab.stack_of(rancher=POISON, settle=0.5)

    lab.engine.levers.compose_executor("running")

    assert lab.names(lab.stack_of(name="early", settle=1)) == {"db", "web"}
    lab.wait(5)
    assert lab.names(lab.stack_of(name="late", settle=1)) == {"db", "web"}


def test_what_the_server_planned_for_an_executor_counts_no_more_when_it_has_ended_again(
    lab: StackLab,
) -> None:
    lab.stack_of(rancher=POISON, settle=0.5)
    lab.engine.levers.compose_executor("running")
    lab.wait(1)
    lab.stack_of(rancher=POISON, name="again", settle=0.9)  # 2.3 s after the first time

    late = lab.stack_of(name="late", settle=20)

    assert lab.stack_state(late) == ("activating", "yes", "In Progress")


def test_a_service_removed_while_the_executor_waits_for_it_holds_nobody(lab: StackLab) -> None:
    lab.engine.levers.image("registry/db:9", start=3.0)
    stack = lab.stack_of(settle=1)
    db = lab.named(stack, "db")
    assert lab.state(db) == "activating"

    lab.engine.delete("service", db)

    lab.until_stack(stack, "active", within=10)
    assert lab.states(stack) == {"web": "active"}


def test_a_service_removed_as_soon_as_an_upgrade_has_made_it_holds_nobody(lab: StackLab) -> None:
    stack = lab.stack_of("a: {image: 'r/a:1'}\n", "")
    lab.upgrade_stack(stack, "a: {image: 'r/a:1'}\nb: {image: 'r/b:1'}\n", "")
    lab.until_true(lambda: "b" in lab.names(stack))

    lab.engine.delete("service", lab.named(stack, "b"))

    lab.until_stack(stack, "upgraded", within=10)
    assert lab.states(stack) == {"a": "active"}
