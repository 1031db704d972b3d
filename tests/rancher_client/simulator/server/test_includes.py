"""What `include` inlines, and what it leaves out of the rows that it inlines (rancher-1.6-api.md 1.6)."""

from __future__ import annotations

import pytest

from .conftest import Environment


@pytest.fixture
def container(prod: Environment) -> str:
    service = prod.make_service("web")
    prod.call(
        "POST",
        f"/services/{service}?action=addservicelink",
        {"serviceLink": {"serviceId": prod.make_service("db"), "name": "db"}},
    )
    prod.server.advance(5)
    return str(prod.get(f"/services/{service}/instances")["data"][0]["id"])


@pytest.mark.parametrize(
    ("path", "link", "unset"),
    [
        ("/containers/{container}", "services", {"instanceIds", "linkedServices"}),
        ("/containers/{container}", "hosts", {"instanceIds"}),
        ("/hosts/{host}", "storagePools", {"hostIds", "volumeIds"}),
    ],
)
def test_what_is_looked_up_for_an_answer_is_looked_up_for_its_own_rows_only(
    prod, container, path, link, unset
):
    host = prod.get(f"/containers/{container}/hosts")["data"][0]["id"]
    path = path.format(container=container, host=host)

    (inlined,) = prod.get(f"{path}?include={link}")[link]
    itself = prod.get(f"/{link.lower()}/{inlined['id']}")

    assert {name for name, value in itself.items() if inlined[name] != value} - {"actions"} == unset
    assert {inlined[name] for name in unset} == {None}


def test_a_container_that_is_inlined_shows_no_state_of_its_checks(prod):
    check = {"port": 80, "interval": 2000, "responseTimeout": 2000}
    config = {
        "imageUuid": "sim:shop:1",
        "healthCheck": {**check, "healthyThreshold": 2, "unhealthyThreshold": 3},
    }
    service = prod.make_service("checked", launchConfig=config)

    (inlined,) = prod.get(f"/services/{service}?include=instances")["instances"]

    assert "healthcheckStates" in prod.get(f"/containers/{inlined['id']}")
    assert "healthcheckStates" not in inlined
    assert inlined["serviceIds"] is None


def test_a_host_that_is_inlined_has_no_capability(prod, container):
    (inlined,) = prod.get(f"/containers/{container}?include=hosts")["hosts"]

    assert inlined["actions"] == {}
    assert prod.get(f"/hosts/{inlined['id']}")["actions"]
