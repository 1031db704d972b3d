"""Evacuating a host: what goes, what stays, what services do afterwards (rancher-1.6-api.md 7.1)."""

from __future__ import annotations

import pytest

from .lab import Lab, upgrade_body

GLOBAL = {"io.rancher.scheduler.global": "true"}


def evacuate(lab: Lab, host: int) -> None:
    lab.engine.act("host", host, "evacuate", {})
    lab.wait(10)


def lone(lab: Lab, host: int, **fields: object) -> int:
    """A container of no service on a host."""
    number = lab.engine.create(
        "container",
        {"imageUuid": "sim:a", "requestedHostId": host, **fields},
        project=lab.project,
    )
    lab.wait(5)
    return number


def upgraded_everywhere(lab: Lab) -> int:
    """An upgraded global service: an old and a new container on each of three hosts."""
    web = lab.service(labels=GLOBAL)
    lab.upgrade(web, upgrade_body(batch=3, interval=100, labels=GLOBAL))
    lab.until(web, "upgraded")
    return web


def test_evacuation_takes_the_stopped_containers_of_an_upgrade_too(lab: Lab) -> None:
    web = upgraded_everywhere(lab)

    evacuate(lab, lab.hosts[0])

    assert lab.generations(web) == {("old", "stopped"): 2, ("new", "running"): 2}
    assert lab.state(web) == "upgraded"


@pytest.mark.parametrize(("action", "generation"), [("rollback", "old"), ("finishupgrade", "new")])
def test_a_global_service_comes_to_an_evacuated_host_when_it_is_active_again(
    lab: Lab, action: str, generation: str
) -> None:
    web = upgraded_everywhere(lab)
    evacuate(lab, lab.hosts[0])

    lab.act(web, action)
    lab.wait(10)
    elsewhere = lab.generations(web)
    lab.engine.act("host", lab.hosts[0], "activate", {})
    lab.wait(10)

    assert elsewhere == {(generation, "running"): 2}
    assert lab.generations(web) == {(generation, "running"): 3}


def test_a_rollback_makes_anew_what_the_evacuation_took(lab: Lab) -> None:
    web = lab.service(scale=3)
    old = {view["hostId"].number for view in lab.containers(web)}
    lab.upgrade(web, upgrade_body(batch=3, interval=100))
    lab.until(web, "upgraded")
    evacuate(lab, old.pop())

    lab.act(web, "rollback")
    lab.wait(10)

    assert lab.generations(web) == {("old", "running"): 3}


def test_evacuation_of_an_inactive_host_takes_what_is_stopping_and_what_has_stopped(lab: Lab) -> None:
    host = lab.hosts[0]
    stopped, stopping, _ = numbers = [lone(lab, host) for _ in range(3)]
    lab.engine.levers.stop_hangs(stopping)
    for number in (stopped, stopping):
        lab.engine.act("container", number, "stop", {})
    lab.engine.act("host", host, "deactivate", {})
    lab.wait(5)
    before = [lab.container(number)["state"] for number in numbers]

    evacuate(lab, host)
    lab.engine.levers.stop_hangs(stopping, False)
    lab.wait(10)

    assert before == ["stopped", "stopping", "running"]
    assert [lab.container(number)["state"] for number in numbers] == ["removed"] * 3


def test_evacuation_leaves_what_belongs_to_the_infrastructure(lab: Lab) -> None:
    stack = lab.engine.create("stack", {"name": "net", "system": True}, project=lab.project)
    lab.wait(1)
    net = lab.service("net", labels=GLOBAL, fields={"stackId": stack})
    there = next(view for view in lab.containers(net) if view["hostId"].number == lab.hosts[0])

    evacuate(lab, lab.hosts[0])

    assert there["system"] is True
    assert there["labels"]["io.rancher.container.system"] == "true"
    assert lab.container(there["id"])["state"] == "running"


@pytest.mark.parametrize(("name", "state"), [("rancher-agent", "running"), ("agent", "removed")])
def test_evacuation_leaves_the_agent_of_the_host(lab: Lab, name: str, state: str) -> None:
    labels = {"io.rancher.container.system": "rancher-agent"}
    agent = lone(lab, lab.hosts[0], name=name, labels=labels)

    evacuate(lab, lab.hosts[0])

    assert lab.container(agent)["state"] == state


def test_only_what_is_in_a_system_stack_belongs_to_the_infrastructure(lab: Lab) -> None:
    web = lab.service(labels=GLOBAL, fields={"system": True})

    evacuate(lab, lab.hosts[0])

    assert lab.view(web)["system"] is False
    assert lab.generations(web) == {("old", "running"): 2}


def test_evacuation_leaves_what_could_not_be_made(lab: Lab) -> None:
    host = lab.hosts[0]
    lab.engine.levers.start_fails("sim:bad", "no such command")
    failed = lone(lab, host, imageUuid="sim:bad")
    before = lab.container(failed)

    evacuate(lab, host)

    assert before["hostId"].number == host
    assert lab.container(failed)["state"] == before["state"] == "error"
