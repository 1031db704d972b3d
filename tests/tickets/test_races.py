"""Two at once: one legal outcome, one event for each change, and the other is told (F40, I4, I15)."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction

from deploytickets import clock
from deploytickets.access.roles import Role
from deploytickets.audit import chain
from deploytickets.audit.actors import SYSTEM
from deploytickets.audit.errors import DomainError
from deploytickets.audit.queries import event_rows
from deploytickets.tickets import services as tickets
from deploytickets.tickets.errors import PlanChanged, WrongState
from deploytickets.tickets.facts import facts_of, fold
from deploytickets.tickets.models import Approval, Verification
from deploytickets.tickets.transitions import Action, State
from tests.at_once import at_once
from tests.builders import (
    a_person,
    a_placement,
    a_plan_for,
    actions_of,
    actor_of,
    an_environment,
    approved_ticket,
    file_ticket,
    history,
    planned,
    reloaded,
    verifying_ticket,
)

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = range(3)


def approve(ticket, person):
    return lambda: tickets.approve(ticket.key, by=actor_of(person), plan_digest=ticket.plan_digest)


def enter(ticket, action):
    """As `deployments` does it: lock, then take the action."""

    def call():
        with transaction.atomic():
            tickets.enter(tickets.locked(ticket.key), action, by=SYSTEM)

    return call


def assert_one_story(ticket):
    """The log is whole, and folding the ticket's events gives its row (I4, I5)."""
    assert list(chain.verify(event_rows())) == []
    assert fold(event.after for event in history(ticket)) == facts_of(reloaded(ticket))


def assert_only_refusals(outcomes):
    assert [error for error in outcomes.errors if not isinstance(error, DomainError)] == []


@pytest.mark.parametrize("_round", ROUNDS)
def test_the_same_person_twice_approves_once(_round):
    environment = an_environment(approvals_required=2)
    ticket, olga = file_ticket(environment=environment), a_person(Role.OPS)

    outcomes = at_once(approve(ticket, olga), approve(ticket, olga))

    assert [type(error) for error in outcomes.errors] == [WrongState]
    assert Approval.objects.filter(ticket=ticket).count() == 1
    assert reloaded(ticket).state == State.PENDING
    assert actions_of(ticket).count("ticket.approved") == 1
    assert_one_story(ticket)


@pytest.mark.parametrize("_round", ROUNDS)
def test_of_two_people_for_the_last_approval_one_gives_it_and_the_other_is_told(_round):
    ticket, olga, otto = file_ticket(), a_person(Role.OPS), a_person(Role.OPS)

    outcomes = at_once(approve(ticket, olga), approve(ticket, otto))

    assert [type(error) for error in outcomes.errors] == [WrongState]
    assert outcomes.errors[0].ticket.state == State.APPROVED
    assert reloaded(ticket).state == State.APPROVED
    assert actions_of(ticket).count("ticket.approved") == 1
    assert_one_story(ticket)


@pytest.mark.parametrize("_round", ROUNDS)
def test_two_people_for_two_approvals_are_both_counted(_round):
    ticket = file_ticket(environment=an_environment(approvals_required=2))
    olga, otto = a_person(Role.OPS), a_person(Role.OPS)

    outcomes = at_once(approve(ticket, olga), approve(ticket, otto))

    assert outcomes.errors == []
    assert reloaded(ticket).state == State.APPROVED
    assert_one_story(ticket)


@pytest.mark.parametrize("_round", ROUNDS)
def test_approve_against_reject_has_one_outcome(_round):
    ticket, olga, otto = file_ticket(), a_person(Role.OPS), a_person(Role.OPS)

    outcomes = at_once(
        approve(ticket, olga), lambda: tickets.reject(ticket.key, by=actor_of(otto), reason="not today")
    )

    assert [type(error) for error in outcomes.errors] == [WrongState]
    last = actions_of(ticket)[-1]
    assert (reloaded(ticket).state, last) in {
        (State.APPROVED, "ticket.approved"),
        (State.REJECTED, "ticket.rejected"),
    }
    assert_one_story(ticket)


@pytest.mark.parametrize("_round", ROUNDS)
def test_approve_against_edit_never_leaves_an_approval_of_what_was_not_read(_round):
    anna = a_person(Role.DEVELOPER)
    ticket, olga = file_ticket(by=anna), a_person(Role.OPS)

    outcomes = at_once(
        approve(ticket, olga), lambda: tickets.edit(ticket.key, by=actor_of(anna), version="1.0.2")
    )

    assert_only_refusals(outcomes)
    assert reloaded(ticket).state == State.PENDING
    assert reloaded(ticket).version == "1.0.2"
    assert not Approval.objects.filter(ticket=ticket, ended_at=None).exists()
    assert_one_story(ticket)


@pytest.mark.parametrize("_round", ROUNDS)
def test_approve_against_a_new_plan_never_approves_the_new_plan(_round):
    ticket, olga = file_ticket(), a_person(Role.OPS)
    read = ticket.plan_digest
    other = a_plan_for(ticket, batch_size=2)

    outcomes = at_once(approve(ticket, olga), lambda: planned(ticket, content=other))

    assert [type(error) for error in outcomes.errors] in ([], [PlanChanged])
    after = reloaded(ticket)
    assert after.state == State.PENDING
    assert after.plan_digest != read
    assert_one_story(ticket)


@pytest.mark.parametrize("_round", ROUNDS)
def test_start_against_cancel_has_one_outcome(_round):
    anna = a_person(Role.DEVELOPER)
    ticket = approved_ticket(by=anna)

    outcomes = at_once(enter(ticket, Action.START), lambda: tickets.cancel(ticket.key, by=actor_of(anna)))

    assert [type(error) for error in outcomes.errors] == [WrongState]
    assert reloaded(ticket).state in (State.DEPLOYING, State.CANCELLED)
    assert len({"ticket.started", "ticket.cancelled"} & set(actions_of(ticket))) == 1
    assert_one_story(ticket)


@pytest.mark.parametrize("_round", ROUNDS)
def test_withdrawing_the_approval_against_start_has_one_outcome(_round):
    ticket, olga = file_ticket(), a_person(Role.OPS)
    approve(ticket, olga)()

    outcomes = at_once(
        enter(ticket, Action.START), lambda: tickets.withdraw_approval(ticket.key, by=actor_of(olga))
    )

    assert [type(error) for error in outcomes.errors] == [WrongState]
    assert reloaded(ticket).state in (State.DEPLOYING, State.PENDING)
    assert_one_story(ticket)


@pytest.mark.parametrize("_round", ROUNDS)
def test_finish_against_roll_back_has_one_outcome(_round):
    ticket = verifying_ticket()

    outcomes = at_once(enter(ticket, Action.FINISH), enter(ticket, Action.ROLL_BACK))

    assert [type(error) for error in outcomes.errors] == [WrongState]
    assert reloaded(ticket).state in (State.FINISHING, State.ROLLING_BACK)
    assert len({"ticket.finish_begun", "ticket.rollback_begun"} & set(actions_of(ticket))) == 1
    assert_one_story(ticket)


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_double_click_verifies_once(_round):
    ticket, olga = verifying_ticket(), a_person(Role.OPS)

    def verify():
        tickets.verify(ticket.key, by=actor_of(olga), role="ops", works=True)

    outcomes = at_once(verify, verify)

    assert [type(error) for error in outcomes.errors] == [WrongState]
    assert Verification.objects.filter(ticket=ticket).count() == 1
    assert_one_story(ticket)


@pytest.mark.parametrize("_round", ROUNDS)
def test_nobody_verifies_in_both_roles_by_being_quick(_round):
    ticket, olga = verifying_ticket(), a_person(Role.OPS)

    outcomes = at_once(
        lambda: tickets.verify(ticket.key, by=actor_of(olga), role="ops", works=True),
        lambda: tickets.verify(ticket.key, by=actor_of(olga), role="developer", works=True),
    )

    assert len(outcomes.errors) == 1
    assert_only_refusals(outcomes)
    assert Verification.objects.filter(ticket=ticket).count() == 1
    assert_one_story(ticket)


@pytest.mark.parametrize("_round", ROUNDS)
def test_tickets_filed_at_once_get_numbers_of_their_own(_round):
    placement, anna = a_placement(), a_person(Role.DEVELOPER)

    outcomes = at_once(*[lambda: file_ticket(by=anna, placement=placement, with_plan=False)] * 4)

    assert outcomes.errors == []
    numbers = sorted(ticket.number for ticket in outcomes.values)
    assert numbers == list(range(numbers[0], numbers[0] + 4))


def test_a_ticket_whose_row_is_held_keeps_no_other_from_expiring():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one lock for all")
    held, free = approved_ticket(), approved_ticket()
    is_held, is_over = threading.Event(), threading.Event()

    def hold():
        try:
            with transaction.atomic():
                tickets.locked(held.key)
                is_held.set()
                is_over.wait(timeout=30)
        finally:
            connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        is_held.wait(timeout=30)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        tickets.expire_approvals(clock.now() + timedelta(days=100))
    finally:
        is_over.set()
        holder.join()
        connection.close()

    assert reloaded(held).state == State.APPROVED
    assert reloaded(free).state == State.PENDING
