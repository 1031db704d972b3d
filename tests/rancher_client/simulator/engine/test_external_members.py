"""What an external service stands for, and the rows that pair it with them (rancher-1.6-api.md 4.1, 6.1)."""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Engine

from .lab import Lab
from .records import told


def external(lab: Lab, **fields: Any) -> int:
    """An active external service."""
    body = {"name": "outside", "stackId": lab.stack, "startOnCreate": True, **fields}
    number = lab.engine.create("externalService", body, project=lab.project)
    lab.until(number, "active")
    lab.wait(60)
    return number


def pairings(lab: Lab, service: int) -> list[dict[str, Any]]:
    return [
        lab.engine.view(*row) or {} for row in lab.engine.related("service", service, "serviceExposeMaps")
    ]


def paired(lab: Lab, service: int) -> list[str | None]:
    return [row["ipAddress"] for row in pairings(lab, service)]


def numbers(created: int, bad: int = 0) -> str:
    return f"Created: {created}, Unhealthy: 0, Bad: {bad}, Incomplete: 0"


def test_each_address_is_paired_with_its_service(lab: Lab) -> None:
    service = external(lab, externalIpAddresses=["192.0.2.1", "192.0.2.2", "192.0.2.1"])

    first, second = pairings(lab, service)

    assert (first["ipAddress"], second["ipAddress"]) == ("192.0.2.1", "192.0.2.2")
    assert (first["serviceId"].number, first["instanceId"], first["managed"]) == (service, None, False)
    assert (first["state"], first["removed"]) == ("active", None)
    assert lab.engine.ids("serviceExposeMap", project=lab.project) == [
        number for _, number in lab.engine.related("service", service, "serviceExposeMaps")
    ]


def test_so_is_a_host_name_which_the_row_does_not_show(lab: Lab) -> None:
    assert paired(lab, external(lab, hostname="db.example")) == [None]


def test_the_log_counts_what_is_listed_and_what_is_paired_already(lab: Lab) -> None:
    service = external(lab, externalIpAddresses=["192.0.2.1"])

    assert told(lab, service) == [
        ("service.activate", "Activating service"),
        ("service.activate.info", numbers(1)),
        ("service.activate.wait", "Waiting for instances to start"),
        ("service.activate.info", f"Service reconciled: {numbers(2)}"),
    ]


def test_one_that_is_changed_otherwise_is_reconciled_already(lab: Lab) -> None:
    service = external(lab, externalIpAddresses=["192.0.2.1"])

    lab.engine.update("service", service, {"metadata": {"a": 1}})
    lab.until(service, "active")

    assert told(lab, service)[-2:] == [
        ("service.update.info", numbers(2)),
        ("service.update.info", "Service already reconciled"),
    ]


def test_an_address_that_is_no_longer_listed_goes_and_a_new_one_comes(lab: Lab) -> None:
    service = external(lab, externalIpAddresses=["192.0.2.1", "192.0.2.2"])
    gone, _ = lab.engine.related("service", service, "serviceExposeMaps")

    lab.engine.update("service", service, {"externalIpAddresses": ["192.0.2.2", "192.0.2.3"]})
    lab.until(service, "active")

    assert paired(lab, service) == ["192.0.2.2", "192.0.2.3"]
    assert (lab.engine.view(*gone) or {})["state"] == "removed"
    assert [text for _, text in told(lab, service)[-3:]] == [
        numbers(3, bad=1),
        "Waiting for instances to start",
        f"Service reconciled: {numbers(4)}",
    ]


def test_one_address_less_is_enough_to_be_reconciled(lab: Lab) -> None:
    service = external(lab, externalIpAddresses=["192.0.2.1", "192.0.2.2"])

    lab.engine.update("service", service, {"externalIpAddresses": ["192.0.2.2"]})
    lab.until(service, "active")

    assert paired(lab, service) == ["192.0.2.2"]


@pytest.mark.parametrize("call", ["deactivate", "remove"])
def test_none_are_left_when_it_is_deactivated_or_removed(lab: Lab, call: str) -> None:
    service = external(lab, externalIpAddresses=["192.0.2.1"])
    [row] = lab.engine.related("service", service, "serviceExposeMaps")
    lab.engine.take_changes()

    lab.act(service, call)
    lab.until(service, "inactive" if call == "deactivate" else "removed")

    assert pairings(lab, service) == []
    seen = lab.engine.view(*row) or {}
    assert (seen["state"], seen["created"] < seen["removed"]) == ("removed", True)
    assert row in lab.engine.take_changes()


def test_one_that_is_removed_by_itself_is_missed_by_the_next_process(lab: Lab) -> None:
    service = external(lab, externalIpAddresses=["192.0.2.1", "192.0.2.2"])
    _, row = lab.engine.related("service", service, "serviceExposeMaps")

    lab.engine.act(*row, "remove")
    lab.wait(20)
    assert paired(lab, service) == ["192.0.2.1"]

    lab.engine.update("service", service, {"metadata": {"a": 1}})
    lab.until(service, "active")
    assert paired(lab, service) == ["192.0.2.1", "192.0.2.2"]


def test_a_snapshot_keeps_them(lab: Lab) -> None:
    service = external(lab, externalIpAddresses=["192.0.2.1"])
    before = pairings(lab, service)

    lab.engine = Engine.restore(lab.engine.snapshot())

    assert pairings(lab, service) == before
