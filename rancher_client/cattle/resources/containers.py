"""Containers (rancher-1.6-api.md 6.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from rancher_client.cattle.fields import Fields
from rancher_client.cattle.resources.launch_configs import LAUNCH_CONFIG_LABEL, PRIMARY_LAUNCH_CONFIG
from rancher_client.cattle.resources.states import Transitioning, actions_of, transitioning_of


@dataclass(frozen=True, slots=True)
class Container:
    """One container (6.1). An old one waiting for finish is `stopped` and still listed (5.3)."""

    id: str
    name: str | None
    state: str
    transitioning: Transitioning
    transitioning_message: str | None
    transitioning_progress: int | None
    health_state: str | None
    host_id: str | None
    image: str | None
    version: str | None
    labels: Mapping[str, str] = field(repr=False)
    deployment_unit: str | None
    create_index: int | None
    start_count: int | None
    ports: tuple[str, ...]
    service_ids: tuple[str, ...]
    primary_ip: str | None
    external_id: str | None
    has_health_check: bool
    is_system: bool
    created_at: datetime | None
    first_running_at: datetime | None
    actions: frozenset[str]

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From a `container` or any other instance; its variables are not kept."""
        fields = Fields(body, "container")
        return cls(
            id=fields.text("id"),
            name=fields.text_or_none("name"),
            state=fields.text("state"),
            transitioning=transitioning_of(fields),
            transitioning_message=fields.message("transitioningMessage"),
            transitioning_progress=fields.number_or_none("transitioningProgress"),
            health_state=fields.text_or_none("healthState"),
            host_id=fields.text_or_none("hostId"),
            image=fields.text_or_none("imageUuid"),
            version=fields.text_or_none("version"),
            labels=fields.texts_by_name("labels"),
            deployment_unit=fields.text_or_none("deploymentUnitUuid"),
            create_index=fields.number_or_none("createIndex"),
            start_count=fields.number_or_none("startCount"),
            ports=fields.texts("ports"),
            service_ids=fields.texts("serviceIds"),
            primary_ip=fields.text_or_none("primaryIpAddress"),
            external_id=fields.text_or_none("externalId"),
            has_health_check=fields.mapping_or_none("healthCheck") is not None,
            is_system=fields.flag("system"),
            created_at=fields.time_or_none("created"),
            first_running_at=fields.time_or_none("firstRunning"),
            actions=actions_of(fields),
        )

    @property
    def sidekick(self) -> str | None:
        """Name of the sidekick it was made from; None for one of the primary config or of no service."""
        name = self.labels.get(LAUNCH_CONFIG_LABEL)
        return None if name == PRIMARY_LAUNCH_CONFIG else name
