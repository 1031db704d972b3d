"""Stacks (rancher-1.6-api.md 3.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from rancher_client.cattle.fields import Fields
from rancher_client.cattle.resources.states import Transitioning, actions_of, transitioning_of


@dataclass(frozen=True, slots=True)
class Stack:
    """One stack (3.1). Its `dockerCompose` is the text of its creation, not what runs (trap 25): not kept."""

    id: str
    name: str
    uuid: str | None
    state: str
    transitioning: Transitioning
    transitioning_message: str | None
    health_state: str | None
    project_id: str | None
    external_id: str | None
    description: str | None
    service_ids: tuple[str, ...]
    is_system: bool
    is_from_compose: bool
    created_at: datetime | None
    actions: frozenset[str]

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From a `stack`."""
        fields = Fields(body, "stack")
        return cls(
            id=fields.text("id"),
            name=fields.text("name"),
            uuid=fields.text_or_none("uuid"),
            state=fields.text("state"),
            transitioning=transitioning_of(fields),
            transitioning_message=fields.message("transitioningMessage"),
            health_state=fields.text_or_none("healthState"),
            project_id=fields.text_or_none("accountId"),
            external_id=fields.text_or_none("externalId"),
            description=fields.message("description"),
            service_ids=fields.texts("serviceIds"),
            is_system=fields.flag("system"),
            is_from_compose=bool(fields.text_or_none("dockerCompose")),
            created_at=fields.time_or_none("created"),
            actions=actions_of(fields),
        )
