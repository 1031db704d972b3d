"""A real Celery worker, killed -9 at each crash point of a start (F1 to F4): nothing lost, nothing twice."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection, transaction
from kombu import Connection

from deploytickets.catalog.models import RancherServer
from deploytickets.deployments.models import Intent, Upgrade
from deploytickets.deployments.tasks import start_approved
from deploytickets.drivers.marks import mark_label
from tests.builders import reloaded
from tests.deployments.company import Company, let_pass, services_of
from tests.deployments.wire import Wire, wire_to
from tests.valkey import a_valkey

pytestmark = [pytest.mark.worker, pytest.mark.redis]

ROOT = Path(__file__).resolve().parents[2]
START = b"action=upgrade"


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with a_valkey(tmp_path_factory.mktemp("valkey")) as server:
        yield f"redis://127.0.0.1:{server.port}/0"


def database_url() -> str:
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    user = f"{settings['USER']}:{settings['PASSWORD']}@" if settings["USER"] else ""
    return f"postgres://{user}{settings['HOST']}:{settings['PORT'] or 5432}/{settings['NAME']}"


@contextmanager
def a_worker(redis_url: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process of its own on the test's database."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": database_url(),
        "REDIS_URL": redis_url,
    }
    command = [sys.executable, "-m", "celery", "-A", "deploytickets", "worker", "--pool", "solo"]
    worker = subprocess.Popen(
        [*command, "--loglevel", "WARNING"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        yield worker
    finally:
        if worker.poll() is None:
            worker.kill()
        worker.wait(timeout=10)


def wait_until(condition: Callable[[], bool], *, seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        threading.Event().wait(0.05)


def through(company: Company, wire: Wire) -> None:
    """From now on the product reaches Rancher through the wire."""
    RancherServer.objects.filter(pk=company.server.pk).update(base_url=wire.url)


def killed_when(worker: subprocess.Popen[bytes], condition: Callable[[], bool]) -> None:
    wait_until(condition)
    worker.send_signal(signal.SIGKILL)
    worker.wait(timeout=10)


def starts(company: Company) -> list[str]:
    return [
        entry.labels[mark_label()]
        for entry in company.simulator.journal.calls("upgrade", accepted=True)
        if mark_label() in entry.labels
    ]


def send(redis_url: str, key: str) -> None:
    with Connection(redis_url) as broker:
        start_approved.apply_async(args=[key], connection=broker)


def ends_well(company: Company, ticket) -> None:
    """The successor, another process, goes on from what the database and Rancher say."""
    let_pass(60)
    ticket = company.reach(reloaded(ticket), "verifying")
    assert starts(company) == [services_of(ticket)["web"].token]


def test_f1_killed_with_the_intent_stored_and_the_call_not_sent(company: Company, redis_url: str):
    company.make_service()
    ticket = company.approved(company.a_placement("web"))
    arrived = threading.Event()

    def hold(data: bytes) -> bool:
        if START in data:
            arrived.set()
            return False
        return True

    with wire_to(company.simulator.url) as wire, a_worker(redis_url) as worker:
        wire.before_request = hold
        through(company, wire)
        send(redis_url, ticket.key)
        killed_when(worker, arrived.is_set)
        wire.before_request = lambda _data: True

        assert Intent.objects.count() == 1
        assert starts(company) == []
        ends_well(company, ticket)


def test_f2_killed_with_the_call_accepted_and_the_answer_unread(company: Company, redis_url: str):
    company.make_service()
    ticket = company.approved(company.a_placement("web"))
    with a_worker(redis_url) as worker:

        def kill(request, _answer) -> None:
            if request.parameter("action") == "upgrade" and worker.poll() is None:
                worker.send_signal(signal.SIGKILL)
                worker.wait(timeout=10)

        company.simulator.before_answer.append(kill)
        send(redis_url, ticket.key)
        wait_until(lambda: worker.poll() is not None)

        assert [intent.outcome for intent in Intent.objects.all()] == ["open"]
        assert len(starts(company)) == 1
        ends_well(company, ticket)
    assert [intent.outcome for intent in Intent.objects.all()] == ["accepted"]


def test_f3_killed_with_the_answer_read_and_not_recorded(company: Company, redis_url: str):
    """The harness holds the row that the answer is to be written to, lets it through, and kills."""
    company.make_service()
    ticket = company.approved(company.a_placement("web"))
    accepted, held, answered = threading.Event(), threading.Event(), threading.Event()
    done = threading.Event()

    def hold_the_row() -> None:
        accepted.wait(40)
        with transaction.atomic():
            list(Upgrade.objects.select_for_update())
            held.set()
            done.wait(40)
        connection.close()

    def before_answer(request, _answer) -> None:
        if request.parameter("action") == "upgrade" and not accepted.is_set():
            accepted.set()
            held.wait(40)

    def after_answer(request: bytes) -> None:
        if START in request or held.is_set():
            answered.set()

    holder = threading.Thread(target=hold_the_row)
    holder.start()
    try:
        with wire_to(company.simulator.url) as wire, a_worker(redis_url) as worker:
            wire.after_answer = after_answer
            company.simulator.before_answer.append(before_answer)
            through(company, wire)
            send(redis_url, ticket.key)
            killed_when(worker, answered.is_set)
            done.set()
            holder.join(timeout=40)

            assert [intent.outcome for intent in Intent.objects.all()] == ["open"]
            ends_well(company, ticket)
    finally:
        done.set()
        holder.join(timeout=40)


def test_f4_killed_after_the_commit_and_before_any_message(company: Company, redis_url: str):
    company.make_service()
    ticket = company.approved(company.a_placement("web"))
    with a_worker(redis_url) as worker:
        send(redis_url, ticket.key)
        killed_when(worker, lambda: Intent.objects.filter(outcome="accepted").exists())

        ends_well(company, ticket)
