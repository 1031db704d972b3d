"""The header Idempotency-Key: sent twice, done once, answered alike (I16)."""

from functools import partial

import pytest

from deploytickets.access import services as access
from deploytickets.access.models import IdempotencyKey, Token
from deploytickets.tickets.models import Comment, Ticket
from tests.at_once import at_once
from tests.builders import SHELL, a_placement, file_ticket


@pytest.fixture
def wish(db):
    placement = a_placement()
    return {
        "application": placement.application.name,
        "environment": placement.environment.name,
        "version": "1",
    }


def test_the_same_request_with_the_same_key_has_one_effect_and_one_answer(calls, anna, wish):
    caller = calls(anna)

    first = caller.post("/tickets", wish, Idempotency_Key="ci-42")
    again = caller.post("/tickets", wish, Idempotency_Key="ci-42")

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["Location"] == first.headers["Location"]
    assert Ticket.objects.count() == 1


def test_another_request_with_the_same_key_is_refused(calls, anna, wish):
    caller = calls(anna)
    caller.post("/tickets", wish, Idempotency_Key="ci-42")

    answer = caller.post("/tickets", {**wish, "version": "2"}, Idempotency_Key="ci-42")

    assert (answer.status_code, answer.json()["kind"]) == (422, "key-reused")
    assert Ticket.objects.count() == 1


def test_a_key_belongs_to_one_person_and_one_address(calls, anna, olga, wish):
    key = calls(anna).post("/tickets", wish, Idempotency_Key="ci-42").json()["key"]

    assert calls(olga).post("/tickets", wish, Idempotency_Key="ci-42").status_code == 201
    other = calls(anna).post(f"/tickets/{key}/comments", {"text": "x"}, Idempotency_Key="ci-42")
    assert (other.status_code, other.json()["kind"]) == (422, "key-reused")


def test_without_a_key_every_request_counts(calls, anna, wish):
    caller = calls(anna)

    assert caller.post("/tickets", wish).json()["key"] != caller.post("/tickets", wish).json()["key"]


def test_what_was_refused_is_not_remembered(calls, olga):
    ticket = file_ticket()
    caller = calls(olga)
    path, stale = f"/tickets/{ticket.key}/reject", {"reason": " "}

    assert caller.post(path, stale, Idempotency_Key="k").status_code == 422
    assert IdempotencyKey.objects.count() == 0
    assert caller.post(path, {"reason": "No."}, Idempotency_Key="k").status_code == 200


def test_a_repeated_decision_is_answered_as_the_first_time_although_the_state_has_moved_on(calls, olga):
    ticket = file_ticket()
    caller = calls(olga)
    body = {"plan_digest": ticket.plan_digest}

    first = caller.post(f"/tickets/{ticket.key}/approve", body, Idempotency_Key="a-1")
    again = caller.post(f"/tickets/{ticket.key}/approve", body, Idempotency_Key="a-1")

    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert ticket.approvals.count() == 1


def test_a_repetition_tells_nothing_to_who_lost_the_role_since(calls, anna, wish):
    caller = calls(anna)
    key = caller.post("/tickets", wish, Idempotency_Key="ci-42").json()["key"]
    comment = partial(caller.post, f"/tickets/{key}/comments", {"text": "x"}, Idempotency_Key="ci-43")
    assert comment().status_code == 200

    access.revoke_grant(by=SHELL, username="anna", environment=None)

    gone = caller.get(f"/tickets/{key}")
    for again in (caller.post("/tickets", wish, Idempotency_Key="ci-42"), comment()):
        assert (again.status_code, again.json()) == (404, gone.json())
    access.grant(by=SHELL, username="anna", role="viewer")
    assert caller.post("/tickets", wish, Idempotency_Key="ci-42").json()["key"] == key


@pytest.mark.parametrize("key", ["", "x" * 201, "a\tb", "ä"])
def test_a_key_that_cannot_be_kept_is_refused(calls, anna, wish, key):
    answer = calls(anna).post("/tickets", wish, Idempotency_Key=key)

    assert answer.status_code == 422
    assert Ticket.objects.count() == 0


def test_the_text_of_a_token_is_not_kept_for_the_repetition(browses, anna):
    caller = browses(anna)
    wish = {"name": "CI", "scopes": ["read"]}

    first = caller.post("/tokens", wish, Idempotency_Key="t").json()
    again = caller.post("/tokens", wish, Idempotency_Key="t").json()

    assert again == {**first, "text": None}
    assert Token.objects.filter(owner=anna).count() == 1
    assert first["text"] not in str(list(IdempotencyKey.objects.values_list("body", flat=True)))


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment_file_one_ticket_and_hear_the_same(calls, anna):
    placement = a_placement()
    wish = {
        "application": placement.application.name,
        "environment": placement.environment.name,
        "version": "1",
    }
    callers = [calls(anna), calls(anna)]

    for number in range(5):
        key = f"race-{number}"
        came = at_once(*(partial(one.post, "/tickets", wish, Idempotency_Key=key) for one in callers))

        assert came.errors == []
        assert [answer.status_code for answer in came.values] == [201, 201]
        assert came.values[0].json() == came.values[1].json()
        assert Ticket.objects.count() == number + 1


@pytest.mark.django_db(transaction=True)
def test_of_two_different_ones_at_the_same_moment_one_is_refused(calls, anna):
    ticket = file_ticket(by=anna)
    one, other = calls(anna), calls(anna)
    path = f"/tickets/{ticket.key}/comments"

    came = at_once(
        lambda: one.post(path, {"text": "one"}, Idempotency_Key="k"),
        lambda: other.post(path, {"text": "other"}, Idempotency_Key="k"),
    )

    assert came.errors == []
    assert sorted(answer.status_code for answer in came.values) == [200, 422]
    assert Comment.objects.count() == 1
