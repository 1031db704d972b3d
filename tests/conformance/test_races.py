"""Two requests in the same moment (rancher-1.6-api.md 5.7): whatever happens, there is a way back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from .target import wait_for


def both(*calls):
    """Run the calls at the same moment; their answers in the same order."""
    gate = Barrier(len(calls))

    def run(call):
        gate.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def upgrade_to(bench, wire, service, mark):
    config = {**service.launch_config, "imageUuid": bench.target.new, "labels": {"mark": mark}}
    strategy = {"batchSize": 1, "intervalMillis": 100, "launchConfig": config}
    return lambda: wire.act(service.id, "upgrade", {"inServiceStrategy": strategy})


def test_two_upgrades_at_once_are_answered_yes_or_no_and_can_be_rolled_back(bench, wire):
    service = bench.service()

    answers = both(upgrade_to(bench, wire, service, "one"), upgrade_to(bench, wire, service, "two"))

    statuses = [answer.status_code for answer in answers]
    assert 202 in statuses
    assert set(statuses) <= {202, 409, 422}
    wait_for(lambda: bench.read(service.id), lambda seen: seen.upgrade is not None)
    assert bench.roll_back(service.id).configs() == service.configs()


def test_two_finishes_at_once_end_in_one_clean_finish(bench, wire):
    service = bench.service()
    bench.upgrade(service)
    upgraded = bench.settled(service.id, "upgraded")

    answers = both(*[lambda: wire.act(service.id, "finishupgrade")] * 2)

    assert {answer.status_code for answer in answers} <= {202, 409, 422}
    assert bench.settled(service.id, "active").configs() == upgraded.configs()
    wait_for(lambda: bench.containers(service.id), lambda seen: len(seen) == 1)
