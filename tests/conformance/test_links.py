"""Lists below a row, and how much of a query counts there (rancher-1.6-api.md 1.5, 1.6)."""

from __future__ import annotations

import pytest


@pytest.fixture
def service(bench):
    """A running service of two containers."""
    return bench.service(scale=2)


def ids(response) -> list[str]:
    return [row["id"] for row in response.json()["data"]]


@pytest.mark.parametrize("query", ["name=other", "limit=1", "state=removed&limit=1", "created_gt=2020"])
def test_rows_that_point_to_a_row_come_whole_whatever_the_query_asks(bench, wire, query):
    services = [bench.service(name=name, active=False).id for name in ("a", "b")]

    found = wire("GET", f"stacks/{bench.stack_id}/services?{query}")

    assert ids(found) == services
    assert found.json()["pagination"]["partial"] is False


def test_rows_that_point_to_a_row_are_not_sorted_though_the_answer_says_so(bench, wire):
    services = [bench.service(name=name, active=False).id for name in ("b", "a")]

    found = wire("GET", f"stacks/{bench.stack_id}/services?sort=name")

    assert ids(found) == services
    assert found.json()["sort"]["name"] == "name"


def test_a_list_below_a_row_echoes_the_filters_that_do_not_count(bench, wire):
    found = wire("GET", f"stacks/{bench.stack_id}/services?name=other").json()

    assert found["filters"]["name"] == [{"modifier": "eq", "value": "other"}]


def test_rows_that_point_to_a_row_include_nothing(bench, wire):
    bench.service()

    rows = wire("GET", f"stacks/{bench.stack_id}/services?include=instances").json()["data"]

    assert ["instances" in row for row in rows] == [False]


def test_rows_beyond_pairs_are_paged_and_sorted_and_not_filtered(wire, service):
    path = f"services/{service.id}/instances"
    both = ids(wire("GET", path))

    assert ids(wire("GET", f"{path}?limit=1&marker=m1")) == both[1:]
    assert ids(wire("GET", f"{path}?sort=id&order=desc")) == both[::-1]
    assert ids(wire("GET", f"{path}?state=removed&created_gt=2020")) == both


def test_rows_beyond_pairs_cannot_include_what_the_same_pairs_lead_back_to(wire, service):
    container = service.instance_ids[0]

    assert wire("GET", f"services/{service.id}/instances?include=services").status_code == 409
    assert wire("GET", f"containers/{container}/hosts?include=instances").status_code == 409
    assert wire("GET", f"services/{service.id}/instances?include=hosts").status_code == 200


def test_an_unknown_row_has_an_empty_list_beyond_pairs_and_no_other(wire):
    found = wire("GET", "services/1s99999999/instances")

    assert (found.status_code, ids(found)) == (200, [])
    assert ids(wire("GET", "services/nonsense/instances")) == []
    assert wire("GET", "stacks/1st99999999/services").status_code == 404
    assert wire("GET", "services/1s99999999/stack").status_code == 404


def test_a_link_to_rows_of_a_type_that_nobody_sees_is_an_error_of_the_server(wire, service):
    assert wire("GET", f"services/{service.id}/deploymentunits").status_code == 500
    assert wire("GET", f"services/{service.id}/nosuchlink").status_code == 404


def test_a_link_is_written_as_its_name_or_all_in_lower_case(wire, service):
    statuses = [
        wire("GET", f"services/{service.id}/{word}").status_code for word in ("serviceLogs", "servicelogs")
    ]

    assert statuses == [200, 200]
    assert wire("GET", f"services/{service.id}/SERVICELOGS").status_code == 404


def test_a_marker_leads_past_a_row_that_is_read_by_its_id(bench, wire, service):
    assert wire("GET", f"services/{service.id}?marker=m1").status_code == 404
    assert wire("GET", f"stacks/{bench.stack_id}/services?marker=m1").status_code == 404
    assert wire("GET", f"services/{service.id}?marker=m0").status_code == 200


def test_the_owner_of_a_row_is_shown_as_an_account_without_the_lists_of_a_project(bench, wire, service):
    links = wire("GET", f"services/{service.id}/account").json()["links"]

    assert "services" in links
    assert "containers" not in links


def test_a_row_below_another_says_what_a_new_one_would_need(bench, wire, service):
    below_a_stack = wire("GET", f"stacks/{bench.stack_id}/services").json()
    beyond_pairs = wire("GET", f"services/{service.id}/instances").json()

    assert below_a_stack["createDefaults"] == {"stackId": bench.stack_id}
    assert beyond_pairs["createDefaults"] == {}


def test_nothing_is_included_in_a_project_and_all_can_be_in_the_account_that_it_is(wire, target):
    project = wire.root("GET", f"projects/{target.project}?include=hosts").json()
    account = wire("GET", f"accounts/{target.project}?include=hosts").json()

    assert "hosts" not in project
    assert account["hosts"][0]["type"] == "host"
