"""Cancelling an upgrade, and the ways on from there (rancher-1.6-api.md 5.6)."""

from __future__ import annotations

import pytest

from rancher_client.cattle import services
from rancher_client.errors import NotOffered

from .waiting import wait_for


@pytest.fixture
def cancelled(bench):
    """A service of two whose upgrade was cancelled between its batches, and how it was before."""
    service = bench.service(scale=2)
    bench.with_block_of(bench.upgrade(service, interval_millis=60_000))
    wait_for(
        lambda: bench.running(service.id),
        lambda seen: {container.image for container in seen} == {bench.target.old, bench.target.new},
    )
    services.cancel_upgrade(bench.rancher, service.id)
    bench.settled(service.id, "canceled-upgrade")
    return service


@pytest.mark.trap("69")
def test_cancelled_keeps_both_generations(bench, cancelled):
    running = bench.running(cancelled.id)

    assert sorted(container.image for container in running) == sorted([bench.target.old, bench.target.new])


@pytest.mark.trap("69")
def test_finish_is_not_offered_from_there(bench, cancelled):
    assert {"continueupgrade", "rollback", "remove"} <= bench.read(cancelled.id).actions
    with pytest.raises(NotOffered):
        services.finish_upgrade(bench.rancher, cancelled.id)


def test_continue_goes_on_to_the_same_target(bench, cancelled):
    stored = bench.read(cancelled.id).versions()

    services.continue_upgrade(bench.rancher, cancelled.id)

    assert bench.settled(cancelled.id, "upgraded").versions() == stored
    assert {container.image for container in bench.running(cancelled.id)} == {bench.target.new}


def test_rollback_from_there_leads_back(bench, cancelled):
    assert bench.roll_back(cancelled.id).configs() == cancelled.configs()
    wait_for(
        lambda: [container.image for container in bench.containers(cancelled.id)],
        lambda images: images == [bench.target.old] * 2,
    )


def test_a_cancelled_one_can_be_removed(bench, cancelled):
    services.remove(bench.rancher, cancelled.id)

    assert bench.in_state(cancelled.id, "removed").removed_at
