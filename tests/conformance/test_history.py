"""Audit rows and service logs: the second witnesses (rancher-1.6-api.md 9)."""

from __future__ import annotations

import pytest

from rancher_client.cattle import history, services
from rancher_client.cattle.resources import labels_of
from rancher_client.errors import NotOffered

from .waiting import wait_for

MARK = {"deploy.example/attempt": "DEPLOY-111/1/9f3c00aa11bb"}


def test_an_accepted_upgrade_is_on_record_at_once_with_its_mark_and_version(bench, rancher):
    accepted = bench.upgrade(bench.service(), labels=MARK)

    [row] = history.audit_rows(rancher, accepted.id, event_type="api.service.upgrade")

    assert (row.response_code, row.resource_id, row.auth_type) == (202, accepted.id, "BasicAuth")
    assert row.strategy is not None
    recorded = row.strategy.configs("web")["web"]
    assert labels_of(recorded) == MARK
    assert recorded["version"] == accepted.versions()["web"]


def test_a_refused_upgrade_is_not_found_under_the_service(bench, rancher):
    service = bench.service()
    bench.upgrade(service, labels=MARK)
    bench.settled(service.id, "upgraded")

    with pytest.raises(NotOffered):
        bench.upgrade(service, labels={"deploy.example/attempt": "other"})

    rows = history.audit_rows(rancher, service.id, event_type="api.service.upgrade")
    assert [row.response_code for row in rows] == [202]


def test_rows_say_who_finished_newest_first(bench, rancher):
    service = bench.service()
    bench.upgrade(service)
    bench.settled(service.id, "upgraded")
    bench.finish(service.id)

    rows = history.audit_rows(rancher, service.id)

    assert [row.event_type for row in rows[:2]] == ["api.service.finishupgrade", "api.service.upgrade"]
    assert rows[0].request == {"action": "finishupgrade"}
    assert rows[0].account_id


@pytest.mark.trap("54")
def test_variables_stand_in_the_record_in_clear(bench, rancher):
    service = bench.service()
    bench.upgrade(service, environment={"PASSWORD": "swordfish"})

    [row] = history.audit_rows(rancher, service.id, event_type="api.service.upgrade")

    assert row.strategy.configs("web")["web"]["environment"] == {"PASSWORD": "swordfish"}


@pytest.mark.trap("53")
def test_the_plain_number_finds_no_rows(bench, wire):
    service = bench.service(active=False)

    rows = wire("GET", f"auditlogs?resourceType=service&resourceId={service.id.removeprefix('1s')}").json()[
        "data"
    ]

    assert rows == []


def test_service_logs_tell_of_upgrade_and_rollback(bench, rancher):
    service = bench.service()
    bench.upgrade(service)
    bench.settled(service.id, "upgraded")
    services.roll_back(rancher, service.id)
    bench.settled(service.id, "active")

    wait_for(
        lambda: {log.event_type for log in history.service_logs(rancher, service.id)},
        lambda types: {"service.upgrade", "service.rollback"} <= types,
    )
