"""Images: which there are, whose containers there are, and how they behave (rancher-1.6-api.md 4.1, 4.2)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rancher_client.simulator.engine import Engine, Refused

from .lab import OLD, Lab


def made(lab: Lab, kind: str = "service", **fields: Any) -> int:
    """How many containers a started service of a kind gets."""
    body = {"name": "web", "stackId": lab.stack, "scale": 1, "startOnCreate": True, **fields}
    service = lab.engine.create(kind, body, project=lab.project)
    lab.wait(20)
    assert lab.state(service) == "active"
    return len(lab.containers(service, state="running"))


@pytest.mark.parametrize(
    ("kind", "fields", "containers"),
    [
        ("service", {"launchConfig": {"imageUuid": OLD}}, 1),
        ("loadBalancerService", {"launchConfig": {"imageUuid": OLD}}, 1),
        ("dnsService", {"launchConfig": {"imageUuid": OLD}}, 0),
        ("externalService", {"launchConfig": {"imageUuid": OLD}, "externalIpAddresses": ["1.2.3.4"]}, 0),
        ("service", {"launchConfig": {"imageUuid": "rancher/none"}, "selectorContainer": "a=b"}, 0),
        ("service", {"launchConfig": {}, "selectorContainer": "a=b"}, 0),
        ("service", {"launchConfig": {"imageUuid": OLD}, "selectorContainer": "a=b"}, 1),
    ],
)
def test_which_services_have_containers(lab: Lab, kind: str, fields: dict[str, Any], containers: int) -> None:
    """cattle:…/util/ServiceDiscoveryUtil.java, isNoopService"""
    assert made(lab, kind, **fields) == containers


def test_a_config_that_lost_its_image_is_as_ordinary_as_any(lab: Lab) -> None:
    """Nearly every body of an upgrade is taken (5.1)."""
    web = lab.service()

    lab.engine.act("service", web, "upgrade", {"inServiceStrategy": {"launchConfig": {}}})
    lab.until(web, "upgraded")

    assert lab.generations(web) == {("old", "stopped"): 1, ("new", "running"): 1}


def test_a_service_whose_configs_are_gone_lets_its_containers_go(lab: Lab) -> None:
    web = lab.service(scale=2)

    lab.engine.levers.store_configs(web, None, [])
    lab.engine.update("service", web, {"metadata": {"look": "again"}})
    lab.wait(20)

    assert (lab.state(web), lab.containers(web)) == ("active", [])


@pytest.mark.parametrize("image", ["nginx", "", 5])
def test_a_container_of_its_own_needs_the_prefix_too(lab: Lab, image: Any) -> None:
    with pytest.raises(Refused) as refused:
        lab.engine.create("container", {"imageUuid": image}, project=lab.project)

    assert (refused.value.status, refused.value.code, refused.value.field_name) == (
        422,
        "InvalidReference",
        "imageUuid",
    )


def test_registries_and_rules_are_kept_over_a_snapshot(lab: Lab) -> None:
    lab.engine.levers.close_registry("r/closed")
    lab.engine.levers.close_registry("r/opened")
    lab.engine.levers.open_registry("r/opened")
    lab.engine.levers.image("docker:r/closed:1", exists=True, start=7.0)

    images = Engine.restore(json.loads(json.dumps(lab.engine.snapshot()))).images

    assert [images.of(f"sim:r/{name}").exists for name in ("closed:1", "closed:2", "opened:1")] == [
        True,
        False,
        True,
    ]
    assert images.of("r/closed:1").start == 7.0
