"""What `services.create` is given for each kind of service (rancher-1.6-api.md 4.1). Pure.

An ordinary service needs nothing of this: `{"name", "scale", "launchConfig", "secondaryLaunchConfigs"}` by
Rancher's names. A sidekick is a launch config with a `name` among `secondaryLaunchConfigs`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from rancher_client.cattle.resources import NO_IMAGE, LbConfig
from rancher_client.errors import UnsafeBody

LOAD_BALANCER = "loadBalancerService"
EXTERNAL = "externalService"
DNS = "dnsService"

COLLECTIONS = {
    LOAD_BALANCER: "loadbalancerservices",
    EXTERNAL: "externalservices",
    DNS: "dnsservices",
}
"""Where each kind is made, and where the fields that only it has are changed (4.1, traps 77 and 78).

Every other kind in `services`, where all of them are read, upgraded and removed too.
"""

WITHOUT_CONTAINERS = frozenset({EXTERNAL, DNS})
"""Kinds that take no launch config: nothing runs for them."""


def load_balancer(
    name: str,
    config: LbConfig,
    *,
    image: str,
    scale: int = 1,
    launch_config: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A load balancer that listens where its rules say.

    Args:
        image: of the balancer, with `docker:`; the server's setting `lb.instance.image` names its own.
        launch_config: further fields of it (labels, memory …). Ports left out are those of the rules.

    Raises UnsafeBody for a rule without port or target.
    """
    for rule in config.port_rules:
        if rule.source_port is None:
            raise UnsafeBody(f"A rule of load balancer '{name}' does not say on which port it listens.")
        if (rule.service_id is None) == (rule.selector is None):
            raise UnsafeBody(
                f"A rule of load balancer '{name}' for port {rule.source_port} leads to no service or to two."
            )
    ports = dict.fromkeys(
        f"{rule.source_port}:{rule.source_port}{_suffix(rule.protocol)}" for rule in config.port_rules
    )
    return {
        "type": LOAD_BALANCER,
        "name": name,
        "scale": scale,
        "lbConfig": config.sent(),
        "launchConfig": {"ports": list(ports), **(launch_config or {}), "imageUuid": image},
    }


def external_service(
    name: str,
    *,
    ip_addresses: Collection[str] = (),
    hostname: str | None = None,
    health_check: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A name for something outside Rancher: IP addresses, or a host name.

    Raises UnsafeBody for none or both: Rancher refuses both, but takes none.
    """
    address = external_address(name, ip_addresses, hostname)
    fields: dict[str, Any] = {"type": EXTERNAL, "name": name, **address}
    if health_check is not None:
        fields["healthCheck"] = dict(health_check)
    return fields


def external_address(name: str, ip_addresses: Collection[str], hostname: str | None) -> dict[str, Any]:
    """The fields that say where external service `name` leads. Raises UnsafeBody for none or both."""
    if bool(ip_addresses) == (hostname is not None):
        raise UnsafeBody(f"External service '{name}' needs either IP addresses or a host name.")
    return {"externalIpAddresses": list(ip_addresses)} if ip_addresses else {"hostname": hostname}


def dns_service(name: str) -> dict[str, Any]:
    """A further name for other services: those that `services.set_links` leads it to afterwards."""
    return {"type": DNS, "name": name}


def selector_service(name: str, selector: str) -> dict[str, Any]:
    """A service of containers that others make: all whose labels fit `selector` ("app=web,tier!=db")."""
    return {
        "type": "service",
        "name": name,
        "selectorContainer": selector,
        "launchConfig": {"imageUuid": NO_IMAGE},
    }


def _suffix(protocol: str | None) -> str:
    return "/udp" if protocol == "udp" else ""
