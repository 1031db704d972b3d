"""Stacks by themselves: names, PUTs, actions, health, and what the record keeps (3.1, 3.2, 3.3).

Source: cattle:…sd/api/.../filter/StackValidationFilter.java, resources/content/schema/base/stack.json.
"""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Engine, Refused

from .lab import START, Lab
from .records import ends, processes
from .stack_lab import StackLab


@pytest.fixture
def lab() -> StackLab:
    return StackLab()


def create(lab: Lab, name: str | None, **fields: Any) -> int:
    return lab.engine.create("stack", {"name": name, **fields}, project=lab.project)


def refusal(lab: Lab, name: str | None) -> tuple[int, str, str | None]:
    with pytest.raises(Refused) as raised:
        create(lab, name)
    return raised.value.status, raised.value.code, raised.value.field_name


# Names.


@pytest.mark.parametrize("name", [None, ""])
def test_a_stack_needs_a_name(lab: StackLab, name: str | None) -> None:
    assert refusal(lab, name) == (422, "MissingRequired", "name")


@pytest.mark.parametrize("name", ["-a", "a-", "a b", "a.b"])
def test_a_name_is_made_of_letters_digits_and_hyphens_between_them(lab: StackLab, name: str) -> None:
    assert refusal(lab, name) == (422, "InvalidCharacters", "name")


@pytest.mark.parametrize("name", ["SHOP", "a--b", "1"])
def test_these_names_are_taken(lab: StackLab, name: str) -> None:
    """The database compares by case, and two hyphens in a row trouble nobody (chapter 2 [run])."""
    assert create(lab, name)


def test_a_name_is_taken_until_its_stack_is_removed(lab: StackLab) -> None:
    lab.engine.delete("stack", lab.stack)
    assert refusal(lab, "shop") == (422, "NotUnique", "name")

    lab.until_stack(lab.stack, "removed")

    assert create(lab, "shop")


def test_another_project_has_names_of_its_own(lab: StackLab) -> None:
    far = lab.engine.create("project", {"name": "Far", "state": "active"}, project=None)

    assert lab.engine.create("stack", {"name": "shop"}, project=far)


# PUT.


@pytest.mark.parametrize("field", ["description", "externalId", "previousExternalId", "outputs", "group"])
def test_these_fields_are_stored_without_a_process(lab: StackLab, field: str) -> None:
    value = {"a": "b"} if field == "outputs" else "text"

    lab.engine.update("stack", lab.stack, {field: value})

    view = lab.stack_view(lab.stack)
    assert (view["state"], view["name"], view[field]) == ("active", "shop", value)


@pytest.mark.parametrize("field", ["dockerCompose", "rancherCompose", "environment", "startOnCreate"])
def test_what_is_said_at_creation_only_is_dropped_without_a_word(lab: StackLab, field: str) -> None:
    lab.engine.update("stack", lab.stack, {field: "text"})

    assert field not in lab.stack_view(lab.stack)


def test_a_new_name_is_looked_at_and_sets_an_update_going(lab: StackLab) -> None:
    create(lab, "other")
    for name, code in (("other", "NotUnique"), ("a b", "InvalidCharacters")):
        with pytest.raises(Refused, match=code):
            lab.engine.update("stack", lab.stack, {"name": name})

    lab.engine.update("stack", lab.stack, {"name": "shop"})
    assert lab.stack_view(lab.stack)["state"] == "active"
    lab.engine.update("stack", lab.stack, {"name": "store"})
    assert lab.stack_view(lab.stack)["state"] == "updating-active"
    lab.until_stack(lab.stack, "active")

    assert lab.stack_view(lab.stack)["name"] == "store"


def test_a_name_in_other_case_is_taken_even_where_it_was_taken_before(lab: StackLab) -> None:
    """A rename that changes the case only is not looked at (equalsIgnoreCase)."""
    create(lab, "SHOP")

    lab.engine.update("stack", lab.stack, {"name": "SHOP"})

    assert lab.stack_view(lab.stack)["name"] == "SHOP"


def test_a_stack_in_error_is_renamed_without_a_process(lab: StackLab) -> None:
    broken = create(lab, "broken", dockerCompose="a: [")
    lab.until_stack(broken, "error")

    lab.engine.update("stack", broken, {"name": "wrong"})

    assert (lab.stack_view(broken)["name"], lab.stack_view(broken)["state"]) == ("wrong", "error")


# Actions.


def test_an_action_that_is_not_offered_is_no_conflict_unless_two_met(lab: StackLab) -> None:
    for overlapping, status in ((False, 422), (True, 422)):
        with pytest.raises(Refused) as raised:
            lab.engine.act("stack", lab.stack, "rollback", {}, overlapping=overlapping)
        assert raised.value.status == status
    lab.engine.act("stack", lab.stack, "upgrade", {})

    for overlapping, status in ((False, 422), (True, 409)):
        with pytest.raises(Refused) as raised:
            lab.engine.act("stack", lab.stack, "upgrade", {}, overlapping=overlapping)
        assert raised.value.status == status


def test_remove_is_an_action_too_and_a_second_one_changes_nothing(lab: StackLab) -> None:
    lab.engine.act("stack", lab.stack, "remove", {})
    lab.engine.delete("stack", lab.stack)
    lab.until_stack(lab.stack, "removed")
    lab.engine.delete("stack", lab.stack)

    assert ends(lab, "stack", lab.stack)[1:] == [("stack.remove", "DONE", "SUCCESS")]
    view = lab.stack_view(lab.stack)
    assert (view["state"], view["removed"]) == ("removed", lab.engine.now)
    assert lab.stack not in lab.engine.ids("stack")


def test_what_was_wrong_with_a_stack_is_not_said_of_its_removal(lab: StackLab) -> None:
    broken = create(lab, "broken", dockerCompose="a: [")
    lab.until_stack(broken, "error")

    lab.engine.delete("stack", broken)

    assert lab.stack_state(broken) == ("removing", "yes", "In Progress")
    lab.until_stack(broken, "removed", within=2)


def test_a_removal_that_was_asked_for_first_follows_a_refused_text(lab: StackLab) -> None:
    broken = create(lab, "broken", dockerCompose="a: [")
    lab.wait(0.05)

    lab.engine.delete("stack", broken)

    lab.until_stack(broken, "removed", within=2)


def test_services_are_started_and_stopped_in_this_stack_alone(lab: StackLab) -> None:
    stopped, running = lab.service("stopped", start=False), lab.service("running")
    other = create(lab, "other")
    fields = {"name": "far", "stackId": other, "launchConfig": {"imageUuid": "sim:x"}}
    far = lab.engine.create("service", fields, project=lab.project)
    lab.wait(5)

    lab.engine.act("stack", lab.stack, "activateservices", {})
    assert [lab.state(each) for each in (stopped, running, far)] == ["activating", "active", "inactive"]
    lab.until(stopped, "active")
    lab.act(stopped, "deactivate")
    lab.engine.act("stack", lab.stack, "deactivateservices", {})

    assert [lab.state(each) for each in (stopped, running)] == ["deactivating", "deactivating"]


def test_an_outputs_value_given_anew_counts(lab: StackLab) -> None:
    lab.engine.update("stack", lab.stack, {"outputs": None})
    lab.engine.act("stack", lab.stack, "addoutputs", {"outputs": {"a": "1"}})
    lab.engine.act("stack", lab.stack, "addoutputs", {"outputs": {"a": "2"}})

    assert lab.stack_view(lab.stack)["outputs"] == {"a": "2"}


# Health.


def test_a_project_is_as_well_as_its_stacks_that_are_there(lab: StackLab) -> None:
    def health(project: int) -> str:
        return str((lab.engine.view("project", project) or {})["healthState"])

    far = lab.engine.create("project", {"name": "Far", "state": "active"}, project=None)
    lab.service("web")
    assert health(lab.project) == "healthy"
    other = create(lab, "other")
    fields = {"name": "ill", "stackId": other, "launchConfig": {"imageUuid": "sim:x"}}
    lab.engine.create("service", fields, project=lab.project)
    lab.wait(5)
    assert [lab.stack_view(each)["healthState"] for each in (lab.stack, other)] == ["healthy", "unhealthy"]
    assert (health(lab.project), health(far)) == ("degraded", "healthy")

    lab.engine.delete("stack", other)
    lab.wait(5)
    away = lab.engine.create("stack", {"name": "away"}, project=far)
    lab.engine.create("service", {**fields, "stackId": away}, project=far)
    lab.wait(5)
    lab.service("another")

    assert (health(lab.project), health(far)) == ("healthy", "unhealthy")


def test_what_is_removed_counts_no_longer(lab: StackLab) -> None:
    """Looked at again is a stack's health when some process has ended (StackHealthStateUpdateTrigger)."""
    web, idle = lab.service("web"), lab.service("idle", start=False)
    job = lab.service("job", start=False)
    lab.engine.levers.image("registry/shop:1", stop=60.0)
    assert lab.stack_view(lab.stack)["healthState"] == "degraded"

    lab.engine.delete("service", web)
    lab.wait(1)
    for ended in (idle, job):
        lab.act(ended, "activate")
        lab.until(ended, "active")
        lab.wait(1)

    assert (lab.state(web), lab.view(web)["healthState"]) == ("removed", "healthy")
    assert lab.stack_view(lab.stack)["healthState"] == "healthy"


@pytest.mark.parametrize(("scale", "health"), [(1, "healthy"), (2, "healthy"), (12, "unhealthy")])
def test_the_health_of_a_service_is_looked_at_until_it_is_removed(
    lab: StackLab, scale: int, health: str
) -> None:
    """So one that has many containers to send off is seen without them, and a small one is gone before."""
    web = lab.service("web", scale=scale)
    lab.wait(5)

    lab.engine.delete("service", web)
    lab.until(web, "removed")
    lab.wait(5)

    assert lab.view(web)["healthState"] == health


# The record, and copies of another server.


def test_the_record_keeps_what_was_asked_for(lab: StackLab) -> None:
    stack = create(lab, "net", system=True, externalId="mine")
    lab.until_stack(stack, "active")
    for action, state in (("upgrade", "upgraded"), ("finishupgrade", "active")):
        body = {"environment": {"A": "1"}} if action == "upgrade" else {}
        lab.engine.act("stack", stack, action, body)
        lab.until_stack(stack, state)
    lab.engine.update("stack", stack, {"name": "web"})
    lab.engine.delete("stack", stack)

    assert {each["processName"]: each["data"] for each in processes(lab, "stack", stack)} == {
        "stack.create": {"kind": "stack", "name": "net", "system": True, "externalId": "mine"},
        "stack.upgrade": {"environment": {"A": "1"}, "system": True},
        "stack.finishupgrade": {"action": "finishupgrade", "system": True},
        "stack.update": {"system": True},
        "stack.remove": {"system": True},
    }


@pytest.mark.parametrize(
    ("shown", "ends_in"),
    [("activating", "active"), ("upgrading", "upgraded"), ("rolling-back", "active"), ("active", "active")],
)
def test_a_stack_that_is_copied_on_its_way_goes_on(lab: StackLab, shown: str, ends_in: str) -> None:
    text = "version: '2'\nservices:\n  web: {image: 'r/web:1'}\n"
    number = lab.stack_of(text, "")
    kinds = ("project", "host", "stack", "service", "container")
    views = {kind: {n: lab.engine.view(kind, n) or {} for n in lab.engine.ids(kind)} for kind in kinds}
    views["stack"][number]["state"] = shown
    if shown == "activating":
        views["service"], views["container"] = {}, {}

    lab.engine = Engine.adopt(views, start=START)
    assert lab.stack_view(number)["state"] == shown
    begun = processes(lab, "stack", number)
    assert [each["data"]["dockerCompose"] for each in begun] == ([] if shown == "active" else [text])
    lab.wait(30)

    assert lab.stack_view(number)["state"] == ends_in
    assert lab.states(number) == {"web": "active"}
