"""What every call has in common, whatever the kind of row: what is there, what is refused, what is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rancher_client.simulator.engine import Engine, Ref, Refused, Site, Timing

from .lab import OLD, START, Lab

KINDS = ("project", "host", "stack", "service", "container")


def made(lab: Lab) -> dict[str, int]:
    """One row of each kind."""
    create, project = lab.engine.create, lab.project
    web = lab.service()
    found = {"project": project, "host": lab.hosts[0], "stack": lab.stack, "service": web}
    found["container"] = create("container", {"name": "alone", "imageUuid": OLD}, project=project)
    found["pullTask"] = create("pullTask", {"image": "a", "mode": "all"}, project=project)
    found["volumeTemplate"] = create("volumeTemplate", {"name": "a", "stackId": lab.stack}, project=project)
    lab.wait(5)
    return found


def test_an_engine_begins_at_the_moment_and_with_the_site_it_is_given() -> None:
    engine = Engine(start=START)
    given = Engine(start=START, site=Site.simulated_hosts(), timing=Timing(project_step=5.0))

    assert (engine.now, engine.site, given.site) == (START, Site(), Site.simulated_hosts())
    assert engine.due_at() is None
    for each, state in ((engine, "active"), (given, "registering")):
        number = each.create("project", {"name": "a"}, project=None)
        each.advance(START + 1)
        assert (each.view("project", number) or {})["state"] == state


@pytest.mark.parametrize("kind", ["project", "host", "stack", "service", "container", "nonsense"])
def test_of_what_is_not_there_nothing_is_shown_and_nothing_can_be_asked(lab: Lab, kind: str) -> None:
    engine = lab.engine
    assert engine.view(kind, 99) is None
    assert engine.offered(kind, 99) == frozenset()
    assert engine.usage(kind, 99, engine.now) is None
    for call in (
        lambda: engine.update(kind, 99, {}),
        lambda: engine.act(kind, 99, "remove"),
        lambda: engine.delete(kind, 99),
    ):
        with pytest.raises(Refused) as refused:
            call()
        assert refused.value.status == 404


@pytest.mark.parametrize(
    "kind", ["host", "stack", "service", "dnsService", "container", "pullTask", "volumeTemplate"]
)
@pytest.mark.parametrize("project", [None, 99])
def test_rows_are_made_in_a_project_that_is_there(lab: Lab, kind: str, project: int | None) -> None:
    with pytest.raises(Refused) as refused:
        lab.engine.create(kind, {"name": "a"}, project=project)

    assert refused.value.status == 405


@pytest.mark.parametrize("kind", ["serviceLog", "processInstance", "nonsense"])
def test_some_rows_are_made_by_the_server_only(lab: Lab, kind: str) -> None:
    with pytest.raises(Refused) as refused:
        lab.engine.create(kind, {"name": "a"}, project=lab.project)

    assert refused.value.status == 405


def test_lists_leave_out_what_is_removed_and_what_is_of_others(lab: Lab) -> None:
    own = made(lab)
    other = lab.engine.create("project", {"name": "other", "state": "active"}, project=None)
    host = lab.engine.create("host", {}, project=other)
    lab.engine.delete("container", own["container"])
    lab.wait(10)

    assert lab.engine.ids("host") == [*lab.hosts, host]
    assert lab.engine.ids("host", project=other) == [host]
    assert lab.engine.ids("project", project=other) == [other]
    assert own["container"] not in lab.engine.ids("container")
    assert lab.engine.view("container", own["container"]) is not None
    assert lab.engine.ids("nonsense") == []


@pytest.mark.parametrize("kind", ["pullTask", "volumeTemplate"])
def test_some_rows_are_never_changed(lab: Lab, kind: str) -> None:
    number = made(lab)[kind]

    for call in (lambda: lab.engine.update(kind, number, {}), lambda: lab.engine.delete(kind, number)):
        with pytest.raises(Refused) as refused:
            call()
        assert refused.value.status == 405


@pytest.mark.parametrize("kind", [*KINDS, "pullTask", "volumeTemplate"])
def test_an_action_that_is_not_offered_is_refused(lab: Lab, kind: str) -> None:
    number = made(lab)[kind]

    assert "nonsense" not in lab.engine.offered(kind, number)
    with pytest.raises(Refused) as refused:
        lab.engine.act(kind, number, "nonsense")
    assert (refused.value.status, refused.value.code) == (422, "ActionNotAvailable")


@pytest.mark.parametrize("action", ["remove", "replay"])
def test_a_log_offers_nothing_and_refuses_everything(lab: Lab, action: str) -> None:
    lab.service()
    number = lab.engine.ids("serviceLog")[0]

    assert lab.engine.offered("serviceLog", number) == frozenset()
    with pytest.raises(Refused, match="ActionNotAvailable"):
        lab.engine.act("serviceLog", number, action)


def test_a_record_of_a_process_offers_its_replay_and_nothing_else(lab: Lab) -> None:
    number = lab.engine.ids("processInstance")[0]

    assert lab.engine.offered("processInstance", number) == {"replay"}
    with pytest.raises(Refused, match="ActionNotAvailable"):
        lab.engine.act("processInstance", number, "remove")
    before = lab.engine.due_at()
    lab.engine.act("processInstance", number, "replay")
    assert lab.engine.due_at() == before


def open_process(lab: Lab, name: str) -> int:
    """The record of the process of this name that has not ended."""
    views = {
        number: lab.engine.view("processInstance", number) or {}
        for number in lab.engine.ids("processInstance")
    }
    return next(n for n, view in views.items() if view["processName"] == name and view["endTime"] is None)


def test_a_replayed_process_of_a_stack_does_not_wait_for_its_next_try(lab: Lab) -> None:
    lab.engine.levers.compose_executor("away")
    stack = lab.engine.create("stack", {"name": "a"}, project=lab.project)
    lab.wait(46)  # its time-out is over, the next try more than ten seconds away
    lab.engine.levers.compose_executor("running")

    lab.engine.act("processInstance", open_process(lab, "stack.create"), "replay")
    lab.wait(1)

    assert (lab.engine.view("stack", stack) or {})["state"] == "active"


def test_a_replayed_process_of_a_container_goes_on_as_it_would_have(lab: Lab) -> None:
    """Only services and stacks are tried again after a pause."""
    [number] = lab.ids(lab.service())
    lab.engine.levers.stop_hangs(number)
    lab.engine.act("container", number, "stop")
    before = lab.engine.due_at()

    lab.engine.act("processInstance", open_process(lab, "instance.stop"), "replay")

    assert lab.engine.due_at() == before
    assert lab.container(number)["state"] == "stopping"


@pytest.mark.parametrize("kind", ["project", "host", "stack", "service", "container", "volumeTemplate"])
def test_every_kind_has_its_actions(lab: Lab, kind: str) -> None:
    number = made(lab)[kind]
    if kind == "volumeTemplate":
        lab.engine.act(kind, number, "remove")
        becomes = "removed"
    else:
        action, becomes = {
            "project": ("deactivate", "inactive"),
            "host": ("deactivate", "inactive"),
            "stack": ("remove", "removed"),
            "service": ("deactivate", "inactive"),
            "container": ("stop", "stopped"),
        }[kind]
        lab.engine.act(kind, number, action)
    lab.wait(20)

    assert (lab.engine.view(kind, number) or {})["state"] == becomes


@pytest.mark.parametrize("kind", ["project", "host", "stack", "service", "container"])
def test_every_kind_can_be_renamed_and_removed(lab: Lab, kind: str) -> None:
    number = made(lab)[kind]

    lab.engine.update(kind, number, {"name": "renamed"})
    assert (lab.engine.view(kind, number) or {})["name"] == "renamed"
    if kind in ("project", "host"):
        lab.wait(1)
        lab.engine.act(kind, number, "deactivate")
        lab.wait(5)
    lab.engine.delete(kind, number)
    lab.wait(20)

    assert (lab.engine.view(kind, number) or {})["state"] == "removed"


def test_of_a_container_a_put_changes_name_and_description_and_nothing_else(lab: Lab) -> None:
    number = made(lab)["container"]
    lab.engine.take_changes()

    lab.engine.update("container", number, {"description": "mine", "imageUuid": "sim:other"})
    view = lab.container(number)
    assert (view["name"], view["description"], view["imageUuid"]) == ("alone", "mine", OLD)
    lab.engine.update("container", number, {"name": "ours"})

    view = lab.container(number)
    assert (view["name"], view["description"]) == ("ours", "mine")
    assert ("container", number) in lab.engine.take_changes()


@pytest.mark.parametrize("name", [None, ""])
def test_a_container_may_lose_its_name(lab: Lab, name: str | None) -> None:
    number = made(lab)["container"]

    lab.engine.update("container", number, {"name": name})

    assert lab.container(number)["name"] == name


def test_references_may_come_as_such_or_as_numbers(lab: Lab) -> None:
    web, db = lab.service(), lab.service("db")
    link: dict[str, Any] = {"name": "store", "serviceId": Ref("service", db)}

    lab.engine.act("service", web, "setservicelinks", {"serviceLinks": [link]})
    lab.engine.update("service", web, {"metadata": {"deep": [{"of": Ref("service", db)}]}})
    body = {"imageUuid": OLD, "requestedHostId": Ref("host", lab.hosts[1])}
    number = lab.engine.create("container", body, project=lab.project)

    assert lab.view(web)["linkedServices"] == {"store": Ref("service", db)}
    assert lab.view(web)["metadata"] == {"deep": [{"of": db}]}
    assert lab.container(number)["requestedHostId"] == Ref("host", lab.hosts[1])


def test_a_container_is_known_in_docker_by_its_id_there_and_by_its_uuid_before(lab: Lab) -> None:
    number = lab.engine.create("container", {"imageUuid": OLD}, project=lab.project)
    assert lab.engine.placed(number) == (None, lab.container(number)["uuid"])
    lab.wait(5)

    view = lab.container(number)
    assert lab.engine.placed(number) == (view["hostId"].number, view["externalId"])


def test_an_agent_is_told_as_it_is_and_as_the_server_takes_it(lab: Lab) -> None:
    host = lab.hosts[0]
    assert lab.engine.agent(host) == (True, True)

    lab.engine.levers.lose_host(host)
    assert lab.engine.agent(host) == (False, True)
    lab.wait(31)
    assert lab.engine.agent(host) == (False, False)
    lab.engine.levers.regain_host(host)
    assert lab.engine.agent(host) == (True, False)
    lab.wait(1)
    lab.engine.act("host", host, "deactivate")
    lab.wait(1)
    lab.engine.delete("host", host)
    lab.wait(1)
    assert lab.engine.agent(host) == (True, False)


def test_a_restored_engine_has_levers_and_tells_the_changes_that_were_not_taken(lab: Lab) -> None:
    web = lab.service()
    lab.engine.take_changes()
    lab.engine.update("service", web, {"metadata": {"a": "b"}})

    restored = Engine.restore(json.loads(json.dumps(lab.engine.snapshot())))
    restored.levers.container_exits(lab.ids(web)[0])

    assert restored.take_changes() == lab.engine.take_changes()
    restored.advance(restored.now + 1)
    assert ("container", lab.ids(web)[0]) in restored.take_changes()
