"""Who may call, and with what."""

from datetime import timedelta

from django.test import Client

from deploytickets.access import services as access
from deploytickets.access.models import Token
from deploytickets.audit.models import Event
from deploytickets.tickets.models import Ticket
from tests.builders import SHELL, a_placement


def test_without_token_or_session_the_answer_is_401_and_says_what_to_send(db):
    answer = Client().get("/api/v1/tickets")

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["kind"] == "not-signed-in"
    assert "Authorization: Bearer" in answer.json()["detail"]


def test_a_token_calls_as_its_owner_and_the_record_says_through_the_api(calls, anna):
    placement = a_placement()
    wish = {
        "application": placement.application.name,
        "environment": placement.environment.name,
        "version": "1",
    }

    filed = calls(anna).post("/tickets", wish)

    event = Event.objects.get(subject_kind="ticket", subject_key=filed.json()["key"])
    assert (event.by_user_id, event.through, event.address) == (anna.pk, "api", "127.0.0.1")


def test_an_unknown_token_is_refused_even_in_a_signed_in_browser(browses, anna):
    caller = browses(anna)
    caller.headers = {"Authorization": "Bearer dt_00000000_nonsense"}

    assert caller.get("/me").status_code == 401


def test_the_header_without_a_token_is_refused(anna):
    for header in ("Bearer", "Bearer ", "Bearer a b c", "Basic YTpi", "Token x", "bearer \x7f"):
        assert Client().get("/api/v1/me", headers={"Authorization": header}).status_code == 401, header


def test_a_token_in_the_address_is_not_looked_at(token_of, anna):
    plain = token_of(anna)

    assert Client().get(f"/api/v1/me?token={plain}").status_code == 401


def test_a_token_ends_with_its_expiry_with_the_password_and_with_the_account(calls, anna, olga, otto):
    expired, renamed, disabled = calls(anna), calls(olga), calls(otto)
    Token.objects.filter(owner=anna).update(expires_at=anna.date_joined - timedelta(days=1))
    access.set_password(by=SHELL, username="olga", password="another horse battery staple")
    access.disable_person(by=SHELL, username="otto")

    assert [caller.get("/me").status_code for caller in (expired, renamed, disabled)] == [401, 401, 401]


def test_a_session_reads_but_changes_nothing_without_the_csrf_token(browses, anna, file_ticket):
    ticket = file_ticket(by=anna)
    caller = browses(anna, with_csrf=False)

    assert caller.get(f"/tickets/{ticket.key}").status_code == 200
    refused = caller.post(f"/tickets/{ticket.key}/cancel")

    assert (refused.status_code, refused.json()["kind"]) == (403, "not-allowed")
    assert Ticket.objects.get(pk=ticket.pk).state == "pending"


def test_the_missing_csrf_token_is_told_in_the_readers_language(browses, anna, file_ticket):
    ticket = file_ticket(by=anna)
    caller = browses(anna, with_csrf=False)
    caller.headers["Accept-Language"] = "zh-Hant"

    detail = caller.post(f"/tickets/{ticket.key}/comments", {"text": "x"}).json()["detail"]

    assert "X-CSRFToken" in detail
    assert "未執行任何操作" in detail


def test_a_session_with_the_csrf_token_may_change_what_its_person_may(browses, anna, file_ticket):
    ticket = file_ticket(by=anna)

    assert browses(anna).post(f"/tickets/{ticket.key}/cancel").json()["state"] == "cancelled"


def test_a_token_without_the_scope_read_reads_nothing(calls, anna, file_ticket):
    ticket = file_ticket(by=anna)
    caller = calls(anna, "file", "decide")

    for path in ("/tickets", f"/tickets/{ticket.key}", "/environments", "/me", "/tokens", "/running"):
        answer = caller.get(path)
        assert (answer.status_code, answer.json()["kind"]) == (403, "not-allowed"), path
        assert "read" in answer.json()["detail"]


def test_a_token_without_the_scope_decide_decides_nothing_and_its_choices_say_so(calls, olga, file_ticket):
    ticket = file_ticket()
    caller = calls(olga, "read", "file")

    refused = caller.post(f"/tickets/{ticket.key}/approve", {"plan_digest": ticket.plan_digest})

    assert refused.status_code == 403
    assert "decide" in refused.json()["detail"]
    approve = next(
        choice
        for choice in caller.get(f"/tickets/{ticket.key}").json()["choices"]
        if choice["action"] == "approve"
    )
    assert not approve["is_open"]
    assert approve["why_not"] == refused.json()["detail"]


def test_a_token_that_only_reads_files_and_comments_nothing(calls, anna, file_ticket):
    ticket = file_ticket(by=anna)
    caller = calls(anna, "read")
    wish = {"application": ticket.application.name, "environment": ticket.environment.name, "version": "2"}

    assert caller.post("/tickets", wish).status_code == 403
    assert caller.post(f"/tickets/{ticket.key}/comments", {"text": "hello"}).status_code == 403
    assert caller.patch(f"/tickets/{ticket.key}", {"version": "3"}).status_code == 403


def test_what_one_may_not_see_is_not_there(calls, a_person, an_environment, file_ticket):
    ticket = file_ticket()
    stranger = calls(a_person("ops", an_environment()))

    for path in (
        f"/tickets/{ticket.key}",
        f"/tickets/{ticket.key}/events",
        f"/tickets/{ticket.key}/comments",
    ):
        assert stranger.get(path).status_code == 404, path
    for action, body in {
        "approve": {"plan_digest": ticket.plan_digest},
        "reject": {"reason": "no"},
        "cancel": {},
        "start": {},
        "finish": {},
        "roll-back": {},
        "try-again": {},
        "wait-longer": {"minutes": 5},
        "free": {"reason": "gone"},
        "verify": {"role": "ops", "works": True},
        "withdraw-verification": {"role": "ops"},
        "withdraw-approval": {},
        "accept-warnings": {"plan_digest": ticket.plan_digest, "names": []},
        "comments": {"text": "hello"},
    }.items():
        answer = stranger.post(f"/tickets/{ticket.key}/{action}", body)
        assert (answer.status_code, answer.json()["kind"]) == (404, "unknown"), action
    assert stranger.patch(f"/tickets/{ticket.key}", {"version": "2"}).status_code == 404
    assert stranger.get("/tickets").json()["count"] == 0
