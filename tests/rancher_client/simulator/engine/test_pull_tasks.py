"""Pull tasks: is an image there, and is it on the hosts (rancher-1.6-api.md 9.1)."""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Refused

from .lab import OLD, Lab

IMAGE = OLD.removeprefix("sim:")
MISSING = f"Image [{IMAGE}] failed to pull: manifest unknown"


@pytest.fixture
def lab() -> Lab:
    """Three hosts with names, each in a zone of its own."""
    lab = Lab()
    for number, name in zip(lab.hosts, ("one", "two", "three"), strict=True):
        lab.engine.update("host", number, {"name": name, "labels": {"zone": name}})
    lab.wait(1)
    return lab


def ask(lab: Lab, *, mode: str = "all", **fields: Any) -> int:
    return lab.engine.create("pullTask", {"image": IMAGE, "mode": mode, **fields}, project=lab.project)


def view(lab: Lab, task: int) -> dict[str, Any]:
    found = lab.engine.view("pullTask", task)
    assert found is not None
    return found


def status(lab: Lab, task: int) -> dict[str, str]:
    lab.wait(1)
    assert view(lab, task)["state"] == "active"
    return dict(view(lab, task)["status"])


def run_on(lab: Lab, host: int) -> str:
    """Run the image on a host without its registry: the state tells whether the host has it."""
    lab.engine.levers.image_exists(IMAGE, False)
    fields = {"imageUuid": OLD, "requestedHostId": host}
    number = lab.engine.create("container", fields, project=lab.project)
    lab.wait(3)
    return str(lab.container(number)["state"])


def test_it_takes_as_long_as_the_pull(lab: Lab) -> None:
    lab.engine.levers.image(IMAGE, pull=5.0)
    task, cached = ask(lab), ask(lab, mode="cached")
    told = view(lab, task)
    assert (told["state"], told["transitioning"], told["status"]) == ("activating", "yes", None)

    lab.wait(5)
    assert [view(lab, number)["state"] for number in (task, cached)] == ["activating", "active"]
    lab.wait(0.2)
    assert view(lab, task)["state"] == "active"


def test_afterwards_every_host_has_the_image(lab: Lab) -> None:
    assert status(lab, ask(lab)) == {"one": "Done", "two": "Done", "three": "Done"}
    assert status(lab, ask(lab, mode="cached")) == {"one": "Done", "two": "Done", "three": "Done"}
    assert run_on(lab, lab.hosts[1]) == "running"


def test_a_cached_one_touches_no_registry(lab: Lab) -> None:
    assert status(lab, ask(lab, mode="cached")) == {"one": MISSING, "two": MISSING, "three": MISSING}
    assert run_on(lab, lab.hosts[1]) == "error"


def test_a_pull_of_an_image_that_is_gone_fails_where_the_image_is_too(lab: Lab) -> None:
    status(lab, ask(lab, labels={"io.rancher.scheduler.affinity:host_label": "zone=one"}))
    lab.engine.levers.image_exists(IMAGE, False)

    assert status(lab, ask(lab)) == {"one": MISSING, "two": MISSING, "three": MISSING}
    assert status(lab, ask(lab, mode="cached")) == {"one": "Done", "two": MISSING, "three": MISSING}


def test_its_labels_choose_the_hosts(lab: Lab) -> None:
    labels = {"io.rancher.scheduler.affinity:host_label": "zone=two"}
    task = ask(lab, labels=labels)

    assert status(lab, task) == {"two": "Done"}
    assert view(lab, task)["labels"] == labels
    assert view(lab, ask(lab))["labels"] is None
    assert run_on(lab, lab.hosts[1]) == "running"


def test_a_host_that_takes_no_containers_is_left_out(lab: Lab) -> None:
    lab.engine.act("host", lab.hosts[0], "deactivate", {})
    lab.engine.levers.give_up_host(lab.hosts[1])
    lab.wait(1)

    assert status(lab, ask(lab)) == {"three": "Done"}


def test_a_host_without_a_name_pulls_and_is_not_reported() -> None:
    lab = Lab(hosts=1)

    assert status(lab, ask(lab)) == {}
    assert run_on(lab, lab.hosts[0]) == "running"


@pytest.mark.parametrize("seconds", [0.0, 2.0])
def test_it_can_be_removed_before_and_after_its_end(lab: Lab, seconds: float) -> None:
    """As any generic object (cattle: spring-process-context.xml, genericobject.remove)."""
    lab.engine.levers.image(IMAGE, pull=1.0)
    task = ask(lab)
    lab.wait(seconds)
    assert lab.engine.offered("pullTask", task) == {"remove"}

    lab.engine.take_changes()
    lab.engine.act("pullTask", task, "remove")
    assert lab.engine.take_changes() == [("pullTask", task)]
    told = view(lab, task)
    assert (told["state"], told["transitioning"], told["transitioningMessage"]) == (
        "removing",
        "yes",
        "In Progress",
    )
    assert lab.engine.offered("pullTask", task) == set()
    with pytest.raises(Refused, match="ActionNotAvailable"):
        lab.engine.act("pullTask", task, "remove")
    lab.wait(5)

    assert lab.engine.take_changes() == [("pullTask", task)]
    told = view(lab, task)
    assert (told["state"], told["transitioning"], told["transitioningMessage"]) == ("removed", "no", None)
    assert told["removed"] == pytest.approx(lab.engine.now - 4.9)
    assert (told["status"] is None) is (seconds == 0.0)
    assert lab.engine.ids("pullTask") == []
