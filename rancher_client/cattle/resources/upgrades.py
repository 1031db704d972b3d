"""What a service remembers of its last upgrade (rancher-1.6-api.md 5.1, 5.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from rancher_client.cattle.fields import Fields
from rancher_client.cattle.resources.launch_configs import LaunchConfig, by_name


@dataclass(frozen=True, slots=True)
class InServiceStrategy:
    """What the last `upgrade` asked for and what stood before it (5.1, 5.2 step 6)."""

    batch_size: int | None
    interval_millis: int | None
    start_first: bool
    launch_config: LaunchConfig | None = field(repr=False)
    secondary_launch_configs: tuple[LaunchConfig, ...] = field(repr=False)
    previous_launch_config: LaunchConfig | None = field(repr=False)
    previous_secondary_launch_configs: tuple[LaunchConfig, ...] = field(repr=False)

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From `upgrade.inServiceStrategy`."""
        fields = Fields(body, "upgrade strategy")
        return cls(
            batch_size=fields.number_or_none("batchSize"),
            interval_millis=fields.number_or_none("intervalMillis"),
            start_first=fields.flag("startFirst"),
            launch_config=fields.mapping_or_none("launchConfig"),
            secondary_launch_configs=fields.mappings("secondaryLaunchConfigs"),
            previous_launch_config=fields.mapping_or_none("previousLaunchConfig"),
            previous_secondary_launch_configs=fields.mappings("previousSecondaryLaunchConfigs"),
        )

    def configs(self, service_name: str) -> Mapping[str, LaunchConfig]:
        """The configs asked for, by name; the primary goes by the service's name. Untouched ones are in it
        too.
        """
        return by_name(service_name, self.launch_config, self.secondary_launch_configs)

    def previous(self, service_name: str) -> Mapping[str, LaunchConfig]:
        """The configs that a rollback of Rancher's returns to, by name."""
        return by_name(service_name, self.previous_launch_config, self.previous_secondary_launch_configs)


@dataclass(frozen=True, slots=True)
class UpgradeBlock:
    """A service's field `upgrade`: its last upgrade, whoever's. Written late and never cleared (5.1, trap
    12).
    """

    in_service: InServiceStrategy | None
    is_to_service: bool

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From `upgrade`, which is not null."""
        fields = Fields(body, "upgrade")
        in_service = fields.mapping_or_none("inServiceStrategy")
        return cls(
            in_service=None if in_service is None else InServiceStrategy.parse(in_service),
            is_to_service=fields.mapping_or_none("toServiceStrategy") is not None,
        )
