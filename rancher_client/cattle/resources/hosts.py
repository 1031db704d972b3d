"""Hosts, and what a new one needs (rancher-1.6-api.md 7.1, 7.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from rancher_client.cattle.fields import Fields
from rancher_client.cattle.resources.endpoints import PublicEndpoint
from rancher_client.cattle.resources.states import actions_of


@dataclass(frozen=True, slots=True)
class Host:
    """One host (7.1). Only an `active` one gets containers."""

    id: str
    name: str | None
    hostname: str | None
    state: str
    agent_state: str | None
    agent_ip: str | None
    labels: Mapping[str, str]
    info: Mapping[str, Any] = field(repr=False)
    memory: int | None
    milli_cpu: int | None
    instance_ids: tuple[str, ...]
    public_endpoints: tuple[PublicEndpoint, ...]
    actions: frozenset[str]

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From a `host`."""
        fields = Fields(body, "host")
        return cls(
            id=fields.text("id"),
            name=fields.text_or_none("name"),
            hostname=fields.text_or_none("hostname"),
            state=fields.text("state"),
            agent_state=fields.text_or_none("agentState"),
            agent_ip=fields.text_or_none("agentIpAddress"),
            labels=fields.texts_by_name("labels"),
            info=fields.mapping("info"),
            memory=fields.number_or_none("memory"),
            milli_cpu=fields.number_or_none("milliCpu"),
            instance_ids=fields.texts("instanceIds"),
            public_endpoints=fields.parsed("publicEndpoints", PublicEndpoint.parse),
            actions=actions_of(fields),
        )


@dataclass(frozen=True, slots=True)
class RegistrationToken:
    """What a new host needs in order to join (7.2). Everything in it is a secret; null until `active`."""

    id: str
    state: str
    image: str | None
    command: str | None = field(repr=False)
    registration_url: str | None = field(repr=False)

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From a `registrationToken`."""
        fields = Fields(body, "registration token")
        return cls(
            id=fields.text("id"),
            state=fields.text("state"),
            image=fields.text_or_none("image"),
            command=fields.text_or_none("command"),
            registration_url=fields.text_or_none("registrationUrl"),
        )
