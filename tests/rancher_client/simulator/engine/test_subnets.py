"""The subnet of a project's managed network, and what has no address without it (rancher-1.6-api.md 6.1).

cattle: NetworkCreate.java, SubnetCreate.java, NicActivate.java, NetworkServiceImpl.shouldAssignIpAddress
"""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Engine, Ref

from .container_lab import act, alone, state
from .lab import Lab

KIND = "subnet"


@pytest.fixture
def subnet(lab: Lab) -> int:
    [number] = lab.engine.ids(KIND, project=lab.project)
    return number


def move(lab: Lab, subnet: int, *actions: str) -> None:
    for action in actions:
        lab.engine.act(KIND, subnet, action)
        lab.wait(2)


def view(lab: Lab, kind: str, number: int) -> dict[str, Any]:
    found = lab.engine.view(kind, number)
    assert found is not None
    return found


def address(lab: Lab, container: int) -> str | None:
    found: str | None = lab.container(container)["primaryIpAddress"]
    return found


def managed(lab: Lab) -> int:
    return alone(lab, networkMode="managed")


def test_each_project_has_one_in_its_managed_network(lab: Lab, subnet: int) -> None:
    other = lab.engine.create("project", {"name": "other"}, project=None)
    network = view(lab, "project", lab.project)["defaultNetworkId"]

    shown = view(lab, KIND, subnet)

    assert {name: shown[name] for name in ("networkAddress", "cidrSize", "gateway", "networkId")} == {
        "networkAddress": "10.42.0.0",
        "cidrSize": 16,
        "gateway": "10.42.0.1",
        "networkId": network,
    }
    assert (shown["startAddress"], shown["endAddress"]) == ("10.42.0.2", "10.42.255.250")
    assert (shown["kind"], shown["name"], shown["state"]) == (KIND, None, "active")
    assert shown["created"] == view(lab, "project", lab.project)["created"]
    assert len(lab.engine.ids(KIND, project=other)) == 1


def test_only_the_managed_network_leads_to_it(lab: Lab, subnet: int) -> None:
    managed_network = view(lab, "project", lab.project)["defaultNetworkId"].number

    for network in lab.engine.ids("network", project=lab.project):
        expected = [(KIND, subnet)] if network == managed_network else []
        assert lab.engine.related("network", network, "subnets") == expected


def test_without_it_a_container_runs_without_address_until_a_later_start(lab: Lab, subnet: int) -> None:
    move(lab, subnet, "deactivate")
    container = managed(lab)
    assert (state(lab, container), address(lab, container)) == ("running", None)
    assert lab.container(container)["primaryNetworkId"] == view(lab, KIND, subnet)["networkId"]

    move(lab, subnet, "activate")
    assert address(lab, container) is None
    act(lab, container, "restart")
    lab.wait(5)

    given = address(lab, container)
    assert str(given).startswith("10.42.")
    act(lab, container, "restart")
    lab.wait(5)
    assert address(lab, container) == given


def test_an_address_once_given_stays_without_it(lab: Lab, subnet: int) -> None:
    container = managed(lab)
    before = address(lab, container)
    move(lab, subnet, "deactivate", "remove")

    act(lab, container, "restart")
    lab.wait(5)

    assert before is not None
    assert address(lab, container) == before
    assert address(lab, managed(lab)) is None
    assert lab.engine.ids(KIND, project=lab.project) == []


def test_dockers_own_networks_give_no_address_at_a_later_start_either(lab: Lab) -> None:
    container = alone(lab, networkMode="bridge")

    act(lab, container, "restart")
    lab.wait(5)

    assert address(lab, container) is None


def test_a_snapshot_keeps_what_became_of_it(lab: Lab, subnet: int) -> None:
    move(lab, subnet, "deactivate")

    lab.engine = Engine.restore(lab.engine.snapshot())

    assert view(lab, KIND, subnet)["state"] == "inactive"
    assert address(lab, managed(lab)) is None


def test_it_goes_with_its_project(lab: Lab) -> None:
    other = lab.engine.create("project", {"name": "other"}, project=None)
    lab.wait(2)
    [number] = lab.engine.ids(KIND, project=other)
    for action in ("deactivate", "remove"):
        lab.engine.act("project", other, action)
        lab.wait(5)

    assert view(lab, KIND, number)["state"] == "removed"
    assert lab.engine.ids(KIND, project=other) == []
    assert view(lab, KIND, number)["accountId"] == Ref("project", other)
