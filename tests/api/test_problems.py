"""Every no in one form (RFC 9457), and nothing of the inside in it."""

import json

import pytest
from django.test import Client
from django.utils import translation

from deploytickets.api import problems as api_problems
from deploytickets.api.throttling import Changing
from deploytickets.problems import TABLE
from deploytickets.tickets.models import Ticket


def is_problem(answer, status, kind):
    body = answer.json()
    assert answer.status_code == status, body
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (body["status"], body["kind"]) == (status, kind)
    assert body["type"].endswith(f"/api/v1/problems/{kind}")
    assert body["title"]
    assert body["detail"]
    return body


def raw(caller, data, content_type="application/json", path="/tickets"):
    return caller.client.generic("POST", f"/api/v1{path}", data, content_type, headers=caller.headers)


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"",
        b"\xff\xfe{}",
        b"{'a': 1}",
        b'{"version": NaN}',
        b'{"version": "1", "version": "2"}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"9" * 10_000,
        '{"version": "1"}'.encode("utf-16"),
    ],
    ids=range(10),
)
def test_what_is_no_json_is_refused(calls, anna, data):
    if data:
        is_problem(raw(calls(anna), data), 400, "malformed")
    else:
        is_problem(raw(calls(anna), data), 422, "invalid")


@pytest.mark.parametrize("charset", ["utf-16", "rot13", "base64", "no-such", "idna"])
def test_a_body_is_utf_8_whatever_its_header_says(calls, anna, charset):
    answer = raw(
        calls(anna), b'{"environment": "nowhere", "application": "x"}', f"application/json; charset={charset}"
    )

    is_problem(answer, 404, "unknown")


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x" * 999],
)
def test_a_body_that_is_not_json_is_refused_by_its_type(calls, anna, content_type):
    is_problem(raw(calls(anna), b"a=b", content_type), 415, "not-json")


def test_a_huge_body_is_refused_unread(calls, anna):
    body = is_problem(raw(calls(anna), b'{"description": "' + b"x" * 1_000_001), 413, "too-large")
    assert "1000000" in body["detail"].replace(",", "")


MANY = "&".join(f"name{number}=1" for number in range(1500))


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        (f"/api/v1/tickets?{MANY}", {}),
        ("/api/v1/me", {"Cookie": r'sessionid="\000aaaa"'}),
        ("/api/", {"Host": "a b"}),
    ],
    ids=["parameters", "cookie", "host"],
)
def test_what_no_endpoint_gets_to_see_is_answered_alike(calls, anna, address, headers):
    caller = calls(anna)

    answer = caller.client.get(address, headers={**caller.headers, **headers})

    is_problem(answer, 400, "unreadable")


def test_what_no_endpoint_gets_to_see_is_answered_in_the_readers_language(db):
    answer = Client().get(f"/api/v1/tickets?{MANY}", headers={"Accept-Language": "zh-Hans"})

    assert "1000" in answer.json()["detail"]
    assert "parameters" not in answer.json()["detail"]


def test_a_page_with_too_many_parameters_is_answered_by_the_page(db):
    answer = Client().get(f"/tickets?{MANY}")

    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("text/html")


def test_that_page_is_in_the_readers_language_and_not_in_that_of_the_one_before(db):
    with translation.override("zh-hans"):
        english = Client().get(f"/tickets?{MANY}", headers={"Accept-Language": "en"})
    chinese = Client().get(f"/tickets?{MANY}", headers={"Accept-Language": "zh-Hans"})

    assert '<html lang="en">' in english.content.decode()
    assert "could not be read" in english.content.decode()
    assert '<html lang="zh-hans">' in chinese.content.decode()
    assert "could not be read" not in chinese.content.decode()


@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/api/v2/tickets", "/api/", "/api/v1/tickets/", "/api/v1/tickets/a/b/c"]
)
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_address_that_is_none_is_answered_in_json(db, path, method):
    is_problem(getattr(Client(), method)(path), 404, "unknown")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("put", "/tickets"),
        ("delete", "/tickets"),
        ("options", "/tickets"),
        ("patch", "/me"),
        ("put", "/environments"),
    ],
)
def test_a_method_that_is_none_is_refused_with_those_there_are(calls, anna, method, path):
    caller = calls(anna)

    answer = getattr(caller.client, method)(f"/api/v1{path}", headers=caller.headers)

    is_problem(answer, 405, "no-such-method")
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "nonsense", "image/*;q=x", ""])
def test_answers_are_json_whatever_is_asked_for(calls, anna, accept):
    caller = calls(anna)
    caller.headers["Accept"] = accept

    assert caller.get("/me").headers["Content-Type"] == "application/json"
    is_problem(caller.get("/tickets/DEPLOY-0"), 404, "unknown")


def test_who_calls_too_often_is_told_when_to_come_back(calls, anna, monkeypatch):
    monkeypatch.setattr(Changing, "rate", "3/min")
    caller = calls(anna)

    answers = [caller.post("/tickets", {}) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [422, 422, 422, 429]
    is_problem(answers[-1], 429, "too-often")
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert caller.get("/me").status_code == 200


def test_a_fault_of_ours_is_told_without_its_inside_and_is_in_the_log(calls, anna, file_ticket, caplog):
    """A row that no code of ours writes: its plan is no plan."""
    ticket = file_ticket(by=anna)
    Ticket.objects.filter(pk=ticket.pk).update(findings=[{"canary": "inside"}])

    answer = calls(anna).get(f"/tickets/{ticket.key}")

    body = is_problem(answer, 500, "broken")
    assert "canary" not in json.dumps(body)
    assert "Traceback" not in json.dumps(body)
    assert "KeyError" in caplog.text


def test_every_kind_can_be_looked_up_and_has_one_meaning(calls, anna):
    caller = calls(anna)
    kinds = {problem.kind for problem in [*TABLE.values(), *api_problems.OF_HTTP.values()]} | {"broken"}

    listed = caller.get("/problems").json()

    assert {row["kind"] for row in listed} == kinds
    for row in listed:
        assert caller.get(f"/problems/{row['kind']}").json() == row
    is_problem(caller.get("/problems/no-such-kind"), 404, "unknown")
    statuses = {}
    for problem in [*TABLE.values(), *api_problems.OF_HTTP.values()]:
        assert statuses.setdefault(problem.kind, problem.status) == problem.status


def test_the_type_of_a_problem_leads_to_its_kind(calls, anna):
    caller = calls(anna)
    kind = caller.get("/tickets/DEPLOY-0").json()["type"]

    assert caller.get(kind.partition("/api/v1")[2]).json()["kind"] == "unknown"
