"""Which plans are made when: what cannot be planned holds up no other ticket, and is tried again."""

from datetime import timedelta
from typing import cast

from deploytickets import clock
from deploytickets.catalog.models import Environment, Placement
from deploytickets.deployments import due, planning, starting, tasks
from deploytickets.drivers.base import Driver, Survey
from deploytickets.tickets.models import Ticket
from rancher_client.errors import Throttled
from tests import builders
from tests.builders import reloaded
from tests.deployments.company import Company


def a_ticket_without_a_service(company: Company) -> Ticket:
    company.make_service()
    ticket = company.file(company.a_placement("nosuch"))
    assert ticket.plan_problem["code"] == "service-missing"
    return ticket


def test_a_plan_that_cannot_be_made_is_tried_again_later_and_holds_up_no_other(company: Company):
    ticket = a_ticket_without_a_service(company)

    assert due.plans(clock.now()) == []
    assert due.plans(clock.now() + timedelta(seconds=16)) == [ticket.key]


def test_while_rancher_is_away_a_plan_is_tried_less_and_less_often(company: Company):
    company.make_service()
    company.simulator.faults.order("status", method="GET", status=503, times=1000)
    ticket = company.file(company.a_placement("web"))
    assert due.plans(clock.now()) == []

    Ticket.objects.update(rancher_away_since=clock.now() - timedelta(hours=1), plan_wanted_at=clock.now())
    planning.refresh(ticket.key, company.driver)

    assert due.plans(clock.now() + timedelta(seconds=50)) == []
    assert due.plans(clock.now() + timedelta(seconds=61)) == [ticket.key]


def test_an_approved_ticket_whose_plan_cannot_be_made_at_its_start_goes_on_when_it_can(company: Company):
    company.make_service()
    ticket = company.approved(company.a_placement("web"))
    Placement.objects.update(service_names=["nosuch"])
    ticket = company.begin(ticket)
    assert ticket.waits_for == {"code": "plan"}

    Placement.objects.update(service_names=["web"])
    assert due.plans(clock.now()) == [ticket.key]
    planning.refresh(ticket.key, company.driver)

    assert company.begin(reloaded(ticket)).state == "deploying"


def test_while_rancher_is_away_an_approved_ticket_asks_it_less_and_less_often(company: Company):
    company.make_service()
    ticket = company.approved(company.a_placement("web"))
    company.simulator.faults.order("status", method="GET", status=503, times=1000)
    Ticket.objects.update(rancher_away_since=clock.now() - timedelta(hours=1))

    company.begin(ticket)

    assert due.approved(clock.now() + timedelta(seconds=50)) == []
    assert due.approved(clock.now() + timedelta(seconds=61)) == [ticket.key]


def test_no_ticket_asks_a_rancher_sooner_than_that_asks_for(company: Company):
    class Busy:
        def survey(self) -> Survey:
            raise Throttled("later", retry_after=timedelta(seconds=90))

    company.make_service()
    ticket = company.approved(company.a_placement("web"))
    Ticket.objects.update(plan_wanted_at=clock.now())

    planning.refresh(ticket.key, cast(Driver, Busy()))
    starting.begin(ticket.key, cast(Driver, Busy()))

    soon, later = clock.now() + timedelta(seconds=80), clock.now() + timedelta(seconds=91)
    assert (due.plans(soon), due.approved(soon)) == ([], [])
    assert (due.plans(later), due.approved(later)) == ([ticket.key], [ticket.key])


def test_a_survey_from_before_the_present_plan_neither_voids_it_nor_starts_anything(company: Company):
    web = company.make_service()
    ticket = company.approved(company.a_placement("web"))
    driver = company.driver

    class Slow:
        def survey(self) -> Survey:
            before = driver.survey()
            theirs = company.get(f"/services/{web}")["launchConfig"] | {"environment": {"LOG": "debug"}}
            company.act(web, "upgrade", {"inServiceStrategy": {"launchConfig": theirs}})
            company.play(40)
            company.act(web, "finishupgrade")
            company.play(10)
            planning.refresh(ticket.key, driver)
            company.approve(reloaded(ticket))
            return before

    starting.begin(ticket.key, cast(Driver, Slow()))
    assert reloaded(ticket).state == "approved"

    assert company.begin(ticket).state == "deploying"


def test_without_a_broker_one_broken_environment_keeps_no_other_from_its_turn(company: Company):
    company.make_service()
    broken = builders.a_placement(
        builders.an_application("Broken"), builders.an_environment("broken", server=company.server)
    )
    Environment.objects.filter(pk=broken.environment_id).update(rancher_id="no id")
    builders.file_ticket(placement=broken, with_plan=False)
    placement = company.a_placement("web")
    ticket = builders.file_ticket(placement=placement, with_plan=False)

    tasks.sweep_here()

    assert reloaded(ticket).plan is not None
