"""Whatever is sent, the answer is a success or a clear no: never a 500."""

import json
from datetime import timedelta

import pytest
from django.core.cache import cache
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploytickets import clock
from deploytickets.deployments.models import Upgrade
from deploytickets.tickets.models import Ticket
from tests.builders import verifying_ticket

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(10**40), max_value=10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.text(st.characters(categories=["Cs", "Cc", "Lu"]), max_size=20)
    | st.sampled_from(["", "ops", "developer", "2099-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "read"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)

BODIES = {
    "": ("version", "branch", "description", "links", "scheduled_for", "is_emergency", "emergency_reason"),
    "accept-warnings": ("plan_digest", "names"),
    "approve": ("plan_digest", "accept", "note"),
    "reject": ("reason",),
    "withdraw-approval": ("reason",),
    "cancel": ("reason",),
    "start": (),
    "verify": ("role", "works", "note", "checked"),
    "withdraw-verification": ("role",),
    "finish": (),
    "roll-back": ("reason",),
    "wait-longer": ("minutes",),
    "try-again": (),
    "free": ("reason",),
    "comments": ("text",),
}
ANY = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def under_way(**fields):
    """A ticket at its verification, with the attempt that brought it there."""
    ticket, now = verifying_ticket(**fields), clock.now()
    Upgrade.objects.create(
        ticket=ticket, number=1, plan=ticket.plan, started_at=now, deadline_at=now + timedelta(hours=1),
        deadline_seconds=3600, goal_since=now,
    )  # fmt: skip
    return ticket


def body_of(names):
    known = st.fixed_dictionaries({}, optional=dict.fromkeys(names, VALUES))
    unknown = st.dictionaries(st.text(max_size=8), VALUES, max_size=1)
    return st.tuples(known, unknown).map(lambda both: {**both[1], **both[0]}) | VALUES


def is_clear(answer):
    assert answer.status_code < 500, answer.content
    body = answer.json()
    if answer.status_code >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert {"type", "title", "status", "detail", "kind"} <= body.keys()


def send(caller, method, path, value):
    cache.clear()  # the throttle is not meant here
    return caller.client.generic(
        method, f"/api/v1{path}", json.dumps(value), "application/json", headers=caller.headers
    )


@pytest.mark.parametrize("action", BODIES)
def test_any_body_of_a_decision(calls, olga, action):
    ticket = under_way(by=olga)
    caller = calls(olga)
    path = f"/tickets/{ticket.key}/{action}".rstrip("/")
    method = "POST" if action else "PATCH"

    @ANY
    @given(body_of(BODIES[action]))
    def any_body(value):
        is_clear(send(caller, method, path, value))

    any_body()


def test_half_a_character_is_refused_in_words(calls, olga):
    ticket = under_way(by=olga)

    answer = send(calls(olga), "POST", f"/tickets/{ticket.key}/withdraw-verification", {"role": "\ud800"})

    is_clear(answer)
    assert answer.status_code == 422


def test_any_wish_for_a_ticket(calls, anna):
    ticket = verifying_ticket()
    caller = calls(anna)
    place = {"application": ticket.application.name, "environment": ticket.environment.name}

    @ANY
    @given(body_of(("application", "environment", *BODIES[""])), st.booleans())
    def any_wish(value, is_placed):
        if is_placed and isinstance(value, dict):
            value = {**value, **place}
        is_clear(send(caller, "POST", "/tickets", value))

    any_wish()
    assert Ticket.objects.count() >= 1


def test_any_wish_for_a_token(browses, anna):
    caller = browses(anna)

    @ANY
    @given(body_of(("name", "scopes", "days")))
    def any_wish(value):
        is_clear(send(caller, "POST", "/tokens", value))

    any_wish()


def test_any_bytes(calls, anna):
    caller = calls(anna)

    @ANY
    @given(st.binary(max_size=200), st.sampled_from(["application/json", "text/plain", ""]))
    def any_bytes(data, content_type):
        cache.clear()
        is_clear(caller.client.generic("POST", "/api/v1/tickets", data, content_type, headers=caller.headers))

    any_bytes()


def test_any_filter(calls, anna):
    verifying_ticket()
    caller = calls(anna)
    names = (
        "state",
        "application",
        "environment",
        "requested_by",
        "text",
        "page",
        "page_size",
        "format",
        "lang",
    )

    @ANY
    @given(
        st.dictionaries(st.sampled_from(names), st.text(st.characters(exclude_categories=["Cs"])), max_size=3)
    )
    def any_filter(query):
        for path in ("/tickets", "/openapi.json"):
            cache.clear()
            is_clear(caller.get(path, **query))

    any_filter()


def test_any_key_to_repeat_by(calls, anna):
    ticket = verifying_ticket()
    caller = calls(anna)

    @ANY
    @given(st.text(st.characters(max_codepoint=255), max_size=250))
    def any_key(key):
        cache.clear()
        is_clear(caller.post(f"/tickets/{ticket.key}/comments", {"text": "x"}, Idempotency_Key=key))

    any_key()


def test_any_token(calls, anna):
    caller = calls(anna)

    @ANY
    @given(st.text(st.characters(max_codepoint=255), max_size=100))
    def any_token(text):
        cache.clear()
        for header in (text, f"Bearer {text}"):
            answer = caller.client.get("/api/v1/me", headers={"Authorization": header})
            assert answer.status_code == 401

    any_token()


def test_any_address(calls, anna):
    caller = calls(anna)

    @ANY
    @given(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
        st.sampled_from(["GET", "POST", "DELETE"]),
    )
    def any_address(text, method):
        cache.clear()
        for path in ("/api/v1/", "/api/v1/tickets/", "/api/v1/tokens/", "/api/"):
            answer = caller.client.generic(
                method, path + text, b"", "application/json", headers=caller.headers
            )
            assert answer.status_code < 500

    any_address()
