"""Where a service can be reached from outside (rancher-1.6-api.md 4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from rancher_client.cattle.fields import Fields


@dataclass(frozen=True, slots=True)
class PublicEndpoint:
    """A port that a host publishes for a container. Fields are None where Rancher leaves them out."""

    port: int | None
    ip_address: str | None
    host_id: str | None
    instance_id: str | None
    service_id: str | None

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From an entry of `publicEndpoints`."""
        fields = Fields(body, "public endpoint")
        return cls(
            port=fields.number_or_none("port"),
            ip_address=fields.text_or_none("ipAddress"),
            host_id=fields.text_or_none("hostId"),
            instance_id=fields.text_or_none("instanceId"),
            service_id=fields.text_or_none("serviceId"),
        )
