"""Services of every kind (rancher-1.6-api.md 4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from rancher_client.cattle.fields import Fields
from rancher_client.cattle.resources.containers import Container
from rancher_client.cattle.resources.endpoints import PublicEndpoint
from rancher_client.cattle.resources.launch_configs import LaunchConfig, by_name, version_of
from rancher_client.cattle.resources.load_balancers import LbConfig
from rancher_client.cattle.resources.states import Transitioning, actions_of, transitioning_of
from rancher_client.cattle.resources.upgrades import UpgradeBlock


@dataclass(frozen=True, slots=True)
class Service:
    """One service of any kind (4.1). `scale` means nothing for a global one.

    `lb_config` is a load balancer's, `external_ips` and `hostname` an external service's,
    `selector_container` that of a service of others' containers.
    """

    id: str
    name: str
    kind: str
    uuid: str | None
    state: str
    transitioning: Transitioning
    transitioning_message: str | None
    health_state: str | None
    project_id: str | None
    stack_id: str | None
    scale: int | None
    current_scale: int | None
    launch_config: LaunchConfig | None = field(repr=False)
    secondary_launch_configs: tuple[LaunchConfig, ...] = field(repr=False)
    upgrade: UpgradeBlock | None
    actions: frozenset[str]
    metadata: Mapping[str, Any] = field(repr=False)
    description: str | None
    external_id: str | None
    linked_services: Mapping[str, str]
    instance_ids: tuple[str, ...]
    public_endpoints: tuple[PublicEndpoint, ...]
    scale_policy: Mapping[str, Any] | None
    lb_config: LbConfig | None
    external_ips: tuple[str, ...]
    hostname: str | None
    retain_ip: bool
    start_on_create: bool
    selector_container: str | None
    selector_link: str | None
    is_system: bool
    created_at: datetime | None
    removed_at: datetime | None
    containers: tuple[Container, ...] | None
    """Its containers where the read asked for them (`include=instances`), else None; old ones included."""

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From a `service`, `loadBalancerService` or any other kind."""
        fields = Fields(body, "service")
        upgrade = fields.mapping_or_none("upgrade")
        lb_config = fields.mapping_or_none("lbConfig")
        return cls(
            id=fields.text("id"),
            name=fields.text("name"),
            kind=fields.text("type"),
            uuid=fields.text_or_none("uuid"),
            state=fields.text("state"),
            transitioning=transitioning_of(fields),
            transitioning_message=fields.message("transitioningMessage"),
            health_state=fields.text_or_none("healthState"),
            project_id=fields.text_or_none("accountId"),
            stack_id=fields.text_or_none("environmentId") or fields.text_or_none("stackId"),
            scale=fields.number_or_none("scale"),
            current_scale=fields.number_or_none("currentScale"),
            launch_config=fields.mapping_or_none("launchConfig"),
            secondary_launch_configs=fields.mappings("secondaryLaunchConfigs"),
            upgrade=None if upgrade is None else UpgradeBlock.parse(upgrade),
            actions=actions_of(fields),
            metadata=fields.mapping("metadata"),
            description=fields.message("description"),
            external_id=fields.text_or_none("externalId"),
            linked_services=fields.texts_by_name("linkedServices"),
            instance_ids=fields.texts("instanceIds"),
            public_endpoints=fields.parsed("publicEndpoints", PublicEndpoint.parse),
            scale_policy=fields.mapping_or_none("scalePolicy"),
            lb_config=None if lb_config is None else LbConfig.parse(lb_config),
            external_ips=fields.texts("externalIpAddresses"),
            hostname=fields.text_or_none("hostname"),
            retain_ip=fields.flag("retainIp"),
            start_on_create=fields.flag("startOnCreate"),
            selector_container=fields.text_or_none("selectorContainer"),
            selector_link=fields.text_or_none("selectorLink"),
            is_system=fields.flag("system"),
            created_at=fields.time_or_none("created"),
            removed_at=fields.time_or_none("removed"),
            containers=fields.parsed("instances", Container.parse) if fields.has("instances") else None,
        )

    def configs(self) -> Mapping[str, LaunchConfig]:
        """All stored configs by name; the primary goes by the service's own name, which no sidekick may
        have.
        """
        return by_name(self.name, self.launch_config, self.secondary_launch_configs)

    def versions(self) -> Mapping[str, str | None]:
        """The `version` of each config by name, as 13.5 compares them."""
        return {name: version_of(config) for name, config in self.configs().items()}
