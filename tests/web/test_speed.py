"""However much there is to show, a page asks the database the same number of questions."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from deploytickets.access.roles import Role
from deploytickets.tickets import services as tickets
from deploytickets.tickets.findings import finding
from tests.builders import (
    a_person,
    a_placement,
    actor_of,
    an_application,
    an_environment,
    file_ticket,
    verifying_ticket,
)


def questions(browser, address: str) -> int:
    with CaptureQueriesContext(connection) as found:
        assert browser.get(address).status_code == 200
    return len(found)


def much(environment, *, times: int) -> None:
    """More of everything that the pages show."""
    for number in range(times):
        ticket = file_ticket(
            environment=environment, findings=[finding("no-health-check", about=str(number), service="x")]
        )
        tickets.comment(ticket.key, by=actor_of(a_person(Role.OPS)), text="seen")
        verifying_ticket(placement=a_placement(an_application(), environment))
        a_person(Role.DEVELOPER, environment)


@pytest.mark.parametrize(
    "address",
    ["/", "/now", "/tickets", "/tickets.csv", "/tickets/new", "/api/v1/tickets", "/api/v1/applications"],
)
def test_a_list_opens_no_compose_file(signed_in, db, address):
    ticket = file_ticket(placement=a_placement(an_application(docker_compose="version: '2'")))
    browser = signed_in(a_person())

    with CaptureQueriesContext(connection) as found:
        answer = browser.get(address)
        content = b"".join(answer) if answer.streaming else answer.content

    assert ticket.application.name.encode() in content
    assert "compose" not in "".join(question["sql"] for question in found)


@pytest.mark.parametrize(
    ("address", "at_most"),
    [
        ("/", 19),
        ("/now", 19),
        ("/tickets", 18),
        ("/tickets/new", 11),
        ("/tickets/DEPLOY-1", 22),
        ("/tickets/DEPLOY-1/now", 20),
        ("/me", 9),
        ("/settings/people", 11),
        ("/settings/placements", 10),
        ("/settings/applications", 10),
        ("/settings/environments", 10),
    ],
)
def test_the_number_of_questions_does_not_grow(signed_in, db, address, at_most):
    stage = an_environment("stage")
    file_ticket(environment=stage, findings=[finding("no-health-check", service="x")])
    verifying_ticket(placement=a_placement(an_application(), stage))
    a_person(Role.DEVELOPER, stage)
    browser = signed_in(a_person(Role.ADMIN))
    browser.get(address)
    few = questions(browser, address)

    much(stage, times=6)
    for _ in range(4):
        tickets.comment("DEPLOY-1", by=actor_of(a_person(Role.OPS)), text="again")

    assert questions(browser, address) == few
    assert few <= at_most
