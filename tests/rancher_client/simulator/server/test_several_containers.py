"""One `POST /containers` that makes several of them (rancher-1.6-api.md 6.1)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import Environment

QUERY = "?limit=1&sort=name&name=x&include=hosts"


def made(prod: Environment, count: Any, query: str = "", **fields: Any) -> dict[str, Any]:
    body = {"imageUuid": "sim:one", "name": "twin", "count": count, **fields}
    response = prod.call("POST", f"/containers{query}", body)
    assert response.status_code == 201, response.text
    answer: dict[str, Any] = response.json()
    return answer


@pytest.mark.parametrize(("count", "several"), [(2, 2), (3, 3), ("2", 2), (2.9, 2)])
def test_a_count_makes_that_many_of_one_name_and_lists_them(prod, count, several):
    answer = made(prod, count)

    assert (answer["type"], answer["resourceType"]) == ("collection", "container")
    assert [row["name"] for row in answer["data"]] == ["twin"] * several
    assert {row["state"] for row in answer["data"]} == {"creating"}
    assert {row["createIndex"] for row in answer["data"]} == {None}
    prod.server.advance(30)
    listed = prod.get("/containers")["data"]
    assert [row["id"] for row in listed] == [row["id"] for row in answer["data"]]
    assert {row["state"] for row in listed} == {"running"}


@pytest.mark.parametrize("count", [None, 1, 0, -3])
def test_a_count_below_two_makes_one_and_shows_it(prod, count):
    assert made(prod, count)["type"] == "container"
    assert len(prod.get("/containers")["data"]) == 1


def test_the_list_of_what_was_made_heeds_no_query(prod):
    answer = made(prod, 3, QUERY)

    assert len(answer["data"]) == 3
    assert not any("hosts" in row for row in answer["data"])
    assert answer["pagination"] is None
    assert answer["sort"] is None
    assert set(answer["filters"].values()) == {None}
    assert answer["sortLinks"]["id"].endswith("/containers?limit=1&name=x&include=hosts&sort=id")
    assert answer["links"] == {"self": prod.url("/containers")}
    assert set(answer["createTypes"]) == {"container", "launchConfig", "virtualMachine"}


def test_several_are_one_row_of_the_audit_log_without_a_resource(prod):
    made(prod, 2)

    rows = prod.get("/auditlogs")["data"]
    [row] = [row for row in rows if row["eventType"] == "api.container.create"]
    assert (row["resourceType"], row["resourceId"]) == ("container", None)
    assert json.loads(row["responseObject"])["type"] == "collection"


def test_the_name_is_asked_once_for_all_and_taken_afterwards(prod):
    made(prod, 2)

    refused = prod.call("POST", "/containers", {"imageUuid": "sim:one", "name": "twin", "count": 2})

    assert (refused.status_code, refused.json()["code"]) == (422, "NotUnique")
    assert len(prod.get("/containers")["data"]) == 2
