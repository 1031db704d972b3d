"""The list of tickets: every view of it is a link."""

import csv
import io
import re

import pytest

from deploytickets.access.roles import Role
from deploytickets.audit.queries import history
from tests.builders import a_person, a_placement, an_application, an_environment, approved_ticket, file_ticket


@pytest.fixture
def some(db):
    """Three tickets: pending in stage, approved in stage, pending in prod."""
    stage, prod = an_environment("stage"), an_environment("prod")
    shop = an_application("Shop")
    anna = a_person(Role.DEVELOPER, name="anna")
    return [
        file_ticket(placement=a_placement(shop, stage), by=anna, branch="release/2.0.0", version="2.0.0"),
        approved_ticket(environment=stage),
        file_ticket(placement=a_placement(shop, prod), version="1.9.9", description="Settlement export"),
    ]


def keys(browser, query: str) -> list[str]:
    page = browser.get(f"/tickets{query}").content.decode()
    return re.findall(r'<th scope="row"><a[^>]* href="/tickets/(DEPLOY-\d+)">', page)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
def test_the_ends_of_the_calendar_are_days_in_every_zone(signed_in, some, settings, zone):
    settings.TIME_ZONE = zone
    browser = signed_in(a_person())

    assert len(keys(browser, "?from=0001-01-01&until=9999-12-31")) == 3
    assert b"".join(browser.get("/tickets.csv?from=0001-01-01&until=9999-12-31")).count(b"DEPLOY-") == 3


def test_the_newest_stands_first(signed_in, some):
    assert keys(signed_in(a_person()), "") == [ticket.key for ticket in reversed(some)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?state=approved", [1]),
        ("?state=approved&state=pending", [2, 1, 0]),
        ("?env=prod", [2]),
        ("?app=Shop", [2, 0]),
        ("?by=anna", [0]),
        ("?q=release/2", [0]),
        ("?q=settlement", [2]),
        ("?q=DEPLOY-2", [1]),
        ("?from=2200-01-01", []),
        ("?until=2000-01-01", []),
        ("?from=0001-01-01&until=9999-12-31", [2, 1, 0]),
        ("?from=9999-12-31", []),
        ("?from=nonsense&state=nonsense&page=nonsense&sort=nonsense", [2, 1, 0]),
        ("?sort=version", [1, 2, 0]),
        ("?sort=-version", [0, 2, 1]),
        ("?sort=key", [0, 1, 2]),
    ],
)
def test_it_is_filtered_and_sorted_by_its_address(signed_in, some, query, found):
    assert keys(signed_in(a_person()), query) == [some[number].key for number in found]


def test_what_waits_for_me_is_a_filter(signed_in, some):
    assert keys(signed_in(a_person(Role.OPS)), "?mine=1") == [some[2].key, some[0].key]
    assert keys(signed_in(a_person(Role.VIEWER)), "?mine=1") == []


def test_states_are_filters_with_their_count(signed_in, some):
    page = signed_in(a_person()).get("/tickets").content.decode()

    assert re.search(r'class="chip wait" href="\?state=pending">.*?Waits for approval 2</a>', page, re.DOTALL)


def test_filters_survive_turning_the_page_and_sorting(signed_in, some):
    page = signed_in(a_person()).get("/tickets?env=stage").content.decode()

    assert 'href="?env=stage&amp;sort=version"' in page


def test_no_match_and_no_ticket_say_what_to_do(signed_in, some):
    assert "No ticket matches." in signed_in(a_person()).get("/tickets?q=zzz").content.decode()


def test_a_product_without_tickets_says_what_one_is(signed_in, db):
    assert "No ticket yet." in signed_in(a_person()).get("/tickets").content.decode()


def test_it_is_saved_as_csv_with_the_same_filters(signed_in, some):
    answer = signed_in(a_person()).get("/tickets.csv?env=prod")

    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert [(row["ticket"], row["version"]) for row in rows] == [(some[2].key, "1.9.9")]
    assert answer["Content-Disposition"] == 'attachment; filename="tickets.csv"'


def test_saving_it_as_csv_is_an_event_of_the_person(signed_in, some):
    mei = a_person(name="mei")

    signed_in(mei).get("/tickets.csv?env=prod")

    event = history("person", "mei").last()
    assert (event.action, event.by_user_id, event.through) == ("tickets.exported", mei.pk, "page")
    assert event.details == {"asked": "env=prod"}
