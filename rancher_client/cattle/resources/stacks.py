"""Stacks (rancher-1.6-api.md 3.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from rancher_client.cattle.fields import Fields
from rancher_client.cattle.resources.states import Transitioning, actions_of, transitioning_of


@dataclass(frozen=True, slots=True)
class Stack:
    """One stack (3.1). Its `dockerCompose` is the text of its creation, not what runs (trap 25): not kept.

    `answers` are the values of its variables, `previous_external_id` what a rollback returns to while an
    upgrade is open; both belong to stacks made from compose texts.
    """

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
    answers: Mapping[str, str] = field(repr=False)
    previous_external_id: str | None
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
            answers=fields.texts_by_name("environment"),
            previous_external_id=fields.text_or_none("previousExternalId"),
            created_at=fields.time_or_none("created"),
            actions=actions_of(fields),
        )


@dataclass(frozen=True, slots=True)
class ComposeTexts:
    """The two texts of a stack. Exported ones have their variables filled in, so neither is shown."""

    docker_compose: str = field(repr=False)
    rancher_compose: str = field(default="", repr=False)

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From a `composeConfig`, the answer to `exportconfig`."""
        fields = Fields(body, "exported configuration")
        return cls(
            docker_compose=fields.text("dockerComposeConfig"),
            rancher_compose=fields.text_or_none("rancherComposeConfig") or "",
        )

    def sent(self) -> dict[str, str]:
        """The form that creation and upgrade take; null is refused, so an empty text is left out (1.7)."""
        body = {"dockerCompose": self.docker_compose, "rancherCompose": self.rancher_compose}
        return {name: text for name, text in body.items() if text}
