"""Warnings are accepted by name, and the approval is to the plan with them accepted."""

import pytest

from deploytickets.access.roles import Role
from deploytickets.tickets import services as tickets
from deploytickets.tickets.errors import PlanChanged, WarningsOpen
from deploytickets.tickets.findings import finding
from deploytickets.tickets.models import Approval
from deploytickets.tickets.transitions import State
from tests.builders import (
    a_person,
    a_plan_for,
    actor_of,
    an_environment,
    file_ticket,
    history,
    planned,
    reloaded,
)

pytestmark = pytest.mark.django_db

HEALTH = finding("no-health-check", about="log-shipper", service="log-shipper")
OLDER = finding("older-than-running", version="1.0.1", running="1.0.2", environment="prod")


@pytest.fixture
def ticket(db):
    return file_ticket(findings=[HEALTH, OLDER])


def approve(ticket, person, **fields):
    return tickets.approve(ticket.key, by=actor_of(person), **{"plan_digest": ticket.plan_digest, **fields})


def test_approval_without_accepting_the_warnings_is_refused_and_names_them(ticket, olga):
    with pytest.raises(WarningsOpen) as refusal:
        approve(ticket, olga, accept=["older-than-running"])

    assert refusal.value.names == ["no-health-check:log-shipper"]
    assert reloaded(ticket).accepted_warnings == []


def test_accepting_and_approving_in_one_breath_approves_the_digest_that_results(ticket, olga):
    approve(ticket, olga, accept=["older-than-running", "no-health-check:log-shipper"])

    after = reloaded(ticket)
    assert after.state == State.APPROVED
    assert after.plan_digest != ticket.plan_digest
    assert Approval.objects.get().plan_digest == after.plan_digest
    assert history(ticket)[-1].details["accepted"] == ["no-health-check:log-shipper", "older-than-running"]


def test_accepting_with_a_digest_that_is_not_the_present_one_is_refused(ticket, olga):
    names = ["older-than-running", "no-health-check:log-shipper"]

    with pytest.raises(PlanChanged):
        approve(ticket, olga, accept=names, plan_digest="0" * 64)
    with pytest.raises(PlanChanged):
        tickets.accept_warnings(ticket.key, by=actor_of(olga), plan_digest="0" * 64, names=names)

    assert reloaded(ticket).accepted_warnings == []


def test_the_requester_may_accept_before_anybody_approves(anna, olga):
    ticket = file_ticket(by=anna, findings=[OLDER])

    tickets.accept_warnings(
        ticket.key, by=actor_of(anna), plan_digest=ticket.plan_digest, names=["older-than-running"]
    )
    approve(reloaded(ticket), olga)

    assert reloaded(ticket).state == State.APPROVED


def test_a_name_that_is_no_open_warning_accepts_nothing(ticket, olga):
    tickets.accept_warnings(
        ticket.key, by=actor_of(olga), plan_digest=ticket.plan_digest, names=["port-taken", "nonsense"]
    )

    assert reloaded(ticket).plan_digest == ticket.plan_digest
    assert len(history(ticket)) == 2


def test_a_warning_accepted_after_an_approval_ends_that_approval(olga):
    ticket = file_ticket(environment=an_environment(approvals_required=2))
    approve(ticket, olga)
    planned(ticket, findings=[OLDER])
    otto = a_person(Role.OPS)

    approve(ticket, otto, accept=["older-than-running"])

    assert reloaded(ticket).state == State.PENDING
    assert history(ticket)[-1].details["voided"] == ["Olga"]
    approve(reloaded(ticket), olga)
    assert reloaded(ticket).state == State.APPROVED


def test_the_same_plan_again_keeps_what_was_accepted(ticket, olga):
    approve(ticket, olga, accept=["older-than-running", "no-health-check:log-shipper"])

    planned(ticket, findings=[HEALTH, OLDER])

    assert reloaded(ticket).state == State.APPROVED


def test_another_plan_wants_its_warnings_accepted_anew(ticket, olga):
    approve(ticket, olga, accept=["older-than-running", "no-health-check:log-shipper"])

    after = planned(ticket, content=a_plan_for(ticket, batch_size=2), findings=[HEALTH, OLDER])

    assert after.state == State.PENDING
    assert after.accepted_warnings == []
