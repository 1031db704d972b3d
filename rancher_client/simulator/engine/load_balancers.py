"""What the server adds to a load balancer: labels of its agent, a health check (contract 10.6).

Source: cattle:…sd/api/.../util/ServiceDiscoveryUtil.java injectBalancerLabelsAndHealthcheck.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .launch_configs import Config
from .refusals import Refused

KIND = "loadBalancerService"

ROLE_LABEL = "io.rancher.container.agent.role"
CREATE_LABEL = "io.rancher.container.create_agent"
DRAIN_LABEL = "io.rancher.container.agent_service.drain_provider"

_IMAGE = re.compile(r"docker:rancher/lb-service-haproxy:v?(\d+)\.(\d+)\.(\d+)", re.IGNORECASE)
_FIRST_THAT_DRAINS = (0, 7, 12)

_HEALTH_CHECK = {
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
"""Shown with its nulls: made whole, not read from a body (cattle: injectBalancerLabelsAndHealthcheck)."""


def completed(config: Config) -> Config:
    """The launch config of a load balancer as the server keeps it."""
    labels = dict(config.get("labels") or {})
    if _drains(config):
        labels |= {DRAIN_LABEL: "true", ROLE_LABEL: "environmentAdmin,agent", CREATE_LABEL: "true"}
    elif ROLE_LABEL not in labels:
        labels |= {ROLE_LABEL: "environmentAdmin", CREATE_LABEL: "true"}
    return {**config, "labels": labels, "healthCheck": config.get("healthCheck") or dict(_HEALTH_CHECK)}


def check_rules(balancer: Mapping[str, Any] | None) -> None:
    """A rule leads to a service, with its port, or to a selector. Raises Refused.

    Rules without a source port are those of a target, which is what a PUT at `/services` makes of them (4.1):
    nobody looks at them. Source: ServiceValidationFilter.validateLbConfig.
    """
    rules = (balancer or {}).get("portRules") or []
    if any(rule.get("sourcePort") == _HEALTH_CHECK["port"] for rule in rules):
        raise Refused(422, "InvalidOption", "Port 42 is reserved for service health check")
    for rule in (rule for rule in rules if rule.get("sourcePort") is not None):
        to_service, to_selector = rule.get("serviceId") is not None, bool(rule.get("selector"))
        if not to_service and not to_selector:
            raise Refused(422, "MissingRequired", "serviceId")
        if to_service and to_selector:
            raise Refused(422, "InvalidOption", "Can't specify both selector and serviceId")
        if to_service and rule.get("targetPort") is None:
            raise Refused(422, "MissingRequired", "targetPort")
        if rule.get("region") and not rule.get("environment"):
            raise Refused(422, "MissingRequired", "environment")


def _drains(config: Config) -> bool:
    found = _IMAGE.match(str(config.get("imageUuid")))
    return found is not None and tuple(map(int, found.groups())) >= _FIRST_THAT_DRAINS
