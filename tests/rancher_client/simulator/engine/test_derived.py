"""Rows that follow from containers, hosts and projects (rancher-1.6-api.md 1.6, 6.1, 7.1)."""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Engine, Ref, Site

from .lab import OLD, Lab


def rows(lab: Lab, kind: str, *, project: int | None = None) -> dict[int, dict[str, Any]]:
    numbers = lab.engine.ids(kind, project=project or lab.project)
    return {number: view(lab, kind, number) for number in numbers}


def view(lab: Lab, kind: str, number: int) -> dict[str, Any]:
    found = lab.engine.view(kind, number)
    assert found is not None
    return found


def behind(lab: Lab, kind: str, number: int, link: str) -> list[int]:
    return [found for _, found in lab.engine.related(kind, number, link)]


def test_every_key_and_value_of_a_project_is_one_label_whoever_bears_it(lab: Lab) -> None:
    service = lab.service(scale=2, labels={"tier": "front"})
    lab.engine.update("host", lab.hosts[0], {"labels": {"tier": "front"}})

    tier = [number for number, row in rows(lab, "label").items() if row["key"] == "tier"]

    assert len(tier) == 1
    assert behind(lab, "label", tier[0], "instances") == [c["id"] for c in lab.containers(service)]
    assert behind(lab, "label", tier[0], "hosts") == [lab.hosts[0]]
    assert tier[0] in behind(lab, "host", lab.hosts[0], "hostLabels")


def test_a_label_leads_only_to_those_that_bear_its_very_value_in_its_project(lab: Lab) -> None:
    service = lab.service(labels={"tier": "front"})
    lab.service("other", labels={"tier": "back"})
    one, another = lab.hosts[:2]
    lab.engine.update("host", one, {"labels": {"tier": "front"}})
    lab.engine.update("host", another, {"labels": {"tier": "back"}})
    elsewhere = lab.engine.create("project", {"name": "elsewhere"}, project=None)
    there = lab.engine.create("host", {"hostname": "there", "labels": {"tier": "front"}}, project=elsewhere)
    bare = {"imageUuid": "docker:nginx", "labels": {"tier": "front"}}
    lab.engine.create("container", {**bare, "name": "there"}, project=elsewhere)

    (label,) = [n for n, row in rows(lab, "label").items() if (row["key"], row["value"]) == ("tier", "front")]

    assert behind(lab, "label", label, "instances") == lab.ids(service)
    assert behind(lab, "label", label, "hosts") == [one]
    assert behind(lab, "host", there, "hostLabels") == list(rows(lab, "label", project=elsewhere))


def test_a_label_leads_to_removed_ones_as_well(lab: Lab) -> None:
    container = lab.engine.create(
        "container",
        {"name": "one", "imageUuid": "docker:nginx", "labels": {"tier": "front"}},
        project=lab.project,
    )
    host = lab.engine.create("host", {"hostname": "old", "labels": {"tier": "front"}}, project=lab.project)
    lab.wait(10)
    (label,) = [n for n, row in rows(lab, "label").items() if row["key"] == "tier"]

    lab.engine.delete("container", container)
    lab.engine.act("host", host, "deactivate")
    lab.wait(10)
    lab.engine.delete("host", host)
    lab.wait(10)

    assert lab.container(container)["state"] == "removed"
    assert behind(lab, "label", label, "instances") == [container]
    assert view(lab, "host", host)["state"] == "removed"
    assert behind(lab, "label", label, "hosts") == [host]


def test_a_host_brings_its_labels_at_birth_and_by_a_change(lab: Lab) -> None:
    host = lab.engine.create("host", {"hostname": "new", "labels": {"a": "b"}}, project=lab.project)
    assert [view(lab, "label", n)["key"] for n in behind(lab, "host", host, "hostLabels")] == ["a"]

    lab.engine.update("host", host, {"labels": {"c": "d"}})

    assert [view(lab, "label", n)["key"] for n in behind(lab, "host", host, "hostLabels")] == ["c"]


def test_a_container_leads_to_a_label_for_each_of_its_own(lab: Lab) -> None:
    container = lab.containers(lab.service(labels={"a": "b"}))[0]

    found = [view(lab, "label", n) for n in behind(lab, "container", container["id"], "instanceLabels")]

    assert {row["key"]: row["value"] for row in found} == container["labels"]
    assert {row["state"] for row in found} == {"created"}


def test_labels_outlive_those_that_bore_them_and_keep_their_numbers_over_a_snapshot(lab: Lab) -> None:
    service = lab.service(labels={"a": "b"})
    before = rows(lab, "label")
    lab.engine.delete("service", service)
    lab.wait(30)

    lab.engine = Engine.restore(lab.engine.snapshot())

    assert rows(lab, "label") == before
    again = lab.service("again", labels={"a": "b"})
    container = lab.containers(again)[0]["id"]
    number = next(n for n, row in before.items() if row["key"] == "a")
    assert number in behind(lab, "container", container, "instanceLabels")


def test_a_project_has_dockers_networks_and_a_managed_one_that_is_its_default(lab: Lab) -> None:
    networks = rows(lab, "network")
    project = view(lab, "project", lab.project)

    assert [row["kind"] for row in networks.values()] == [
        "dockerHost",
        "dockerNone",
        "dockerContainer",
        "dockerBridge",
        "network",
    ]
    assert project["defaultNetworkId"] == Ref("network", max(networks))
    assert project["servicesPortRange"] == {"startPort": 49153, "endPort": 65535}


def test_a_host_has_a_machine_a_pool_and_an_address(lab: Lab) -> None:
    host = lab.hosts[0]
    shown = view(lab, "host", host)

    [pool] = behind(lab, "host", host, "storagePools")
    [address] = behind(lab, "host", host, "ipAddresses")

    assert shown["physicalHostId"].number in rows(lab, "physicalHost")
    assert view(lab, "storagePool", pool)["hostIds"] == [Ref("host", host)]
    assert view(lab, "ipAddress", address)["address"] == shown["agentIpAddress"]
    assert behind(lab, "ipAddress", address, "hosts") == [host]


def test_a_container_has_a_volume_of_its_own_that_is_let_go_while_it_does_not_run(lab: Lab) -> None:
    container = lab.engine.create("container", {"imageUuid": OLD}, project=lab.project)
    lab.wait(5)
    [volume] = behind(lab, "container", container, "volumes")

    assert view(lab, "volume", volume)["state"] == "active"
    assert behind(lab, "volume", volume, "storagePools") == [lab.container(container)["hostId"].number]
    lab.engine.act("container", container, "stop", {})
    lab.wait(1)

    assert lab.container(container)["state"] == "stopped"
    assert view(lab, "volume", volume)["state"] == "detached"
    assert lab.engine.offered("volume", volume) == {"activate", "remove"}  # v2-beta names no `activate`


def test_a_published_port_stands_between_the_addresses_of_host_and_container(lab: Lab) -> None:
    container = lab.containers(lab.service(ports=["8080:80/udp"], networkMode="managed"))[0]
    [port] = behind(lab, "container", container["id"], "ports")
    shown = view(lab, "port", port)
    public = view(lab, "ipAddress", shown["publicIpAddressId"].number)
    private = view(lab, "ipAddress", shown["privateIpAddressId"].number)

    assert (shown["publicPort"], shown["privatePort"], shown["protocol"]) == (8080, 80, "udp")
    assert public["address"] == view(lab, "host", container["hostId"].number)["agentIpAddress"]
    assert private["address"] == container["primaryIpAddress"]


def test_a_service_is_paired_with_each_of_its_containers(lab: Lab) -> None:
    service = lab.service(scale=2)
    pairs = [view(lab, "serviceExposeMap", n) for n in behind(lab, "service", service, "serviceExposeMaps")]

    assert [pair["serviceId"] for pair in pairs] == [Ref("service", service)] * 2
    assert [pair["instanceId"].number for pair in pairs] == [c["id"] for c in lab.containers(service)]
    assert {pair["managed"] for pair in pairs} == {True}


@pytest.mark.parametrize("kind", ["volume", "port", "serviceExposeMap"])
def test_what_follows_from_a_removed_row_leaves_the_lists_and_can_still_be_read(lab: Lab, kind: str) -> None:
    service = lab.service(ports=["8080:80"])
    [number] = rows(lab, kind)
    lab.engine.delete("service", service)
    lab.wait(30)

    assert rows(lab, kind) == {}
    gone = view(lab, kind, number)
    assert (gone["state"], gone["removed"] is not None) == ("removed", True)


def test_rows_of_one_project_are_not_those_of_another(lab: Lab) -> None:
    other = lab.engine.create("project", {"name": "other"}, project=None)
    lab.service()

    assert rows(lab, "volume", project=other) == {}
    assert len(rows(lab, "network", project=other)) == 5
    assert not rows(lab, "network", project=other).keys() & rows(lab, "network").keys()


def test_a_pool_names_its_host_and_what_lies_on_it(lab: Lab) -> None:
    container = lab.engine.create("container", {"imageUuid": OLD}, project=lab.project)
    lab.wait(10)
    host = lab.container(container)["hostId"].number
    pools = rows(lab, "storagePool")

    assert [pools[host][key] for key in ("kind", "hostIds", "volumeIds")] == [
        "sim",
        [Ref("host", host)],
        [Ref("volume", container)],
    ]
    assert {pools[other]["volumeIds"] for other in lab.hosts if other != host} == {None}
    docker = Lab(site=Site(docker_hosts=True))
    assert {row["kind"] for row in rows(docker, "storagePool").values()} == {"docker"}


def test_a_port_may_be_bound_to_one_address(lab: Lab) -> None:
    body = {"imageUuid": OLD, "ports": ["10.0.0.1:80:80", "81:81"]}
    lab.engine.create("container", body, project=lab.project)
    lab.wait(10)

    assert {row["publicPort"]: row["bindAddress"] for row in rows(lab, "port").values()} == {
        80: "10.0.0.1",
        81: None,
    }


def test_of_the_rows_beside_a_container_is_told_when_they_come_change_and_go(lab: Lab) -> None:
    web = lab.service()
    [number] = lab.ids(web)
    volume, pairing = ("volume", number), ("serviceExposeMap", number)
    pool = ("storagePool", lab.container(number)["hostId"].number)
    assert {volume, pairing, pool} <= set(lab.engine.take_changes())

    lab.act(web, "deactivate")
    lab.until(web, "inactive")
    lab.wait(2)
    told = set(lab.engine.take_changes())
    assert {volume, pool} <= told
    assert pairing not in told

    lab.act(web, "activate")
    lab.until(web, "active")
    assert {volume, pool} <= set(lab.engine.take_changes())

    lab.engine.delete("service", web)
    lab.wait(5)
    assert {volume, pairing, pool} <= set(lab.engine.take_changes())
