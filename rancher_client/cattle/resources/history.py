"""What Rancher remembers: audit rows and service logs (rancher-1.6-api.md 9)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from rancher_client.cattle.fields import Fields
from rancher_client.cattle.resources.upgrades import InServiceStrategy


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One changing request somebody made (9): the second witness when an answer was lost.

    `request` is the body after Rancher's own filter; it holds variables in clear, so it is never shown. It is
    None where the row keeps none or one that is no JSON object.
    """

    id: str
    event_type: str
    resource_type: str | None
    resource_id: str | None
    response_code: int | None
    created_at: datetime | None
    client_ip: str | None
    auth_type: str | None
    account_id: str | None
    identity: str | None
    request: Mapping[str, Any] | None = field(repr=False)

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From an `auditLog`."""
        fields = Fields(body, "audit row")
        return cls(
            id=fields.text("id"),
            event_type=fields.text("eventType"),
            resource_type=fields.text_or_none("resourceType"),
            resource_id=fields.text_or_none("resourceId"),
            response_code=fields.number_or_none("responseCode"),
            created_at=fields.time_or_none("created"),
            client_ip=fields.text_or_none("clientIp"),
            auth_type=fields.text_or_none("authType"),
            account_id=fields.text_or_none("authenticatedAsAccountId"),
            identity=fields.text_or_none("authenticatedAsIdentityId"),
            request=_object_in(fields.text_or_none("requestObject")),
        )

    @property
    def strategy(self) -> InServiceStrategy | None:
        """What an `upgrade` asked for, with the version Rancher gave it if it was accepted; else None."""
        sent = (self.request or {}).get("inServiceStrategy")
        return InServiceStrategy.parse(sent) if isinstance(sent, dict) else None


@dataclass(frozen=True, slots=True)
class ServiceLog:
    """One line of what Rancher did for a service (9). Kept for 24 h."""

    id: str
    service_id: str | None
    instance_id: str | None
    event_type: str | None
    description: str | None
    level: str | None
    is_below_another: bool
    transaction_id: str | None
    created_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From a `serviceLog`."""
        fields = Fields(body, "service log")
        return cls(
            id=fields.text("id"),
            service_id=fields.text_or_none("serviceId"),
            instance_id=fields.text_or_none("instanceId"),
            event_type=fields.text_or_none("eventType"),
            description=fields.message("description"),
            level=fields.text_or_none("level"),
            is_below_another=fields.flag("subLog"),
            transaction_id=fields.text_or_none("transactionId"),
            created_at=fields.time_or_none("created"),
            ended_at=fields.time_or_none("endTime"),
        )


def _object_in(text: str | None) -> Mapping[str, Any] | None:
    try:
        value = json.loads(text or "null")
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
