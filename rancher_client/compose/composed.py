"""What compose files ask for: services, load balancers, named volumes. Values only; nothing is read here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from rancher_client.compose.load_balancers import LoadBalancer, PortRule, target_fields


class Kind(StrEnum):
    """What Rancher calls the `type` of a service (rancher-1.6-api.md 4.1)."""

    SERVICE = "service"
    LOAD_BALANCER = "loadBalancerService"
    EXTERNAL = "externalService"
    DNS_ALIAS = "dnsService"


WITHOUT_CONTAINERS = frozenset({Kind.EXTERNAL, Kind.DNS_ALIAS})
"""These only lead elsewhere: they have no scale and are never upgraded (10.1)."""


@dataclass(frozen=True, slots=True)
class VolumeTemplate:
    """A named volume of the stack, made when the first container needs it."""

    name: str
    driver: str | None
    driver_options: Mapping[str, str]
    is_external: bool
    is_per_container: bool


@dataclass(frozen=True, slots=True)
class ComposedService:
    """One service as the files want it.

    Attributes:
        launch_config: complete but for what Rancher fills in by itself (`diff.DEFAULTS`, and for a load
            balancer `diff.BALANCERS_OWN_LABELS` and its health check); may hold secrets.
        secondary_launch_configs: the sidekicks, each with its `name`.
        scale: containers wanted; None where the files do not say (1 on creation, unchanged later).
        start_first: start the new container before the old one stops.
        links: alias to the name of a service of the same files. Empty for a load balancer, whose links
            Rancher makes from its rules, for an external service, and beside `selector_link`.
        external_links: alias to `stack/service`; empty where `links` must be.
        ignored: keys that stand in the files and have no effect on Rancher 1.6.
        line: where the service stands in docker-compose.yml.
        load_balancer: of a load balancer only.
        target_rules: how load balancers that choose this service by a selector reach it; None without.
        external_addresses, external_hostname: where an external service leads; one of them at most.
    """

    name: str
    launch_config: Mapping[str, Any] = field(repr=False)
    secondary_launch_configs: tuple[Mapping[str, Any], ...] = field(repr=False)
    scale: int | None
    metadata: Mapping[str, Any] = field(repr=False)
    retain_ip: bool
    scale_policy: Mapping[str, int] | None
    start_first: bool
    links: Mapping[str, str]
    external_links: Mapping[str, str]
    depends_on: tuple[str, ...]
    selector_container: str | None
    selector_link: str | None
    ignored: tuple[str, ...]
    line: int | None
    kind: Kind = Kind.SERVICE
    load_balancer: LoadBalancer | None = None
    target_rules: tuple[PortRule, ...] | None = None
    external_addresses: tuple[str, ...] = ()
    external_hostname: str | None = None

    @property
    def needs(self) -> tuple[str, ...]:
        """The services of the same files that must be there first, each once."""
        balanced = () if self.load_balancer is None else self.load_balancer.targets
        return tuple(dict.fromkeys((*self.links.values(), *balanced, *self.depends_on)))

    def create_fields(
        self,
        *,
        service_ids: Mapping[str, str] | None = None,
        certificate_ids: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """The fields that create this service, by Rancher's names; links are set afterwards.

        Args:
            service_ids, certificate_ids: what a load balancer's rules and certificates are called, to their
                ids; other services need none.

        Raises ComposeError for a name of which no id is given.
        """
        fields: dict[str, Any] = {
            "type": self.kind.value,
            "name": self.name,
            "startOnCreate": True,
            "launchConfig": dict(self.launch_config),
        }
        if self.kind not in WITHOUT_CONTAINERS:
            fields["scale"] = 1 if self.scale is None else self.scale
        if self.secondary_launch_configs:
            fields["secondaryLaunchConfigs"] = [dict(config) for config in self.secondary_launch_configs]
        if self.load_balancer is not None:
            fields["lbConfig"] = self.load_balancer.fields(service_ids or {}, certificate_ids or {})
        elif self.target_rules is not None:
            fields["lbConfig"] = target_fields(self.target_rules)
        optional = {
            "metadata": dict(self.metadata) or None,
            "retainIp": self.retain_ip or None,
            "scalePolicy": self.scale_policy and dict(self.scale_policy),
            "selectorContainer": self.selector_container,
            "selectorLink": self.selector_link,
            "externalIpAddresses": list(self.external_addresses) or None,
            "hostname": self.external_hostname,
            "healthCheck": self.launch_config.get("healthCheck") if self.kind is Kind.EXTERNAL else None,
        }
        return fields | {name: value for name, value in optional.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Composition:
    """All services of the files, each after those it leads to where these do not run in a circle."""

    services: tuple[ComposedService, ...]
    volume_templates: tuple[VolumeTemplate, ...]


def without_links(service: ComposedService) -> ComposedService:
    """The same service where Rancher takes no links: it makes them itself, or there are none to make.

    Source: rancher-compose-executor:rancher/service.go setupLinks.
    """
    return replace(service, links={}, external_links={})
