"""Each decision by the API: done as the service does it, refused as the service refuses it."""

import pytest

from deploytickets import clock
from deploytickets.deployments.models import Upgrade
from deploytickets.tickets import findings
from deploytickets.tickets.models import Ticket
from deploytickets.tickets.transitions import Action
from tests.builders import an_environment, approved_ticket, file_ticket, moved, reloaded, verifying_ticket


def test_an_approval_needs_the_digest_that_was_read(calls, olga):
    ticket = file_ticket()
    caller = calls(olga)

    without = caller.post(f"/tickets/{ticket.key}/approve", {})
    stale = caller.post(f"/tickets/{ticket.key}/approve", {"plan_digest": "0" * 64})

    assert (without.status_code, list(without.json()["fields"])) == (422, ["plan_digest"])
    assert (stale.status_code, stale.json()["kind"]) == (409, "plan-changed")
    assert stale.json()["plan_digest"] == ticket.plan_digest
    assert stale.json()["ticket"] == ticket.key
    assert reloaded(ticket).state == "pending"


def test_warnings_are_accepted_by_name_or_the_approval_is_refused_naming_them(calls, olga):
    ticket = file_ticket(findings=[findings.finding("no-health-check", about="app", service="app")])
    caller = calls(olga)

    refused = caller.post(f"/tickets/{ticket.key}/approve", {"plan_digest": ticket.plan_digest})
    given = caller.post(
        f"/tickets/{ticket.key}/approve",
        {"plan_digest": ticket.plan_digest, "accept": refused.json()["warnings"]},
    )

    assert (refused.status_code, refused.json()["kind"]) == (409, "warnings-open")
    assert refused.json()["warnings"] == ["no-health-check:app"]
    assert (given.status_code, given.json()["state"]) == (200, "approved")


def test_the_requester_accepts_warnings_without_approving(calls, anna):
    ticket = file_ticket(by=anna, findings=[findings.finding("no-health-check", about="app", service="app")])

    answer = calls(anna).post(
        f"/tickets/{ticket.key}/accept-warnings",
        {"plan_digest": ticket.plan_digest, "names": ["no-health-check:app"]},
    )

    assert (answer.status_code, answer.json()["state"]) == (200, "pending")
    assert calls(anna).get(f"/tickets/{ticket.key}").json()["findings"][0]["is_accepted"]


def test_four_eyes_hold_by_the_api_too(calls, olga):
    ticket = file_ticket(by=olga)

    answer = calls(olga).post(f"/tickets/{ticket.key}/approve", {"plan_digest": ticket.plan_digest})

    assert (answer.status_code, answer.json()["kind"]) == (403, "not-allowed")
    assert "four eyes" in answer.json()["detail"]


def test_a_developer_does_not_decide(calls, anna):
    ticket = file_ticket()
    for action, body in {
        "approve": {"plan_digest": ticket.plan_digest},
        "reject": {"reason": "no"},
        "start": {},
        "finish": {},
        "roll-back": {},
        "wait-longer": {"minutes": 5},
        "try-again": {},
        "free": {"reason": "gone"},
    }.items():
        answer = calls(anna).post(f"/tickets/{ticket.key}/{action}", body)
        assert (answer.status_code, answer.json()["kind"]) == (403, "not-allowed"), action
    assert reloaded(ticket).state == "pending"


def test_what_the_state_does_not_allow_is_a_conflict_that_names_the_state(calls, olga):
    ticket = file_ticket()
    for action, body in {
        "start": {},
        "finish": {},
        "roll-back": {},
        "try-again": {},
        "wait-longer": {"minutes": 5},
        "free": {"reason": "gone"},
        "verify": {"role": "ops", "works": True},
        "withdraw-verification": {"role": "ops"},
    }.items():
        answer = calls(olga).post(f"/tickets/{ticket.key}/{action}", body)
        assert (answer.status_code, answer.json()["kind"]) == (409, "wrong-state"), action
        assert (answer.json()["ticket"], answer.json()["state"]) == (ticket.key, "pending")
    assert reloaded(ticket).state == "pending"


def test_an_approval_is_withdrawn_by_its_giver(calls, olga, otto):
    ticket = file_ticket(environment=an_environment(approvals_required=2))
    calls(olga).post(f"/tickets/{ticket.key}/approve", {"plan_digest": ticket.plan_digest})

    refused = calls(otto).post(f"/tickets/{ticket.key}/withdraw-approval")
    taken = calls(olga).post(f"/tickets/{ticket.key}/withdraw-approval", {"reason": "Too early."})

    assert (refused.status_code, refused.json()["kind"]) == (409, "not-yours")
    assert taken.status_code == 200


def test_start_is_ordered_where_ops_press_it(calls, olga):
    ticket = approved_ticket(environment=an_environment(start="by_hand"))

    answer = calls(olga).post(f"/tickets/{ticket.key}/start")

    assert (answer.status_code, answer.json()["state"]) == (200, "approved")
    assert answer.json()["waits_for"]["code"] == "starting"


def test_a_verification_is_given_answered_and_withdrawn(calls, anna, olga):
    ticket = verifying_ticket()
    path = f"/tickets/{ticket.key}"

    no_note = calls(anna).post(f"{path}/verify", {"role": "developer", "works": False})
    broken = calls(anna).post(f"{path}/verify", {"role": "developer", "works": False, "note": "No login."})
    finish = calls(olga).post(f"{path}/finish")
    withdrawn = calls(anna).post(f"{path}/withdraw-verification", {"role": "developer"})

    assert (no_note.status_code, list(no_note.json()["fields"])) == (422, ["note"])
    assert broken.status_code == 200
    assert (finish.status_code, finish.json()["kind"]) == (409, "not-ready")
    assert "does not work" in finish.json()["detail"]
    assert withdrawn.status_code == 200


@pytest.mark.parametrize(
    ("action", "body", "field"),
    [
        ("verify", {"role": "auditor", "works": True}, "role"),
        ("verify", {"role": "ops", "works": "no"}, "works"),
        ("verify", {"role": "ops"}, "works"),
        ("verify", {"role": "ops", "works": True, "checked": [1]}, "checked"),
        ("wait-longer", {"minutes": "5"}, "minutes"),
        ("wait-longer", {"minutes": True}, "minutes"),
        ("wait-longer", {"minutes": 0}, "minutes"),
        ("wait-longer", {"minutes": 10**40}, "minutes"),
        ("reject", {}, "reason"),
        ("reject", {"reason": ["x"]}, "reason"),
        ("roll-back", {"reason": "x" * 501}, "reason"),
        ("roll-back", {"reason": "a\x01b"}, "reason"),
        ("finish", {"force": True}, "force"),
        ("approve", {"plan_digest": None}, "plan_digest"),
        ("approve", {"plan_digest": "x", "accept": "all"}, "accept"),
        ("approve", [], "body"),
        ("approve", '"yes"', "body"),
        ("approve", "null", "body"),
        ("comments", {"text": "a\x00b"}, "text"),
        ("comments", {"text": "x" * 10_001}, "text"),
    ],
)
def test_a_body_of_another_shape_decides_nothing_and_names_the_field(calls, olga, action, body, field):
    ticket = verifying_ticket()

    answer = calls(olga).post(f"/tickets/{ticket.key}/{action}", body)

    assert (answer.status_code, answer.json()["kind"]) == (422, "invalid"), answer.content
    assert [name.split(".")[0] for name in answer.json()["fields"]] == [field]
    assert Ticket.objects.get(pk=ticket.pk).state == "verifying"


def test_a_reason_for_giving_up_is_kept_whole_or_refused(calls, olga):
    ticket = moved(approved_ticket(), Action.START, Action.FAIL)
    Upgrade.objects.create(
        ticket=ticket, number=1, plan=ticket.plan, started_at=clock.now(), deadline_at=clock.now(),
        deadline_seconds=3600, goal_since=clock.now(),
    )  # fmt: skip
    caller = calls(olga)

    refused = [caller.post(f"/tickets/{ticket.key}/free", {"reason": text}) for text in ("x" * 501, "a\x01b")]
    taken = caller.post(f"/tickets/{ticket.key}/free", {"reason": "x" * 500})

    assert [answer.json()["fields"].keys() for answer in refused] == [{"reason"}] * 2
    assert taken.json()["state"] == "cancelled"


def test_nothing_is_decided_by_reading(calls, olga):
    ticket = file_ticket()

    for action in ("approve", "start", "cancel", "finish", "roll-back", "free"):
        answer = calls(olga).get(f"/tickets/{ticket.key}/{action}")
        assert (answer.status_code, answer.json()["kind"]) == (405, "no-such-method")
        assert "POST" in answer.headers["Allow"]
    assert reloaded(ticket).state == "pending"
