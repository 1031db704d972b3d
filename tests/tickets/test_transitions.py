"""The transition table: every pair of state and action, as design says; others leave no trace (I11)."""

from pathlib import Path

import pytest
from django.db import transaction

from deploytickets.audit.actors import SYSTEM
from deploytickets.tickets import services as tickets
from deploytickets.tickets.errors import WrongState
from deploytickets.tickets.models import Ticket
from deploytickets.tickets.transitions import FINAL, PARTICIPLES, RULES, Action, State, event_name
from tests.builders import actions_of, approved_ticket, file_ticket, moved, reloaded

pytestmark = pytest.mark.django_db

IN_RANCHER = "deploying verifying finishing rolling_back failed"
ANYWHERE = f"pending approved {IN_RANCHER} finished rolled_back rejected cancelled"

# action: the states it leads from -> the state it leads to ("=": the state stays)
BY_HAND = {
    "edit": ("pending approved", "pending"),
    "plan": ("pending", "pending"),
    "accept_warnings": ("pending", "pending"),
    "approve": ("pending", "approved"),
    "reject": ("pending", "rejected"),
    "withdraw_approval": ("pending approved", "pending"),
    "void_approvals": ("pending approved", "pending"),
    "cancel": ("pending approved failed", "cancelled"),
    "start": ("approved", "deploying"),
    "upgraded": ("deploying failed", "verifying"),
    "fail": ("deploying finishing rolling_back", "failed"),
    "wait_longer": ("failed", "deploying"),
    "try_again": ("failed", "approved"),
    "verify": ("verifying", "="),
    "withdraw_verification": ("verifying", "="),
    "finish": ("verifying", "finishing"),
    "finished": ("finishing rolling_back failed", "finished"),
    "roll_back": ("deploying verifying failed", "rolling_back"),
    "rolled_back": ("rolling_back failed", "rolled_back"),
    "finished_outside": (IN_RANCHER, "finished"),
    "rolled_back_outside": (IN_RANCHER, "rolled_back"),
    "free": ("failed", "cancelled"),
    "comment": (ANYWHERE, "="),
}


def test_the_table_has_a_rule_for_every_action_but_filing():
    assert {action.value for action in RULES} == set(BY_HAND)
    assert set(Action) - set(RULES) == {Action.FILE}


def test_every_action_has_its_own_event():
    assert set(PARTICIPLES) == set(Action)
    assert len(set(PARTICIPLES.values())) == len(Action)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("action", RULES)
def test_each_pair_of_state_and_action(action, state):
    sources, target = BY_HAND[action.value]
    ticket = file_ticket()
    Ticket.objects.filter(pk=ticket.pk).update(
        state=state, failed_from="deploying" if state is State.FAILED else ""
    )
    before = actions_of(ticket)
    choice = State.APPROVED if action is Action.APPROVE else None

    if state.value in sources.split():
        with transaction.atomic():
            tickets.enter(tickets.locked(ticket.key), action, by=SYSTEM, target=choice)
        assert reloaded(ticket).state == (state if target == "=" else target)
        assert actions_of(ticket) == [*before, event_name(action)]
    else:
        with pytest.raises(WrongState), transaction.atomic():
            tickets.enter(tickets.locked(ticket.key), action, by=SYSTEM, target=choice)
        assert reloaded(ticket).state == state
        assert actions_of(ticket) == before


def test_final_states_are_final():
    assert {state.value for state in FINAL} == {"finished", "rolled_back", "rejected", "cancelled"}
    leaving = {action for action, rule in RULES.items() if rule.sources & FINAL and rule.target is not None}
    assert leaving == set()


@pytest.mark.parametrize(
    ("way", "back"),
    [
        ([Action.START], State.DEPLOYING),
        ([Action.START, Action.UPGRADED, Action.FINISH], State.FINISHING),
        ([Action.START, Action.ROLL_BACK], State.ROLLING_BACK),
    ],
)
def test_waiting_longer_leads_back_to_where_it_failed(way, back):
    ticket = moved(approved_ticket(), *way, Action.FAIL)
    assert ticket.failed_from == back

    ticket = moved(ticket, Action.WAIT_LONGER)

    assert ticket.state == back
    assert ticket.failed_from == ""


def test_a_failure_is_forgotten_when_the_ticket_leaves_failed():
    ticket = moved(approved_ticket(), Action.START)
    with transaction.atomic():
        ticket = tickets.locked(ticket.key)
        tickets.record_failure(ticket, {"code": "deadline_passed"})
        tickets.enter(ticket, Action.FAIL, by=SYSTEM, failure=ticket.failure)
    assert reloaded(ticket).failure == {"code": "deadline_passed"}

    assert moved(ticket, Action.WAIT_LONGER).failure is None


def test_every_start_is_another_attempt():
    ticket = moved(approved_ticket(), Action.START)
    assert ticket.attempt == 1

    assert moved(ticket, Action.FAIL, Action.TRY_AGAIN, Action.START).attempt == 2


def test_a_ticket_that_is_tried_again_keeps_its_place_in_the_queue():
    ticket = approved_ticket()
    since = ticket.approved_at

    assert moved(ticket, Action.START, Action.FAIL, Action.TRY_AGAIN).approved_at == since


def test_only_a_locked_ticket_is_moved():
    ticket = approved_ticket()

    with pytest.raises(AssertionError, match="locked"):
        tickets.enter(ticket, Action.START, by=SYSTEM)


def test_nothing_else_in_the_product_assigns_a_tickets_state():
    product = Path(__file__).resolve().parents[2] / "deploytickets"
    lines = [
        f"{file.name}: {line.strip()}"
        for file in product.rglob("*.py")
        for line in file.read_text().splitlines()
        if "ticket.state =" in line.replace("==", "")
    ]
    assert lines == ["_entering.py: ticket.state = target.value"]
