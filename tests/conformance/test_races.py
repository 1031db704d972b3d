"""Two requests in the same moment (rancher-1.6-api.md 5.7): whatever happens, there is a way back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from .waiting import wait_for


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


@pytest.mark.trap("48")
def test_of_two_upgrades_at_once_one_is_accepted_at_least_and_there_is_a_way_back(bench, wire):
    """Where the pair left no `upgrade` block, rollback keeps the new config (5.5); upgrading back helps."""
    service = bench.service()

    answers = both(upgrade_to(bench, wire, service, "one"), upgrade_to(bench, wire, service, "two"))

    statuses = [answer.status_code for answer in answers]
    assert 202 in statuses
    assert set(statuses) <= {202, 409, 422}
    upgraded = bench.settled(service.id, "upgraded")
    rolled_back = bench.roll_back(service.id)
    if upgraded.upgrade is None:
        assert rolled_back.versions() == upgraded.versions()
        bench.upgrade(rolled_back, **service.launch_config)
        bench.settled(service.id, "upgraded")
        bench.finish(service.id)
    wait_for(
        lambda: [(seen.state, seen.image) for seen in bench.containers(service.id)],
        lambda found: found == [("running", bench.target.old)],
    )


def test_two_finishes_at_once_end_in_one_clean_finish(bench, wire):
    service = bench.service()
    bench.upgrade(service)
    upgraded = bench.settled(service.id, "upgraded")

    answers = both(*[lambda: wire.act(service.id, "finishupgrade")] * 2)

    assert {answer.status_code for answer in answers} <= {202, 409, 422}
    assert bench.settled(service.id, "active").configs() == upgraded.configs()
    wait_for(lambda: bench.containers(service.id), lambda seen: len(seen) == 1)
