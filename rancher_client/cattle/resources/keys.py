"""API keys (rancher-1.6-api.md 12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from rancher_client.cattle.fields import Fields
from rancher_client.cattle.resources.states import actions_of


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key. `access` is its user name, `secret` its password: there in the answer that made it only."""

    id: str
    name: str | None
    state: str
    account_id: str | None
    access: str | None
    secret: str | None = field(repr=False)
    actions: frozenset[str]

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From an `apiKey`."""
        fields = Fields(body, "API key")
        return cls(
            id=fields.text("id"),
            name=fields.text_or_none("name"),
            state=fields.text("state"),
            account_id=fields.text_or_none("accountId"),
            access=fields.text_or_none("publicValue"),
            secret=fields.text_or_none("secretValue"),
            actions=actions_of(fields),
        )
