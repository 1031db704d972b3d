"""Faults to order: lost, late and wrong answers, and upgrades that half happen (13.4, 13.5)."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from .conftest import Environment


def upgrade(prod: Environment, service: str, token: str, image: str = "sim:shop:2") -> requests.Response:
    config = {"imageUuid": image, "labels": {"token": token}}
    body = {"inServiceStrategy": {"launchConfig": config, "intervalMillis": 100}}
    return prod.call("POST", f"/services/{service}/?action=upgrade", body)


def block_label(service: dict) -> str | None:
    """The token of the `upgrade` block."""
    labels = service["upgrade"]["inServiceStrategy"]["launchConfig"].get("labels")
    return labels and labels.get("token")


def test_an_answer_is_lost_after_acceptance(prod):
    service = prod.make_service()
    prod.server.faults.order("accept_then_reset", action="upgrade")

    with pytest.raises(requests.ConnectionError):
        upgrade(prod, service, "T1")

    assert prod.get(f"/services/{service}")["state"] == "upgrading"
    assert [entry.status for entry in prod.server.journal.calls("upgrade")] == [202]


def test_a_connection_breaks_before_anything_is_done(prod):
    service = prod.make_service()
    prod.server.faults.order("reset_before", action="upgrade")

    with pytest.raises(requests.ConnectionError):
        upgrade(prod, service, "T1")

    assert prod.get(f"/services/{service}")["state"] == "active"
    assert [entry.accepted for entry in prod.server.journal.calls("upgrade")] == [False]


def test_a_fault_strikes_as_often_as_ordered(prod):
    prod.server.faults.order("status", path="/stacks$", status=502, html=True, times=2)

    answers = [prod.call("GET", "/stacks") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [502, 502, 200]
    assert answers[0].headers["Content-Type"] == "text/html"


@pytest.mark.parametrize("garbage", ["login_page", "truncated", "wrong_types"])
def test_a_body_is_garbage(prod, garbage):
    prod.server.faults.order("garbage", garbage=garbage)

    answer = prod.call("GET", "/stacks")

    assert answer.status_code == 200
    if garbage == "wrong_types":
        assert not isinstance(answer.json()["data"], list)
    else:
        with pytest.raises(requests.JSONDecodeError):
            answer.json()


@pytest.mark.parametrize("effect", ["delay", "trickle"])
def test_an_answer_is_slow(prod, effect):
    prod.server.faults.order(effect, seconds=0.3)
    began = time.monotonic()

    answer = prod.call("GET", "/stacks")

    assert time.monotonic() - began >= 0.3
    assert answer.json()["resourceType"] == "stack"


def test_configs_are_stored_and_nothing_begins(prod):
    """`half_accepted` of 13.5."""
    service = prod.make_service()
    before = prod.get(f"/services/{service}")
    prod.server.faults.order("store_only", action="upgrade")

    assert upgrade(prod, service, "T1").status_code == 409
    prod.server.advance(60)

    after = prod.get(f"/services/{service}")
    assert after["state"] == "active"
    assert after["launchConfig"]["labels"] == {"token": "T1"}
    assert after["launchConfig"]["version"] != before["launchConfig"]["version"]
    assert after["upgrade"] == before["upgrade"]
    assert after["instanceIds"] == before["instanceIds"]


def test_an_upgrade_is_torn(prod):
    """Configs of ours, `upgrade` block of another POST: two batches never end, a rollback frees it (5.7)."""
    service = prod.make_service(scale=2)
    prod.server.faults.order("tear", action="upgrade")

    assert upgrade(prod, service, "T1").status_code == 202
    prod.server.advance(120)

    torn = prod.get(f"/services/{service}")
    assert torn["state"] == "upgrading"
    assert torn["launchConfig"]["labels"] == {"token": "T1"}
    assert block_label(torn) is None
    prod.call("POST", f"/services/{service}/?action=rollback")
    prod.server.advance(120)
    assert prod.get(f"/services/{service}")["state"] == "active"


def test_an_accepted_upgrade_is_forgotten(prod):
    service = prod.make_service()
    before = prod.get(f"/services/{service}")
    prod.server.faults.order("forget", action="upgrade")

    assert upgrade(prod, service, "T1").status_code == 202
    prod.server.advance(60)

    assert prod.get(f"/services/{service}") == before
    rows = prod.get("/auditlogs?eventType=api.service.upgrade")["data"]
    assert rows == []


def test_a_hook_acts_before_the_answer_leaves(prod):
    service = prod.make_service()
    seen = []
    prod.server.before_answer.append(lambda request, written: seen.append((request.method, written.status)))

    upgrade(prod, service, "T1")

    assert seen == [("POST", 202)]


def test_two_upgrades_at_the_same_moment_can_both_be_accepted(prod):
    """5.7: of two POSTs that overlap, the second may get 202 or 422, and one config wins or they tear."""
    answers: set[tuple[int, ...]] = set()
    for attempt in range(20):
        service = prod.make_service(f"web{attempt}")
        with ThreadPoolExecutor(2) as pool:
            both = pool.map(lambda token, of=service: upgrade(prod, of, token).status_code, ("T1", "T2"))
        answers.add(tuple(sorted(both)))
        if answers >= {(202, 202), (202, 422)}:
            break

    assert answers == {(202, 202), (202, 422)}
