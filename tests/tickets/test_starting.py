"""What an approved ticket waits for before it starts: asked again at the moment of acting (I14, F43)."""

from datetime import timedelta

import pytest
from django.db import transaction

from deploytickets import clock
from deploytickets.access import services as access
from deploytickets.access.errors import NotAllowed
from deploytickets.access.roles import Role
from deploytickets.audit.actors import SYSTEM
from deploytickets.catalog import services as catalog
from deploytickets.tickets import policy
from deploytickets.tickets import services as tickets
from deploytickets.tickets.errors import MustWait
from deploytickets.tickets.findings import finding, problem
from deploytickets.tickets.transitions import Action
from tests.builders import (
    SHELL,
    actor_of,
    an_environment,
    approved_ticket,
    file_ticket,
    planned,
    reloaded,
)

pytestmark = pytest.mark.django_db


def waits_for(ticket, by=SYSTEM, **fields):
    with pytest.raises(MustWait) as refusal:
        policy.require(Action.START, reloaded(ticket), by, **fields)
    return refusal.value.waits_for


def test_an_approved_ticket_with_nothing_to_wait_for_starts():
    ticket = approved_ticket()

    assert policy.require(Action.START, ticket, SYSTEM).target == "deploying"


def test_a_scheduled_ticket_waits_for_its_time():
    soon = clock.now() + timedelta(hours=1)
    ticket = approved_ticket(scheduled_for=soon)

    assert waits_for(ticket)["code"] == "scheduled"
    policy.require(Action.START, ticket, SYSTEM, now=soon)


def test_a_locked_environment_starts_nothing_and_says_who_locked_it_why(olga):
    ticket = approved_ticket()
    catalog.lock(by=actor_of(olga), name=ticket.environment.name, reason="audit week")

    assert waits_for(ticket) == {
        "code": "locked",
        "environment": ticket.environment.name,
        "by": "Olga",
        "reason": "audit week",
    }

    catalog.unlock(by=actor_of(olga), name=ticket.environment.name)
    policy.require(Action.START, reloaded(ticket), SYSTEM)


def test_where_the_policy_says_by_hand_only_ops_start(olga, anna):
    ticket = approved_ticket(environment=an_environment(start="by_hand"))

    assert waits_for(ticket)["code"] == "start_by_hand"
    policy.require(Action.START, ticket, actor_of(olga))
    with pytest.raises(NotAllowed):
        policy.require(Action.START, ticket, actor_of(anna))


@pytest.mark.parametrize("lost", ["role", "account", "expiry"])
def test_approvals_are_counted_again_at_the_start(olga, lost):
    ticket = file_ticket()
    tickets.approve(ticket.key, by=actor_of(olga), plan_digest=ticket.plan_digest)
    now = clock.now()
    if lost == "role":
        access.revoke_grant(by=SHELL, username="olga")
    elif lost == "account":
        access.disable_person(by=SHELL, username="olga")
    else:
        now += timedelta(hours=ticket.environment.approval_lasts_hours)

    assert waits_for(ticket, now=now) == {"code": "approvals_missing", "given": 0, "needed": 1}


def test_a_blocker_that_turns_up_after_the_approval_stops_the_start():
    ticket = planned(approved_ticket(), findings=[finding("image-missing", image="app:1.0.1")])

    assert ticket.state == "approved"
    assert waits_for(ticket) == {"code": "blocked", "names": "image-missing"}


def test_while_no_plan_can_be_made_nothing_starts():
    ticket = approved_ticket()
    with transaction.atomic():
        tickets.record_plan_problem(
            tickets.locked(ticket.key), problem("stack-missing", stack="pay", environment="prod")
        )

    assert waits_for(ticket) == {"code": "plan"}


def test_a_lost_role_of_the_requester_does_not_stop_what_ops_approved(anna):
    ticket = approved_ticket(by=anna)
    access.grant(by=SHELL, username="anna", role=Role.VIEWER)

    policy.require(Action.START, ticket, SYSTEM)
