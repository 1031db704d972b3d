"""Every decision is a plain form: it works without JavaScript, and htmx gets the parts as they stand now."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from deploytickets.access.roles import Role
from deploytickets.tickets.findings import finding
from deploytickets.tickets.models import Ticket
from deploytickets.tickets.transitions import Action, State
from tests.builders import a_plan_for, actions_of, approved_ticket, moved, planned, reloaded, verifying_ticket
from tests.web.conftest import HTMX

WARNING = finding("no-health-check", about="app", service="app")


def url(ticket, action: str) -> str:
    return f"/tickets/{ticket.key}/{action}"


def approval(ticket, **fields):
    return {"plan_digest": ticket.plan_digest, **fields}


def test_without_javascript_an_approval_leads_back_to_the_ticket(signed_in, a_person, file_ticket):
    ticket = file_ticket()

    response = signed_in(a_person(Role.OPS)).post(url(ticket, "approve"), approval(ticket))

    assert (response.status_code, response.url) == (302, f"/tickets/{ticket.key}")
    assert reloaded(ticket).state == State.APPROVED


def test_with_htmx_the_parts_of_the_page_come_back_as_they_stand_now(signed_in, a_person, file_ticket):
    ticket = file_ticket()

    response = signed_in(a_person(Role.OPS)).post(url(ticket, "approve"), approval(ticket), headers=HTMX)

    page = response.content.decode()
    assert response.status_code == 200
    for part in ("title", "line", "refusal", "decision", "first", "second", "timeline", "facts"):
        assert f'id="{part}"' in page
    assert "Approved" in page
    assert "<html" not in page


def test_an_approval_of_a_plan_that_has_changed_is_refused_and_shows_the_new_plan(
    signed_in, a_person, file_ticket
):
    ticket = file_ticket()

    response = signed_in(a_person(Role.OPS)).post(
        url(ticket, "approve"), {"plan_digest": "0" * 64}, headers=HTMX
    )

    page = response.content.decode()
    assert response.status_code == 409
    assert "The plan has changed since you read it" in page
    assert ticket.plan_digest in page
    assert reloaded(ticket).state == State.PENDING


def test_without_javascript_a_refusal_is_the_whole_page_as_it_stands_now(signed_in, a_person, file_ticket):
    ticket = file_ticket()

    response = signed_in(a_person(Role.OPS)).post(url(ticket, "approve"), {"plan_digest": "0" * 64})

    page = response.content.decode()
    assert response.status_code == 409
    assert "<html" in page
    assert "The plan has changed since you read it" in page


def test_who_was_faster_is_told_to_the_second(signed_in, a_person, file_ticket):
    ticket = file_ticket()
    first, second = signed_in(a_person(Role.OPS)), signed_in(a_person(Role.OPS))
    first.post(url(ticket, "reject"), {"reason": "not today"})

    response = second.post(url(ticket, "approve"), approval(ticket), headers=HTMX)

    assert response.status_code == 409
    assert "Rejected" in response.content.decode()
    assert reloaded(ticket).state == State.REJECTED


def test_a_warning_is_accepted_by_the_box_in_the_plan_with_the_approval(signed_in, a_person, file_ticket):
    ticket = file_ticket(findings=[WARNING])
    browser = signed_in(a_person(Role.OPS))
    page = browser.get(f"/tickets/{ticket.key}").content.decode()
    assert 'name="accept" value="no-health-check:app" form="approve"' in page

    refused = browser.post(url(ticket, "approve"), approval(ticket))
    taken = browser.post(url(ticket, "approve"), approval(ticket, accept="no-health-check:app"))

    assert (refused.status_code, taken.status_code) == (409, 302)
    assert reloaded(ticket).accepted_warnings == ["no-health-check:app"]


def test_the_requester_accepts_a_warning_without_approving(signed_in, a_person, file_ticket):
    anna = a_person(Role.DEVELOPER)
    ticket = file_ticket(by=anna, findings=[WARNING])
    browser = signed_in(anna)
    assert 'form="accept"' in browser.get(f"/tickets/{ticket.key}").content.decode()

    browser.post(url(ticket, "accept-warnings"), approval(ticket, accept="no-health-check:app"))

    assert reloaded(ticket).accepted_warnings == ["no-health-check:app"]
    assert reloaded(ticket).state == State.PENDING


def test_a_button_that_may_not_be_pressed_stays_and_says_why(signed_in, a_person, file_ticket):
    anna = a_person(Role.OPS)
    ticket = file_ticket(by=anna)

    page = signed_in(anna).get(f"/tickets/{ticket.key}").content.decode()

    assert 'aria-disabled="true" aria-describedby="why-approve"' in page
    assert "Because of four eyes nobody approves a ticket that they filed or changed." in page
    assert " disabled" not in page


def test_pressing_what_may_not_be_pressed_is_refused_by_the_server(signed_in, a_person, file_ticket):
    anna = a_person(Role.OPS)
    ticket = file_ticket(by=anna)

    response = signed_in(anna).post(url(ticket, "approve"), approval(ticket))

    assert response.status_code == 403
    assert reloaded(ticket).state == State.PENDING


def test_both_roles_verify(signed_in, a_person):
    ticket = verifying_ticket()
    signed_in(a_person(Role.DEVELOPER)).post(url(ticket, "verify/developer"), {"works": "yes"})
    signed_in(a_person(Role.OPS)).post(url(ticket, "verify/ops"), {"works": "no", "note": "500 on pay"})

    given = {one.role: (one.works, one.note) for one in ticket.verifications.all()}
    assert given == {"developer": (True, ""), "ops": (False, "500 on pay")}


def test_does_not_work_needs_words_and_says_so_in_the_page(signed_in, a_person):
    ticket = verifying_ticket()

    response = signed_in(a_person(Role.OPS)).post(url(ticket, "verify/ops"), {"works": "no"}, headers=HTMX)

    assert response.status_code == 422
    assert 'id="decision"' in response.content.decode()
    assert not ticket.verifications.exists()


def test_only_a_clear_yes_counts_as_works(signed_in, a_person):
    ticket = verifying_ticket()

    signed_in(a_person(Role.OPS)).post(url(ticket, "verify/ops"), {"note": "no button was pressed"})

    assert [one.works for one in ticket.verifications.all()] == [False]


def test_what_is_verified_can_be_withdrawn(signed_in, a_person):
    ticket, otto = verifying_ticket(), a_person(Role.OPS)
    browser = signed_in(otto)
    browser.post(url(ticket, "verify/ops"), {"works": "yes"})

    browser.post(url(ticket, "withdraw-verification/ops"))

    assert not ticket.verifications.filter(withdrawn_at__isnull=True).exists()


@pytest.mark.parametrize(
    ("action", "fields", "then"),
    [
        ("reject", {"reason": "Not before the holidays"}, State.REJECTED),
        ("cancel", {"reason": "filed twice"}, State.CANCELLED),
    ],
)
def test_a_ticket_is_ended_with_a_reason(signed_in, a_person, file_ticket, action, fields, then):
    ticket = file_ticket()

    signed_in(a_person(Role.OPS)).post(url(ticket, action), fields)

    assert reloaded(ticket).state == then
    assert fields["reason"] in signed_in(a_person(Role.VIEWER)).get(f"/tickets/{ticket.key}").content.decode()


def test_a_rejection_without_a_reason_is_refused(signed_in, a_person, file_ticket):
    ticket = file_ticket()

    response = signed_in(a_person(Role.OPS)).post(url(ticket, "reject"), {"reason": "  "}, headers=HTMX)

    assert response.status_code == 422
    assert "Please say why." in response.content.decode()


def test_an_approval_is_taken_back(signed_in, a_person, an_environment, file_ticket):
    ticket = file_ticket(environment=an_environment(approvals_required=2))
    browser = signed_in(a_person(Role.OPS))
    browser.post(url(ticket, "approve"), approval(ticket))
    assert "Withdraw my approval" in browser.get(f"/tickets/{ticket.key}").content.decode()

    browser.post(url(ticket, "withdraw-approval"))

    assert actions_of(ticket)[-1] == "ticket.approval_withdrawn"


def test_start_is_pressed_where_the_policy_wants_it(signed_in, a_person, an_environment):
    ticket = approved_ticket(environment=an_environment(start="by_hand"))
    browser = signed_in(a_person(Role.OPS))
    assert f'action="/tickets/{ticket.key}/start"' in browser.get(f"/tickets/{ticket.key}").content.decode()

    browser.post(url(ticket, "start"))

    assert reloaded(ticket).waits_for == {"code": "starting"}


def test_anybody_with_a_role_writes_on_the_ticket(signed_in, a_person, file_ticket):
    ticket = file_ticket()

    response = signed_in(a_person(Role.VIEWER)).post(
        url(ticket, "comment"), {"text": "Seen on <b>stage</b>"}, headers=HTMX
    )

    assert "Seen on &lt;b&gt;stage&lt;/b&gt;" in response.content.decode()


@pytest.mark.parametrize("typed", ["", "ten", "1.5", "²", "0", "1441", "9" * 5000])
def test_what_is_no_number_of_minutes_is_refused_not_guessed(signed_in, a_person, typed):
    ticket = moved(approved_ticket(), Action.START, Action.FAIL)

    response = signed_in(a_person(Role.OPS)).post(url(ticket, "wait-longer"), {"minutes": typed})

    assert response.status_code == 422
    assert "Between 1 minute and 1,440 minutes" in response.content.decode()
    assert reloaded(ticket).state == State.FAILED


def test_nothing_is_decided_by_following_a_link(signed_in, a_person, file_ticket):
    ticket, browser = file_ticket(), signed_in(a_person(Role.OPS))

    answers = {
        browser.get(url(ticket, action)).status_code
        for action in ("approve", "reject", "cancel", "start", "finish", "roll-back", "try-again", "free")
    }

    assert answers == {405}


def test_a_post_from_elsewhere_is_refused(a_person, file_ticket):
    ticket, otto = file_ticket(), a_person(Role.OPS)
    browser = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    browser.force_login(otto)

    response = browser.post(url(ticket, "approve"), approval(ticket))

    assert response.status_code == 403
    assert "The form was too old" in response.content.decode()
    assert reloaded(ticket).state == State.PENDING


def test_what_finish_and_roll_back_do_is_said_before_they_are_pressed(signed_in, a_person):
    ticket = verifying_ticket()

    page = signed_in(a_person(Role.OPS)).get(f"/tickets/{ticket.key}").content.decode()

    assert "This stops and removes" in page
    assert "Finish upgrade" in page


@pytest.mark.parametrize("part", ["", "/now"])
def test_an_approved_ticket_is_shown_while_rancher_is_away(signed_in, a_person, settings, part):
    settings.TIME_ZONE = "Asia/Shanghai"
    ticket = approved_ticket()
    Ticket.objects.filter(pk=ticket.pk).update(
        rancher_away_since=datetime(2026, 11, 26, 14, 8, tzinfo=UTC), waits_for={"code": "rancher_away"}
    )

    page = signed_in(a_person(Role.OPS)).get(f"/tickets/{ticket.key}{part}").content.decode()

    assert "Rancher does not answer since 2026-11-26 22:08 CST." in page


def test_the_box_is_lit_for_those_whose_turn_it_is(signed_in, a_person, file_ticket):
    ticket = file_ticket()

    mine = signed_in(a_person(Role.OPS)).get(f"/tickets/{ticket.key}").content.decode()
    not_mine = signed_in(a_person(Role.VIEWER)).get(f"/tickets/{ticket.key}").content.decode()

    assert 'class="decision mine"' in mine
    assert 'class="decision"' in not_mine
    assert "Approve" in not_mine


def test_a_new_plan_voids_the_approval_and_the_page_says_what_differs(signed_in, a_person, file_ticket):
    ticket = file_ticket()
    signed_in(a_person(Role.OPS)).post(url(ticket, "approve"), approval(ticket))

    planned(reloaded(ticket), content=a_plan_for(ticket, batch_size=3))

    page = signed_in(a_person(Role.OPS)).get(f"/tickets/{ticket.key}").content.decode()
    assert "The plan has changed; it needs approval again" in page
    assert "batch_size" in page
