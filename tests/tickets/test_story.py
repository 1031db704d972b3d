"""A ticket's activity in words, and its events adding up to its row (I4)."""

import pytest
from django.db import transaction

from deploytickets.audit.actors import OUTSIDE
from deploytickets.audit.models import Event
from deploytickets.tickets import queries, story
from deploytickets.tickets import services as tickets
from deploytickets.tickets.facts import facts_of, fold
from deploytickets.tickets.findings import finding
from deploytickets.tickets.transitions import Action
from tests.builders import a_plan_for, actor_of, file_ticket, history, moved, planned, reloaded

pytestmark = pytest.mark.django_db


def tell(ticket):
    return [entry.sentence for entry in reversed(queries.timeline(reloaded(ticket)))]


@pytest.fixture
def long_story(anna, olga, otto):
    """A ticket that a lot happened to."""
    warning = finding("no-health-check", service="app")
    ticket = file_ticket(by=anna, version="", branch="release/1.0.1", description="retry", findings=[warning])
    by_olga, by_otto, by_anna = actor_of(olga), actor_of(otto), actor_of(anna)
    tickets.comment(ticket.key, by=by_anna, text="Heap goes up.")
    tickets.approve(
        ticket.key, by=by_olga, plan_digest=ticket.plan_digest, accept=["no-health-check"], note="fine"
    )
    planned(ticket, content=a_plan_for(ticket, batch_size=2))
    tickets.edit(ticket.key, by=by_anna, version="1.0.2")
    ticket = planned(reloaded(ticket))
    tickets.approve(ticket.key, by=by_olga, plan_digest=ticket.plan_digest)
    tickets.withdraw_approval(ticket.key, by=by_olga, reason="wait")
    tickets.approve(ticket.key, by=by_otto, plan_digest=ticket.plan_digest)
    moved(ticket, Action.START, Action.FAIL, Action.WAIT_LONGER, Action.UPGRADED)
    tickets.verify(ticket.key, by=by_anna, role="developer", works=False, note="500 on /pay")
    tickets.withdraw_verification(ticket.key, by=by_anna, role="developer")
    with transaction.atomic():
        tickets.enter(tickets.locked(ticket.key), Action.FINISHED_OUTSIDE, by=OUTSIDE)
    return reloaded(ticket)


def test_the_activity_is_told_in_sentences_newest_first(long_story):
    plan = long_story.plan_digest[:8]

    sentences = tell(long_story)

    assert sentences[:3] == [
        "Filed by Anna",
        "Plan made: blockers 0, warnings 1, notes 0",
        "Anna wrote",
    ]
    assert sentences[3].startswith("Approved by Olga (1/1), plan ")
    assert sentences[3].endswith("; accepted no-health-check")
    assert sentences[4:] == [
        "The plan has changed; it needs approval again. How app is upgraded has changed: batch_size.",
        "Anna changed what is asked for: 1.0.2",
        "Plan made: blockers 0, warnings 0, notes 0",
        f"Approved by Olga (1/1), plan {plan}",
        "Olga withdrew the approval",
        f"Approved by Otto (1/1), plan {plan}",
        "Started by policy, attempt 1",
        "Needs a decision",
        "the product gives it more time",
        "Every service is upgraded and healthy",
        "Anna says as developer: it does not work",
        "Anna withdrew the verification as developer",
        "Finished in Rancher itself, outside this product",
    ]


def test_peoples_own_words_come_with_what_they_belong_to(long_story):
    texts = [entry.text for entry in reversed(queries.timeline(long_story)) if entry.text]

    assert texts == ["retry", "Heap goes up.", "fine", "wait", "500 on /pay"]


def test_folding_a_tickets_events_gives_the_tickets_row(long_story):
    assert fold(event.after for event in history(long_story)) == facts_of(long_story)


def test_what_each_event_found_is_what_the_one_before_it_left(long_story):
    facts = {}
    for event in history(long_story):
        assert {name: facts[name] for name in event.before or {}} == (event.before or {})
        facts.update(event.after or {})


def test_every_event_of_a_ticket_waits_to_be_told(long_story):
    assert all(event.outbox_row.delivered_at is None for event in history(long_story))


def test_an_action_of_another_release_is_told_by_its_name(long_story):
    assert story.sentence_of(Event(action="ticket.beamed_up", by_kind="person")) == "ticket.beamed_up"
