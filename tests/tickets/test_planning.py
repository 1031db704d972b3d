"""Plans arriving on tickets, and what is observed of them."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from deploytickets import clock
from deploytickets.tickets import services as tickets
from deploytickets.tickets.errors import NoPlan
from deploytickets.tickets.findings import finding, problem
from deploytickets.tickets.models import Plan
from deploytickets.tickets.transitions import Action
from tests.builders import (
    a_plan_for,
    actions_of,
    actor_of,
    approved_ticket,
    file_ticket,
    history,
    moved,
    planned,
    reloaded,
)

pytestmark = pytest.mark.django_db


def noted(ticket, record, *args, **fields):
    with transaction.atomic():
        return record(tickets.locked(ticket.key), *args, **fields)


def test_the_first_plan_brings_its_digest_and_findings():
    ticket = file_ticket(with_plan=False)

    after = planned(ticket, findings=[finding("nothing-to-change", service="app")])

    assert len(after.plan_digest) == 64
    assert after.plan.digest == after.plan_digest
    assert after.plan_wanted_at is None
    assert history(ticket)[-1].action == "ticket.planned"
    assert history(ticket)[-1].details["findings"] == {"note": 1}


def test_a_plan_is_stored_encrypted():
    ticket = file_ticket(with_plan=False)
    content = a_plan_for(ticket, wanted={"": {"environment": {"DB_PASSWORD": "canary-4711"}}})

    after = planned(ticket, content=content)

    assert after.plan.content["services"][0]["wanted"][""]["environment"]["DB_PASSWORD"] == "canary-4711"
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM tickets_plan")
        assert "canary" not in cursor.fetchone()[0]


def test_no_value_of_a_plan_gets_into_the_log():
    ticket = file_ticket(with_plan=False)
    for value in ("canary-1", "canary-2"):
        planned(ticket, content=a_plan_for(ticket, wanted={"": {"environment": {"DB_PASSWORD": value}}}))

    event = history(ticket)[-1]
    assert event.details["difference"] == [
        {"code": "wanted", "service": "app", "fields": ["environment.DB_PASSWORD"]}
    ]
    assert "canary" not in str([(event.before, event.after, event.details) for event in history(ticket)])


def test_an_unchanged_plan_only_brings_its_findings_up_to_date():
    ticket = file_ticket()
    plans, events = Plan.objects.count(), actions_of(ticket)

    after = planned(ticket, findings=[finding("host-away", host="prod-03", state="reconnecting")])

    assert (Plan.objects.count(), actions_of(ticket)) == (plans, events)
    assert [fact["code"] for fact in after.findings] == ["host-away"]
    assert after.plan_digest == ticket.plan_digest


def test_a_wish_for_a_plan_that_is_newer_than_the_computing_stays():
    ticket = file_ticket()
    began = clock.now()
    noted(ticket, tickets.want_plan, now=began + timedelta(milliseconds=1))

    assert planned(ticket, now=began).plan_wanted_at is not None
    assert planned(ticket, now=began + timedelta(seconds=1)).plan_wanted_at is None


def test_a_plan_that_comes_after_the_start_changes_nothing():
    ticket = moved(approved_ticket(), Action.START)

    after = planned(ticket, content=a_plan_for(ticket, batch_size=2))

    assert after.plan_digest == ticket.plan_digest
    assert after.state == "deploying"


def test_why_no_plan_can_be_made_stops_approval_until_there_is_one(olga):
    ticket = file_ticket()
    noted(
        ticket,
        tickets.record_plan_problem,
        problem("stack-missing", stack="pay", environment="prod"),
    )

    with pytest.raises(NoPlan, match="no stack pay in prod"):
        tickets.approve(ticket.key, by=actor_of(olga), plan_digest=ticket.plan_digest)

    planned(ticket)
    tickets.approve(ticket.key, by=actor_of(olga), plan_digest=ticket.plan_digest)


def test_what_is_merely_observed_is_no_event_and_says_whether_it_is_new():
    ticket = approved_ticket()
    events, since = actions_of(ticket), clock.now()
    waits = {"code": "queued", "behind": "DEPLOY-110"}

    assert noted(ticket, tickets.record_waiting, waits)
    assert not noted(ticket, tickets.record_waiting, waits)
    assert noted(ticket, tickets.record_away, since)
    assert noted(ticket, tickets.record_clear, False)

    after = reloaded(ticket)
    assert (after.waits_for, after.rancher_away_since, after.clear_in_rancher) == (waits, since, False)
    assert actions_of(ticket) == events


def test_what_it_waited_for_is_forgotten_at_the_start():
    ticket = approved_ticket()
    noted(ticket, tickets.record_waiting, {"code": "queued", "behind": "DEPLOY-110"})

    assert moved(ticket, Action.START).waits_for is None


def test_a_plan_that_was_begun_before_the_present_one_changes_nothing():
    ticket = file_ticket(with_plan=False)
    later = planned(ticket, content=a_plan_for(ticket, batch_size=2))

    after = planned(ticket, now=later.plan.made_at - timedelta(seconds=1))

    assert after.plan_digest == later.plan_digest
    assert actions_of(after) == actions_of(later)
