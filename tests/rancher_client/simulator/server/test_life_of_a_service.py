"""The product's own path: make, upgrade, watch, finish, roll back, remove, over real HTTP."""

from __future__ import annotations

import requests

from .conftest import Environment


def upgrade(prod: Environment, service: str, image: str, **labels: str) -> int:
    config = {"imageUuid": image, "labels": labels}
    body = {"inServiceStrategy": {"launchConfig": config, "batchSize": 1, "intervalMillis": 100}}
    return prod.call("POST", f"/services/{service}/?action=upgrade", body).status_code


def test_a_service_is_upgraded_and_finished(prod):
    service = prod.make_service(scale=2)

    assert upgrade(prod, service, "sim:shop:2", token="T1") == 202
    assert prod.get(f"/services/{service}")["state"] == "upgrading"
    prod.server.advance(60)
    upgraded = prod.get(f"/services/{service}?include=instances")
    assert upgraded["state"] == "upgraded"
    assert upgraded["upgrade"]["inServiceStrategy"]["launchConfig"]["labels"] == {"token": "T1"}
    assert sorted(c["state"] for c in upgraded["instances"]) == ["running", "running", "stopped", "stopped"]
    assert set(upgraded["actions"]) >= {"finishupgrade", "rollback"}

    assert prod.call("POST", f"/services/{service}/?action=finishupgrade").status_code == 202
    prod.server.advance(60)
    finished = prod.get(f"/services/{service}?include=instances")
    assert finished["state"] == "active"
    assert [c["imageUuid"] for c in finished["instances"]] == ["sim:shop:2", "sim:shop:2"]


def test_an_upgrade_is_rolled_back_to_the_same_containers(prod):
    service = prod.make_service(scale=2)
    before = prod.get(f"/services/{service}")

    upgrade(prod, service, "sim:shop:2")
    prod.server.advance(60)
    assert prod.call("POST", f"/services/{service}/?action=rollback").status_code == 202
    prod.server.advance(60)

    after = prod.get(f"/services/{service}")
    assert after["state"] == "active"
    assert after["launchConfig"] == before["launchConfig"]
    assert after["instanceIds"] == before["instanceIds"]


def test_a_removed_service_leaves_the_list_and_stays_readable(prod):
    service = prod.make_service()

    assert prod.call("DELETE", f"/services/{service}").status_code == 200
    prod.server.advance(60)

    assert prod.get("/services")["data"] == []
    assert prod.get(f"/services/{service}")["state"] == "removed"


def test_the_journal_knows_which_token_was_accepted(prod):
    service = prod.make_service()

    upgrade(prod, service, "sim:shop:2", token="T1")
    upgrade(prod, service, "sim:shop:3", token="T2")

    upgrades = prod.server.journal.calls("upgrade", resource=service)
    assert [(entry.labels["token"], entry.status) for entry in upgrades] == [("T1", 202), ("T2", 422)]
    assert [e.labels["token"] for e in prod.server.journal.calls("upgrade", accepted=True)] == ["T1"]


def test_links_of_several_words_lead_to_their_rows_in_both_versions(prod):
    service = prod.make_service()
    [container] = prod.get(f"/services/{service}/instances")["data"]

    for version in ("v1", "v2-beta"):
        url = prod.url(f"/containers/{container['id']}").replace("v2-beta", version)
        behind = requests.get(f"{url}/serviceexposemaps", auth=prod.key, timeout=10).json()
        included = requests.get(f"{url}?include=serviceexposemaps", auth=prod.key, timeout=10).json()

        assert [row["serviceId"] for row in behind["data"]] == [service]
        assert [row["serviceId"] for row in included["serviceExposeMaps"]] == [service]


def test_a_link_between_services_is_one_of_their_containers_too(prod):
    stack = prod.make_stack()
    target = prod.make_service("db", stack)
    service = prod.make_service("web", stack, startOnCreate=False)
    links = {"serviceLinks": [{"serviceId": target, "name": "data"}]}
    prod.call("POST", f"/services/{service}/?action=setservicelinks", links)
    prod.call("POST", f"/services/{service}/?action=activate")
    prod.server.advance(30)
    [from_], [to] = (prod.get(f"/services/{each}/instances")["data"] for each in (service, target))

    for version in ("v1", "v2-beta"):
        base = prod.url().replace("v2-beta", version)
        [link], [back], [listed] = (
            requests.get(f"{base}{path}", auth=prod.key, timeout=10).json()["data"]
            for path in (
                f"/containers/{from_['id']}/instancelinks",
                f"/containers/{to['id']}/targetinstancelinks",
                "/instancelinks",
            )
        )
        ends = [
            requests.get(link["links"][end], auth=prod.key, timeout=10).json()["id"]
            for end in ("instance", "targetInstance")
        ]

        assert link == back == listed
        assert (link["type"], link["linkName"], link["state"]) == ("instanceLink", "data", "active")
        assert [link["instanceId"], link["targetInstanceId"]] == ends == [from_["id"], to["id"]]
