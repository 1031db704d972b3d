"""What an upgrade of a stack changes, and what it leaves alone (rancher-1.6-api.md 3.4)."""

from __future__ import annotations

from typing import Any

import pytest

from .stack_lab import MORE, TEXT, StackLab

SIX = """
version: '2'
services:
  keep: {image: 'r/keep:1'}
  chg: {image: 'r/chg:${VERSION}'}
  meta: {image: 'r/meta:1'}
  scl: {image: 'r/scl:1'}
  gone: {image: 'r/gone:1'}
"""
SIX_MORE = "version: '2'\nservices:\n  meta: {metadata: {role: old}}\n  scl: {scale: 1}\n"


@pytest.fixture
def lab() -> StackLab:
    return StackLab()


@pytest.fixture
def stack(lab: StackLab) -> int:
    return lab.stack_of(SIX, SIX_MORE)


def one(**keys: Any) -> str:
    """A text of one service."""
    given = "\n".join(f"    {key}: {value}" for key, value in {"image": "r/a:1", **keys}.items())
    return f"version: '2'\nservices:\n  a:\n{given}\n"


def more(**keys: Any) -> str:
    given = "\n".join(f"    {key}: {value}" for key, value in keys.items())
    return f"version: '2'\nservices:\n  a:\n{given}\n"


def test_services_are_created_and_started_after_those_they_link_to(lab: StackLab) -> None:
    stack = lab.stack_of(settle=0)
    web = lab.until_true(lambda: lab.names(stack) == {"web", "db"}) and lab.named(stack, "web")
    assert lab.until_true(lambda: lab.state(web) == "activating") > 0
    assert lab.states(stack)["db"] == "active"
    assert lab.stack_view(stack)["state"] == "activating"

    lab.until_stack(stack, "active")

    assert lab.states(stack) == {"web": "active", "db": "active"}
    assert len(lab.containers(web, state="running")) == 2
    assert lab.view(web)["linkedServices"]["database"].number == lab.named(stack, "db")


@pytest.mark.parametrize("started", [False, None])
def test_services_are_not_started_unless_the_stack_shall_be(lab: StackLab, started: bool | None) -> None:
    stack = lab.stack_of(startOnCreate=started)

    assert lab.stack_state(stack) == ("active", "no", None)
    assert lab.states(stack) == {"web": "inactive", "db": "inactive"}
    assert lab.stack_view(stack)["healthState"] == "unhealthy"


def test_services_that_link_to_each_other_are_all_linked(lab: StackLab) -> None:
    circle = "a: {image: 'r/a:1', links: [b]}\nb: {image: 'r/b:1', links: [a]}\n"

    stack = lab.stack_of(circle, "")

    a, b = lab.named(stack, "a"), lab.named(stack, "b")
    assert lab.view(a)["linkedServices"]["b"].number == b
    assert lab.view(b)["linkedServices"]["a"].number == a


def test_services_made_before_the_refused_one_stay(lab: StackLab) -> None:
    stack = lab.stack_of("a: {image: 'r/a:1'}\nb: {links: [a]}\n", "")

    state, transitioning, message = lab.stack_state(stack)
    assert (state, transitioning) == ("error", "error")
    assert "Image is required" in str(message)
    assert lab.states(stack) == {"a": "inactive"}
    assert "upgrade" not in lab.engine.offered("stack", stack)


def test_what_does_not_differ_is_left_alone(lab: StackLab, stack: int) -> None:
    before = lab.view(lab.named(stack, "keep"))
    lab.upgrade_stack(stack, SIX, SIX_MORE)
    lab.until_stack(stack, "upgraded")

    assert lab.view(lab.named(stack, "keep")) == before
    assert lab.states(stack)["chg"] == "upgraded"


def test_fields_of_the_service_are_changed_in_place(lab: StackLab, stack: int) -> None:
    meta = lab.named(stack, "meta")
    container = lab.ids(meta)
    lab.upgrade_stack(stack, SIX, SIX_MORE.replace("old", "new"))
    lab.until_true(lambda: lab.state(meta) == "updating-active")
    lab.until_stack(stack, "upgraded")

    assert (lab.state(meta), lab.view(meta)["metadata"]["role"]) == ("active", "new")
    assert lab.ids(meta) == container
    assert lab.view(meta)["launchConfig"]["version"] == "0"


def test_the_scale_is_never_changed(lab: StackLab, stack: int) -> None:
    lab.upgrade_stack(stack, SIX, SIX_MORE.replace("scale: 1", "scale: 3"))
    lab.until_stack(stack, "upgraded")

    assert lab.view(lab.named(stack, "scl"))["scale"] == 1
    assert lab.states(stack)["scl"] == "active"


def test_a_new_scale_of_the_file_does_not_undo_one_set_by_hand(lab: StackLab, stack: int) -> None:
    meta = lab.named(stack, "meta")
    lab.engine.update("service", meta, {"scale": 3})
    lab.wait(10)
    lab.upgrade_stack(stack, SIX, SIX_MORE.replace("old", "new"))
    lab.until_stack(stack, "upgraded")

    assert lab.view(meta)["scale"] == 3


def test_services_dropped_from_the_text_keep_running_and_new_ones_are_started(
    lab: StackLab, stack: int
) -> None:
    lab.upgrade_stack(stack, SIX.replace("gone", "fresh"), SIX_MORE)
    lab.until_stack(stack, "upgraded")

    assert (lab.states(stack)["gone"], lab.states(stack)["fresh"]) == ("active", "active")


def test_only_the_sidekick_that_differs_is_sent(lab: StackLab) -> None:
    text = "a: {image: 'r/a:1', labels: {io.rancher.sidekicks: 'log'}}\nlog: {image: 'r/log:${VERSION}'}\n"
    stack = lab.stack_of(text, "")
    lab.upgrade_stack(stack, text, "")
    lab.until_stack(stack, "upgraded")

    view = lab.view(lab.named(stack, "a"))
    assert view["launchConfig"]["version"] == "0"
    assert view["secondaryLaunchConfigs"][0]["imageUuid"] == "docker:r/log:2"
    assert view["secondaryLaunchConfigs"][0]["version"] != "0"


def test_a_sidekick_that_is_dropped_goes(lab: StackLab) -> None:
    text = "a: {image: 'r/a:1', labels: {io.rancher.sidekicks: 'log'}}\nlog: {image: 'r/log:1'}\n"
    stack = lab.stack_of(text, "")
    lab.upgrade_stack(stack, "a: {image: 'r/a:1'}\n", "")
    lab.until_stack(stack, "upgraded")

    assert lab.view(lab.named(stack, "a"))["secondaryLaunchConfigs"] == []


@pytest.mark.parametrize(
    ("keys", "field", "value"),
    [
        ({"retain_ip": "true"}, "retainIp", True),
        ({"scale_policy": "{min: 1, max: 2}"}, "scalePolicy", {"min": 1, "max": 2, "increment": 1}),
    ],
)
def test_these_fields_are_changed_without_an_upgrade(
    lab: StackLab, keys: dict[str, str], field: str, value: Any
) -> None:
    stack = lab.stack_of(one(), "")
    lab.upgrade_stack(stack, one(), more(**keys))
    lab.until_stack(stack, "upgraded")

    view = lab.view(lab.named(stack, "a"))
    assert (view["state"], view[field], view["launchConfig"]["version"]) == ("active", value, "0")


def test_start_first_comes_from_the_text(lab: StackLab) -> None:
    strategy = more(upgrade_strategy="{start_first: true, batch_size: 7, interval_millis: 9}")
    stack = lab.stack_of(one(), strategy)
    lab.upgrade_stack(stack, one(image="r/a:2"), strategy)
    lab.until_stack(stack, "upgraded")

    block = lab.view(lab.named(stack, "a"))["upgrade"]["inServiceStrategy"]
    assert (block["startFirst"], block["batchSize"], block["intervalMillis"]) == (True, 1, 2000)


def test_links_are_set_whether_the_service_changed_or_not(lab: StackLab) -> None:
    linked = "a: {image: 'r/a:1', links: [b]}\nb: {image: 'r/b:1'}\n"
    stack = lab.stack_of(linked.replace(", links: [b]", ""), "")
    lab.upgrade_stack(stack, linked, "")
    lab.until_stack(stack, "upgraded")

    a = lab.view(lab.named(stack, "a"))
    assert (a["state"], list(a["linkedServices"])) == ("active", ["b"])


def test_an_inactive_service_is_started_by_the_upgrade(lab: StackLab) -> None:
    stack = lab.stack_of(one(), "", startOnCreate=False)
    lab.upgrade_stack(stack, one(), "")
    lab.until_stack(stack, "upgraded")

    assert lab.states(stack) == {"a": "active"}


def test_a_service_made_by_hand_counts_as_different(lab: StackLab) -> None:
    stack = lab.stack_of("b: {image: 'r/b:1'}\n", "")
    lab.engine.create(
        "service",
        {"name": "a", "stackId": stack, "startOnCreate": True, "launchConfig": {"imageUuid": "docker:r/a:1"}},
        project=lab.project,
    )
    lab.wait(20)
    lab.upgrade_stack(stack, "a: {image: 'r/a:1'}\n", "")
    lab.until_stack(stack, "upgraded")

    assert lab.states(stack) == {"a": "upgraded", "b": "active"}


def test_an_upgrade_of_before_is_finished_first_where_the_service_differs(lab: StackLab) -> None:
    stack = lab.stack_of()
    web = lab.named(stack, "web")
    lab.engine.act(
        "service", web, "upgrade", {"inServiceStrategy": {"launchConfig": {"imageUuid": "docker:x"}}}
    )
    lab.until(web, "upgraded")
    lab.upgrade_stack(stack)

    lab.until(web, "finishing-upgrade")
    lab.until_stack(stack, "upgraded")

    assert lab.image(stack, "web") == "docker:registry/shop:2"


def test_a_service_that_cannot_come_up_ends_the_wait_as_if_it_had(lab: StackLab) -> None:
    stack = lab.stack_of()
    lab.engine.levers.start_fails("registry/shop:2", "no such thing")
    lab.upgrade_stack(stack)
    lab.until_stack(stack, "upgraded")

    web = lab.view(lab.named(stack, "web"))
    assert lab.stack_state(stack) == ("upgraded", "no", None)
    assert (web["state"], web["transitioning"]) == ("upgrading", "error")


def test_a_service_that_waits_for_its_health_holds_the_stack(lab: StackLab) -> None:
    text = one(labels="{io.rancher.service.wait_for_healthcheck: 'true'}")
    lab.engine.levers.image("r/a:1", answers_health=False)

    stack = lab.stack_of(text, more(health_check="{port: 80, interval: 2000}"), settle=30)
    assert (lab.states(stack), lab.stack_view(stack)["state"]) == ({"a": "active"}, "activating")

    lab.engine.levers.image_health("r/a:1", answers=True)
    lab.until_stack(stack, "active")


def test_variables_left_out_keep_their_value_and_the_merged_ones_are_kept(lab: StackLab) -> None:
    stack = lab.stack_of(environment={"VERSION": "1", "OTHER": "o"})
    lab.upgrade_stack(stack, environment={"VERSION": "2", "NEW": "n"})
    assert lab.stack_view(stack)["environment"] == {"VERSION": "1", "OTHER": "o"}
    lab.until_stack(stack, "upgraded")

    view = lab.stack_view(stack)
    assert view["environment"] == {"VERSION": "2", "OTHER": "o", "NEW": "n"}
    assert view["previousEnvironment"] == {"VERSION": "1", "OTHER": "o"}
    assert (view["externalId"], view["previousExternalId"]) == ("a:2", "a:1")


def test_questions_fill_what_nobody_has_answered(lab: StackLab) -> None:
    asked = MORE + "catalog:\n  questions:\n  - {variable: VERSION, default: '7'}\n"

    stack = lab.stack_of(TEXT, asked, environment={})

    assert lab.image(stack, "web") == "docker:registry/shop:7"


def test_an_empty_body_touches_no_service_and_takes_the_external_id(lab: StackLab, stack: int) -> None:
    before = lab.states(stack)
    lab.engine.act("stack", stack, "upgrade", {})
    lab.until_stack(stack, "upgraded")

    assert lab.states(stack) == before
    assert lab.stack_view(stack)["externalId"] == ""


def test_a_stack_made_without_a_text_does_nothing(lab: StackLab) -> None:
    lab.service("web")
    lab.upgrade_stack(lab.stack)

    assert lab.until_stack(lab.stack, "upgraded") < 1

    view = lab.stack_view(lab.stack)
    assert lab.names(lab.stack) == {"web"}
    assert (view.get("externalId"), view.get("environment")) == (None, None)


def test_from_a_canceled_upgrade_another_one_goes_to_the_end(lab: StackLab, stack: int) -> None:
    lab.upgrade_stack(stack, "a: [", "")
    lab.wait(1)
    lab.engine.act("stack", stack, "cancelupgrade", {})
    lab.until_stack(stack, "canceled-upgrade")
    lab.upgrade_stack(stack, SIX, SIX_MORE)

    lab.until_stack(stack, "upgraded")

    assert lab.image(stack, "chg") == "docker:r/chg:2"
