"""Lists of tickets: filtered, paged, and only of what one may see."""

import pytest

from deploytickets.access.roles import Role
from deploytickets.tickets.transitions import Action
from tests.builders import a_placement, an_application, an_environment, file_ticket, moved


def keys(answer):
    assert answer.status_code == 200, answer.content
    return [row["key"] for row in answer.json()["results"]]


@pytest.fixture
def three(db, anna, olga):
    """Two of shop in prod, one of them filed by olga and rejected, and one of cart in stage."""
    shop, cart = an_application("shop"), an_application("cart")
    prod, stage = an_environment("prod"), an_environment("stage")
    in_prod = a_placement(shop, prod)
    return (
        file_ticket(by=anna, placement=in_prod, version="1.0.1"),
        moved(
            file_ticket(by=olga, placement=in_prod, version="1.0.2", description="Faster carts"),
            Action.REJECT,
        ),
        file_ticket(by=anna, placement=a_placement(cart, stage), version="7.1"),
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [2, 1, 0]),
        ({"state": "rejected"}, [1]),
        ({"state": ["rejected", "pending"]}, [2, 1, 0]),
        ({"application": "shop"}, [1, 0]),
        ({"environment": "stage"}, [2]),
        ({"requested_by": "olga"}, [1]),
        ({"requested_by": "nobody"}, []),
        ({"text": "faster"}, [1]),
        ({"text": "7.1"}, [2]),
        ({"text": "%"}, []),
        ({"application": "shop", "state": "pending"}, [0]),
    ],
)
def test_a_list_is_narrowed_down_newest_first(calls, anna, three, query, expected):
    assert keys(calls(anna).get("/tickets", **query)) == [three[number].key for number in expected]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"state": "open"}, "state"),
        ({"state": ["pending", "x"]}, "state"),
        ({"environment": "production"}, "environment"),
        ({"application": "no-such"}, "application"),
        ({"enviroment": "prod"}, "enviroment"),
        ({"text": "x" * 201}, "text"),
        ({"text": "a\x00b"}, "text"),
        ({"requested_by": ["a", "b"]}, "requested_by"),
        ({"page": "0"}, "page"),
        ({"page": "two"}, "page"),
        ({"page_size": "201"}, "page_size"),
        ({"page_size": "-1"}, "page_size"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_refused_instead_of_finding_everything(
    calls, anna, three, query, field
):
    answer = calls(anna).get("/tickets", **query)

    assert (answer.status_code, answer.json()["kind"]) == (422, "invalid")
    assert [name.split(".")[0] for name in answer.json()["fields"]] == [field]


def test_the_names_of_environments_that_one_may_not_see_are_not_told(calls, a_person, three):
    person = a_person("viewer", three[0].environment)

    refused = calls(person).get("/tickets", environment="stage")

    assert refused.status_code == 422
    assert "stage" not in refused.json()["detail"].replace("“stage”", "")
    assert keys(calls(person).get("/tickets")) == [three[1].key, three[0].key]


def test_a_list_comes_in_pages_with_links_to_both_sides(calls, anna, three):
    caller = calls(anna)

    first = caller.get("/tickets", page_size=2)
    second = caller.client.get(first.json()["next"], headers=caller.headers)

    assert (first.json()["count"], first.json()["previous"]) == (3, None)
    assert keys(first) + keys(second) == [ticket.key for ticket in reversed(three)]
    assert second.json()["next"] is None
    assert caller.get("/tickets", page=3, page_size=2).status_code == 404
    assert caller.get("/tickets", page=10**30).status_code == 404


def test_a_list_costs_the_same_number_of_queries_however_long(
    calls, anna, three, django_assert_max_num_queries
):
    caller = calls(anna)
    caller.get("/tickets")
    with django_assert_max_num_queries(10):
        caller.get("/tickets")


def test_a_misspelt_name_is_answered_with_the_names_that_one_may_see(
    calls, a_person, an_environment, file_ticket
):
    dev = an_environment("dev")
    seen, hidden = file_ticket(environment=dev), file_ticket(environment=an_environment("prod"))
    caller = calls(a_person(Role.DEVELOPER, dev))

    for answer in (
        caller.get("/tickets", application=hidden.application.name),
        caller.post("/tickets", {"application": "NoSuch", "environment": "dev", "version": "1"}),
        caller.post(
            "/tickets", {"application": hidden.application.name, "environment": "dev", "version": "1"}
        ),
    ):
        told = answer.json()["detail"]
        assert answer.status_code in (404, 422)
        assert f"There is {seen.application.name}." in told
