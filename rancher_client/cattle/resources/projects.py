"""Projects, which Rancher's UI calls environments (rancher-1.6-api.md 11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from rancher_client.cattle.fields import Fields
from rancher_client.cattle.resources.states import actions_of


@dataclass(frozen=True, slots=True)
class Project:
    """One project. What its owner may do with it is in `actions`."""

    id: str
    name: str | None
    state: str
    health_state: str | None
    uuid: str | None
    description: str | None
    orchestration: str | None
    actions: frozenset[str]

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
            description=fields.message("description"),
            orchestration=fields.text_or_none("orchestration"),
            actions=actions_of(fields),
        )


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody's role in a project: owner, member, restricted or readonly.

    Attributes:
        external_id, external_id_type: how the access control in use names the person; with local accounts the
            account's id ("1a7") and "rancher_id".
    """

    external_id: str
    external_id_type: str
    role: str

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From a `projectMember`."""
        fields = Fields(body, "project member")
        return cls(
            external_id=fields.text("externalId"),
            external_id_type=fields.text("externalIdType"),
            role=fields.text("role"),
        )

    def sent(self) -> dict[str, str]:
        """The form that `setmembers` and the creation of a project take."""
        return {
            "externalId": self.external_id,
            "externalIdType": self.external_id_type,
            "role": self.role,
        }
