"""The rows behind a resource's links (rancher-1.6-api.md 1.5, 3.1, 6.1, 7.1)."""

from __future__ import annotations

import pytest

from .lab import OLD, Lab
from .stack_lab import StackLab


@pytest.fixture
def far(lab: Lab) -> int:
    """Another project with a host, a stack and a service of its own."""
    project = lab.engine.create("project", {"name": "Far", "state": "active"}, project=None)
    lab.engine.create("host", {}, project=project)
    stack = lab.engine.create("stack", {"name": "far"}, project=project)
    lab.wait(1)
    fields = {"name": "web", "stackId": stack, "launchConfig": {"imageUuid": OLD}, "startOnCreate": True}
    lab.engine.create("service", fields, project=project)
    lab.wait(10)
    return project


def behind(lab: Lab, kind: str, number: int, link: str) -> list[int]:
    """The numbers of the rows behind a link, which are of one kind."""
    return [number for _, number in lab.engine.related(kind, number, link)]


def test_a_project_leads_to_its_own_rows_that_are_not_removed(lab: Lab, far: int) -> None:
    stack = lab.engine.create("stack", {"name": "gone"}, project=lab.project)
    web, gone = lab.service("web"), lab.service("gone")
    lab.engine.delete("stack", stack)
    lab.engine.delete("service", gone)
    lab.engine.act("host", lab.hosts[0], "deactivate")
    lab.wait(5)
    lab.engine.delete("host", lab.hosts[0])
    lab.wait(5)

    assert lab.engine.related("project", lab.project, "stacks") == [("stack", lab.stack)]
    assert lab.engine.related("project", lab.project, "services") == [("service", web)]
    assert lab.engine.related("project", lab.project, "hosts") == [("host", n) for n in lab.hosts[1:]]
    assert len(lab.engine.related("project", far, "services")) == 1


def test_a_service_leads_to_its_stack_its_containers_and_its_log(lab: Lab) -> None:
    web, db = lab.service("web", scale=2), lab.service("db")

    assert lab.engine.related("service", web, "stack") == [("stack", lab.stack)]
    assert lab.engine.related("service", web, "account") == [("project", lab.project)]
    instances = lab.engine.related("service", web, "instances")
    assert [(kind, lab.container(number)["name"]) for kind, number in instances] == [
        ("container", "shop-web-1"),
        ("container", "shop-web-2"),
    ]
    logs = [behind(lab, "service", number, "serviceLogs") for number in (web, db)]
    assert set(logs[0]) & set(logs[1]) == set()
    owners = {(lab.engine.view("serviceLog", number) or {})["serviceId"].number for number in logs[0]}
    assert owners == {web}


def test_who_consumes_a_service_is_told_as_long_as_it_is_there(lab: Lab) -> None:
    db = lab.service("db")
    one, two, other = lab.service("one"), lab.service("two"), lab.service("other")
    for service in (one, two):
        lab.engine.act("service", service, "addservicelink", {"serviceLink": {"serviceId": db}})
    assert lab.engine.related("service", db, "consumedbyservices") == [("service", one), ("service", two)]
    assert lab.engine.related("service", one, "consumedservices") == [("service", db)]
    assert lab.engine.related("service", other, "consumedservices") == []

    lab.engine.delete("service", one)
    lab.until(one, "removed")

    assert lab.engine.related("service", db, "consumedbyservices") == [("service", two)]


def test_a_container_leads_to_its_service_its_host_and_what_the_log_says_of_it(lab: Lab) -> None:
    web = lab.service(scale=2)
    first, second = lab.ids(web)
    host = lab.container(first)["hostId"].number

    assert lab.engine.related("container", first, "services") == [("service", web)]
    assert lab.engine.related("container", first, "hosts") == [("host", host)]
    assert lab.engine.related("container", first, "account") == [("project", lab.project)]
    [log] = behind(lab, "container", first, "serviceLogs")
    assert (lab.engine.view("serviceLog", log) or {})["eventType"] == "service.instance.create"
    assert behind(lab, "container", second, "serviceLogs") != [log]


def test_a_container_of_its_own_that_has_no_host_yet_leads_to_neither(lab: Lab) -> None:
    number = lab.engine.create("container", {"imageUuid": OLD}, project=lab.project)

    assert lab.engine.related("container", number, "services") == []
    assert lab.engine.related("container", number, "hosts") == []


def test_a_host_leads_to_what_is_on_it(lab: Lab, far: int) -> None:
    pinned = {"imageUuid": OLD, "requestedHostId": lab.hosts[1]}
    number = lab.engine.create("container", pinned, project=lab.project)
    lab.wait(5)

    assert lab.engine.related("host", lab.hosts[1], "instances") == [("container", number)]
    assert lab.engine.related("host", lab.hosts[0], "instances") == []
    assert lab.engine.related("host", lab.hosts[0], "account") == [("project", lab.project)]


def test_a_stack_leads_to_its_services_and_named_volumes() -> None:
    lab = StackLab()
    text = (
        "version: '2'\nservices:\n  a: {image: 'r/a:1', volumes: ['data:/d']}\nvolumes: {data: {driver: x}}\n"
    )
    stack = lab.stack_of(text, "")

    assert lab.engine.related("stack", stack, "services") == [("service", lab.named(stack, "a"))]
    assert [kind for kind, _ in lab.engine.related("stack", stack, "volumeTemplates")] == ["volumeTemplate"]
    assert lab.engine.related("stack", lab.stack, "volumeTemplates") == []
    assert lab.engine.related("stack", stack, "account") == [("project", lab.project)]


@pytest.mark.parametrize("kind", ["project", "host", "stack", "service", "container", "serviceLog"])
def test_an_unknown_link_or_row_leads_nowhere(lab: Lab, kind: str) -> None:
    lab.service()
    number = lab.engine.ids(kind)[0]

    assert lab.engine.related(kind, number, "unheard") == []
    assert lab.engine.related(kind, 4711, "account") == []
