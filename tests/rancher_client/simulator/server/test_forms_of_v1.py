"""What rows look like and offer when a v1 request leads to them (rancher-1.6-api.md 1.8)."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from .conftest import Environment

OF_V2_ALONE = {"stackId", "system", "lbConfig"}


def asked(prod: Environment, version: str, path: str, method: str = "GET", body: Any = None) -> Any:
    """The answer to a call of the one version or the other."""
    url = prod.url(path).replace("/v2-beta/", f"/{version}/")
    return requests.request(method, url, json=body, auth=prod.key, timeout=10)


def shown(prod: Environment, version: str, path: str) -> dict[str, Any]:
    response = asked(prod, version, path)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


@pytest.fixture
def service(prod: Environment) -> str:
    return prod.make_service("web", launchConfig={"imageUuid": "sim:shop:1", "dataVolumes": ["data:/data"]})


@pytest.fixture
def container(prod: Environment, service: str) -> str:
    return str(prod.get(f"/services/{service}/instances")["data"][0]["id"])


class TestService:
    """Only a v1 request *for* services is handled as one of v2-beta."""

    @pytest.fixture(params=["behind a link", "inlined", "of an account"])
    def led_to(self, request, prod, service, container) -> dict[str, Any]:
        match request.param:
            case "behind a link":
                return shown(prod, "v1", f"/containers/{container}/services")["data"][0]
            case "inlined":
                return shown(prod, "v1", f"/containers/{container}?include=services")["services"][0]
        return shown(prod, "v1", f"/accounts/{prod.project}/services")["data"][0]

    def test_one_led_to_has_the_fields_and_links_of_v1(self, prod, led_to):
        stack = prod.get("/stacks")["data"][0]["id"].replace("1st", "1e")

        assert not OF_V2_ALONE & led_to.keys()
        assert led_to["environmentId"] == stack
        assert led_to["links"]["environment"].endswith(f"/v1/projects/{prod.project}/environments/{stack}")
        assert not {"stack", "serviceLogs", "networkDrivers", "storageDrivers"} & led_to["links"].keys()

    def test_one_asked_for_has_those_of_v2(self, prod, service):
        found = shown(prod, "v1", f"/services/{service}")

        assert found.keys() >= OF_V2_ALONE
        assert {"serviceLogs", "networkDrivers", "storageDrivers"} <= found["links"].keys()
        assert "/environment/1e" in found["links"]["environment"]

    def test_one_led_to_offers_an_action_that_does_nothing_in_any_state(self, prod, service, container):
        path = f"/containers/{container}/services"
        while_active = shown(prod, "v1", path)["data"][0]["actions"]
        prod.call("POST", f"/services/{service}?action=deactivate")
        prod.server.advance(60)
        stopped = shown(prod, "v1", path)["data"][0]

        assert stopped["state"] == "inactive"
        assert "cancelrollback" in while_active
        assert "cancelrollback" in stopped["actions"]
        assert "cancelrollback" not in shown(prod, "v1", f"/services/{service}")["actions"]

    def test_what_it_is_linked_to_is_shown_where_there_is_something(self, prod, service, container):
        path = f"/containers/{container}/services"
        before = shown(prod, "v1", path)["data"][0]
        other = prod.make_service("db")
        link = {"serviceLink": {"serviceId": other, "name": "db"}}
        prod.call("POST", f"/services/{service}?action=addservicelink", link)
        prod.server.advance(5)

        assert "linkedServices" not in before
        assert before["instanceIds"] == [container]
        assert shown(prod, "v1", path)["data"][0]["linkedServices"] == {"db": other}

    def test_a_kind_that_v1_lacks_keeps_its_stack_in_a_list_of_services(self, prod, server):
        stack = prod.make_stack("net")
        kind = {"networkDriver": {"name": "net"}, "launchConfig": {"imageUuid": "sim:net:1"}}
        prod.call("POST", "/networkdriverservices", {"name": "driver", "stackId": stack, **kind})
        server.advance(5)

        (listed,) = shown(prod, "v1", "/services")["data"]
        (led_to,) = shown(prod, "v1", f"/accounts/{prod.project}/services")["data"]

        assert (listed["type"], listed["stackId"], "environmentId" in listed) == (
            "networkDriverService",
            stack,
            False,
        )
        assert "stack" in listed["links"]
        assert "environment" not in listed["links"]
        assert (led_to["type"], led_to["kind"]) == ("service", "networkDriverService")
        assert led_to["environmentId"] == stack.replace("1st", "1e")
        assert asked(prod, "v1", "/networkdriverservices").status_code == 404


class TestActions:
    """The schemas of v1 name actions whose process is gone, and say otherwise who may."""

    def test_labels_of_a_container_can_never_be_set_and_always_seem_to(self, prod, container):
        response = asked(prod, "v1", f"/containers/{container}?action=setlabels", "POST", {"labels": {}})
        prod.call("DELETE", f"/containers/{container}")
        prod.server.advance(30)
        removed = shown(prod, "v1", f"/containers/{container}")

        assert response.status_code == 404
        assert removed["state"] == "removed"
        assert "setlabels" in removed["actions"]
        assert "setlabels" not in prod.get(f"/containers/{container}")["actions"]
        assert prod.call("POST", f"/containers/{container}?action=setlabels").status_code == 422

    @pytest.mark.parametrize("action", ["activate", "deactivate", "purge", "update"])
    def test_nothing_can_be_done_to_a_pull_task_whatever_it_offers(self, prod, action):
        made = asked(prod, "v1", "/pulltasks", "POST", {"image": "sim:shop:1", "mode": "all"}).json()

        assert action in made["actions"]
        assert asked(prod, "v1", f"/pulltasks/{made['id']}?action={action}", "POST").status_code == 404
        assert action not in prod.get(f"/pulltasks/{made['id']}")["actions"]

    def test_an_address_is_associated_in_v2_alone(self, prod, container):
        offered = {v: shown(prod, v, "/ipaddresses")["data"][0]["actions"].keys() for v in ("v1", "v2-beta")}

        assert offered["v2-beta"] - offered["v1"] == {"associate"}
        assert offered["v1"] == {"deactivate", "update"}

    def test_a_changed_host_shows_its_actions_in_v1_alone(self, prod):
        host = prod.get("/hosts")["data"][0]["id"]

        found = [
            asked(prod, version, f"/hosts/{host}", "PUT", {"description": version}).json()["actions"].keys()
            for version in ("v1", "v2-beta")
        ]

        assert found == [{"deactivate", "dockersocket", "update"}, set()]

    def test_a_detached_volume_is_activated_by_v1_alone(self, prod):
        made = prod.call("POST", "/containers", {"imageUuid": "sim:shop:1"}).json()["id"]
        prod.server.advance(10)
        prod.call("POST", f"/containers/{made}?action=stop")
        prod.server.advance(15)
        volume = f"/volumes/{prod.get('/volumes')['data'][0]['id']}"

        offered = [shown(prod, version, volume)["actions"].keys() for version in ("v1", "v2-beta")]
        by_v2 = prod.call("POST", f"{volume}?action=activate").json()["code"]
        by_v1 = asked(prod, "v1", f"{volume}?action=activate", "POST").json()["state"]
        prod.server.advance(5)

        assert offered == [{"activate", "remove"}, {"remove"}]
        assert (by_v2, by_v1) == ("InvalidAction", "activating")
        assert prod.get(volume)["state"] == "active"


class TestLists:
    @pytest.mark.parametrize(
        ("path", "more_types"),
        [
            ("/services", {"networkDriverService", "storageDriverService"}),
            ("/containers/{container}/services", set()),
        ],
    )
    def test_what_can_be_made_there_goes_by_the_schemas_of_the_request(
        self, prod, container, path, more_types
    ):
        in_both = {"service", "dnsService", "externalService", "loadBalancerService"}

        found = shown(prod, "v1", path.format(container=container))["createTypes"]

        assert found.keys() == in_both | more_types

    def test_of_environments_it_is_stacks(self, prod):
        made = shown(prod, "v1", "/environments")["createTypes"]

        assert made.keys() == {"composeProject", "kubernetesStack", "stack"}
        assert made["stack"].endswith("/stacks")

    def test_volumes_of_a_host_name_it_in_v2_alone(self, prod):
        path = f"/hosts/{prod.get('/hosts')['data'][0]['id']}/volumes"

        found = [shown(prod, version, path)["createDefaults"] for version in ("v1", "v2-beta")]

        assert found == [{}, {"hostId": path.split("/")[2]}]


def test_a_v1_link_is_found_although_its_schema_writes_it_in_lower_case(prod, container):
    labels = shown(prod, "v1", f"/containers/{container}/instancelabels")

    assert labels["resourceType"] == "label"
    assert labels["data"]


@pytest.mark.parametrize("word", ["stack", "service", "networkcontainer"])
def test_a_v1_container_leads_to_no_row_that_it_does_not_name(prod, container, word):
    assert asked(prod, "v1", f"/containers/{container}/{word}").status_code == 404


def test_a_pull_task_has_letters_of_its_own_in_v1(prod):
    made = asked(prod, "v1", "/pulltasks", "POST", {"image": "sim:shop:1", "mode": "all"}).json()
    number = made["id"].removeprefix("1pt")

    assert number.isdigit()
    assert made["links"]["self"].endswith(f"/v1/projects/{prod.project}/pulltasks/1pt{number}")
    assert prod.get(f"/pulltasks/{made['id']}")["id"] == f"1go{number}"


class TestAuditLog:
    """What a row is about is named and linked to as the version would name it."""

    @staticmethod
    def resource_of(prod: Environment, version: str, type_id: str) -> tuple[str, str]:
        row = shown(prod, version, f"/auditlogs?resourceType={type_id}")["data"][0]
        return row["resourceId"], row["links"]["resource"].split(f"/{prod.project}")[1]

    def test_a_type_of_both_versions(self, prod, service):
        of_v1 = self.resource_of(prod, "v1", "service")

        assert of_v1 == (service, f"/services/{service}") == self.resource_of(prod, "v2-beta", "service")

    def test_a_type_that_v1_lacks_stands_there_as_it_is_called(self, prod, service):
        stack = prod.get("/stacks")["data"][0]["id"]

        assert self.resource_of(prod, "v1", "stack") == (stack, f"/stack/{stack}")
        assert self.resource_of(prod, "v2-beta", "stack") == (stack, f"/stacks/{stack}")

    def test_a_type_whose_base_v1_lacks_has_letters_of_its_own(self, prod):
        number = prod.call("POST", "/pulltasks", {"image": "sim:shop:1", "mode": "all"}).json()["id"][3:]

        assert self.resource_of(prod, "v1", "pullTask") == (f"1pt{number}", f"/pulltasks/1pt{number}")
        assert self.resource_of(prod, "v2-beta", "pullTask") == (f"1go{number}", f"/pulltasks/1go{number}")

    def test_so_has_a_kind_of_service_that_v1_lacks(self, prod):
        kind = {"networkDriver": {"name": "net"}, "launchConfig": {"imageUuid": "sim:net:1"}}
        body = {"name": "driver", "stackId": prod.make_stack("net"), **kind}
        number = prod.call("POST", "/networkdriverservices", body).json()["id"][2:]

        in_v1 = self.resource_of(prod, "v1", "networkDriverService")

        assert in_v1 == (f"1nds{number}", f"/networkDriverService/1nds{number}")

    def test_a_refused_call_is_about_nothing(self, prod):
        prod.call("POST", "/services", {"name": "no stack"})

        row = shown(prod, "v1", "/auditlogs?resourceType=service")["data"][0]

        assert row["resourceId"] is None
        assert "resource" not in row["links"]


def test_a_member_of_a_project_has_a_field_less_in_v1(prod):
    prod.add_member()

    [[of_v1], [of_v2]] = [shown(prod, version, "/projectmembers")["data"] for version in ("v1", "v2-beta")]

    assert of_v2.keys() - of_v1.keys() == {"user"}
