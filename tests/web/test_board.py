"""Which version runs where, and what waits for me."""

import csv
import io
import re
from datetime import timedelta

import pytest

from deploytickets import clock
from deploytickets.access.roles import Role
from deploytickets.audit.queries import history
from deploytickets.inventory.models import EnvironmentSurvey, RunningVersion
from tests.builders import a_placement, an_application, an_environment, file_ticket, verifying_ticket
from tests.web.conftest import HTMX


@pytest.fixture
def stages(db):
    return [an_environment(name, position=number) for number, name in enumerate(("dev", "stage", "prod"))]


def runs(placement, version: str, *, healthy: int = 3, wanted: int = 3, **fields) -> None:
    now = clock.now()
    RunningVersion.objects.create(
        placement=placement,
        version=version,
        healthy=healthy,
        wanted=wanted,
        since=now,
        observed_at=now,
        **fields,
    )


def cell(page: str, application: str, environment: str) -> str:
    found = re.search(rf'<td class="cell[^>]*id="cell-{application}-{environment}".*?</td>', page, re.DOTALL)
    assert found is not None
    return found[0]


def test_a_calm_cell_says_version_health_and_since_when(signed_in, a_person, stages):
    runs(a_placement(an_application("Shop"), stages[0]), "2.4.0", healthy=2, wanted=2)

    found = cell(signed_in(a_person()).get("/").content.decode(), "Shop", "dev")

    assert "2.4.0" in found
    assert "2/2" in found
    assert 'aria-label="2 of 2 healthy"' in found
    assert "<time " in found
    assert "chip" not in found


def test_what_is_newer_on_the_left_can_be_promoted_by_a_filled_in_ticket(signed_in, a_person, stages):
    shop = an_application("Shop")
    runs(a_placement(shop, stages[0]), "2.5.0")
    runs(a_placement(shop, stages[1]), "2.4.0")
    browser = signed_in(a_person())

    link = re.search(
        r'class="promote" href="([^"]+)"', cell(browser.get("/").content.decode(), "Shop", "dev")
    )

    assert link is not None
    address = link[1].replace("&amp;", "&")
    assert address == "/tickets/new?app=Shop&env=stage&version=2.5.0"
    form = browser.get(address).content.decode()
    assert re.search(r'value="stage" required checked', form)
    assert re.search(r'value="2.5.0" checked', form)


def test_a_ticket_under_way_is_named_in_its_cell(signed_in, a_person, stages):
    placement = a_placement(an_application("Shop"), stages[2])
    runs(placement, "1.0.0")
    ticket = file_ticket(placement=placement)

    found = cell(signed_in(a_person()).get("/").content.decode(), "Shop", "prod")

    assert f'href="/tickets/{ticket.key}"' in found
    assert "waits for approval 0/1" in found


def test_what_is_unreachable_is_shown_as_last_seen_and_never_as_nothing(signed_in, a_person, stages):
    runs(a_placement(an_application("Shop"), stages[0]), "2.4.0")
    EnvironmentSurvey.objects.create(environment=stages[0], away_since=clock.now() - timedelta(minutes=5))

    page = signed_in(a_person()).get("/").content.decode()

    found = cell(page, "Shop", "dev")
    assert "stale" in found
    assert "3/3" in found
    assert "unreachable" in found
    assert "dev does not answer since" in page


def test_a_change_outside_says_what_ran_before(signed_in, a_person, stages):
    runs(
        a_placement(an_application("Shop"), stages[0]),
        "2.4.1",
        is_drift=True,
        drifted_from={"version": "2.4.0", "ticket": "DEPLOY-88"},
    )

    found = cell(signed_in(a_person()).get("/").content.decode(), "Shop", "dev")

    assert "changed outside" in found
    assert "was 2.4.0 of DEPLOY-88" in found


def test_what_waits_for_me_stands_above_with_what_is_wanted(signed_in, a_person, stages):
    pending = file_ticket(environment=stages[0])
    verifying = verifying_ticket(environment=stages[1])

    page = signed_in(a_person(Role.OPS)).get("/").content.decode()

    for ticket, verb in ((pending, "Read plan"), (verifying, "Verify")):
        row = re.search(rf'<tr data-item data-row id="waits-{ticket.key}".*?</tr>', page, re.DOTALL)
        assert row is not None
        assert verb in row[0]
    assert 'aria-label="2 things wait for me"' in page


def test_nothing_that_waits_is_said_in_words(signed_in, a_person, stages):
    assert "Nothing. What you can approve" in signed_in(a_person(Role.VIEWER)).get("/").content.decode()


def test_the_board_is_narrowed_by_name_and_by_what_is_not_calm(signed_in, a_person, stages):
    runs(a_placement(an_application("Shop"), stages[0]), "1.0.0")
    runs(a_placement(an_application("Search"), stages[0]), "1.0.0", is_drift=True)
    browser = signed_in(a_person())

    assert "cell-Search-" not in browser.get("/?app=sho").content.decode()
    assert "cell-Shop-" not in browser.get("/?show=foreign").content.decode()
    assert "No application matches." in browser.get("/?app=nothing").content.decode()


def test_the_parts_that_change_come_alone(signed_in, a_person, stages):
    runs(a_placement(an_application("Shop"), stages[0]), "1.0.0")

    page = signed_in(a_person()).get("/now", headers=HTMX).content.decode()

    assert "<html" not in page
    assert page.count('hx-swap-oob="true"') == 5
    assert re.search(r"<template>\s*.*<tbody id=\"rows\"", page, re.DOTALL)


def test_the_matrix_is_saved_as_csv_that_runs_no_formula(signed_in, a_person, stages):
    runs(a_placement(an_application("Shop", team="=1+1"), stages[0]), "1.0.0")

    text = signed_in(a_person()).get("/board.csv").content.decode("utf-8-sig")

    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["team"], row["application"], row["environment"], row["version"]) for row in rows] == [
        ("'=1+1", "Shop", "dev", "1.0.0")
    ]


def test_saving_the_matrix_is_an_event_of_the_person(signed_in, a_person, stages):
    signed_in(a_person(name="anna")).get("/board.csv")

    assert history("person", "anna").last().action == "board.exported"


def test_an_empty_board_says_what_to_do(signed_in, a_person, stages):
    assert "No application is placed" in signed_in(a_person()).get("/").content.decode()
