"""A ticket of an environment in which one has no role does not exist, for every address that names it."""

import pytest

from deploytickets.access.roles import Role
from tests.builders import reloaded
from tests.web.conftest import HTMX

DECISIONS = [
    "approve", "accept-warnings", "withdraw-approval", "reject", "cancel", "comment", "start", "verify/ops",
    "withdraw-verification/ops", "finish", "roll-back", "wait-longer", "try-again", "free",
]  # fmt: skip


@pytest.fixture
def strangers(signed_in, a_person, an_environment, file_ticket):
    """A ticket in prod, and the browser of somebody who is ops elsewhere."""
    return file_ticket(environment=an_environment("prod")), signed_in(
        a_person(Role.OPS, an_environment("dev"))
    )


def test_its_page_and_parts_are_not_there(strangers):
    ticket, browser = strangers
    for path in ("", "/now", "/edit"):
        answer = browser.get(f"/tickets/{ticket.key}{path}")
        assert answer.status_code == 404
        assert ticket.version not in answer.content.decode()


@pytest.mark.parametrize("decision", DECISIONS)
def test_it_cannot_be_decided(strangers, decision):
    ticket, browser = strangers
    fields = {"plan_digest": ticket.plan_digest, "reason": "x", "text": "x", "works": "yes", "minutes": "10"}

    answer = browser.post(f"/tickets/{ticket.key}/{decision}", fields)

    assert answer.status_code == 404
    assert reloaded(ticket).state == "pending"


@pytest.mark.parametrize(
    ("decision", "fields"), [("wait-longer", {"minutes": "0"}), ("withdraw-verification/nobody", {})]
)
def test_a_decision_that_could_never_be_taken_is_answered_the_same_way(strangers, decision, fields):
    ticket, browser = strangers

    for key in (ticket.key, "DEPLOY-999"):
        for headers in ({}, HTMX):
            answer = browser.post(f"/tickets/{key}/{decision}", fields, headers=headers)
            assert answer.status_code == 404


def test_it_is_in_no_list(strangers):
    ticket, browser = strangers
    for address in ("/", "/tickets", f"/tickets?q={ticket.key}", "/tickets.csv", "/board.csv"):
        answer = browser.get(address)
        body = b"".join(answer) if answer.streaming else answer.content
        for word in ("prod", ticket.application.name, ticket.requested_by.username):
            assert word.encode() not in body, (address, word)


def test_a_viewer_sees_the_ticket_and_may_decide_nothing(signed_in, a_person, file_ticket):
    ticket, browser = file_ticket(), signed_in(a_person(Role.VIEWER))
    assert browser.get(f"/tickets/{ticket.key}").status_code == 200

    refused = [
        browser.post(f"/tickets/{ticket.key}/{decision}", {"plan_digest": ticket.plan_digest, "reason": "x"})
        for decision in DECISIONS
        if decision != "comment"
    ]

    assert {answer.status_code for answer in refused} <= {403, 409}
    assert reloaded(ticket).state == "pending"


SETTINGS = [
    "/settings/", "/settings/servers", "/settings/servers/new", "/settings/environments",
    "/settings/environments/new", "/settings/applications", "/settings/applications/new",
    "/settings/placements", "/settings/placements/new", "/settings/people", "/settings/people/new",
]  # fmt: skip


@pytest.mark.parametrize("role", [Role.VIEWER, Role.DEVELOPER, Role.OPS])
def test_settings_are_for_administrators(signed_in, a_person, role):
    browser = signed_in(a_person(role))

    assert {browser.get(address).status_code for address in SETTINGS} == {403}
    assert browser.post("/settings/servers/test", {"base_url": "http://127.0.0.1:1"}).status_code == 403


@pytest.mark.parametrize(
    "address",
    [
        "/settings/people/paul/grant", "/settings/people/paul/disable", "/settings/people/paul/password",
        "/settings/servers/main", "/settings/environments/new", "/settings/environments/prod",
        "/settings/applications/Hidden", "/settings/placements/new", "/settings/placements/Hidden/prod",
    ],
)  # fmt: skip
def test_the_no_of_a_settings_page_shows_nothing_of_that_page(
    signed_in, a_person, a_server, an_environment, an_application, a_placement, address
):
    prod = an_environment("prod", server=a_server("main"))
    a_placement(an_application("Hidden"), prod)
    a_person(Role.ADMIN, prod, name="paul")

    answer = signed_in(a_person(None)).post(address, {"role": "admin"})

    page = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    assert answer.status_code == 403
    assert [word for word in ("prod", "main<", "Hidden", "paul", "<form") if word in page] == []


def test_an_administrator_elsewhere_keeps_what_was_typed_in_a_form_that_is_refused(
    signed_in, a_person, an_environment, an_application
):
    an_environment("prod")
    an_application("JavaService1")
    browser = signed_in(a_person(Role.ADMIN, an_environment("dev")))
    typed = {
        "application": "JavaService1", "environment": "prod", "strategy": "service",
        "stack_name": "typed-stack", "batch_size": "1", "interval_millis": "2000", "deadline_minutes": "30",
    }  # fmt: skip

    answer = browser.post("/settings/placements/new", typed)

    assert answer.status_code == 403
    assert "typed-stack" in answer.content.decode()


def test_an_administrator_of_one_environment_changes_that_one_only(signed_in, a_person, an_environment):
    dev, prod = an_environment("dev"), an_environment("prod")
    browser = signed_in(a_person(Role.ADMIN, dev))

    assert (
        browser.post("/settings/environments/dev/lock", {"reason": "upgrade of the hosts"}).status_code == 302
    )
    assert browser.post("/settings/environments/prod/lock", {"reason": "x"}).status_code == 403
    dev.refresh_from_db()
    prod.refresh_from_db()
    assert (dev.is_locked, prod.is_locked) == (True, False)


def test_a_person_without_a_role_is_told_what_to_do(signed_in, a_person):
    page = signed_in(a_person(None)).get("/").content.decode()

    assert "You do not see any environment yet." in page
