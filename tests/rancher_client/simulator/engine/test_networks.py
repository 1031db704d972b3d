"""What a container gets of its project's networks: DNS, search domains, an address."""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Ref

from .lab import OLD, Lab

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
