"""Restarting a service in place (rancher-1.6-api.md 4.3)."""

from __future__ import annotations

from rancher_client.cattle import services

from .waiting import wait_for


def test_a_restart_keeps_the_containers_and_counts_one_start_more(bench, rancher):
    service = bench.service(scale=2)
    before = {container.id for container in bench.running(service.id)}

    answer = services.restart(rancher, service.id, interval_millis=100)

    assert answer.state == "restarting"
    bench.settled(service.id, "active")
    wait_for(
        lambda: {(container.id, container.start_count) for container in bench.running(service.id)},
        lambda found: found == {(container_id, 2) for container_id in before},
    )


def test_a_restart_stops_and_starts_a_batch_and_waits_before_the_next(bench, rancher, wire):
    service = bench.service(scale=2)

    services.restart(rancher, service.id, interval_millis=100)
    bench.settled(service.id, "active")

    rows = wire("GET", f"servicelogs?serviceId={service.id}&sort=id&limit=200").json()["data"]
    told = [
        row["eventType"]
        for row in rows
        if row["eventType"].startswith(("service.restart", "service.instance.start"))
    ]
    batch = [
        "service.restart.wait",
        "service.restart.stopping",
        "service.restart.starting",
        "service.restart.starting.info",
        "service.restart.starting.wait",
        "service.instance.start",
        "service.restart.starting.info",
    ]
    assert told == ["service.restart", *batch, "service.restart.sleep", *batch]


def test_a_deactivation_in_the_pause_leaves_the_rest_unrestarted(bench, rancher):
    service = bench.service(scale=2)
    services.restart(rancher, service.id, interval_millis=60_000)
    wait_for(
        lambda: sorted(container.start_count for container in bench.running(service.id)),
        lambda counts: counts == [1, 2],
    )

    services.deactivate(rancher, service.id)

    bench.settled(service.id, "inactive")
    assert sorted(container.start_count for container in bench.containers(service.id)) == [1, 2]


def test_a_restart_without_its_strategy_is_refused(bench, wire):
    answer = wire.act(bench.service().id, "restart", {})

    said = answer.json()
    assert (answer.status_code, said["code"], said["fieldName"]) == (
        422,
        "MissingRequired",
        "rollingRestartStrategy",
    )


def test_only_an_active_service_can_be_restarted(bench, wire):
    answer = wire.act(bench.service(active=False).id, "restart", {"rollingRestartStrategy": {}})

    assert answer.json()["code"] == "ActionNotAvailable"


def test_the_scale_cannot_be_changed_meanwhile(bench, wire, rancher):
    service = bench.service(scale=1)
    services.restart(rancher, service.id, interval_millis=100)

    answer = wire("PUT", f"services/{service.id}", json={"scale": 2})

    assert (answer.status_code, answer.json()["code"]) == (409, "Conflict")
    assert bench.settled(service.id, "active").scale == 1
