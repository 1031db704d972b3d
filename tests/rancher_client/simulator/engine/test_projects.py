"""Projects, the environments of the UI (rancher-1.6-api.md chapter 11)."""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Refused

from .lab import Lab


def view(lab: Lab, project: int) -> dict[str, Any]:
    found = lab.engine.view("project", project)
    assert found is not None
    return found


def state(lab: Lab, project: int) -> str:
    return str(view(lab, project)["state"])


def create(lab: Lab, **fields: Any) -> int:
    return lab.engine.create("project", {"name": "stage", **fields}, project=None)


def refusal(lab: Lab, project: int, action: str) -> tuple[int, str]:
    with pytest.raises(Refused) as refused:
        lab.engine.act("project", project, action, {})
    return refused.value.status, refused.value.code


def test_a_new_project_registers_and_is_active_a_moment_later(lab: Lab) -> None:
    project = create(lab)
    assert (state(lab, project), view(lab, project)["transitioning"]) == ("registering", "yes")

    lab.wait(0.2)

    assert (state(lab, project), view(lab, project)["transitioning"]) == ("active", "no")


def test_one_that_has_stood_there_for_long_begins_no_process(lab: Lab) -> None:
    project = create(lab, state="inactive")
    assert state(lab, project) == "inactive"

    lab.wait(1)

    assert state(lab, project) == "inactive"
    assert "state" not in (view(lab, project).keys() - {"state"})


def test_numbers_go_on_after_one_that_was_given(lab: Lab) -> None:
    assert create(lab, id=40) == 40
    assert create(lab) == 41
    assert create(lab, id=20) == 20
    assert create(lab) == 42


def test_it_is_of_the_present_version_unless_it_says_otherwise(lab: Lab) -> None:
    assert view(lab, create(lab))["version"] == "2"
    assert view(lab, create(lab, version="1"))["version"] == "1"


def test_a_put_changes_what_it_names_and_starts_no_process(lab: Lab) -> None:
    project = create(lab, state="active", description="old")

    lab.engine.update("project", project, {"description": "new"})

    told = view(lab, project)
    assert (told["state"], told["name"], told["description"]) == ("active", "stage", "new")


@pytest.mark.parametrize(
    ("before", "action", "on_the_way", "then"),
    [
        ("active", "deactivate", "deactivating", "inactive"),
        ("inactive", "activate", "activating", "active"),
        ("registering", "deactivate", "deactivating", "inactive"),
        ("active", "upgrade", "upgrading", "active"),
        ("removed", "purge", "purging", "purged"),
    ],
)
def test_its_actions_pass_their_states(
    lab: Lab, before: str, action: str, on_the_way: str, then: str
) -> None:
    project = create(lab, **({} if before == "registering" else {"state": before}))

    lab.engine.act("project", project, action, {})
    passed = state(lab, project)
    lab.wait(1)

    assert (passed, state(lab, project)) == (on_the_way, then)


def test_what_its_state_does_not_offer_is_refused(lab: Lab) -> None:
    assert refusal(lab, create(lab, state="active"), "activate") == (422, "ActionNotAvailable")


@pytest.mark.parametrize("action", ["delete", "defaultNetworkId"])
def test_some_actions_are_offered_and_lead_nowhere(lab: Lab, action: str) -> None:
    """There is no such process [run]."""
    project = create(lab, state="active")

    assert action in lab.engine.offered("project", project)
    assert refusal(lab, project, action)[0] == 404


@pytest.mark.parametrize("by_action", [False, True])
def test_its_stacks_go_with_it_and_no_others(lab: Lab, by_action: bool) -> None:
    mine, gone = create(lab, state="inactive"), create(lab, state="inactive")
    stacks = [
        lab.engine.create("stack", {"name": name}, project=project)
        for name, project in (("kept", mine), ("old", gone), ("shop", gone))
    ]
    lab.wait(1)
    lab.engine.delete("stack", stacks[1])
    lab.wait(5)
    old = lab.engine.view("stack", stacks[1])

    if by_action:
        lab.engine.act("project", gone, "remove", {})
    else:
        lab.engine.delete("project", gone)
    told = view(lab, gone)
    assert (told["state"], told["removed"], state(lab, mine)) == ("removed", lab.engine.now, "inactive")
    lab.wait(5)

    states = [(lab.engine.view("stack", stack) or {})["state"] for stack in stacks]
    assert states == ["active", "removed", "removed"]
    assert lab.engine.view("stack", stacks[1]) == old
    assert gone not in lab.engine.ids("project")


def test_one_that_is_gone_cannot_be_deleted_again(lab: Lab) -> None:
    project = create(lab)
    lab.engine.delete("project", project)
    lab.wait(1)
    assert state(lab, project) == "removed"

    with pytest.raises(Refused) as refused:
        lab.engine.delete("project", project)

    assert refused.value.status == 404
