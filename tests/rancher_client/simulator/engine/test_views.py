"""What the API shows of a row, and where there is nothing (rancher-1.6-api.md 3.1, 4.1, 6.1, 7.1, 9).

Nulls, empty lists and empty maps are those of recorded answers: a client in Java or Go tells them apart.
"""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Engine, Ref

from .lab import NEW, OLD, START, Lab, upgrade_body


def shown(lab: Lab, kind: str, number: int) -> dict[str, Any]:
    found = lab.engine.view(kind, number)
    assert found is not None
    return found


def own_container(lab: Lab, **fields: Any) -> int:
    """A container that belongs to no service, started and given time to come up."""
    number = lab.engine.create("container", {"imageUuid": OLD, **fields}, project=lab.project)
    lab.wait(10)
    return number


# Services.


def test_the_sidekicks_are_null_while_the_service_registers_and_a_list_from_then_on(lab: Lab) -> None:
    web = lab.service(settle=0)
    assert lab.view(web)["secondaryLaunchConfigs"] is None

    lab.until(web, "active")

    assert lab.view(web)["secondaryLaunchConfigs"] == []


def test_a_service_without_links_links_to_null(lab: Lab) -> None:
    web, db = lab.service("web"), lab.service("db")
    link = {"serviceLink": {"serviceId": db}}

    lab.engine.act("service", web, "addservicelink", link)
    assert lab.view(web)["linkedServices"] == {"db": Ref("service", db)}
    lab.engine.act("service", web, "removeservicelink", link)

    assert lab.view(web)["linkedServices"] is None


@pytest.mark.parametrize("names_itself", [True, False])
def test_the_block_of_an_upgrade_to_another_service_refers_to_it(lab: Lab, names_itself: bool) -> None:
    web = lab.service()
    wanted = {"toServiceId": web, "finalScale": 1} if names_itself else {"finalScale": 1}

    lab.upgrade(web, {"toServiceStrategy": wanted})
    lab.wait(1)

    block = lab.view(web)["upgrade"]["toServiceStrategy"]
    assert block["toServiceId"] == (Ref("service", web) if names_itself else None)


# Public endpoints.


def test_an_endpoint_is_where_the_port_is_bound_else_the_hosts_own_address() -> None:
    """Source: cattle:code/iaas/model/.../InstanceDaoImpl.java, getPublicEndpointsInternal."""
    lab = Lab(hosts=0)
    host = lab.engine.create("host", {"agentIpAddress": "10.0.0.5"}, project=lab.project)

    web = lab.service(ports=["8080:80", "192.168.1.1:8081:81", "0.0.0.0:8082:82"])

    endpoints = lab.view(web)["publicEndpoints"]
    assert {(end["port"], end["ipAddress"]) for end in endpoints} == {
        (8080, "10.0.0.5"),
        (8081, "192.168.1.1"),
        (8082, "10.0.0.5"),
    }
    assert {(end["serviceId"], end["hostId"]) for end in endpoints} == {
        (Ref("service", web), Ref("host", host))
    }
    assert shown(lab, "host", host)["publicEndpoints"] == endpoints


def test_old_containers_of_an_upgrade_have_endpoints_as_long_as_they_run(lab: Lab) -> None:
    web = lab.service(ports=["8080:80"])
    lab.engine.levers.image(NEW, healthy_after=60.0)
    check = {"port": 80, "interval": 2000, "healthyThreshold": 2}

    lab.upgrade(web, upgrade_body(start_first=True, ports=["8080:80"], healthCheck=check))
    lab.wait(10)

    running = {view["id"] for view in lab.containers(web, state="running")}
    endpoints = lab.view(web)["publicEndpoints"]
    assert len(running) == 2
    assert {end["instanceId"].number for end in endpoints} == running


def test_a_port_that_got_no_public_number_has_no_endpoint(lab: Lab) -> None:
    """An upgrade never chooses a random port anew (4.2)."""
    web = lab.service(ports=["8080:80"])

    lab.upgrade(web, upgrade_body(ports=["8080:80", "90"]))
    lab.until(web, "upgraded")

    assert [end["port"] for end in lab.view(web)["publicEndpoints"]] == [8080]


def test_a_container_of_its_own_has_its_endpoint_on_the_host_only(lab: Lab) -> None:
    host = lab.hosts[0]
    assert shown(lab, "host", host)["publicEndpoints"] is None

    number = own_container(lab, ports=["8080:80"], requestedHostId=host)

    [end] = shown(lab, "host", host)["publicEndpoints"]
    assert (end["instanceId"], end["serviceId"]) == (Ref("container", number), None)


def test_endpoints_are_null_until_there_was_one_and_an_empty_list_when_there_is_none_any_more(
    lab: Lab,
) -> None:
    """As recorded, of services and of hosts: `export-outputs-activate-remove`, `host-evacuate-…`."""
    host = lab.hosts[0]
    bare = lab.service("bare", requestedHostId=host)
    assert lab.view(bare)["publicEndpoints"] is None
    assert shown(lab, "host", host)["publicEndpoints"] is None
    web = lab.service("web", ports=["8080:80"], requestedHostId=host)
    own = own_container(lab, ports=["8081:80"], requestedHostId=lab.hosts[1])

    lab.act(web, "deactivate")
    lab.engine.delete("container", own)
    lab.wait(5)

    assert lab.view(web)["publicEndpoints"] == []
    assert [shown(lab, "host", each)["publicEndpoints"] for each in lab.hosts] == [[], [], None]

    kinds = ("project", "host", "stack", "service", "container")
    views = {kind: {n: shown(lab, kind, n) for n in lab.engine.ids(kind)} for kind in kinds}
    lab.engine = Engine.adopt(views, start=START)
    assert [lab.view(each)["publicEndpoints"] for each in (bare, web)] == [None, []]
    assert [shown(lab, "host", each)["publicEndpoints"] for each in lab.hosts] == [[], [], None]


# Containers.


def test_a_container_belongs_to_its_service_until_its_removal_begins(lab: Lab) -> None:
    web = lab.service()
    [number] = lab.ids(web)
    assert lab.container(number)["serviceIds"] == [Ref("service", web)]

    lab.engine.delete("service", web)
    states = {}
    while (view := lab.container(number))["state"] != "removed":
        states.setdefault(view["state"], view["serviceIds"])
        lab.wait(0.05)

    assert states["stopping"] == [Ref("service", web)]
    assert states["removing"] is None


def test_what_is_still_stopping_belongs_to_no_service_that_is_removed(lab: Lab) -> None:
    lab.engine.levers.image(OLD, stop=5.0)
    web = lab.service()
    [number] = lab.ids(web)

    lab.engine.delete("service", web)
    assert lab.view(web)["instanceIds"] == [Ref("container", number)]
    lab.until(web, "removed")

    assert (lab.container(number)["state"], lab.container(number)["serviceIds"]) == ("stopping", None)
    assert lab.view(web)["instanceIds"] is None


def test_a_removed_service_keeps_the_endpoints_that_it_had(lab: Lab) -> None:
    web = lab.service(ports=["9090:80"])
    before = lab.view(web)["publicEndpoints"]

    lab.engine.delete("service", web)
    lab.until(web, "removed")
    lab.engine = Engine.restore(lab.engine.snapshot())
    lab.wait(10)

    assert lab.view(web)["publicEndpoints"] == before != []


def test_a_container_of_its_own_belongs_to_no_service_and_says_what_it_was_made_of(lab: Lab) -> None:
    bare, mounted = own_container(lab), own_container(lab, dataVolumeMounts={"/data": 3})

    view = lab.container(bare)
    assert (view["serviceIds"], view["stackId"], view["name"], view["ports"]) == (None, None, None, None)
    assert (view["dataVolumeMounts"], view["dataVolumesFrom"], view["labels"]) == ({}, None, None)
    assert lab.container(mounted)["dataVolumeMounts"] == {"/data": 3}


def test_a_failing_container_is_transitioning_until_it_has_failed(lab: Lab) -> None:
    """`stopping` has the error's text already, `error` alone says that it is one (5.6)."""
    lab.engine.levers.start_fails(OLD, "no such thing")
    number = lab.engine.create("container", {"imageUuid": OLD}, project=lab.project)
    said = {}
    while lab.container(number)["state"] != "error":
        due = lab.engine.due_at()
        assert due is not None
        lab.engine.advance(due)
        view = lab.container(number)
        said[view["state"]] = (view["transitioning"], view["transitioningMessage"])

    text = lab.container(number)["transitioningMessage"]
    assert "no such thing" in text
    assert (said["stopping"], said["erroring"], said["error"]) == (
        ("yes", text),
        ("yes", "In Progress"),
        ("error", text),
    )


# Stacks.


def test_a_stack_names_its_own_services_that_are_not_removed(lab: Lab) -> None:
    other = lab.engine.create("stack", {"name": "other"}, project=lab.project)
    web, db = lab.service("web"), lab.service("db")
    assert shown(lab, "stack", lab.stack)["serviceIds"] == [Ref("service", web), Ref("service", db)]
    assert shown(lab, "stack", other)["serviceIds"] is None

    lab.engine.delete("service", web)
    lab.until(web, "removed")

    assert shown(lab, "stack", lab.stack)["serviceIds"] == [Ref("service", db)]


def test_what_is_on_its_way_and_says_nothing_of_it_is_in_progress(lab: Lab) -> None:
    stack = lab.engine.create("stack", {"name": "other"}, project=lab.project)

    view = shown(lab, "stack", stack)
    assert (view["state"], view["transitioning"], view["transitioningMessage"]) == (
        "activating",
        "yes",
        "In Progress",
    )


# Hosts.


def test_a_host_names_its_containers_or_null(lab: Lab) -> None:
    host = lab.hosts[0]
    assert shown(lab, "host", host)["instanceIds"] is None

    number = own_container(lab, requestedHostId=host)

    assert shown(lab, "host", host)["instanceIds"] == [Ref("container", number)]


def test_the_agents_state_is_null_until_it_changes_for_the_first_time(lab: Lab) -> None:
    kept, gone = lab.hosts[:2]
    assert shown(lab, "host", kept)["agentState"] is None

    lab.engine.levers.give_up_host(kept)
    assert shown(lab, "host", kept)["agentState"] == "disconnected"
    lab.engine.levers.regain_host(kept)
    lab.wait(5)
    lab.engine.act("host", gone, "deactivate")
    lab.wait(1)
    lab.engine.delete("host", gone)
    lab.wait(1)

    assert shown(lab, "host", kept)["agentState"] == "active"
    assert [shown(lab, "host", gone)[field] for field in ("state", "agentState")] == ["removed", "removed"]


def test_a_container_of_a_host_that_is_not_known_is_nowhere() -> None:
    """As in a copy of another server that left its hosts out."""
    lab = Lab()
    web = lab.service(ports=["8080:80"])
    kinds = ("project", "stack", "service", "container")
    views = {kind: {n: shown(lab, kind, n) for n in lab.engine.ids(kind)} for kind in kinds}

    copy = Engine.adopt({**views, "host": {}}, start=START)

    view = copy.view("service", web)
    assert view is not None
    assert len(view["instanceIds"]) == 1
    assert view["publicEndpoints"] == []


# Service logs and pull tasks.


def test_a_line_of_the_service_log_names_the_container_it_is_about(lab: Lab) -> None:
    web = lab.service()
    [number] = lab.ids(web)

    logs = [shown(lab, *log) for log in lab.engine.related("service", web, "serviceLogs")]

    assert {log["eventType"]: log["instanceId"] for log in logs} == {
        "service.activate": None,
        "service.activate.info": None,
        "service.activate.wait": None,
        "service.instance.create": Ref("container", number),
    }


@pytest.mark.parametrize("labels", [{}, {"zone": "a"}])
def test_a_pull_task_says_what_it_pulls_until_it_is_done(lab: Lab, labels: dict[str, str]) -> None:
    fields = {"image": "registry/shop:1", "mode": "all", "labels": labels}
    task = lab.engine.create("pullTask", fields, project=lab.project)

    view = shown(lab, "pullTask", task)
    assert (view["transitioning"], view["transitioningMessage"]) == ("yes", "Pulling registry/shop:1")
    assert view["labels"] == (labels or None)
    lab.wait(10)

    view = shown(lab, "pullTask", task)
    assert (view["transitioning"], view["transitioningMessage"]) == ("no", None)
