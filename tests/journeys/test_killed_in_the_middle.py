"""Worker, watcher and Redis killed -9 at once while an upgrade runs: it goes on, and nothing runs twice."""

import os
import re
import shutil
import signal
import time
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.steps import approve, file_ticket, is_unreloaded, marked, state

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

WITHIN = timedelta(seconds=30)


def observed_at(page: Page, key: str) -> datetime:
    """When the ticket's newest observation was made, as the API tells it."""
    progress = page.request.get(f"/api/v1/tickets/{key}").json()["progress"]
    return datetime.fromisoformat(progress["observed_at"])


def kill_all_three(product) -> None:
    for name in ("worker", "watcher", "redis"):
        os.killpg(product.supervisor.pid_of(name), signal.SIGKILL)
    shutil.rmtree(product.folder / "redis")
    (product.folder / "redis").mkdir()


def is_accepted_once(product, key: str) -> bool:
    marks = [
        entry.labels["deploytickets/attempt"]
        for entry in product.rancher.journal.calls("upgrade", accepted=True)
    ]
    return len([mark for mark in marks if mark.startswith(f"{key}/")]) == 1


def test_killed_at_once_while_an_upgrade_runs_they_go_on_and_start_nothing_twice(product, sign_in):
    anna, otto, olga = (sign_in(product, name) for name in ("anna", "otto", "olga"))
    key = file_ticket(anna, "order-worker", "prod", "3.1.0")
    marked(anna)
    approve(otto, key)
    expect(state(otto)).to_contain_text("1/2")
    approve(olga, key)
    expect(state(anna)).to_contain_text(re.compile("Upgrading [12]/3"))

    kill_all_three(product)
    before, killed = observed_at(anna, key), time.monotonic()
    while observed_at(anna, key) <= before:
        product.supervisor.pause(0.2)
        assert time.monotonic() < killed + WITHIN.total_seconds(), "nobody looked at it again"

    while "Verify 0/2" not in (state(anna).text_content() or ""):
        product.supervisor.pause(0.2)
        assert time.monotonic() < killed + 120, state(anna).text_content()
    assert is_unreloaded(anna)
    assert is_accepted_once(product, key)
