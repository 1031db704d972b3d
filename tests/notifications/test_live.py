"""What live pages are told, and what happens when Redis cannot take it."""

import socket
import time

import pytest
from django.db import transaction
from redis import Redis

from deploytickets.audit.models import OutboxRow
from deploytickets.deployments import services as deployments
from deploytickets.notifications import gate, services, streams, tasks
from deploytickets.tickets import services as tickets
from tests.builders import actor_of, file_ticket, reloaded
from tests.valkey import a_valkey

pytestmark = pytest.mark.redis


@pytest.fixture
def gate_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis has not failed in this process yet."""
    monkeypatch.setattr(gate.REDIS, "_closed_until", 0.0)


@pytest.fixture
def redis(tmp_path, settings, gate_open):
    with a_valkey(tmp_path) as server:
        settings.REDIS_URL = f"redis://127.0.0.1:{server.port}/0"
        yield Redis.from_url(settings.REDIS_URL, decode_responses=True)


def told(redis: Redis) -> list[tuple[str, str]]:
    return [(fields["topic"], fields["kind"]) for _id, fields in redis.xrange(streams.LIVE_STREAM)]


@pytest.mark.django_db(transaction=True)
def test_a_committed_change_is_told_once_to_the_tickets_page_and_the_board(redis: Redis, anna):
    ticket = file_ticket(by=anna)

    tasks.sweep_outbox()
    tasks.sweep_outbox()

    entries = told(redis)
    assert (streams.topic_of(ticket.key), "state") in entries
    assert entries.count(("board", "state")) == 1
    assert not OutboxRow.objects.filter(delivered_at__isnull=True).exists()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_told_of_what_was_rolled_back(redis: Redis):
    with transaction.atomic():
        services.publish_progress(1, ["DEPLOY-1"])
        services.tell_soon()
        transaction.set_rollback(True)

    assert told(redis) == []


@pytest.mark.django_db(transaction=True)
def test_progress_is_told_after_the_commit(redis: Redis):
    with transaction.atomic():
        services.publish_progress(1, ["DEPLOY-1", "DEPLOY-2"])
        assert told(redis) == []

    assert told(redis) == [
        ("ticket:DEPLOY-1", "progress"),
        ("ticket:DEPLOY-2", "progress"),
        ("board", "progress"),
    ]


def test_the_stream_is_capped(redis: Redis):
    for number in range(streams.KEPT * 2):
        redis.xadd(streams.LIVE_STREAM, {"n": number})
    streams.publish([{"topic": "board", "kind": "state"}])

    assert redis.xlen(streams.LIVE_STREAM) < streams.KEPT * 2


@pytest.fixture(params=["refuses", "hangs"])
def redis_away(request, settings, gate_open):
    """An address where nobody listens, or where somebody listens and never says a word (F14)."""
    if request.param == "refuses":
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        yield
        return
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        yield


@pytest.mark.django_db(transaction=True)
def test_f12_a_click_without_redis_commits_and_what_was_not_told_is_told_later(redis_away, anna, olga):
    ticket = file_ticket(by=anna)
    began = time.monotonic()

    deployments.approve(ticket.key, by=actor_of(olga), plan_digest=ticket.plan_digest)
    deployments.cancel(ticket.key, by=actor_of(anna))

    assert time.monotonic() - began < 1.0, "F12 itself names this second"
    assert reloaded(ticket).state == "cancelled"
    assert services.drain() == 0
    assert OutboxRow.objects.filter(delivered_at__isnull=True).exists()


@pytest.mark.django_db(transaction=True)
def test_the_outbox_is_delivered_when_redis_is_back(redis: Redis, settings, anna, monkeypatch):
    address, settings.REDIS_URL = settings.REDIS_URL, "redis://127.0.0.1:1/0"
    ticket = file_ticket(by=anna)
    tickets.comment(ticket.key, by=actor_of(anna), text="hello")
    assert services.drain() == 0

    settings.REDIS_URL = address
    monkeypatch.setattr(gate.REDIS, "_closed_until", 0.0)

    assert services.drain() > 0
    assert (streams.topic_of(ticket.key), "state") in told(redis)


@pytest.mark.django_db(transaction=True)
def test_the_last_approval_wakes_a_worker(redis: Redis, anna, olga):
    ticket = file_ticket(by=anna)

    deployments.approve(ticket.key, by=actor_of(olga), plan_digest=ticket.plan_digest)

    assert redis.llen("deploytickets") == 1


def test_after_a_failure_redis_is_left_alone_for_a_while():
    now = [100.0]
    made = gate.Gate(now=lambda: now[0], pause=3.0)
    with made.trying("Something"):
        raise ConnectionRefusedError("nobody there")

    assert not made.is_open
    now[0] += 3.0
    assert made.is_open


def test_what_is_not_about_redis_is_raised():
    with pytest.raises(ValueError, match="a bug"), gate.Gate().trying("Something"):
        raise ValueError("a bug")
