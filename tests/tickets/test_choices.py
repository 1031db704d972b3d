"""The buttons: what the page says beside one is what the service says to who presses it anyway."""

import pytest

from deploytickets.access.roles import Role
from deploytickets.audit.errors import DomainError
from deploytickets.tickets import policy
from deploytickets.tickets import services as tickets
from deploytickets.tickets.findings import finding
from deploytickets.tickets.models import Ticket
from deploytickets.tickets.transitions import Action, State
from tests.builders import (
    a_person,
    actor_of,
    an_environment,
    approved_ticket,
    file_ticket,
    moved,
    reloaded,
    verifying_ticket,
)

pytestmark = pytest.mark.django_db


def choices(ticket, person):
    return {choice.name: choice for choice in policy.choices(reloaded(ticket), actor_of(person))}


def open_ones(ticket, person):
    return [name for name, choice in choices(ticket, person).items() if choice.is_open]


def test_ops_may_approve_or_reject_and_the_requester_may_edit_or_cancel(anna, olga):
    ticket = file_ticket(by=anna)

    assert open_ones(ticket, olga) == ["approve", "reject", "cancel"]
    assert open_ones(ticket, anna) == ["edit", "cancel"]


def test_a_button_that_may_not_be_pressed_names_the_people_who_may(anna, olga, otto):
    ticket = file_ticket(by=anna)

    assert choices(ticket, anna)["approve"].why_not == "You cannot do this; Olga or Otto can."


def test_while_it_upgrades_the_box_shows_what_comes_next(olga):
    ticket = moved(approved_ticket(), Action.START)

    shown = choices(ticket, olga)

    assert list(shown) == ["verify-developer", "verify-ops", "finish", "roll_back"]
    assert shown["finish"].why_not == "This opens when every service is upgraded and healthy."
    assert shown["roll_back"].is_open


def test_finish_says_what_is_missing_and_who_can_give_it(anna, olga):
    ticket = verifying_ticket(by=anna, environment=an_environment(approvals_required=0))

    assert choices(ticket, olga)["finish"].why_not == (
        "It was not verified as developer yet. Anna or Olga can do it. "
        "It was not verified as ops yet. Olga can do it."
    )


def test_withdrawing_is_offered_only_to_who_has_something_to_withdraw(olga, otto, anna):
    ticket = file_ticket(environment=an_environment(approvals_required=2))
    tickets.approve(ticket.key, by=actor_of(olga), plan_digest=ticket.plan_digest)

    assert "withdraw_approval" in choices(ticket, olga)
    assert "withdraw_approval" not in choices(ticket, otto)

    ticket = verifying_ticket()
    tickets.verify(ticket.key, by=actor_of(anna), role="developer", works=True)
    assert "withdraw_verification-developer" in choices(ticket, anna)
    assert "withdraw_verification-ops" not in choices(ticket, anna)


def test_accepting_is_offered_only_while_a_warning_is_open(olga):
    warned = file_ticket(findings=[finding("no-health-check", service="app")])

    assert choices(warned, olga)["accept_warnings"].is_open
    assert "accept_warnings" not in choices(file_ticket(), olga)


def test_a_ticket_that_is_over_offers_nothing(anna):
    ticket = file_ticket(by=anna)
    tickets.cancel(ticket.key, by=actor_of(anna))

    assert choices(ticket, anna) == {}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("role", Role)
def test_what_the_box_says_is_what_require_says(state, role):
    ticket = verifying_ticket()
    Ticket.objects.filter(pk=ticket.pk).update(state=state, failed_from="deploying")
    ticket, person = reloaded(ticket), a_person(role)

    for choice in policy.choices(ticket, actor_of(person)):
        fields = {"role": policy.VerifyingRole(choice.role)} if choice.role else {}
        try:
            policy.require(choice.action, ticket, actor_of(person), **fields)
            said = ""
        except DomainError as error:
            said = str(error.sentence)
        assert choice.why_not == said


def test_the_box_asks_the_database_the_same_few_questions_whoever_is_there(
    olga, django_assert_max_num_queries
):
    ticket = verifying_ticket()
    for _ in range(5):
        a_person(Role.OPS)
    ticket = Ticket.objects.select_related("environment", "requested_by").get(pk=ticket.pk)

    with django_assert_max_num_queries(5):
        policy.choices(ticket, actor_of(olga))
