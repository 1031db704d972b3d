"""Upgrades that cannot go on (rancher-1.6-api.md 5.6)."""

from __future__ import annotations

import pytest

from rancher_client.cattle import containers, hosts, services
from rancher_client.cattle.resources import Transitioning

from .waiting import wait_for


@pytest.mark.trap("6", "7")
def test_containers_that_cannot_start_leave_the_service_upgrading_with_their_words(bench, unstartable_config):
    service = bench.service(scale=2)
    accepted = bench.upgrade(service, **unstartable_config)
    old = {container.id for container in bench.containers(service.id) if container.version == "0"}

    seen = wait_for(lambda: bench.read(service.id), lambda now: now.transitioning is Transitioning.ERROR)

    assert seen.state == "upgrading"
    assert "Check logs for more information" in seen.transitioning_message or (
        "Bad instance" in seen.transitioning_message
    )
    assert accepted.versions()["web"] not in {container.version for container in bench.running(service.id)}
    assert len(old & {container.id for container in bench.running(service.id)}) == 1


@pytest.mark.trap("6", "13")
def test_each_try_makes_new_containers(bench, unstartable_config):
    service = bench.service()
    version = bench.upgrade(service, **unstartable_config).versions()["web"]
    seen: set[str] = set()

    def look():
        found = containers.of_service(bench.rancher, service.id)
        seen.update(container.id for container in found if container.version == version)
        return seen

    wait_for(look, lambda ids: len(ids) >= 2)


@pytest.mark.trap("68")
def test_after_a_failed_try_the_unit_is_made_anew_under_another_name(bench, unstartable_config):
    service = bench.service()
    [old] = bench.running(service.id)
    version = bench.upgrade(service, **unstartable_config).versions()["web"]
    units: set[str | None] = set()

    def look():
        found = bench.containers(service.id)
        units.update(container.deployment_unit for container in found if container.version == version)
        return units - {old.deployment_unit}

    wait_for(look, lambda others: others)


@pytest.mark.trap("19", "50")
def test_rollback_from_containers_that_cannot_start_leads_back(bench, unstartable_config):
    service = bench.service()
    bench.upgrade(service, **unstartable_config)
    wait_for(lambda: bench.read(service.id), lambda now: now.transitioning is Transitioning.ERROR)

    rolled_back = bench.roll_back(service.id)

    assert rolled_back.configs() == service.configs()
    wait_for(
        lambda: [(container.state, container.image) for container in bench.containers(service.id)],
        lambda found: found == [("running", bench.target.old)],
    )


@pytest.mark.trap("51")
def test_containers_that_never_become_healthy_hold_the_upgrade_without_an_error(bench, lever):
    check = {"port": 80, "interval": 2000, "responseTimeout": 2000, "healthyThreshold": 2}
    check |= {"unhealthyThreshold": 3, "initializingTimeout": 600_000, "strategy": "recreate"}
    service = bench.service()
    lever.break_health(bench.target.new)

    bench.upgrade(service, healthCheck=check)

    wait_for(
        lambda: [container.health_state for container in bench.running(service.id)],
        lambda states: states == ["initializing"],
    )
    seen = bench.read(service.id)
    assert (seen.state, seen.transitioning) == ("upgrading", Transitioning.YES)
    assert bench.roll_back(service.id).configs() == service.configs()


@pytest.mark.trap("4", "5")
def test_a_container_that_exits_is_started_again_while_active_and_left_dead_while_upgraded(bench, lever):
    service = bench.service()
    [container] = bench.running(service.id)

    lever.exit_container(container.id)
    wait_for(lambda: bench.running(service.id), lambda seen: seen and (seen[0].start_count or 0) >= 2)
    bench.settled(service.id, "active")

    bench.upgrade(service)
    bench.settled(service.id, "upgraded")
    [successor] = bench.running(service.id)
    lever.exit_container(successor.id)
    wait_for(lambda: bench.running(service.id), lambda seen: not seen)
    assert bench.read(service.id).state == "upgraded"


@pytest.mark.trap("42")
def test_the_containers_of_a_lost_host_are_shown_as_before_and_new_ones_go_elsewhere(bench, host_ids, lever):
    service = bench.service(scale=len(host_ids))
    lost = host_ids[0]
    before = {(seen.id, seen.state) for seen in bench.running(service.id) if seen.host_id == lost}
    lever.lose_host(lost)
    wait_for(lambda: hosts.get(bench.rancher, lost).state, lambda state: state != "active")

    services.set_scale(bench.rancher, service.id, 2 * len(host_ids))

    running = wait_for(lambda: bench.running(service.id), lambda running: len(running) == 2 * len(host_ids))
    assert {(seen.id, seen.state) for seen in running if seen.host_id == lost} == before


def test_a_host_whose_agent_is_lost_is_shown_as_such_and_comes_back(rancher, host_ids, lever):
    lever.lose_host(host_ids[0])
    wait_for(
        lambda: hosts.get(rancher, host_ids[0]).state,
        lambda state: state in ("reconnecting", "disconnected"),
    )

    lever.regain_host(host_ids[0])
    wait_for(lambda: hosts.get(rancher, host_ids[0]).state, lambda state: state == "active")
