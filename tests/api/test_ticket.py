"""One ticket read whole: what its page shows, in words and in codes."""

import pytest
from django.db import transaction

from deploytickets.tickets import findings
from deploytickets.tickets import services as tickets
from deploytickets.tickets.transitions import Action
from tests.builders import (
    a_placement,
    actor_of,
    an_environment,
    approved_ticket,
    file_ticket,
    moved,
    verifying_ticket,
)


def whole(caller, ticket):
    answer = caller.get(f"/tickets/{ticket.key}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def option(shown, action, role=""):
    return next(one for one in shown["choices"] if (one["action"], one["role"]) == (action, role))


def test_findings_are_told_in_words_with_code_level_and_the_name_to_accept_them_by(calls, olga):
    ticket = file_ticket(findings=[findings.finding("no-health-check", about="app", service="app")])

    (shown,) = whole(calls(olga), ticket)["findings"]

    assert (shown["code"], shown["name"], shown["level"], shown["is_accepted"]) == (
        "no-health-check",
        "no-health-check:app",
        "warning",
        False,
    )
    assert "app" in shown["sentence"]
    assert shown["remedy"]


def test_words_come_in_the_language_that_is_asked_for(calls, olga):
    ticket = file_ticket(environment=an_environment("prod"))
    caller = calls(olga)
    english = whole(caller, ticket)["state_in_words"]

    caller.headers["Accept-Language"] = "zh-hant"

    assert english == "Waits for approval"
    answer = caller.get(f"/tickets/{ticket.key}")
    assert answer.headers["Content-Language"] == "zh-hant"


def test_the_policy_and_the_approvals_say_what_still_counts(calls, olga, otto):
    ticket = file_ticket(environment=an_environment("prod", approvals_required=2))
    tickets.approve(ticket.key, by=actor_of(olga), plan_digest=ticket.plan_digest, note="Read it.")

    shown = whole(calls(otto), ticket)

    assert shown["policy"]["approvals_required"] == 2
    (approval,) = shown["approvals"]
    assert (approval["by"]["username"], approval["note"], approval["counts"]) == ("olga", "Read it.", True)
    tickets.withdraw_approval(ticket.key, by=actor_of(olga))
    (approval,) = whole(calls(otto), ticket)["approvals"]
    assert (approval["ended_because"], approval["counts"]) == ("withdrawn", False)


def test_choices_say_what_the_caller_may_do_how_and_else_who_may(calls, anna, olga):
    ticket = file_ticket(by=anna)

    to_anna, to_olga = whole(calls(anna), ticket), whole(calls(olga), ticket)

    assert option(to_olga, "approve")["is_open"]
    assert option(to_olga, "approve")["why_not"] == ""
    refused = option(to_anna, "approve")
    assert not refused["is_open"]
    assert "Olga" in refused["why_not"]
    assert (option(to_anna, "edit")["method"], option(to_anna, "edit")["url"]) == ("PATCH", to_anna["url"])
    assert option(to_anna, "reject")["needs_reason"]


def test_every_choice_is_an_address_that_exists(calls, olga):
    states = (
        file_ticket(),
        approved_ticket(),
        verifying_ticket(),
        moved(approved_ticket(), Action.START, Action.FAIL),
    )
    for ticket in states:
        caller = calls(olga)
        for choice in whole(caller, ticket)["choices"]:
            path = choice["url"].partition("/api/v1")[2]
            answer = caller.send(choice["method"].lower(), path, {"no_such_field": 1})
            assert answer.status_code == 422, (choice, answer.content)


def test_why_an_approved_ticket_waits_is_told(calls, olga):
    environment = an_environment("prod", start="by_hand")
    ticket = approved_ticket(environment=environment)
    with transaction.atomic():
        tickets.record_waiting(tickets.locked(ticket.key), {"code": "start_by_hand", "environment": "prod"})

    assert whole(calls(olga), ticket)["waits_for"] == {
        "code": "start_by_hand",
        "sentence": "In prod ops press Start by hand.",
    }


def test_a_plan_that_cannot_be_made_says_why(calls, olga):
    ticket = file_ticket(with_plan=False)
    with transaction.atomic():
        tickets.record_plan_problem(
            tickets.locked(ticket.key),
            findings.problem("stack-missing", stack="shop", environment="prod"),
        )

    shown = whole(calls(olga), ticket)

    assert (shown["plan"], shown["plan_digest"]) == (None, "")
    assert shown["plan_problem"]["code"] == "stack-missing"
    assert "shop" in shown["plan_problem"]["sentence"]


def test_other_open_tickets_for_the_same_are_named(calls, olga):
    placement = a_placement()
    first, second = file_ticket(placement=placement), file_ticket(placement=placement)

    assert whole(calls(olga), second)["twins"] == [first.key]


def test_the_record_tells_what_happened_oldest_first(calls, anna, olga):
    ticket = file_ticket(by=anna, description="From CI")
    calls(olga).post(f"/tickets/{ticket.key}/reject", {"reason": "Wrong day."})

    events = calls(anna).get(f"/tickets/{ticket.key}/events").json()["results"]

    assert [event["number"] for event in events] == list(range(1, len(events) + 1))
    assert (events[0]["action"], events[0]["by"], events[0]["text"]) == ("ticket.filed", "Anna", "From CI")
    last = events[-1]
    assert (last["action"], last["by"], last["through"]) == ("ticket.rejected", "Olga", "api")
    assert (last["sentence"], last["text"]) == ("Rejected by Olga", "Wrong day.")
    assert (last["before"]["state"], last["after"]["state"]) == ("pending", "rejected")


@pytest.mark.parametrize(
    "key",
    ["DEPLOY-999999", "DEPLOY-0", "nonsense", "DEPLOY-1%00", "DEPLOY-1'", "x" * 3000, "DEPLOY-" + "9" * 40],
)
def test_a_ticket_that_is_not_there_is_a_problem_of_404(calls, olga, key):
    answer = calls(olga).get(f"/tickets/{key}")

    assert (answer.status_code, answer.json()["kind"]) == (404, "unknown")
