"""Health checks that answer, stop answering and answer again (rancher-1.6-api.md 4.4, 5.4, 5.5)."""

from __future__ import annotations

import pytest

from rancher_client.cattle import containers, services

from .waiting import wait_for

CHECK = {
    "port": 80,
    "interval": 2000,
    "responseTimeout": 2000,
    "healthyThreshold": 2,
    "unhealthyThreshold": 3,
    "initializingTimeout": 600_000,
    "reinitializingTimeout": 600_000,
    "strategy": "recreate",
}


def config(bench, **changed):
    return {"imageUuid": bench.target.old, "healthCheck": CHECK | changed}


def healthy(bench, service_id):
    return wait_for(lambda: bench.read(service_id), lambda seen: seen.health_state == "healthy")


def health_of(bench, service_id):
    return [container.health_state for container in bench.running(service_id)]


@pytest.fixture
def checked(bench, lever):
    """A healthy service with a health check."""
    return healthy(bench, bench.service(launchConfig=config(bench)).id)


def test_a_container_starts_initializing_and_becomes_healthy(bench, lever):
    lever.break_health(bench.target.old)
    service = bench.service(launchConfig=config(bench))
    wait_for(lambda: health_of(bench, service.id), lambda found: found == ["initializing"])
    wait_for(lambda: bench.read(service.id).health_state, lambda state: state == "initializing")

    lever.mend_health(bench.target.old)

    healthy(bench, service.id)
    assert health_of(bench, service.id) == ["healthy"]


def test_an_unhealthy_container_is_replaced(bench, lever, checked):
    [before] = bench.running(checked.id)

    lever.break_health(bench.target.old)

    wait_for(
        lambda: [seen.id for seen in bench.running(checked.id)], lambda ids: ids and before.id not in ids
    )


def test_with_strategy_none_it_is_only_shown(bench, lever):
    service = healthy(bench, bench.service(launchConfig=config(bench, strategy="none")).id)
    [before] = bench.running(service.id)

    lever.break_health(bench.target.old)

    wait_for(lambda: bench.read(service.id).health_state, lambda state: state == "unhealthy")
    assert [(seen.id, seen.health_state) for seen in bench.running(service.id)] == [(before.id, "unhealthy")]


def test_an_unhealthy_container_stays_so_over_a_restart_until_its_check_answers(bench, lever, rancher):
    service = healthy(bench, bench.service(launchConfig=config(bench, strategy="none")).id)
    [container] = bench.running(service.id)
    lever.break_health(bench.target.old)
    wait_for(lambda: health_of(bench, service.id), lambda found: found == ["unhealthy"])

    containers.restart(rancher, container.id)

    wait_for(
        lambda: [(seen.id, seen.start_count) for seen in bench.running(service.id)],
        lambda found: found == [(container.id, 2)],
    )
    assert health_of(bench, service.id) == ["unhealthy"]
    lever.mend_health(bench.target.old)
    healthy(bench, service.id)


@pytest.mark.trap("5")
def test_upgraded_waits_for_the_health_of_what_is_new(bench, lever, checked):
    lever.break_health(bench.target.new)
    bench.upgrade(checked)
    wait_for(
        lambda: [seen.health_state for seen in bench.running(checked.id) if seen.image == bench.target.new],
        lambda found: found == ["initializing"],
    )
    assert bench.read(checked.id).state == "upgrading"

    lever.mend_health(bench.target.new)

    bench.settled(checked.id, "upgraded")
    assert health_of(bench, checked.id) == ["healthy"]


@pytest.mark.trap("4")
@pytest.mark.trap("21")
def test_in_upgraded_nobody_replaces_what_is_unhealthy_and_finish_waits_for_it(bench, lever, checked):
    bench.upgrade(checked)
    bench.settled(checked.id, "upgraded")
    lever.break_health(bench.target.new)
    [new] = wait_for(
        lambda: [seen for seen in bench.running(checked.id) if seen.health_state == "unhealthy"],
        lambda found: found,
    )

    services.finish_upgrade(bench.rancher, checked.id)
    assert bench.read(checked.id).state == "finishing-upgrade"
    lever.mend_health(bench.target.new)

    bench.settled(checked.id, "active")
    wait_for(lambda: health_of(bench, checked.id), lambda found: found == ["healthy"])
    assert new.image == bench.target.new


@pytest.mark.trap("20")
def test_a_rollback_does_not_wait_for_health(bench, lever, checked):
    bench.upgrade(checked)
    bench.settled(checked.id, "upgraded")
    lever.break_health(bench.target.old)

    assert bench.roll_back(checked.id).configs() == checked.configs()

    wait_for(lambda: health_of(bench, checked.id), lambda found: found == ["reinitializing"])
