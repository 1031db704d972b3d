"""Tickets with the strategy `stack`: what is missing is created, and removed again on the way back."""

from deploytickets.catalog.models import Application, Placement
from deploytickets.drivers.marks import mark_label
from tests.deployments.company import Company, services_of

DOCKER_COMPOSE = """
version: '2'
services:
  web:
    image: registry/shop:${VERSION}
    links: [cache]
  cache:
    image: registry/shop:${VERSION}
"""
RANCHER_COMPOSE = """
version: '2'
services:
  web: {scale: 2}
  cache: {scale: 1}
"""


LINKS_ELSEWHERE = """
version: '2'
services:
  web:
    image: registry/shop:${VERSION}
    links: [db]
    external_links: ['shop/redis:cache']
  db:
    image: registry/db:9
"""


def a_stack(company: Company, stack_name: str, docker_compose: str = DOCKER_COMPOSE):
    placement = company.a_placement(strategy="stack", stack_name=stack_name, service_names=[])
    Application.objects.filter(pk=placement.application_id).update(
        docker_compose=docker_compose, rancher_compose=RANCHER_COMPOSE
    )
    placement.application.refresh_from_db()
    return placement


def services_in(company: Company, stack_name: str):
    stacks = [one for one in company.get("/stacks")["data"] if one["name"] == stack_name]
    return {
        one["name"]: one
        for stack in stacks
        for one in company.get(f"/services?stackId={stack['id']}")["data"]
    }


def test_a_missing_stack_is_made_with_its_services_linked_and_marked(company: Company):
    ticket = company.verifying(a_stack(company, "newshop"))

    made = services_in(company, "newshop")
    assert {name: one["scale"] for name, one in made.items()} == {"web": 2, "cache": 1}
    assert made["web"]["linkedServices"] == {"cache": made["cache"]["id"]}
    marks = {one["launchConfig"]["labels"][mark_label()] for one in made.values()}
    assert len(marks) == 2
    assert all(mark.startswith(f"{ticket.key}/1/") for mark in marks)

    assert company.reach(company.finish(ticket), "finished").state == "finished"


def test_created_services_are_removed_on_the_way_back(company: Company):
    ticket = company.verifying(a_stack(company, "newshop"))

    company.reach(company.roll_back(ticket), "rolled_back", rounds=90)

    assert services_in(company, "newshop") == {}


def test_a_creation_whose_answer_was_lost_is_found_by_its_name_and_mark(company: Company):
    company.simulator.faults.order("accept_then_reset", method="POST", path="/services$")

    company.verifying(a_stack(company, "newshop"))

    assert set(services_in(company, "newshop")) == {"web", "cache"}


def test_a_placement_that_is_changed_meanwhile_does_not_lead_elsewhere(company: Company):
    ticket = company.begin(company.approved(a_stack(company, "newshop")))
    company.simulator.faults.order("accept_then_reset", method="POST", path="/services$")
    ticket = company.step(ticket)

    Placement.objects.update(stack_name="elsewhere")

    assert company.reach(ticket, "verifying").state == "verifying"


def test_links_to_services_that_the_plan_leaves_alone_are_made_too(company: Company):
    body = {"name": "db", "stackId": company.stack, "launchConfig": {"imageUuid": "docker:registry/db:9"}}
    db = company.post("/services", {**body, "startOnCreate": True})["id"]
    redis = company.make_service("redis")
    placement = a_stack(company, "shop", LINKS_ELSEWHERE)
    Application.objects.update(rancher_compose="version: '2'\nservices:\n  web: {scale: 1}\n")

    ticket = company.verifying(placement)

    assert list(services_of(ticket)) == ["web"]
    assert services_in(company, "shop")["web"]["linkedServices"] == {"db": db, "cache": redis}


def test_without_its_links_a_created_service_is_no_success(company: Company):
    company.simulator.faults.order("status", action="setservicelinks", status=409, times=1000)
    ticket = company.begin(company.approved(a_stack(company, "newshop")))

    for _second in range(40):
        company.play(1)
        ticket = company.step(ticket)

    assert ticket.state == "deploying"
    assert "refused" in services_of(ticket)["web"].trouble["code"]


def test_links_that_rancher_refuses_for_good_ask_people(company: Company):
    company.simulator.faults.order("status", action="setservicelinks", status=422)

    ticket = company.reach(company.begin(company.approved(a_stack(company, "newshop"))), "failed")

    assert ticket.failure["code"] == "call_refused"


def test_somebody_elses_service_of_the_name_is_not_linked(company: Company):
    ticket = company.begin(company.approved(a_stack(company, "newshop")))
    ticket = company.step(ticket)
    (stack,) = [one["id"] for one in company.get("/stacks")["data"] if one["name"] == "newshop"]
    company.post(
        "/services",
        {"name": "web", "stackId": stack, "launchConfig": {"imageUuid": "docker:registry/theirs:1"}},
    )

    ticket = company.reach(ticket, "failed")

    assert ticket.failure == {"code": "replaced", "service": "web"}
    assert company.simulator.journal.calls("setservicelinks", accepted=None) == []


WITH_OTHER_KINDS = """
version: '2'
services:
  web:
    image: registry/shop:${VERSION}
    links: [db]
  db: {image: rancher/external-service, hostname: db.example.test}
  cache: {image: rancher/dns-service, links: [web]}
"""


def test_external_services_and_aliases_are_made_linked_and_removed_on_the_way_back(company: Company):
    ticket = company.verifying(a_stack(company, "newshop", WITH_OTHER_KINDS))

    made = services_in(company, "newshop")
    kinds = {name: (one["type"], one["state"]) for name, one in made.items()}
    assert kinds == {
        "web": ("service", "active"),
        "db": ("externalService", "active"),
        "cache": ("dnsService", "active"),
    }
    assert made["db"]["hostname"] == "db.example.test"
    assert made["web"]["linkedServices"] == {"db": made["db"]["id"]}
    assert made["cache"]["linkedServices"] == {"web": made["web"]["id"]}

    company.reach(company.roll_back(ticket), "rolled_back", rounds=90)

    assert services_in(company, "newshop") == {}


def test_an_upgrade_leaves_services_of_other_kinds_as_they_are(company: Company):
    placement = a_stack(company, "newshop", WITH_OTHER_KINDS)
    company.reach(company.finish(company.verifying(placement)), "finished")

    ticket = company.verifying(placement, "1.0.2")

    assert list(services_of(ticket)) == ["web"]
    assert [one["code"] for one in ticket.findings].count("other-kind-kept") == 2
