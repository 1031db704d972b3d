"""What a list calls itself, and which filters it shows, by type and version (rancher-1.6-api.md 1.6, 1.8)."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from .conftest import Environment


def listed(prod: Environment, version: str, path: str) -> dict[str, Any]:
    url = prod.url(path).replace("/v2-beta/", f"/{version}/")
    response = requests.get(url, auth=prod.key, timeout=10)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


@pytest.mark.parametrize(
    ("path", "in_v1", "in_v2"),
    [
        ("/services", "environment", "service"),
        ("/composeprojects", "environment", "composeProject"),
        ("/kubernetesstacks", "environment", "kubernetesStack"),
        ("/services/{service}/instances", "environment", "instance"),
        ("/services/{service}/consumedservices", "environment", "service"),
        ("/services/{service}/serviceexposemaps", "environment", "serviceExposeMap"),
        ("/dnsservices", "dnsService", "dnsService"),
        ("/composeservices", "composeService", "composeService"),
        ("/containers", "container", "container"),
        ("/hosts", "host", "host"),
    ],
)
def test_v1_lists_by_way_of_a_service_or_stack_call_themselves_environments(prod, path, in_v1, in_v2):
    path = path.format(service=prod.make_service())

    found = [listed(prod, version, path)["resourceType"] for version in ("v1", "v2-beta")]

    assert found == [in_v1, in_v2]


def test_kinds_of_stacks_are_ruled_by_the_later_schemas_in_v1_too(prod):
    assert {"group", "system"} <= set(listed(prod, "v1", "/composeprojects")["filters"])


@pytest.mark.parametrize(("path", "name"), [("/subscribe", "eventNames"), ("/projectmembers", "role")])
def test_a_list_that_comes_from_no_table_has_filters_and_no_pages(prod, path, name):
    url = f"{prod.server.url}/v2-beta{path}"
    found = requests.get(url, auth=prod.key, timeout=10).json()

    assert found["pagination"] is None
    assert name in found["filters"]
    assert found["sortLinks"][name] == f"{url}?sort={name}"


@pytest.mark.parametrize(
    ("path", "paged"),
    [
        ("/networkpolicyrulewithins", False),
        ("/serviceproxies", False),
        ("/identities", False),
        ("/certificates", True),
        ("/services/{service}/instances", True),
    ],
)
def test_only_what_stands_in_a_table_comes_in_pages(prod, path, paged):
    path = path.format(service=prod.make_service())

    assert (listed(prod, "v2-beta", path)["pagination"] is not None) is paged


def test_members_link_to_every_list_where_a_project_is_asked_for(prod):
    prod.add_member()
    below_the_project = prod.get("/projectmembers")["data"]
    url = f"{prod.server.url}/v2-beta/projectmembers"
    by_themselves = requests.get(url, auth=prod.key, timeout=10).json()["data"]

    assert below_the_project
    assert all("services" in member["links"] for member in below_the_project)
    assert by_themselves
    assert all(member["links"].keys() == {"self"} for member in by_themselves)


def test_only_projects_show_no_filters_at_all(prod):
    response = requests.get(f"{prod.server.url}/v2-beta/projects", auth=prod.key, timeout=10).json()

    assert (response["filters"], response["sortLinks"], response["pagination"]) == ({}, {}, None)


def test_a_v1_container_names_its_links_as_v2_does_and_only_those_that_lead_somewhere(prod):
    made = prod.call("POST", "/containers", {"imageUuid": "sim:one"}).json()

    links = listed(prod, "v1", f"/containers/{made['id']}")["links"]

    assert {"instanceLabels", "instanceLinks", "targetInstanceLinks", "serviceEvents"} <= set(links)
    assert not {name.lower() for name in ("networkContainer", "registryCredential")} & set(
        map(str.lower, links)
    )
    assert links["instanceLabels"].endswith("/instancelabels")


def test_the_subnet_of_the_managed_network_is_shown_in_v2_beta_only(prod):
    """v1 has no such type: what is of it is not found, and a link to it fails, as on a live server."""
    network = prod.get("")["defaultNetworkId"]
    [subnet] = listed(prod, "v2-beta", "/subnets")["data"]

    assert listed(prod, "v2-beta", f"/networks/{network}/subnets")["data"] == [subnet]
    assert listed(prod, "v2-beta", f"/subnets/{subnet['id']}/network")["id"] == network
    assert listed(prod, "v2-beta", f"/subnets/{subnet['id']}/ipaddresses")["data"] == []
    assert (subnet["type"], subnet["networkId"]) == ("subnet", network)
    assert sorted(subnet["actions"]) == ["deactivate", "update"]
    v1 = prod.url().replace("/v2-beta/", "/v1/")
    statuses = [
        requests.get(f"{v1}{path}", auth=prod.key, timeout=10).status_code
        for path in ("/subnets", f"/subnets/{subnet['id']}", f"/networks/{network}/subnets")
    ]
    assert statuses == [404, 404, 500]
