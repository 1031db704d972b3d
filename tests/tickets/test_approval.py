"""Agreeing to a plan: who may, to what exactly, and what ends it."""

import pytest

from deploytickets.access.errors import NotAllowed
from deploytickets.tickets import services as tickets
from deploytickets.tickets.transitions import State
from tests.builders import actions_of, actor_of, an_environment, file_ticket, reloaded

pytestmark = pytest.mark.django_db


def test_the_last_approval_needed_moves_the_ticket_on(anna, olga):
    ticket = file_ticket(by=anna)

    tickets.approve(ticket.key, by=actor_of(olga), plan_digest=ticket.plan_digest)

    assert reloaded(ticket).state == State.APPROVED
    assert actions_of(ticket) == ["ticket.filed", "ticket.planned", "ticket.approved"]


def test_nobody_approves_their_own_ticket_where_four_eyes_is_on(olga, otto):
    ticket = file_ticket(by=olga, environment=an_environment(four_eyes=True))

    with pytest.raises(NotAllowed, match="four eyes") as refusal:
        tickets.approve(ticket.key, by=actor_of(olga), plan_digest=ticket.plan_digest)

    assert refusal.value.who_may == ("Otto",)
    assert reloaded(ticket).state == State.PENDING
    assert actions_of(ticket) == ["ticket.filed", "ticket.planned"]
