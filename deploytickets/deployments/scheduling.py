"""Which hosts Rancher may choose for the containers of a service (rancher-1.6-api.md 7.1, 7.3). Pure.

Rules about other containers are not weighed: they depend on what runs in the moment of placement.
"""

from collections.abc import Iterable, Mapping

from deploytickets.drivers.base import Configs, HostSeen
from deploytickets.inventory.ports import HostPort, host_ports

AFFINITY = "io.rancher.scheduler.affinity:host_label"
UNLIKE = f"{AFFINITY}_ne"


def hosts_for(configs: Configs, hosts: Iterable[HostSeen]) -> tuple[HostSeen, ...]:
    """The usable hosts that fit the labels of all configs together: one unit goes to one host."""
    pinned = {str(config["requestedHostId"]) for config in configs.values() if config.get("requestedHostId")}
    must = [pair for config in configs.values() for pair in _pairs(config.get("labels") or {}, AFFINITY)]
    must_not = [pair for config in configs.values() for pair in _pairs(config.get("labels") or {}, UNLIKE)]
    return tuple(
        host
        for host in hosts
        if host.is_usable
        and pinned <= {host.rancher_id}
        and all(_has(host, pair) for pair in must)
        and not any(_has(host, pair) for pair in must_not)
    )


def ports_of(configs: Configs) -> tuple[HostPort, ...]:
    """The fixed host ports of one unit, sorted."""
    found = (port for config in configs.values() for port in host_ports(config.get("ports") or ()))
    return tuple(sorted(set(found)))


def _pairs(labels: Mapping[str, str], name: str) -> list[tuple[str, str]]:
    """`a=b,c=d` as pairs, lower-cased as Rancher compares them."""
    entries = (entry.strip().lower().partition("=") for entry in (labels.get(name) or "").split(","))
    return [(key, value) for key, _, value in entries if key]


def _has(host: HostSeen, pair: tuple[str, str]) -> bool:
    return any((name.lower(), str(value).lower()) == pair for name, value in host.labels.items())
