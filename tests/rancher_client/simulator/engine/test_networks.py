"""What a container gets of its project's networks: DNS, search domains, an address."""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Engine, Ref

from .lab import OLD, Lab, upgrade_body

OWN = ["shop.rancher.internal", "web.shop.rancher.internal"]
DNS, DOMAIN = "169.254.169.250", "rancher.internal"


def only(lab: Lab, **config: Any) -> dict[str, Any]:
    web = lab.service(**config)
    (container,) = lab.containers(web)
    return container


def test_a_container_joins_the_managed_network(lab: Lab) -> None:
    container = only(lab, networkMode="managed")

    assert container["dns"] == [DNS]
    assert container["dnsSearch"] == [*OWN, DOMAIN]
    assert container["primaryIpAddress"].startswith("10.42.")
    assert container["primaryNetworkId"].kind == "network"
    assert (container["dataVolumes"], container["dataVolumeMounts"]) == ([], {})


def test_own_servers_and_domains_come_first(lab: Lab) -> None:
    container = only(lab, networkMode="managed", dns=["1.2.3.4"], dnsSearch=["a.b", DOMAIN])

    assert container["dns"] == ["1.2.3.4", DNS]
    assert container["dnsSearch"] == ["a.b", DOMAIN, *OWN]


@pytest.mark.parametrize("mode", ["host", "none", "bridge", "container"])
def test_dockers_own_networks_give_no_server_and_no_address(lab: Lab, mode: str) -> None:
    managed = only(lab, networkMode="managed")["primaryNetworkId"]
    other = lab.service("two", networkMode=mode)
    (container,) = lab.containers(other)

    assert container["primaryNetworkId"] not in (None, managed)
    assert container["primaryIpAddress"] is None
    assert container.get("dns") is None
    assert container["dnsSearch"] == ["shop.rancher.internal", "two.shop.rancher.internal"]


def test_networks_belong_to_their_project(lab: Lab) -> None:
    other = lab.engine.create("project", {"name": "other"}, project=None)
    alone = {"imageUuid": OLD, "networkMode": "managed"}
    mine = lab.engine.create("container", alone, project=lab.project)
    theirs = lab.engine.create("container", alone, project=other)
    lab.wait(5)

    assert isinstance(lab.container(mine)["primaryNetworkId"], Ref)
    assert lab.container(mine)["primaryNetworkId"] != lab.container(theirs)["primaryNetworkId"]
    assert lab.container(mine)["dnsSearch"] == [DOMAIN]


@pytest.mark.parametrize(
    ("label", "dns", "domains"),
    [
        ({"io.rancher.container.dns": "false"}, None, None),
        ({"io.rancher.container.dns": "true"}, [DNS], [DOMAIN]),
        ({"io.rancher.container.dns.priority": "None"}, [DNS], None),
    ],
)
def test_labels_keep_servers_and_domains_away(
    lab: Lab, label: dict[str, str], dns: Any, domains: Any
) -> None:
    container = only(lab, networkMode="managed", labels=label)

    assert (container.get("dns"), container.get("dnsSearch")) == (dns, domains)


def test_a_sidekick_shares_network_and_volumes_of_its_own_unit(lab: Lab) -> None:
    side = {
        "name": "side",
        "imageUuid": OLD,
        "networkLaunchConfig": "web",
        "dataVolumesFromLaunchConfigs": ["web"],
    }
    web = lab.service(scale=2, sidekicks=[side])
    by_unit = {(c["deploymentUnitUuid"], "side" in c["name"]): c for c in lab.containers(web)}

    for (unit, is_side), container in by_unit.items():
        primary = Ref("container", by_unit[unit, False]["id"])
        assert container["networkContainerId"] == (primary if is_side else None)
        assert container["dataVolumesFrom"] == ([primary] if is_side else None)


def test_a_label_names_the_host_as_its_container(lab: Lab) -> None:
    container = only(lab, labels={"io.rancher.container.hostname_override": "container_name"})

    assert container["hostname"] == container["name"] == "shop-web-1"


def test_a_container_of_its_own_has_no_name_and_no_labels_unless_given(lab: Lab) -> None:
    bare = lab.engine.create("container", {"imageUuid": OLD}, project=lab.project)
    named = lab.engine.create("container", {"imageUuid": OLD, "name": "alone"}, project=lab.project)

    assert (lab.container(bare)["name"], lab.container(bare)["labels"]) == (None, None)
    assert lab.container(named)["name"] == "alone"


def test_a_mode_that_the_project_has_no_network_for_gives_none(lab: Lab) -> None:
    assert only(lab, networkMode="ipsec")["primaryNetworkId"] is None
    assert lab.containers(lab.service("two"))[0]["primaryNetworkId"] is None


def test_a_label_names_the_network_of_a_driver(lab: Lab) -> None:
    container = only(lab, networkMode="managed", labels={"io.rancher.cni.network": "ipsec"})

    assert (container["primaryNetworkId"], container["primaryIpAddress"]) == (None, None)


def test_the_networks_of_a_live_server_keep_their_numbers(lab: Lab) -> None:
    """A project tells of its networks only by the containers that are in them."""
    numbers = [
        lab.engine.create("container", {"imageUuid": OLD, **fields}, project=lab.project)
        for fields in ({"networkMode": "managed"}, {"networkMode": "default"}, {})
    ]
    lab.wait(5)
    kinds = ("project", "stack", "host", "service", "container")
    views: dict[str, dict[int, Any]] = {
        kind: {number: lab.engine.view(kind, number) for number in lab.engine.ids(kind)} for kind in kinds
    }
    for number, network in zip(numbers, (70, 71, 72), strict=True):
        views["container"][number]["primaryNetworkId"] = Ref("network", network)

    lab.engine = Engine.adopt(views, start=lab.engine.now)
    later = [
        lab.engine.create("container", {"imageUuid": OLD, "networkMode": mode}, project=lab.project)
        for mode in ("managed", "bridge")
    ]
    other = lab.engine.create("project", {"name": "other"}, project=None)
    elsewhere = lab.engine.create("container", {"imageUuid": OLD, "networkMode": "managed"}, project=other)
    lab.wait(5)

    networks = [lab.container(number)["primaryNetworkId"].number for number in (*numbers, *later, elsewhere)]
    assert networks == [70, 71, 72, 70, 71, 77], "the managed one comes after Docker's four"


def test_volumes_of_the_container_itself_stay(lab: Lab) -> None:
    assert only(lab, dataVolumes=["/srv:/srv:ro"])["dataVolumes"] == ["/srv:/srv:ro"]


def test_what_a_container_takes_from_nobody_it_does_not_take(lab: Lab) -> None:
    alone = {"imageUuid": OLD, "networkLaunchConfig": "web", "dataVolumesFromLaunchConfigs": ["web"]}
    number = lab.engine.create("container", alone, project=lab.project)
    lab.wait(5)

    assert lab.container(number)["networkContainerId"] is None
    assert lab.container(number)["dataVolumesFrom"] is None


def test_a_sidekick_called_none_shares_nothing_by_its_name(lab: Lab) -> None:
    web = lab.service(sidekicks=[{"name": "none", "imageUuid": OLD}])

    assert {view["networkContainerId"] for view in lab.containers(web)} == {None}


def test_after_a_rollback_a_new_sidekick_shares_the_network_of_the_old_primary(lab: Lab) -> None:
    """The new primary of the same unit, marked to go, still runs then (5.5)."""
    side = {"name": "side", "imageUuid": OLD, "networkLaunchConfig": "web"}
    web = lab.service(sidekicks=[side])
    old, old_side = lab.ids(web)
    lab.upgrade(web, upgrade_body(start_first=True, sidekicks=[side]))
    lab.until(web, "upgraded")
    lab.engine.delete("container", old_side)
    lab.wait(2)

    lab.act(web, "rollback")
    lab.until(web, "active")

    (made,) = (view for view in lab.containers(web) if "side" in view["name"] and view["version"] == "0")
    assert made["networkContainerId"] == Ref("container", old)
