"""Lists: pages, filters, included links (rancher-1.6-api.md 1.6)."""

from __future__ import annotations

import pytest

from rancher_client.cattle import collections, services
from rancher_client.cattle.resources import Service


@pytest.fixture
def five(bench):
    """Five services that were never started."""
    return [bench.service(name=f"s{number}", active=False).id for number in range(5)]


def number_in(rancher_id: str) -> str:
    return rancher_id.lstrip("1").lstrip("abcdefghijklmnopqrstuvwxyz")


@pytest.mark.trap("10")
def test_pages_joined_by_their_markers_give_every_row_once(bench, rancher, five):
    rows = collections.read_all(
        rancher, "services", parse=Service.parse, params={"stackId": bench.stack_id}, rows_per_page=2
    )

    assert [row.id for row in rows] == five


@pytest.mark.trap("10")
def test_a_page_that_is_cut_says_partial_and_gives_next_but_no_total(bench, wire, five):
    page = wire("GET", f"services?stackId={bench.stack_id}&limit=2").json()

    assert len(page["data"]) == 2
    assert page["pagination"]["partial"] is True
    assert "marker=m2" in page["pagination"]["next"]
    assert page["pagination"]["total"] is None


def test_a_page_that_holds_all_has_no_next(bench, wire, five):
    pagination = wire("GET", f"services?stackId={bench.stack_id}").json()["pagination"]

    assert (pagination["partial"], pagination["next"], pagination["limit"]) == (False, None, 100)


def test_a_marker_beyond_the_end_gives_an_empty_list(bench, wire, five):
    assert wire("GET", f"services?stackId={bench.stack_id}&marker=m5000").json()["data"] == []


@pytest.mark.trap("9")
def test_a_filter_that_is_not_known_is_ignored_and_the_whole_list_comes(bench, wire, five):
    rows = wire("GET", f"services?stackId={bench.stack_id}&noSuchFilter=x").json()["data"]

    assert [row["id"] for row in rows] == five


@pytest.mark.trap("9")
def test_a_modifier_that_is_not_known_is_ignored(bench, wire, five):
    rows = wire("GET", f"services?stackId={bench.stack_id}&name_in=s1").json()["data"]

    assert [row["id"] for row in rows] == five


@pytest.mark.trap("52")
def test_a_reference_filter_takes_the_formatted_id_only(bench, wire, five):
    plain = wire("GET", f"services?stackId={number_in(bench.stack_id)}").json()["data"]

    assert plain == []


@pytest.mark.trap("52")
def test_the_own_id_filter_takes_the_plain_number_only(wire, five):
    assert [row["id"] for row in wire("GET", f"services?id={number_in(five[0])}").json()["data"]] == five[:1]
    assert wire("GET", f"services?id={five[0]}").json()["data"] == []


def test_sorting_downwards(bench, wire, five):
    rows = wire("GET", f"services?stackId={bench.stack_id}&sort=id&order=desc").json()["data"]

    assert [row["id"] for row in rows] == five[::-1]


@pytest.mark.trap("9")
def test_included_containers_are_a_list_where_there_are_some_and_the_key_is_missing_where_not(bench, wire):
    bench.service(name="started")
    bench.service(name="idle", active=False)

    rows = wire("GET", f"services?stackId={bench.stack_id}&include=instances").json()["data"]

    by_name = {row["name"]: row for row in rows}
    assert [container["type"] for container in by_name["started"]["instances"]] == ["container"]
    assert "instances" not in by_name["idle"]


def test_a_service_knows_its_containers_only_where_they_were_asked_for(bench, rancher):
    started, idle = bench.service(name="started"), bench.service(name="idle", active=False)

    found = {
        service.id: service.containers
        for service in services.read_all(rancher, stack_id=bench.stack_id, with_containers=True)
    }

    assert [container.id for container in found[started.id] or ()] == list(started.instance_ids)
    assert found[idle.id] == ()
    assert bench.read(started.id).containers is None


def test_a_removed_service_leaves_the_list_and_can_still_be_read(bench, rancher):
    service = bench.service(active=False)

    services.remove(rancher, service.id)

    assert bench.in_state(service.id, "removed").removed_at is not None
    assert services.read_all(rancher, stack_id=bench.stack_id) == []


def test_a_list_right_after_a_create_holds_the_new_row(bench, rancher):
    made = services.create(
        rancher,
        {"name": "fresh", "launchConfig": {"imageUuid": bench.target.old}},
        stack_id=bench.stack_id,
    )

    assert [row.id for row in services.read_all(rancher, stack_id=bench.stack_id)] == [made.id]


@pytest.mark.parametrize("query", ["name_=s1", "removeTime_notnull=1"])
def test_an_empty_modifier_and_a_filter_without_a_field_are_ignored(bench, wire, five, query):
    found = wire("GET", f"services?stackId={bench.stack_id}&{query}").json()

    assert [row["id"] for row in found["data"]] == five
    assert [name for name, conditions in found["filters"].items() if conditions] == ["stackId"]


@pytest.mark.parametrize("path", ["services", "registries", "snapshots"])
def test_a_date_that_is_none_is_an_error_also_where_there_are_no_rows(wire, path):
    assert wire("GET", f"{path}?created_gt=2020").status_code == 500
    assert wire("GET", f"{path}?created_notnull=2020").status_code == 200


@pytest.mark.parametrize(
    ("path", "types"),
    [
        ("credentials", ["apiKey", "password", "registrationToken", "registryCredential"]),
        ("networks", ["network"]),
        ("physicalhosts", ["machine"]),
        ("storagepools", ["registry"]),
        ("instances", ["container"]),
        ("labels", []),
    ],
)
def test_a_list_of_a_type_with_others_below_it_names_those_that_can_be_created(wire, path, types):
    assert sorted(wire("GET", path).json()["createTypes"]) == types


@pytest.mark.parametrize("path", ["typedocumentations", "identities"])
def test_lists_that_come_from_no_table_have_no_pages(wire, path):
    assert wire("GET", f"{path}?limit=1").json()["pagination"] is None


def test_projects_are_found_by_name_whatever_the_modifier_and_the_case(target, wire):
    name = wire.root("GET", f"projects/{target.project}").json()["name"]

    assert len(wire("GET", f"projects?name={name.upper()}").json()["data"]) == 1
    assert wire("GET", "projects?name_ne=nothing-like-this").json()["data"] == []
