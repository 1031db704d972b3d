"""How many containers of the new version run healthy, and how many are wanted (I8).

Counted are containers, never Rancher's `currentScale`, which is stale during upgrades (trap 39),
and only those made from the new configs: the old ones stay listed until the finish (trap 13).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from deploytickets.deployments.facts import ServiceUpgradeFacts
from deploytickets.deployments.trace import reading, version_of
from deploytickets.drivers.base import ContainerSeen, ServiceSeen

WITHOUT_CONTAINERS = frozenset({"dnsService", "externalService"})
"""Kinds of services that only lead elsewhere (rancher-1.6-api.md 4.1)."""


@dataclass(frozen=True, slots=True)
class Count:
    """`is_read` is False when the read had no containers: then nothing is known."""

    healthy: int
    wanted: int
    is_read: bool

    @property
    def is_enough(self) -> bool:
        return self.is_read and self.healthy >= self.wanted


def count(want: ServiceUpgradeFacts, seen: ServiceSeen) -> Count:
    """Healthy and wanted containers of the configs that the upgrade changed.

    One of each changed config (sidekicks that Rancher dragged along included) per deployment unit;
    a global service has a unit on each matching host, as many as the plan counted.
    """
    if seen.kind in WITHOUT_CONTAINERS:
        return Count(healthy=0, wanted=0, is_read=True)
    names = {name for name, version in new_versions(want, seen).items() if version}
    units = want.scale if want.is_global else seen.scale
    healthy = Counter(one.config_name for one in new_containers(want, seen) if one.is_healthy)
    return Count(
        # One too many of a config, as after a scale that was lowered meanwhile, stands for no other.
        healthy=sum(min(found, units) for found in healthy.values()),
        wanted=units * max(len(names), len(want.configs_sent)),
        is_read=seen.containers is not None,
    )


def new_containers(want: ServiceUpgradeFacts, seen: ServiceSeen) -> Iterator[ContainerSeen]:
    """The containers made from the new configs, whatever became of them."""
    versions = new_versions(want, seen)
    for container in seen.containers or ():
        version = versions.get(container.config_name)
        if version and container.version == version:
            yield container


def new_versions(want: ServiceUpgradeFacts, seen: ServiceSeen) -> dict[str, str]:
    """The version of each config that is new; empty while Rancher has not accepted, or has rolled back.

    A created service has its configs in the version that Rancher gave them at the start ("0").
    """
    if want.is_created:
        return {name: version_of(config) for name, config in seen.configs.items()}
    ours = reading(want, seen).version
    sent = seen.upgrade.configs if seen.upgrade is not None else seen.configs
    return {name: ours for name, config in sent.items() if ours and version_of(config) == ours}
