"""How a request may be written, and what a connection is good for (rancher-1.6-api.md 1.1, 1.7, 12.1)."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest
import requests

from .waiting import wait_for


@pytest.mark.trap("61")
@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", None])
def test_the_content_type_is_not_looked_at(bench, wire, content_type):
    body = f'{{"name": "web", "stackId": "{bench.stack_id}", "launchConfig": {{"imageUuid": "docker:x"}}}}'

    answer = wire("POST", "services", data=body, headers={"Content-Type": content_type})

    assert (answer.status_code, answer.json()["name"]) == (201, "web")


@pytest.mark.trap("59")
def test_a_browsers_cookie_without_its_header_is_refused(bench, wire):
    browser = {"User-Agent": "Mozilla/5.0", "Accept": "application/json"}
    cookie = wire("GET", "stacks?limit=1", headers=browser).cookies["CSRF"]
    path = f"stacks/{bench.stack_id}"

    refused = wire("PUT", path, json={"description": "x"}, headers=browser, cookies={"CSRF": cookie})
    taken = wire(
        "PUT",
        path,
        json={"description": "x"},
        headers=browser | {"X-API-CSRF": cookie},
        cookies={"CSRF": cookie},
    )

    assert (refused.status_code, refused.json()["code"]) == (403, "InvalidCSRFToken")
    assert taken.status_code == 200


@pytest.mark.parametrize("method", ["OPTIONS", "PATCH"])
def test_other_methods_are_not_allowed(wire, method):
    assert wire(method, "services").status_code == 405


def test_a_post_on_a_resource_without_an_action_is_not_allowed(bench, wire):
    assert wire("POST", f"stacks/{bench.stack_id}", json={}).status_code == 405


@pytest.mark.parametrize(
    ("given", "kept"), [("2", 2), (1.5, 1)], ids=["a number as text", "a number with a fraction"]
)
def test_values_are_converted_where_that_is_possible(bench, wire, given, kept):
    body = {
        "name": "web",
        "stackId": bench.stack_id,
        "launchConfig": {"imageUuid": "docker:x"},
        "scale": given,
    }

    assert wire("POST", "services", json=body).json()["scale"] == kept


def test_numbers_and_truths_in_labels_become_texts(bench, wire):
    config = {"imageUuid": "docker:x", "labels": {"number": 1, "truth": True}}
    body = {"name": "web", "stackId": bench.stack_id, "launchConfig": config}

    shown = wire("POST", "services", json=body).json()["launchConfig"]["labels"]

    assert shown == {"number": "1", "truth": "true"}


@pytest.mark.trap("31")
def test_a_wrong_key_is_refused_or_taken_for_the_administrators_and_the_answer_says_which(target):
    """Which of the two is a matter of the server's settings; a client asks for enforcement and is sure."""
    url = f"{target.url}/v2-beta/projects"

    unasked = requests.get(url, auth=("wrong", "key"), timeout=60)
    asked = requests.get(url, auth=("wrong", "key"), headers={"X-ENFORCE-AUTHENTICATION": "true"}, timeout=60)

    assert unasked.status_code == 401 or unasked.headers["X-API-ACCOUNT-KIND"] == "admin"
    assert asked.status_code == 401


@pytest.mark.trap("64")
def test_an_idle_connection_is_closed_by_the_server(target):
    address = urlsplit(target.url)
    with socket.create_connection((address.hostname, address.port or 80), timeout=60) as connection:
        connection.sendall(f"GET /ping HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
        received = wait_for(lambda: connection.recv(65536), lambda part: b"pong" in part)

        assert received
        assert connection.recv(65536) in (b"", b"0\r\n\r\n")


@pytest.mark.trap("10")
def test_a_list_is_cut_at_a_hundred_rows(bench, wire):
    for number in range(101):
        body = {"name": f"s{number}", "stackId": bench.stack_id, "launchConfig": {"imageUuid": "docker:x"}}
        assert wire("POST", "services", json=body).status_code == 201

    first = wire("GET", f"services?stackId={bench.stack_id}").json()
    rest = wire("GET", f"services?stackId={bench.stack_id}&marker=m100").json()

    assert (len(first["data"]), first["pagination"]["partial"]) == (100, True)
    assert "marker=m100" in first["pagination"]["next"]
    assert [row["name"] for row in rest["data"]] == ["s100"]


@pytest.mark.trap("10")
def test_the_settings_come_all_at_once_and_name_a_next_page_all_the_same(wire):
    every = wire.root("GET", "settings").json()
    cut = wire.root("GET", "settings?limit=1").json()

    assert len(cut["data"]) == len(every["data"]) > 1
    assert cut["pagination"]["partial"] is True
    assert cut["pagination"]["next"]


@pytest.mark.trap("79")
def test_the_statistics_of_a_project_are_found_by_its_link_and_not_below_it(wire, target):
    below = wire("GET", "hoststats")
    link = wire.root("GET", f"projects/{target.project}").json()["links"]["hostStats"]

    assert below.status_code == 404
    assert link.endswith(f"/projects/{target.project}/projects/{target.project}/hoststats")
