"""Lists of tickets: what is found, and what is not shown to whom."""

import pytest

from deploytickets import clock
from deploytickets.access.roles import Role
from deploytickets.tickets import queries
from deploytickets.tickets import services as tickets
from deploytickets.tickets.errors import UnknownTicket
from deploytickets.tickets.queries import Filters
from deploytickets.tickets.transitions import Action
from tests.builders import (
    a_person,
    a_placement,
    actor_of,
    an_application,
    an_environment,
    approved_ticket,
    file_ticket,
    moved,
    verifying_ticket,
)

pytestmark = pytest.mark.django_db


def keys(found):
    return [ticket.key for ticket in found]


def test_a_list_shows_only_environments_in_which_one_has_a_role():
    mine, other = file_ticket(), file_ticket()
    vera = a_person(Role.VIEWER, mine.environment)

    assert keys(queries.listing(Filters(), user_id=vera.pk)) == [mine.key]
    assert queries.by_key(mine.key, user_id=vera.pk) == mine
    with pytest.raises(UnknownTicket):
        queries.by_key(other.key, user_id=vera.pk)


def test_nobody_sees_nothing():
    file_ticket()

    assert keys(queries.listing(Filters(), user_id=None)) == []


def test_a_disabled_account_sees_nothing(anna):
    file_ticket()
    type(anna).objects.filter(pk=anna.pk).update(is_active=False)

    assert keys(queries.listing(Filters(), user_id=anna.pk)) == []


def test_each_filter_narrows_the_list(anna):
    placement = a_placement(an_application("JavaService1"), an_environment("prod"))
    wanted = approved_ticket(by=anna, placement=placement, version="2.4.1", description="bank format")
    file_ticket()
    now = clock.now()

    for filters in (
        Filters(states=["approved"]),
        Filters(application="JavaService1"),
        Filters(environment="prod"),
        Filters(requested_by="anna"),
        Filters(text="2.4.1"),
        Filters(text="BANK"),
        Filters(text=wanted.key, filed_from=wanted.filed_at, filed_until=now),
    ):
        assert keys(queries.listing(filters, user_id=anna.pk)) == [wanted.key], filters
    assert keys(queries.listing(Filters(filed_until=wanted.filed_at), user_id=anna.pk)) == []


def test_signs_of_patterns_in_the_search_are_text(anna):
    file_ticket()

    for text in ("%", "_", ".*", "\x00%"):
        assert keys(queries.listing(Filters(text=text), user_id=anna.pk)) == [], text


def test_counts_by_state_leave_the_states_filter_aside(anna):
    file_ticket()
    approved_ticket()

    counts = queries.counts_by_state(Filters(states=["approved"]), user_id=anna.pk)

    assert counts == {"pending": 1, "approved": 1}


def test_what_waits_for_whom(anna, olga):
    to_approve = file_ticket(by=anna)
    to_verify = verifying_ticket(by=anna)
    failed = moved(approved_ticket(), Action.START, Action.FAIL)
    by_hand = approved_ticket(environment=an_environment(start="by_hand"))
    approved_ticket()
    file_ticket(with_plan=False)

    assert set(keys(queries.waiting_for(olga.pk))) == {
        to_approve.key,
        to_verify.key,
        failed.key,
        by_hand.key,
    }
    assert keys(queries.waiting_for(anna.pk)) == [to_verify.key]
    assert queries.waiting_for(None) == []


def test_what_i_have_done_waits_for_me_no_more(anna, olga):
    ticket = file_ticket(environment=an_environment(approvals_required=2))
    tickets.approve(ticket.key, by=actor_of(olga), plan_digest=ticket.plan_digest)
    verified = verifying_ticket()
    tickets.verify(verified.key, by=actor_of(anna), role="developer", works=True)

    assert ticket.key not in keys(queries.waiting_for(olga.pk))
    assert keys(queries.waiting_for(anna.pk)) == []


def test_my_own_ticket_does_not_wait_for_my_approval(olga):
    file_ticket(by=olga)

    assert keys(queries.waiting_for(olga.pk)) == []


def test_ops_of_one_environment_are_waited_for_there_only():
    mine = file_ticket()
    file_ticket()

    assert keys(queries.waiting_for(a_person(Role.OPS, mine.environment).pk)) == [mine.key]


def test_a_list_of_any_length_is_one_question(anna, django_assert_num_queries):
    for _ in range(3):
        file_ticket()

    with django_assert_num_queries(2):
        for ticket in queries.listing(Filters(), user_id=anna.pk):
            assert ticket.application.name
            assert ticket.environment.name
            assert str(ticket.requested_by)
