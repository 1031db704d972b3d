"""Volume templates of a stack, by hand and by the compose executor (rancher-1.6-api.md 10.6)."""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Refused

from .stack_lab import StackLab

TEXT = """
version: '2'
services:
  web: {image: 'r/web:1', volumes: ['store:/data']}
volumes:
  store: {driver: local, driver_opts: {size: 5}}
  plain:
  outer: {external: true, per_container: true}
"""


@pytest.fixture
def lab() -> StackLab:
    return StackLab()


def templates(lab: StackLab, stack: int) -> dict[str, dict[str, Any]]:
    found = {}
    for kind, number in lab.engine.related("stack", stack, "volumeTemplates"):
        view = lab.engine.view(kind, number)
        assert view is not None
        found[view["name"]] = view
    return found


def state(lab: StackLab, number: int) -> str:
    view = lab.engine.view("volumeTemplate", number)
    assert view is not None
    return str(view["state"])


def test_named_volumes_of_a_text_become_templates(lab: StackLab) -> None:
    found = templates(lab, lab.stack_of(TEXT, ""))

    kept = ("driver", "driverOpts", "external", "perContainer", "state")
    assert {name: tuple(view[key] for key in kept) for name, view in found.items()} == {
        "store": ("local", {"size": "5"}, False, False, "inactive"),
        "plain": (None, None, False, False, "inactive"),
        "outer": (None, None, True, True, "inactive"),
    }


def test_an_upgrade_makes_those_that_are_missing(lab: StackLab) -> None:
    stack = lab.stack_of(TEXT, "")
    lab.upgrade_stack(stack, TEXT + "  more:\n", "")
    lab.until_stack(stack, "upgraded")

    assert templates(lab, stack).keys() == {"store", "plain", "outer", "more"}


def test_a_changed_driver_is_refused(lab: StackLab) -> None:
    stack = lab.stack_of(TEXT, "")
    lab.upgrade_stack(stack, TEXT.replace("driver: local", "driver: nfs"), "")
    lab.wait(2)

    text = 'Volume "store" needs to be recreated - driver has changed'
    assert lab.stack_state(stack) == ("upgrading", "yes", text)


def test_a_name_is_unique_in_its_stack(lab: StackLab) -> None:
    stack = lab.stack_of(TEXT, "")

    with pytest.raises(Refused, match="NotUnique"):
        lab.engine.create("volumeTemplate", {"name": "store", "stackId": stack}, project=lab.project)
    other = lab.engine.create("volumeTemplate", {"name": "store", "stackId": lab.stack}, project=lab.project)

    assert lab.engine.related("stack", lab.stack, "volumeTemplates") == [("volumeTemplate", other)]


@pytest.mark.parametrize(
    ("actions", "on_the_way", "then"),
    [
        (["activate"], "activating", "active"),
        (["activate", "deactivate"], "deactivating", "inactive"),
        (["activate", "update"], "updating-active", "active"),
        (["remove"], "removing", "removed"),
    ],
)
def test_its_actions_pass_the_states_of_a_plain_life(
    lab: StackLab, actions: list[str], on_the_way: str, then: str
) -> None:
    number = lab.engine.create("volumeTemplate", {"name": "v", "stackId": lab.stack}, project=lab.project)
    seen = [state(lab, number)]
    for action in actions:
        lab.wait(1)
        seen.append(state(lab, number))
        lab.engine.act("volumeTemplate", number, action, {})
    seen.append(state(lab, number))
    lab.wait(1)
    seen.append(state(lab, number))

    assert seen[:2] == ["registering", "inactive"]
    assert seen[-2:] == [on_the_way, then]


def test_one_that_is_removed_before_it_is_made_takes_the_time_of_its_removal(lab: StackLab) -> None:
    number = lab.engine.create("volumeTemplate", {"name": "v", "stackId": lab.stack}, project=lab.project)
    lab.wait(0.2)
    lab.engine.act("volumeTemplate", number, "remove", {})

    lab.wait(0.1)

    assert state(lab, number) == "removing"


def test_templates_are_removed_by_their_action_and_with_their_stack(lab: StackLab) -> None:
    stack = lab.stack_of(TEXT, "")
    (_, first), *_ = lab.engine.related("stack", stack, "volumeTemplates")
    lab.engine.act("volumeTemplate", first, "remove", {})
    lab.wait(1)
    assert len(templates(lab, stack)) == 2

    (_, second), *_ = lab.engine.related("stack", stack, "volumeTemplates")
    lab.engine.delete("stack", stack)
    lab.until_true(lambda: state(lab, second) != "inactive")
    assert state(lab, second) == "removing"
    lab.wait(2)

    assert templates(lab, stack) == {}
    assert lab.engine.ids("volumeTemplate") == []


def test_a_delete_is_no_way_to_remove_one(lab: StackLab) -> None:
    stack = lab.stack_of(TEXT, "")
    (_, first), *_ = lab.engine.related("stack", stack, "volumeTemplates")

    with pytest.raises(Refused) as refused:
        lab.engine.delete("volumeTemplate", first)

    assert refused.value.status == 405
