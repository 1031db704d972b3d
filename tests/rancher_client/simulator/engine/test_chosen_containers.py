"""Containers of others that a service chooses by `selectorContainer`.

cattle: SelectorInstancePostListener.java, SelectorServiceCreatePostListener.java
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rancher_client.simulator.engine import Engine, Ref, Timing

from .lab import Lab

WEB = {"role": "web"}


@pytest.fixture
def web(lab: Lab) -> int:
    """Two units, each of two containers that the selector chooses."""
    sidekick = {"name": "side", "imageUuid": "sim:side:1", "labels": WEB}
    return lab.service("web", scale=2, labels=WEB, ports=["8080:80"], sidekicks=[sidekick])


def choosing(lab: Lab, selector: str | None = "role=web", **fields: Any) -> int:
    return lab.service("sel", labels=WEB, fields={"selectorContainer": selector, **fields})


def lone(lab: Lab, labels: dict[str, str] = WEB) -> int:
    number = lab.engine.create(
        "container", {"imageUuid": "sim:lone:1", "labels": labels}, project=lab.project
    )
    lab.wait(5)
    return number


def put(lab: Lab, service: int, **fields: Any) -> None:
    lab.engine.update("service", service, fields)
    lab.wait(5)


def others(lab: Lab, service: int) -> set[int]:
    """What the service has beside the containers that are its own."""
    return {
        c["id"] for c in lab.containers(service) if f"-{lab.view(service)['name']}-" not in str(c["name"])
    }


def services_of(lab: Lab, container: int) -> list[int]:
    return [ref.number for ref in lab.container(container)["serviceIds"] or []]


def test_a_service_chooses_what_is_there_when_it_is_made(lab: Lab, web: int) -> None:
    alone, _other = lone(lab), lone(lab, {"role": "db"})
    of_web = lab.ids(web)

    made = choosing(lab)

    assert others(lab, made) == {*of_web, alone}
    assert {ref.number for ref in lab.view(made)["instanceIds"]} == set(lab.ids(made))
    assert services_of(lab, alone) == [made]
    assert [services_of(lab, number) for number in of_web] == [[web, made]] * 4
    assert lab.engine.related("container", of_web[0], "services") == [("service", web), ("service", made)]
    assert lab.ids(web) == of_web


def test_and_what_starts_later_or_again(lab: Lab) -> None:
    made = choosing(lab)
    alone = lone(lab)
    assert others(lab, made) == {alone}

    for action in ("stop", "start"):
        lab.engine.act("container", alone, action, {})
        lab.wait(5)
        assert others(lab, made) == {alone}


def test_those_of_other_projects_are_not_chosen(lab: Lab) -> None:
    made = choosing(lab)
    project = lab.engine.create("project", {"name": "Other", "state": "active"}, project=None)
    lab.engine.create("host", {}, project=project)
    body = {"name": "lone", "imageUuid": "sim:lone:1", "labels": WEB}
    lab.engine.create("container", body, project=project)
    lab.wait(5)
    put(lab, made, metadata={"k": 1})

    assert others(lab, made) == set()


def test_an_update_chooses_anew_and_no_selector_leaves_all_as_it_is(lab: Lab) -> None:
    made, alone, db = choosing(lab, "role=none"), lone(lab), lone(lab, {"role": "db"})
    for selector, chosen in (("role=web", {alone}), ("role=db", {db}), (None, {db}), ("role=web", {alone})):
        put(lab, made, selectorContainer=selector)
        assert others(lab, made) == chosen


def test_the_current_scale_counts_those_of_primary_configs_at_the_next_update(lab: Lab, web: int) -> None:
    made = choosing(lab)
    assert lab.view(made)["currentScale"] == 3  # its own, and two of web without their sidekicks

    lone(lab)
    assert lab.view(made)["currentScale"] == 3
    put(lab, made, metadata={"k": 2})
    assert lab.view(made)["currentScale"] == 4
    assert lab.view(made)["scale"] == 1


@pytest.mark.parametrize("action", ["error", "remove"])
def test_one_that_fails_or_goes_counts_no_more(action: str) -> None:
    """cattle:…/dao/impl/ServiceExposeMapDaoImpl.java, getCurrentScale"""
    lab = Lab(timing=replace(Timing.simulated_hosts(), error=20, remove=20))
    made, alone = choosing(lab), lone(lab)
    put(lab, made, metadata={"k": 1})
    assert lab.view(made)["currentScale"] == 2

    lab.engine.act("container", alone, "stop", {})
    lab.wait(1)
    lab.engine.act("container", alone, action, {})
    put(lab, made, metadata={"k": 2})

    assert (lab.container(alone)["state"], others(lab, made)) == (
        {"error": "erroring", "remove": "removing"}[action],
        {alone},
    )
    assert lab.view(made)["currentScale"] == 1


def test_each_has_a_pairing_with_both_services(lab: Lab, web: int) -> None:
    made = choosing(lab)
    container = lab.ids(web)[0]

    pairings = lab.engine.related("container", container, "serviceExposeMaps")

    views = [lab.engine.view(*each) for each in pairings]
    shown = [(view["serviceId"], view["instanceId"], view["managed"]) for view in views if view is not None]
    whole = Ref("container", container)
    assert shown == [(Ref("service", web), whole, True), (Ref("service", made), whole, False)]
    of_service = lab.engine.related("service", made, "serviceExposeMaps")
    assert pairings[1] in of_service
    assert len(of_service) == len(lab.ids(made))


def test_a_pairing_that_is_removed_comes_back_with_the_next_update(lab: Lab) -> None:
    alone, made = lone(lab), choosing(lab)
    [pairing] = lab.engine.related("container", alone, "serviceExposeMaps")

    for _again in range(2):
        lab.engine.act(*pairing, "remove", {})
        lab.wait(5)
        assert others(lab, made) == set()
        assert lab.container(alone)["state"] == "running"
        put(lab, made, metadata={"at": lab.engine.now})
        assert others(lab, made) == {alone}


def test_endpoints_of_chosen_containers_are_said_to_be_of_the_service(lab: Lab, web: int) -> None:
    made = choosing(lab)

    of_made, of_web = (lab.view(number)["publicEndpoints"] for number in (made, web))

    assert {each["serviceId"] for each in of_made} == {Ref("service", made)}
    assert {each["serviceId"] for each in of_web} == {Ref("service", web)}
    assert len(of_made) == len(of_web) == 2


@pytest.mark.parametrize("what", ["deactivate", "restart", "upgrade", "remove"])
def test_no_process_of_the_service_touches_them(lab: Lab, what: str) -> None:
    alone = lone(lab)
    made = choosing(lab)

    if what == "upgrade":
        lab.upgrade(made)
    elif what == "restart":
        lab.engine.act("service", made, "restart", {"rollingRestartStrategy": {}})
    else:
        lab.act(made, what)
    lab.wait(20)

    assert (lab.container(alone)["state"], lab.container(alone)["startCount"]) == ("running", 1)
    assert others(lab, made) == (set() if what == "remove" else {alone})
    assert services_of(lab, alone) == ([] if what == "remove" else [made])


def test_the_health_is_that_of_its_own_alone(lab: Lab) -> None:
    lone(lab)
    made = choosing(lab)

    lab.act(made, "deactivate")
    lab.wait(20)

    assert lab.view(made)["healthState"] == "unhealthy"


def test_one_that_is_removed_is_forgotten(lab: Lab) -> None:
    alone = lone(lab)
    made = choosing(lab)

    lab.engine.delete("container", alone)
    lab.wait(5)

    assert others(lab, made) == set()
    assert services_of(lab, alone) == []


def test_a_snapshot_and_a_copy_keep_them(lab: Lab, web: int) -> None:
    alone, made = lone(lab), choosing(lab)
    chosen = others(lab, made)
    views = {
        kind: {number: lab.engine.view(kind, number) or {} for number in lab.engine.ids(kind)}
        for kind in ("project", "host", "stack", "service", "container")
    }

    restored = Engine.restore(lab.engine.snapshot())
    copied = Engine.adopt(views, start=lab.engine.now)

    for engine in (restored, copied):
        lab.engine = engine
        assert others(lab, made) == chosen
        assert services_of(lab, alone) == [made]
        assert services_of(lab, lab.ids(web)[0]) == [web, made]


def test_one_that_starts_again_is_chosen_once(lab: Lab) -> None:
    number = lone(lab)
    service = choosing(lab)
    lab.engine.act("container", number, "restart")
    lab.wait(10)

    assert [c["id"] for c in lab.containers(service)].count(number) == 1


def test_a_removed_service_chooses_no_more_and_a_removed_container_is_not_chosen(lab: Lab) -> None:
    gone = lone(lab)
    lab.engine.delete("container", gone)
    lab.wait(5)
    service = choosing(lab)
    assert others(lab, service) == set()

    lab.engine.delete("service", service)
    lab.wait(10)

    assert services_of(lab, lone(lab)) == []


def test_both_are_told_of_when_one_is_chosen_and_when_it_is_let_go(lab: Lab) -> None:
    number = lone(lab)
    service = choosing(lab)
    lab.engine.take_changes()
    both = {("service", service), ("container", number)}

    put(lab, service, selectorContainer="role=nobody")
    assert both <= set(lab.engine.take_changes())
    assert services_of(lab, number) == []

    put(lab, service, selectorContainer="role=web")
    assert both <= set(lab.engine.take_changes())
    assert services_of(lab, number) == [service]
