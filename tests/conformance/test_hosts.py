"""Hosts that take no more containers, are emptied, or get another name (rancher-1.6-api.md 7.1)."""

from __future__ import annotations

import pytest

from rancher_client.cattle import containers, hosts, services

from .waiting import wait_for


@pytest.fixture
def host(rancher, host_ids):
    """A host that is active again afterwards."""
    found = hosts.get(rancher, host_ids[0])
    yield found
    if hosts.get(rancher, found.id).state == "inactive":
        hosts.activate(rancher, found.id)
    wait_for(lambda: hosts.get(rancher, found.id).state, lambda state: state == "active")


def inactive(rancher, host):
    hosts.deactivate(rancher, host.id)
    return wait_for(lambda: hosts.get(rancher, host.id), lambda seen: seen.state == "inactive")


def test_the_actions_of_an_active_and_of_an_inactive_host(rancher, host):
    assert {"deactivate", "evacuate", "update"} <= host.actions
    assert not {"activate", "remove"} & host.actions

    assert {"activate", "evacuate", "remove", "update"} <= inactive(rancher, host).actions


def test_an_active_host_cannot_be_deleted(wire, host):
    assert wire("DELETE", f"hosts/{host.id}").status_code == 405


def test_an_inactive_host_keeps_its_containers_and_gets_no_new_ones(bench, rancher, host, host_ids):
    service = bench.service(scale=len(host_ids))
    before = {seen.id for seen in bench.running(service.id) if seen.host_id == host.id}
    inactive(rancher, host)

    services.set_scale(rancher, service.id, 2 * len(host_ids))
    wait_for(lambda: bench.running(service.id), lambda running: len(running) == 2 * len(host_ids))

    assert {seen.id for seen in bench.running(service.id) if seen.host_id == host.id} == before


@pytest.mark.trap("73")
def test_an_evacuated_host_stays_inactive_and_its_containers_are_made_anew_elsewhere(bench, rancher, host):
    service = bench.service(scale=3)
    moved = {seen.id for seen in bench.running(service.id) if seen.host_id == host.id}

    answer = hosts.evacuate(rancher, host.id)

    assert answer.id == host.id
    wait_for(lambda: hosts.get(rancher, host.id).state, lambda state: state == "inactive")
    wait_for(
        lambda: [seen for seen in bench.running(service.id) if seen.host_id != host.id],
        lambda elsewhere: len(elsewhere) == 3,
    )
    assert not moved & {seen.id for seen in bench.running(service.id)}
    assert hosts.get(rancher, host.id).state == "inactive"


def test_the_containers_of_a_host_are_found_by_its_link(bench, rancher, host_ids):
    service = bench.service()
    [container] = bench.running(service.id)

    assert container.id in {seen.id for seen in containers.of_host(rancher, container.host_id)}


def test_a_description_is_changed_by_put_and_put_back(rancher, wire, host):
    before = wire("GET", f"hosts/{host.id}").json()["description"]

    assert wire("PUT", f"hosts/{host.id}", json={"description": "conformance"}).status_code == 200
    wait_for(
        lambda: wire("GET", f"hosts/{host.id}").json(), lambda seen: seen["description"] == "conformance"
    )

    wire("PUT", f"hosts/{host.id}", json={"description": before})
    wait_for(lambda: wire("GET", f"hosts/{host.id}").json(), lambda seen: seen["description"] == before)
