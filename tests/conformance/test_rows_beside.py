"""Rows that come with containers, hosts and projects (rancher-1.6-api.md 6.1, 7.1)."""

from __future__ import annotations

import pytest

from rancher_client.cattle import services

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


def acted(wire, path: str, action: str):
    """The row at once after an action, and the one that it becomes."""
    begun = wire("POST", f"{path}?action={action}", json={})
    assert begun.status_code == 202
    ended = wait_for(lambda: wire("GET", path).json(), lambda row: row["transitioning"] == "no")
    return begun.json()["state"], ended


def test_a_port_moves_by_its_actions_while_its_container_runs(wire, container):
    [port] = rows(wire("GET", f"containers/{container['id']}/ports"))
    path = f"ports/{port['id']}"

    begun, ended = acted(wire, path, "deactivate")
    assert (begun, ended["state"], sorted(ended["actions"])) == (
        "deactivating",
        "inactive",
        ["activate", "remove", "update"],
    )
    assert acted(wire, path, "activate")[1]["state"] == "active"
    begun, ended = acted(wire, path, "update")
    assert (begun, ended["state"]) == ("updating-active", "active")
    acted(wire, path, "deactivate")
    begun, ended = acted(wire, path, "remove")
    assert (begun, ended["state"], list(ended["actions"])) == ("removing", "removed", ["purge"])
    assert rows(wire("GET", f"containers/{container['id']}/ports")) == []
    assert wire("GET", f"containers/{container['id']}").json()["state"] == "running"


def test_another_public_port_starts_an_update_of_the_port_and_a_name_does_not(wire, container):
    [port] = rows(wire("GET", f"containers/{container['id']}/ports"))
    path = f"ports/{port['id']}"

    named = wire("PUT", path, json={"name": "front"}).json()
    assert (named["name"], named["state"]) == ("front", "active")
    moved = wire("PUT", path, json={"publicPort": 18081}).json()
    assert (moved["publicPort"], moved["state"]) == (18081, "updating-active")
    assert wire("DELETE", path).status_code == 405


def test_a_removed_label_is_still_borne(wire, container):
    [label] = rows(wire("GET", "labels?key=tier&value=front"))

    begun, ended = acted(wire, f"labels/{label['id']}", "remove")

    assert (begun, ended["state"], ended["actions"]) == ("removing", "removed", {})
    assert wire("GET", f"containers/{container['id']}").json()["labels"]["tier"] == "front"


def test_a_service_lets_go_of_a_container_whose_pairing_is_removed(wire, container):
    [pair] = rows(wire("GET", f"containers/{container['id']}/serviceexposemaps"))

    begun, ended = acted(wire, f"serviceexposemaps/{pair['id']}", "remove")

    assert (begun, ended["state"], ended["serviceId"]) == ("removing", "removed", container["serviceIds"][0])
    service = wire("GET", f"services/{container['serviceIds'][0]}").json()
    alone = wire("GET", f"containers/{container['id']}").json()
    assert (service["instanceIds"], service["state"]) == (None, "active")
    assert (alone["serviceIds"], alone["state"]) == (None, "running")
    wire("DELETE", f"containers/{container['id']}")


def test_a_link_is_a_row_of_its_own_and_ends_with_it(wire, bench):
    db, web = (bench.service(name=name, active=False) for name in ("db", "web"))
    services.set_links(bench.rancher, web.id, {"data": db.id, "more": db.id})

    path = f"serviceconsumemaps?limit=1000&serviceId={web.id}"
    both = wait_for(
        lambda: rows(wire("GET", path)), lambda found: [row["state"] for row in found] == ["active", "active"]
    )
    links = {row["name"]: row for row in both}
    kept, gone = links["data"], links["more"]
    begun, ended = acted(wire, f"serviceconsumemaps/{gone['id']}", "remove")

    assert (kept["serviceId"], kept["consumedServiceId"], kept["state"]) == (web.id, db.id, "active")
    assert sorted(kept["actions"]) == ["remove", "update"]
    assert (begun, ended["state"]) == ("removing", "removed")
    assert wire("GET", f"services/{web.id}").json()["linkedServices"] == {"data": db.id}
    assert wire("DELETE", f"serviceconsumemaps/{kept['id']}").status_code == 405


def test_a_container_whose_volume_was_removed_waits_for_it_when_it_starts(wire, bench):
    container = wire(
        "POST", "containers", json={"name": "alone", "imageUuid": bench.target.old, "networkMode": "managed"}
    ).json()
    path = f"containers/{container['id']}"
    wait_for(lambda: wire("GET", path).json()["state"], lambda state: state == "running")
    [volume] = rows(wire("GET", f"{path}/volumes"))
    assert acted(wire, f"volumes/{volume['id']}", "deallocate")[1]["state"] == "active"

    wire("POST", f"{path}?action=stop", json={})
    wait_for(lambda: wire("GET", path).json()["state"], lambda state: state == "stopped")
    begun, ended = acted(wire, f"volumes/{volume['id']}", "remove")
    assert (begun, ended["state"]) == ("removing", "removed")

    wire("POST", f"{path}?action=start", json={})
    wait_for(lambda: wire("GET", path).json(), lambda row: row["transitioningMessage"] == "Storage")
    assert wire("GET", path).json()["state"] == "starting"
    assert wire("GET", f"volumes/{volume['id']}").json()["state"] == "removed"
    wire("DELETE", path)
