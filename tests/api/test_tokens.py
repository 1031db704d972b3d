"""One's own tokens: made with a session only, listed without their text, ended."""

from datetime import timedelta

import pytest

from deploytickets import clock
from deploytickets.access.models import Token


def test_a_signed_in_person_makes_a_token_that_works(browses, calls, anna):
    answer = browses(anna).post("/tokens", {"name": "CI", "scopes": ["read", "file"], "days": 30})

    made = answer.json()
    assert (answer.status_code, made["name"], made["scopes"]) == (201, "CI", ["read", "file"])
    assert made["text"].startswith(f"dt_{made['prefix']}_")
    token = Token.objects.get(pk=made["id"])
    assert timedelta(days=29) < token.expires_at - clock.now() <= timedelta(days=30)
    caller = calls(anna)
    caller.headers = {"Authorization": f"Bearer {made['text']}"}
    assert caller.get("/me").json()["token"]["id"] == made["id"]


def test_a_token_makes_no_token(calls, anna):
    answer = calls(anna).post("/tokens", {"name": "longer", "scopes": ["read"], "days": 366})

    assert (answer.status_code, answer.json()["kind"]) == (403, "not-allowed")
    assert Token.objects.filter(name="longer").count() == 0


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"scopes": ["read"]}, "name"),
        ({"name": "", "scopes": ["read"]}, "name"),
        ({"name": "x" * 101, "scopes": ["read"]}, "name"),
        ({"name": "CI", "scopes": []}, "scopes"),
        ({"name": "CI", "scopes": ["admin"]}, "scopes"),
        ({"name": "CI", "scopes": "read"}, "scopes"),
        ({"name": "CI", "scopes": ["read"], "days": 367}, "days"),
        ({"name": "CI", "scopes": ["read"], "days": 0}, "days"),
        ({"name": "CI", "scopes": ["read"], "days": 1e300}, "days"),
        ({"name": "CI", "scopes": ["read"], "owner": "olga"}, "owner"),
    ],
)
def test_a_wish_that_does_not_fit_makes_none(browses, anna, wish, field):
    answer = browses(anna).post("/tokens", wish)

    assert answer.status_code == 422
    assert [name.split(".")[0] for name in answer.json()["fields"]] == [field]
    assert Token.objects.filter(owner=anna).count() == 0


def test_the_list_holds_ones_own_without_text_or_digest(browses, token_of, anna, olga):
    plain, _other = token_of(anna), token_of(olga)

    (listed,) = browses(anna).get("/tokens").json()["results"]

    token = Token.objects.get(owner=anna)
    assert listed["prefix"] == token.prefix
    assert plain not in str(listed)
    assert token.digest not in str(listed)
    assert token.password_stamp not in str(listed)


def test_a_token_that_was_ended_calls_no_more(browses, calls, anna):
    caller = calls(anna)
    token = Token.objects.get(owner=anna)

    answer = browses(anna).delete(f"/tokens/{token.pk}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert caller.get("/me").status_code == 401


def test_nobody_ends_the_token_of_another(browses, token_of, anna, olga):
    token_of(olga)
    token = Token.objects.get(owner=olga)

    answer = browses(anna).delete(f"/tokens/{token.pk}")

    assert (answer.status_code, answer.json()["kind"]) == (404, "unknown")
    assert Token.objects.get(pk=token.pk).revoked_at is None


def test_a_token_ends_itself_and_no_other(calls, anna):
    reading = calls(anna, "read")
    own = Token.objects.get(owner=anna)
    calls(anna)
    other = Token.objects.filter(owner=anna).exclude(pk=own.pk).get()

    refused = reading.delete(f"/tokens/{other.pk}")

    assert (refused.status_code, refused.json()["kind"]) == (403, "not-allowed")
    assert reading.delete(f"/tokens/{own.pk}").status_code == 204
    assert reading.get("/me").status_code == 401


@pytest.mark.parametrize("number", ["0", "99999999", "9" * 18, "9" * 60, "-1", "1.0", "x"])
def test_a_token_that_is_not_there_is_a_problem_of_404(browses, anna, number):
    assert browses(anna).delete(f"/tokens/{number}").status_code == 404
