"""Rows that come with containers, hosts and projects (rancher-1.6-api.md 6.1, 7.1)."""

from __future__ import annotations

import pytest

from .waiting import wait_for


@pytest.fixture
def container(bench, wire):
    """The container of a running service with a label and a port."""
    service = bench.service(
        launchConfig={
            "imageUuid": bench.target.old,
            "labels": {"tier": "front"},
            "networkMode": "managed",
            "ports": ["18080:80"],
        }
    )
    return wire("GET", f"containers/{service.instance_ids[0]}").json()


def rows(response) -> list[dict]:
    return response.json()["data"]


def test_a_container_leads_to_a_row_for_each_of_its_labels(wire, container):
    found = wire("GET", f"containers/{container['id']}/instancelabels")

    assert found.json()["resourceType"] == "label"
    assert {row["key"]: row["value"] for row in rows(found)} == container["labels"]


def test_a_label_leads_back_to_those_that_bear_it(wire, container):
    [label] = [
        row
        for row in rows(wire("GET", f"containers/{container['id']}/instancelabels"))
        if row["key"] == "io.rancher.service.deployment.unit"
    ]

    assert [row["id"] for row in rows(wire("GET", f"labels/{label['id']}/instances"))] == [container["id"]]
    assert (label["state"], list(label["actions"])) == ("created", ["remove"])


def test_a_container_is_paired_with_its_service(wire, container):
    [pair] = rows(wire("GET", f"containers/{container['id']}/serviceexposemaps"))

    assert (pair["serviceId"], pair["instanceId"]) == (container["serviceIds"][0], container["id"])
    assert (pair["managed"], pair["state"]) == (True, "active")
    assert wire("GET", f"serviceexposemaps/{pair['id']}/service").json()["id"] == container["serviceIds"][0]


def test_a_published_port_names_the_addresses_it_joins(wire, container):
    [port] = rows(wire("GET", f"containers/{container['id']}/ports"))
    public = wire("GET", f"ports/{port['id']}/publicipaddress").json()
    private = wire("GET", f"ports/{port['id']}/privateipaddress").json()

    assert (port["publicPort"], port["privatePort"], port["protocol"]) == (18080, 80, "tcp")
    assert public["type"] == "ipAddress"
    assert (private["address"], private["networkId"]) == (
        container["primaryIpAddress"],
        container["primaryNetworkId"],
    )


def test_a_container_has_a_volume_of_its_own(wire, container):
    [volume] = rows(wire("GET", f"containers/{container['id']}/volumes"))
    [pool] = rows(wire("GET", f"volumes/{volume['id']}/storagepools"))

    assert (volume["instanceId"], volume["state"]) == (container["id"], "active")
    assert pool["hostIds"] == [container["hostId"]]


def test_a_host_has_a_machine_a_pool_and_an_address(wire, host_ids):
    host = wire("GET", f"hosts/{host_ids[0]}").json()
    [pool] = rows(wire("GET", f"hosts/{host['id']}/storagepools"))
    [address] = rows(wire("GET", f"hosts/{host['id']}/ipaddresses"))

    assert wire("GET", f"hosts/{host['id']}/physicalhost").json()["id"] == host["physicalHostId"]
    assert pool["hostIds"] == [host["id"]]
    assert address["address"] == host["agentIpAddress"]


def test_a_project_names_the_managed_network_as_its_default(wire, target):
    project = wire.root("GET", f"projects/{target.project}").json()
    kinds = [row["kind"] for row in rows(wire("GET", "networks"))]

    assert kinds[:4] == ["dockerHost", "dockerNone", "dockerContainer", "dockerBridge"]
    assert wire("GET", f"networks/{project['defaultNetworkId']}").json()["kind"] == "network"
    assert project["servicesPortRange"]["startPort"] < project["servicesPortRange"]["endPort"]


def test_the_members_of_a_project_are_people(wire, target):
    found = wire.root("GET", f"projects/{target.project}/projectmembers")

    assert {row["type"] for row in rows(found)} <= {"identity"}
    assert (found.json()["filters"], found.json()["pagination"]) == ({}, None)


def test_an_account_and_a_project_are_one_row(wire, target):
    account = wire("GET", f"accounts/{target.project}").json()

    assert (account["id"], account["type"]) == (target.project, "project")
    assert [row["id"] for row in rows(wire("GET", f"accounts/{target.project}/hosts"))] != []


def test_a_registry_stands_among_the_pools(wire, bench):
    made = wire("POST", "registries", json={"serverAddress": f"{bench.stack_id}.example"}).json()
    wait_for(lambda: wire("GET", f"registries/{made['id']}").json()["state"], lambda state: state == "active")

    listed = {row["id"]: row["type"] for row in rows(wire("GET", "storagepools"))}

    assert listed.pop(made["id"]) == "registry"
    assert set(listed.values()) == {"storagePool"}
    assert wire("GET", f"storagepools/{made['id']}").json()["type"] == "registry"
    assert wire("POST", f"registries/{made['id']}?action=deactivate").status_code == 202
    wait_for(
        lambda: wire("GET", f"registries/{made['id']}").json()["state"], lambda state: state == "inactive"
    )
    assert wire("DELETE", f"registries/{made['id']}").status_code == 200
