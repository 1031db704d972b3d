"""JavaService1's compose pair through strategy `stack` (story.md): created where it does not exist, upgraded
where it does, unchanged where nothing changed. Over real HTTP, to a simulated Rancher.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from deploytickets.catalog.models import Application, Placement
from deploytickets.drivers.marks import mark_label
from deploytickets.supervise.company import JAVA_COMPOSE, JAVA_RANCHER_COMPOSE
from rancher_client.compose import find
from tests import builders
from tests.builders import reloaded
from tests.deployments.company import Company, services_of

MORE = """\
    environment:
      JAVA_OPTS: -Xmx512m
"""
MORE_RANCHER = """\
    health_check:
      port: 8080
      request_line: GET /health HTTP/1.0
      interval: 2000
      response_timeout: 2000
      healthy_threshold: 2
      unhealthy_threshold: 3
      initializing_timeout: 60000
"""
NAME = "java-service-1"


@pytest.fixture
def java_service_1(company: Company, tmp_path: Path) -> Placement:
    """JavaService1 in prod, with the files that lie in the shared folder."""
    folder = tmp_path / "dockerfiles" / NAME
    folder.mkdir(parents=True)
    (folder / "docker-compose.yml").write_text(JAVA_COMPOSE)
    (folder / "rancher-compose.yml").write_text(JAVA_RANCHER_COMPOSE)
    files = find(NAME, repository=None, shared=tmp_path / "dockerfiles")
    application = builders.an_application(
        "JavaService1",
        image_repository="registry.abc.net/java-service-1",
        docker_compose=files.docker_compose,
        rancher_compose=files.rancher_compose,
    )
    return builders.a_placement(
        application, company.environment, strategy="stack", stack_name="javaservice1", service_names=[]
    )


def the_service(company: Company):
    [stack] = [one for one in company.get("/stacks")["data"] if one["name"] == "javaservice1"]
    [service] = company.get(f"/services?stackId={stack['id']}")["data"]
    return service


def running(company: Company) -> list[str]:
    containers = company.get(f"/services/{the_service(company)['id']}/instances")["data"]
    return sorted(one["imageUuid"] for one in containers if one["state"] == "running")


def changing_calls(company: Company) -> list[str]:
    """What was sent that changes Rancher, in order."""
    return [f"{call.method} {call.action or call.path}" for call in company.simulator.journal.calls()]


def test_it_is_created_where_it_does_not_exist(company: Company, java_service_1: Placement):
    ticket = company.verifying(java_service_1, "1.0.0")

    service = the_service(company)
    assert (service["name"], service["state"], service["scale"]) == (NAME, "active", 3)
    assert service["launchConfig"]["ports"] == ["8080:8080/tcp"]
    assert running(company) == ["docker:registry.abc.net/java-service-1:1.0.0"] * 3
    assert company.reach(company.finish(ticket), "finished").state == "finished"


def test_it_is_upgraded_where_it_does(company: Company, java_service_1: Placement):
    company.reach(company.finish(company.verifying(java_service_1, "1.0.0")), "finished")
    before = the_service(company)

    ticket = company.verifying(java_service_1, "1.0.1")

    after = the_service(company)
    assert (after["id"], after["state"], after["scale"]) == (before["id"], "upgraded", 3)
    assert after["launchConfig"]["labels"][mark_label()] == services_of(ticket)[NAME].token
    assert running(company) == ["docker:registry.abc.net/java-service-1:1.0.1"] * 3

    company.reach(company.finish(ticket), "finished")

    assert the_service(company)["state"] == "active"
    assert running(company) == ["docker:registry.abc.net/java-service-1:1.0.1"] * 3


def test_nothing_is_sent_where_nothing_changed(company: Company, java_service_1: Placement):
    company.reach(company.finish(company.verifying(java_service_1, "1.0.0")), "finished")
    sent = changing_calls(company)

    ticket = company.file(java_service_1, "1.0.0")

    [planned] = ticket.plan.shown["services"]
    assert planned["action"] == "unchanged"
    assert {one["code"] for one in ticket.findings} >= {"nothing-to-do", "nothing-to-change"}
    assert [one["code"] for one in ticket.findings if one["level"] == "blocker"] == ["nothing-to-do"]
    company.begin(ticket)
    company.play(30)
    assert reloaded(ticket).state == "pending"
    assert changing_calls(company) == sent


def test_it_is_healthy_before_it_is_to_be_verified(company: Company, java_service_1: Placement):
    Application.objects.update(
        docker_compose=JAVA_COMPOSE + MORE, rancher_compose=JAVA_RANCHER_COMPOSE + MORE_RANCHER
    )

    company.verifying(Placement.objects.get(pk=java_service_1.pk), "1.0.0")

    service = the_service(company)
    assert service["launchConfig"]["environment"] == {"JAVA_OPTS": "-Xmx512m"}
    assert service["launchConfig"]["healthCheck"]["requestLine"] == "GET /health HTTP/1.0"
    assert service["healthState"] == "healthy"
