"""Projects, which Rancher's UI calls environments (rancher-1.6-api.md 11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from rancher_client.cattle.fields import Fields


@dataclass(frozen=True, slots=True)
class Project:
    """One project, which Rancher's UI calls an environment (11)."""

    id: str
    name: str | None
    state: str
    health_state: str | None
    uuid: str | None

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From a `project`."""
        fields = Fields(body, "project")
        return cls(
            id=fields.text("id"),
            name=fields.text_or_none("name"),
            state=fields.text("state"),
            health_state=fields.text_or_none("healthState"),
            uuid=fields.text_or_none("uuid"),
        )
