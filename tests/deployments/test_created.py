"""Tickets with the strategy `stack`: what is missing is created, and removed again on the way back."""

from deploytickets.catalog.models import Application
from deploytickets.drivers.marks import mark_label
from tests.deployments.company import Company

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


def a_stack(company: Company, stack_name: str):
    placement = company.a_placement(strategy="stack", stack_name=stack_name, service_names=[])
    Application.objects.filter(pk=placement.application_id).update(
        docker_compose=DOCKER_COMPOSE, rancher_compose=RANCHER_COMPOSE
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
