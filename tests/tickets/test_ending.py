"""Rejecting and cancelling."""

import pytest
from django.db import transaction

from deploytickets.access.errors import NotAllowed
from deploytickets.audit.errors import Invalid
from deploytickets.tickets import services as tickets
from deploytickets.tickets.errors import NotReady, WrongState
from deploytickets.tickets.transitions import Action, State
from tests.builders import actor_of, approved_ticket, file_ticket, history, moved, reloaded

pytestmark = pytest.mark.django_db


def test_a_rejection_gives_its_reason(olga):
    ticket = file_ticket()

    tickets.reject(ticket.key, by=actor_of(olga), reason="freeze until Monday")

    assert reloaded(ticket).state == State.REJECTED
    assert history(ticket)[-1].details["reason"] == "freeze until Monday"


def test_a_rejection_without_a_reason_is_refused(olga):
    ticket = file_ticket()

    with pytest.raises(Invalid):
        tickets.reject(ticket.key, by=actor_of(olga), reason=" ")

    assert reloaded(ticket).state == State.PENDING


def test_developers_reject_nothing(anna):
    with pytest.raises(NotAllowed):
        tickets.reject(file_ticket().key, by=actor_of(anna), reason="no")


def test_the_requester_cancels_before_the_start(anna):
    ticket = approved_ticket(by=anna)

    tickets.cancel(ticket.key, by=actor_of(anna))

    assert reloaded(ticket).state == State.CANCELLED


def test_ops_cancel_the_tickets_of_others_and_other_developers_do_not(anna, olga):
    ticket = file_ticket()

    with pytest.raises(NotAllowed):
        tickets.cancel(ticket.key, by=actor_of(anna))
    tickets.cancel(ticket.key, by=actor_of(olga))

    assert reloaded(ticket).state == State.CANCELLED


def test_ci_cancels_what_it_filed_with_the_scope_file_only(anna, olga):
    own, other = file_ticket(by=olga), file_ticket(by=anna)
    by = actor_of(olga, scopes=["file"])

    tickets.cancel(own.key, by=by)
    with pytest.raises(NotAllowed, match="“decide”"):
        tickets.cancel(other.key, by=by)


def test_after_the_start_nothing_is_cancelled(anna):
    ticket = moved(approved_ticket(by=anna), Action.START)

    with pytest.raises(WrongState):
        tickets.cancel(ticket.key, by=actor_of(anna))


def test_a_failed_ticket_is_cancelled_only_when_nothing_of_ours_stands_in_rancher(olga):
    ticket = moved(approved_ticket(), Action.START, Action.FAIL)
    with transaction.atomic():
        tickets.record_clear(tickets.locked(ticket.key), False)

    with pytest.raises(NotReady, match="still stands in Rancher"):
        tickets.cancel(ticket.key, by=actor_of(olga))

    with transaction.atomic():
        tickets.record_clear(tickets.locked(ticket.key), True)
    tickets.cancel(ticket.key, by=actor_of(olga))
    assert reloaded(ticket).state == State.CANCELLED
