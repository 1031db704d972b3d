"""Filing, changing and commenting by the API."""

import pytest

from deploytickets.tickets.models import Ticket
from tests.builders import a_placement, an_application, an_environment


@pytest.fixture
def wish(db):
    placement = a_placement(an_application("JavaService1"), an_environment("prod"))
    return {"application": placement.application.name, "environment": "prod", "branch": "release/1.0.1"}


def test_a_ticket_is_filed_with_the_version_of_its_branch(calls, anna, wish):
    answer = calls(anna).post(
        "/tickets", {**wish, "description": "From CI", "links": ["https://ci.abc.net/7"]}
    )

    filed = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == filed["url"]
    assert (filed["version"], filed["state"], filed["environment"]) == ("1.0.1", "pending", "prod")
    assert filed["requested_by"] == {"username": "anna", "name": "Anna"}
    assert filed["url"].endswith(f"/api/v1/tickets/{filed['key']}")
    assert filed["page"].endswith(f"/tickets/{filed['key']}")
    whole = calls(anna).get(f"/tickets/{filed['key']}").json()
    assert (whole["description"], whole["links"]) == ("From CI", ["https://ci.abc.net/7"])


@pytest.mark.parametrize(
    ("field", "name"), [("application", "NoSuchService"), ("environment", "nowhere"), ("environment", "\x00")]
)
def test_an_unknown_place_is_refused_with_the_names_there_are_and_never_made(calls, anna, wish, field, name):
    answer = calls(anna).post("/tickets", {**wish, field: name})

    assert answer.status_code in (404, 422)
    assert Ticket.objects.count() == 0
    if answer.status_code == 404:
        assert answer.json()["known"] == [wish[field]]


def test_a_field_that_does_not_exist_is_named(calls, anna, wish):
    answer = calls(anna).post("/tickets", {**wish, "enviroment": "stage", "state": "approved"})

    assert (answer.status_code, answer.json()["kind"]) == (422, "invalid")
    assert set(answer.json()["fields"]) == {"enviroment", "state"}
    assert "environment" in answer.json()["fields"]["state"]
    assert Ticket.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("version", 1.10),
        ("version", 1),
        ("version", None),
        ("version", ["1"]),
        ("version", {"a": 1}),
        ("version", "a b"),
        ("version", "x" * 200),
        ("version", "1\x00"),
        ("version", "\ud800"),
        ("branch", "feature//..//x"),
        ("description", "x" * 20_000),
        ("description", "a\x00b"),
        ("links", "https://abc.net"),
        ("links", ["javascript:alert(1)"]),
        ("links", [1]),
        ("links", ["https://abc.net/"] * 600),
        ("scheduled_for", "tomorrow"),
        ("scheduled_for", "2099-01-01T00:00:00"),
        ("scheduled_for", "2001-01-01T00:00:00Z"),
        ("scheduled_for", "0001-01-01T00:00:00+14:00"),
        ("scheduled_for", "2026-02-31T00:00:00Z"),
        ("scheduled_for", 5),
        ("is_emergency", "no"),
        ("is_emergency", 1),
        ("is_emergency", True),
        ("emergency_reason", 7),
        ("application", 3),
        ("environment", None),
    ],
)
def test_a_value_that_does_not_fit_is_refused_and_its_field_named(calls, anna, wish, field, value):
    answer = calls(anna).post("/tickets", {**wish, "version": "1.0.1", field: value})

    named = "emergency_reason" if value is True else field
    assert (answer.status_code, answer.json()["kind"]) == (422, "invalid")
    assert any(name.split(".")[0] == named for name in answer.json()["fields"]), answer.json()
    assert Ticket.objects.count() == 0


def test_what_is_missing_is_named(calls, anna, wish):
    answer = calls(anna).post("/tickets", {})

    assert set(answer.json()["fields"]) == {"application", "environment"}


def test_who_may_not_file_there_is_told_who_may(calls, a_person, anna, wish):
    answer = calls(a_person("viewer")).post("/tickets", wish)

    assert (answer.status_code, answer.json()["kind"]) == (403, "not-allowed")
    assert answer.json()["who_may"] == ["Anna"]


def test_a_change_leaves_what_is_not_named_and_voids_the_plan(calls, anna, file_ticket):
    ticket = file_ticket(by=anna, description="Before")

    answer = calls(anna).patch(f"/tickets/{ticket.key}", {"version": "1.0.2"})

    assert (answer.status_code, answer.json()["version"], answer.json()["plan_digest"]) == (200, "1.0.2", "")
    assert Ticket.objects.get(pk=ticket.pk).description == "Before"


def test_a_schedule_is_taken_away_by_null_and_kept_when_left_out(calls, anna, file_ticket):
    ticket = file_ticket(by=anna)
    caller = calls(anna)
    caller.patch(f"/tickets/{ticket.key}", {"scheduled_for": "2027-01-01T08:00:00+08:00"})

    assert caller.patch(f"/tickets/{ticket.key}", {"version": "2"}).json()["scheduled_for"] == (
        "2027-01-01T00:00:00.000Z"
    )
    assert caller.patch(f"/tickets/{ticket.key}", {"scheduled_for": None}).json()["scheduled_for"] is None


@pytest.mark.parametrize("field", ["environment", "application", "state", "requested_by", "key"])
def test_what_a_ticket_is_about_cannot_be_changed(calls, anna, file_ticket, field):
    ticket = file_ticket(by=anna)

    answer = calls(anna).patch(f"/tickets/{ticket.key}", {field: "prod"})

    assert (answer.status_code, list(answer.json()["fields"])) == (422, [field])


def test_a_comment_is_written_and_read(calls, anna, file_ticket):
    ticket = file_ticket(by=anna)
    caller = calls(anna)

    assert caller.post(f"/tickets/{ticket.key}/comments", {"text": "Looks good."}).status_code == 200

    (comment,) = caller.get(f"/tickets/{ticket.key}/comments").json()["results"]
    assert (comment["text"], comment["by"]["username"]) == ("Looks good.", "anna")
    assert caller.post(f"/tickets/{ticket.key}/comments", {"text": "  "}).status_code == 422


def test_an_application_without_a_place_there_names_its_places(calls, anna, wish):
    an_environment("stage")

    answer = calls(anna).post("/tickets", {**wish, "environment": "stage"})

    assert (answer.status_code, answer.json()["known"]) == (404, ["prod"])
