"""Upgrades and their ways out, by clients that know only the schemas."""

from __future__ import annotations

import pytest

from tests.conformance.waiting import wait_for

from .known import offered, plain

SLOW = 600_000
"""Milliseconds between batches: an upgrade that waits there until it is cancelled."""


@pytest.mark.parametrize("start_first", [False, True])
def test_an_upgrade_replaces_the_containers_and_is_finished(desk, start_first):
    service = desk.service(scale=2)

    upgraded = desk.upgraded(service, launchConfig=desk.to_new(service.launchConfig), startFirst=start_first)

    assert upgraded.upgrade.inServiceStrategy.startFirst is start_first
    assert desk.images(upgraded) == [desk.target.new] * 2
    assert {"finishupgrade", "rollback"} <= offered(upgraded)
    assert "upgrade" not in offered(upgraded)

    finished = desk.settled(upgraded.finishupgrade(), "active")

    assert finished.launchConfig.imageUuid == desk.target.new
    assert "finishupgrade" not in offered(finished)
    assert (
        wait_for(lambda: [row.imageUuid for row in finished.instances()], lambda seen: len(seen) == 2)
        == [desk.target.new] * 2
    )


def test_the_old_containers_stay_stopped_until_the_upgrade_is_finished(desk):
    service = desk.service(scale=2)

    upgraded = desk.upgraded(service, launchConfig=desk.to_new(service.launchConfig))

    stopped = [row.imageUuid for row in upgraded.instances() if row.state == "stopped"]
    assert stopped == [desk.target.old] * 2


def test_an_upgrade_is_rolled_back(desk):
    service = desk.service(scale=2)
    upgraded = desk.upgraded(service, launchConfig=desk.to_new(service.launchConfig))

    back = desk.settled(upgraded.rollback(), "active")

    assert back.launchConfig.imageUuid == desk.target.old
    assert wait_for(lambda: desk.images(back), lambda seen: len(seen) == 2) == [desk.target.old] * 2


def test_a_service_with_a_sidekick_is_upgraded_whole(desk):
    service = desk.service(
        secondaryLaunchConfigs=[{"name": "logs", "imageUuid": desk.target.old}],
        launchConfig={"imageUuid": desk.target.old, "labels": {"io.rancher.sidekicks": "logs"}},
    )
    assert desk.images(service) == [desk.target.old] * 2

    upgraded = desk.upgraded(
        service,
        launchConfig=desk.to_new(service.launchConfig),
        secondaryLaunchConfigs=[desk.to_new(config) for config in service.secondaryLaunchConfigs],
    )
    assert desk.images(upgraded) == [desk.target.new] * 2

    finished = desk.settled(upgraded.finishupgrade(), "active")
    assert [config.imageUuid for config in finished.secondaryLaunchConfigs] == [desk.target.new]


def test_a_sidekick_is_upgraded_alone(desk):
    service = desk.service(
        secondaryLaunchConfigs=[{"name": "logs", "imageUuid": desk.target.old}],
        launchConfig={"imageUuid": desk.target.old, "labels": {"io.rancher.sidekicks": "logs"}},
    )

    upgraded = desk.upgraded(
        service, secondaryLaunchConfigs=[desk.to_new(config) for config in service.secondaryLaunchConfigs]
    )

    assert upgraded.launchConfig.imageUuid == desk.target.old
    assert [config.imageUuid for config in upgraded.secondaryLaunchConfigs] == [desk.target.new]
    desk.settled(upgraded.finishupgrade(), "active")


def test_an_upgrade_is_cancelled_on_its_way_and_rolled_back(desk):
    service = desk.service(scale=2)
    under_way = desk.upgrading(
        service, launchConfig=desk.to_new(service.launchConfig), intervalMillis=SLOW, batchSize=1
    )
    under_way = wait_for(
        lambda: desk.client.reload(under_way), lambda seen: desk.target.new in desk.images(seen)
    )
    assert "cancelupgrade" in offered(under_way)

    cancelled = desk.settled(under_way.cancelupgrade(), "canceled-upgrade")
    assert "rollback" in offered(cancelled)

    back = desk.settled(cancelled.rollback(), "active")
    assert wait_for(lambda: desk.images(back), lambda seen: len(seen) == 2) == [desk.target.old] * 2


def test_what_is_read_of_an_upgrade_can_be_sent_again(desk):
    """A generic client copies what it has read; nothing in it may trip the server."""
    service = desk.service()
    desk.settled(desk.upgraded(service, launchConfig=plain(service.launchConfig)).finishupgrade(), "active")
    service = desk.client.reload(service)

    strategy = plain(service.upgrade.inServiceStrategy) if service.upgrade else {}
    upgraded = desk.upgraded(service, **strategy | {"launchConfig": desk.to_new(service.launchConfig)})

    assert desk.images(desk.settled(upgraded.finishupgrade(), "active")) == [desk.target.new]
