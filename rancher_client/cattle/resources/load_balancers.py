"""The configuration of a load balancer (rancher-1.6-api.md 4.1, field `lbConfig`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from rancher_client.cattle.fields import Fields


@dataclass(frozen=True, slots=True)
class PortRule:
    """From a port of the balancer to the containers of a service, or of all services that a selector finds.

    Attributes:
        source_port: where the balancer listens; the launch config has to publish it.
        target_port: where the containers listen.
        protocol: http, https, tcp, tls, sni or udp.
        service_id, selector: the target; one of them.
        hostname, path, priority: for http, https and sni; an empty one matches everything.
    """

    source_port: int | None
    target_port: int | None
    protocol: str | None = "http"
    service_id: str | None = None
    selector: str | None = None
    hostname: str | None = None
    path: str | None = None
    priority: int | None = None
    backend_name: str | None = None

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From an entry of `portRules`."""
        fields = Fields(body, "port rule")
        return cls(
            source_port=fields.number_or_none("sourcePort"),
            target_port=fields.number_or_none("targetPort"),
            protocol=fields.text_or_none("protocol"),
            service_id=fields.text_or_none("serviceId"),
            selector=fields.text_or_none("selector"),
            hostname=fields.text_or_none("hostname"),
            path=fields.text_or_none("path"),
            priority=fields.number_or_none("priority"),
            backend_name=fields.text_or_none("backendName"),
        )

    def sent(self) -> dict[str, Any]:
        """The form that Rancher takes; what is None is left out."""
        fields = {
            "sourcePort": self.source_port,
            "targetPort": self.target_port,
            "protocol": self.protocol,
            "serviceId": self.service_id,
            "selector": self.selector,
            "hostname": self.hostname,
            "path": self.path,
            "priority": self.priority,
            "backendName": self.backend_name,
        }
        return {name: value for name, value in fields.items() if value is not None}


@dataclass(frozen=True, slots=True)
class LbConfig:
    """Where a load balancer leads.

    Attributes:
        custom: lines for haproxy's own configuration.
        certificate_ids, default_certificate_id: for https and tls.
        stickiness_policy: cookie stickiness as it came.
    """

    port_rules: tuple[PortRule, ...]
    certificate_ids: tuple[str, ...] = ()
    default_certificate_id: str | None = None
    custom: str | None = None
    stickiness_policy: Mapping[str, Any] | None = None

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From `lbConfig`, which is not null."""
        fields = Fields(body, "load balancer configuration")
        return cls(
            port_rules=fields.parsed("portRules", PortRule.parse),
            certificate_ids=fields.texts("certificateIds"),
            default_certificate_id=fields.text_or_none("defaultCertificateId"),
            custom=fields.text_or_none("config"),
            stickiness_policy=fields.mapping_or_none("stickinessPolicy"),
        )

    def sent(self) -> dict[str, Any]:
        """The form that Rancher takes. It replaces the former one wholly (1.7)."""
        body: dict[str, Any] = {
            "portRules": [rule.sent() for rule in self.port_rules],
            "certificateIds": list(self.certificate_ids),
        }
        if self.default_certificate_id is not None:
            body["defaultCertificateId"] = self.default_certificate_id
        if self.custom is not None:
            body["config"] = self.custom
        if self.stickiness_policy is not None:
            body["stickinessPolicy"] = dict(self.stickiness_policy)
        return body
