"""Balancers and external services: made and changed in their own collections (rancher-1.6-api.md 4.1)."""

from __future__ import annotations

from typing import Any

import requests

from .conftest import Environment

BALANCER = {
    "launchConfig": {"imageUuid": "sim:lb:1", "ports": ["8088:8088"]},
    "lbConfig": {"portRules": [{"sourcePort": 8088, "targetPort": 80, "protocol": "http"}]},
}


def balancer_of(prod: Environment, stack: str) -> dict[str, Any]:
    target = prod.make_service("target", stack)
    rules = [{**BALANCER["lbConfig"]["portRules"][0], "serviceId": target}]
    body = {"name": "lb", "stackId": stack, **BALANCER, "lbConfig": {"portRules": rules}}
    answer = prod.call("POST", "/loadbalancerservices", body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def rules_of(service: dict[str, Any]) -> list[dict[str, Any]]:
    """The port rules without their nested types and unset fields."""
    rules = service["lbConfig"]["portRules"]
    return [
        {name: value for name, value in rule.items() if name != "type" and value is not None}
        for rule in rules
    ]


def test_a_type_in_the_body_makes_no_balancer_at_services(prod):
    """Seen on a live server: a plain service whose rules know their target port only."""
    stack = prod.make_stack()
    answer = prod.call(
        "POST", "/services", {"type": "loadBalancerService", "name": "lb", "stackId": stack, **BALANCER}
    )

    assert answer.status_code == 201
    assert answer.json()["type"] == "service"
    assert rules_of(answer.json()) == [{"targetPort": 80}]


def test_the_rules_of_a_balancer_put_at_services_keep_their_target_port_only(prod):
    made = balancer_of(prod, prod.make_stack())
    new = {"lbConfig": {"portRules": [{**rules_of(made)[0], "targetPort": 81}]}}

    stripped = prod.call("PUT", f"/services/{made['id']}", new).json()
    kept = prod.call("PUT", f"/loadbalancerservices/{made['id']}", new).json()

    assert (stripped["type"], rules_of(stripped)) == ("loadBalancerService", [{"targetPort": 81}])
    assert rules_of(kept) == new["lbConfig"]["portRules"]


def test_the_address_of_an_external_service_is_changed_in_its_own_collection_only(prod):
    made = prod.call(
        "POST", "/externalservices", {"name": "db", "stackId": prod.make_stack(), "hostname": "a.example"}
    ).json()

    ignored = prod.call("PUT", f"/services/{made['id']}", {"hostname": "b.example"}).json()
    taken = prod.call("PUT", f"/externalservices/{made['id']}", {"hostname": "c.example"}).json()

    assert (ignored["hostname"], taken["hostname"]) == ("a.example", "c.example")


def test_each_kind_is_shown_in_v1_too_and_the_two_with_containers_link_to_statistics(prod):
    stack = prod.make_stack()
    balancer_of(prod, stack)
    for path, extra in (("externalservices", {"hostname": "a.example"}), ("dnsservices", {})):
        made = prod.call("POST", f"/{path}", {"name": path, "stackId": stack, **extra})
        assert made.status_code == 201

    shown = {}
    for version in ("v1", "v2-beta"):
        url = f"{prod.server.url}/{version}/projects/{prod.project}/services"
        rows = requests.get(url, auth=prod.key, timeout=10).json()["data"]
        shown[version] = {row["type"] for row in rows if "containerStats" in row["links"]}
        assert len(rows) == 4

    assert shown["v1"] == shown["v2-beta"] == {"service", "loadBalancerService"}
