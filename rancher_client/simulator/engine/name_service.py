"""What a container is told about looking up names: Rancher's own name server and search domains.

Sources: DeploymentUnit.addDns, DefaultDeploymentUnitInstance.getSearchDomains, InstancePreCreate.setDns.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .model import Container

SERVER = "169.254.169.250"
DOMAIN = "rancher.internal"

_USE_LABEL = "io.rancher.container.dns"
_PRIORITY_LABEL = "io.rancher.container.dns.priority"


def search_domains(config: Mapping[str, Any], *, stack: str, service: str) -> dict[str, Any]:
    """The field `dnsSearch` of a service's new container; nothing where its labels forbid it.

    The mere presence of `io.rancher.container.dns` takes it away, whatever its value.
    """
    labels = config.get("labels") or {}
    if _USE_LABEL in labels or _is_none(labels):
        return {}
    own = [domain.lower() for domain in (f"{stack}.{DOMAIN}", f"{service}.{stack}.{DOMAIN}")]
    return {"dnsSearch": [*(config.get("dnsSearch") or ()), *own]}


def settle(container: Container) -> None:
    """At the end of its creation: the managed network brings its name server and its domain."""
    config = container.config
    uses = str(container.labels.get(_USE_LABEL, "true")).lower() == "true"
    if config.get("networkMode") != "managed" or not uses:
        return
    config["dns"] = _with(config.get("dns"), SERVER)
    if not _is_none(container.labels):
        config["dnsSearch"] = _with(config.get("dnsSearch"), DOMAIN)


def _is_none(labels: Mapping[str, Any]) -> bool:
    return str(labels.get(_PRIORITY_LABEL, "")).strip().lower() == "none"


def _with(given: Any, one: str) -> list[str]:
    values = list(given or ())
    return values if one in values else [*values, one]
