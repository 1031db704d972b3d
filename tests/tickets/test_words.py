"""Every state and every wait has its words, in every language of the product."""

import pytest
from django.utils.translation import override

from deploytickets.tickets import words
from deploytickets.tickets.models import Ticket
from deploytickets.tickets.transitions import Action, State

TONES = {"ok", "wait", "bad", "moving", "foreign", "idle"}


@pytest.mark.parametrize("state", State)
def test_every_state_has_word_icon_and_tone(state):
    word = words.WORDS[state]

    assert str(word.word)
    assert word.icon
    assert word.tone in TONES


def test_a_pending_ticket_without_a_plan_says_what_it_really_waits_for():
    ticket = Ticket(state="pending", plan_digest="")
    assert words.word_of(ticket) is words.PLANNING

    ticket.plan_problem = {"code": "stack-missing"}
    assert words.word_of(ticket) is words.NO_PLAN

    ticket.plan_digest, ticket.plan_problem = "0" * 64, None
    assert words.word_of(ticket).word == "Waits for approval"


@pytest.mark.parametrize(
    ("fact", "sentence"),
    [
        ({"code": "queued", "behind": "DEPLOY-110"}, "It is queued behind DEPLOY-110."),
        (
            {"code": "locked", "environment": "prod", "by": "Olga", "reason": "audit week"},
            "prod is locked by Olga: audit week",
        ),
        (
            {"code": "approvals_missing", "given": 1, "needed": 2},
            "1 of 2 approvals hold; it needs approval again.",
        ),
        (
            {"code": "scheduled", "at": "2026-11-24T13:00+08:00"},
            "It is scheduled for 2026-11-24 05:00 UTC.",
        ),
        ({"code": "starting"}, "Start was pressed; it begins in a moment."),
        ({"code": "moon", "phase": "full"}, "It waits: moon."),
    ],
)
def test_what_is_waited_for_is_a_sentence(fact, sentence):
    with override("en"):
        assert words.waiting(fact) == sentence


def test_whatever_a_box_can_offer_has_a_label():
    offered = set(Action) - {
        Action.PLAN,
        Action.VOID_APPROVALS,
        Action.UPGRADED,
        Action.FAIL,
        Action.FINISHED,
        Action.ROLLED_BACK,
        Action.FINISHED_OUTSIDE,
        Action.ROLLED_BACK_OUTSIDE,
    }

    assert set(words.LABELS) == offered
