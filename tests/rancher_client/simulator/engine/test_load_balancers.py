"""What the server adds to a load balancer (rancher-1.6-api.md 10.6).

cattle:…/util/ServiceDiscoveryUtil.java, injectBalancerLabelsAndHealthcheck
"""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Ref, Refused

from .lab import Lab, upgrade_body

ROLE = "io.rancher.container.agent.role"
CREATE = "io.rancher.container.create_agent"
DRAIN = "io.rancher.container.agent_service.drain_provider"

IMAGE = "docker:rancher/lb-service-haproxy:v"
CHECK = {
    "port": 42,
    "interval": 2000,
    "healthyThreshold": 2,
    "unhealthyThreshold": 3,
    "responseTimeout": 2000,
    "initializingTimeout": 60000,
    "reinitializingTimeout": 60000,
    "name": None,
    "recreateOnQuorumStrategyConfig": None,
    "requestLine": None,
    "strategy": None,
}
PLAIN = {ROLE: "environmentAdmin", CREATE: "true"}
DRAINING = {ROLE: "environmentAdmin,agent", CREATE: "true", DRAIN: "true"}


def balancer(lab: Lab, config: dict[str, Any] | None = None, **fields: Any) -> int:
    body = {
        "name": "lb",
        "stackId": lab.stack,
        "scale": 0,
        "launchConfig": config or {"imageUuid": "sim:lb:1"},
    }
    return lab.engine.create("loadBalancerService", body | fields, project=lab.project)


def test_one_may_come_without_a_config(lab: Lab) -> None:
    body = {"name": "bare", "stackId": lab.stack}
    number = lab.engine.create("loadBalancerService", body, project=lab.project)

    assert lab.view(number)["launchConfig"] is None


def test_a_port_without_a_public_one_is_published_as_itself(lab: Lab) -> None:
    number = balancer(lab, {"imageUuid": "sim:lb:1", "ports": ["8060", "8061:80"]}, startOnCreate=True)
    lab.wait(5)

    assert lab.view(number)["launchConfig"]["ports"] == ["8060:8060/tcp", "8061:80/tcp"]


@pytest.mark.parametrize(
    ("image", "labels"),
    [
        ("sim:lb:1", PLAIN),
        (IMAGE + "0.7.11", PLAIN),
        (IMAGE + "0.7.12", DRAINING),
        (IMAGE + "0.10.0", DRAINING),
        (IMAGE.upper().replace("DOCKER:", "docker:") + "0.7.12", DRAINING),
        ("docker:rancher/lb-service-haproxy:latest", PLAIN),
    ],
)
def test_its_agent_gets_a_role_and_drains_from_this_version_on(
    lab: Lab, image: str, labels: dict[str, str]
) -> None:
    config = lab.view(balancer(lab, {"imageUuid": image}))["launchConfig"]

    assert (config["labels"], config["healthCheck"]) == (labels, CHECK)


@pytest.mark.parametrize(
    ("image", "own", "labels"),
    [
        ("sim:lb:1", {"a": "1"}, {"a": "1"} | PLAIN),
        ("sim:lb:1", {ROLE: "agent"}, {ROLE: "agent"}),
        (IMAGE + "0.7.12", {ROLE: "agent", "a": "1"}, {"a": "1"} | DRAINING),
    ],
)
def test_own_labels_stay_and_a_role_too_unless_it_drains(
    lab: Lab, image: str, own: dict[str, str], labels: dict[str, str]
) -> None:
    assert lab.view(balancer(lab, {"imageUuid": image, "labels": own}))["launchConfig"]["labels"] == labels


def test_a_check_of_its_own_stays(lab: Lab) -> None:
    made = balancer(lab, {"imageUuid": "sim:lb:1", "healthCheck": {"port": 80}})

    assert lab.view(made)["launchConfig"]["healthCheck"] == {"port": 80}


def test_an_upgrade_completes_the_new_config_in_the_same_way(lab: Lab) -> None:
    made = balancer(lab, startOnCreate=True)
    lab.wait(5)

    lab.upgrade(made, upgrade_body(IMAGE + "0.9.9"))

    config = lab.view(made)["launchConfig"]
    assert (config["labels"], config["healthCheck"]) == (DRAINING, CHECK)


def test_other_services_get_neither(lab: Lab) -> None:
    config = lab.view(lab.service(scale=0))["launchConfig"]

    assert config.get("labels", {}) == {}
    assert config.get("healthCheck") is None


@pytest.mark.parametrize(
    ("rule", "code", "text"),
    [
        ({"serviceId": None}, "MissingRequired", "serviceId"),
        ({"selector": ""}, "MissingRequired", "serviceId"),
        ({"serviceId": Ref("service", 1)}, "MissingRequired", "targetPort"),
        (
            {"serviceId": Ref("service", 1), "selector": "a=b"},
            "InvalidOption",
            "Can't specify both selector and serviceId",
        ),
        ({"selector": "a=b", "region": "north"}, "MissingRequired", "environment"),
        (
            {"selector": "a=b", "sourcePort": 42},
            "InvalidOption",
            "Port 42 is reserved for service health check",
        ),
    ],
)
def test_a_rule_leads_to_a_service_and_its_port_or_to_a_selector(
    lab: Lab, rule: dict[str, Any], code: str, text: str
) -> None:
    made = balancer(lab)
    broken = {"portRules": [{"sourcePort": 80, **rule}]}

    for change in (
        lambda: balancer(lab, name="other", lbConfig=broken),
        lambda: lab.engine.update("service", made, {"lbConfig": broken}),
    ):
        with pytest.raises(Refused) as refused:
            change()
        assert (refused.value.status, refused.value.code, refused.value.field_name) == (422, code, text)


def test_the_rules_of_a_target_lead_nowhere(lab: Lab) -> None:
    made = balancer(lab)

    lab.engine.update("service", made, {"lbConfig": {"portRules": [{"targetPort": 81}]}})

    assert lab.view(made)["lbConfig"]["portRules"] == [{"targetPort": 81}]


def test_a_rule_to_a_selector_of_a_region_names_its_environment(lab: Lab) -> None:
    rule = {"sourcePort": 80, "selector": "a=b", "region": "north", "environment": "prod"}

    assert lab.view(balancer(lab, lbConfig={"portRules": [rule]}))["state"] == "registering"
