"""A load balancer's rules: as types, as Rancher stores them, and as `lb_config` says them.

`lb_config` is the form of version 2 (rancher-1.6-api.md 10.4); `older_balancers` reads the older one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rancher_client.compose import readers
from rancher_client.compose.errors import ComposeError

PROTOCOLS = ("http", "https", "tcp", "tls", "sni", "udp")
HEALTH_CHECK_PORT = 42
"""Where Rancher asks a balancer for its own health; no rule may listen there (ServiceValidationFilter)."""

LARGEST_WEIGHT = 256

_STICKINESS_MODES = ("rewrite", "insert", "prefix")


@dataclass(frozen=True, slots=True)
class PortRule:
    """What comes in at `source_port` goes to `target_port` of a service, or of all that match `selector`.

    Attributes:
        service: a name of the same files, or `stack/service`.
        source_port, target_port: None only where the other side says it.
        weight: 0 to 256; higher gets more.
    """

    source_port: int | None
    target_port: int | None
    service: str | None = None
    selector: str | None = None
    protocol: str = "http"
    hostname: str | None = None
    path: str | None = None
    priority: int | None = None
    backend_name: str | None = None
    region: str | None = None
    environment: str | None = None
    weight: int | None = None


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    """What a load balancer does.

    Attributes:
        config: text for haproxy.cfg, merged into it by the balancer.
        certificates, default_certificate: by name.
        stickiness: cookie policy by Rancher's names.
    """

    port_rules: tuple[PortRule, ...]
    config: str = ""
    certificates: tuple[str, ...] = ()
    default_certificate: str | None = None
    stickiness: Mapping[str, Any] = field(default_factory=dict)

    @property
    def targets(self) -> tuple[str, ...]:
        """The services that the rules lead to by name, each once."""
        return tuple(dict.fromkeys(rule.service for rule in self.port_rules if rule.service))

    @property
    def certificate_names(self) -> tuple[str, ...]:
        """All certificates that must be there, each once."""
        default = (self.default_certificate,) if self.default_certificate else ()
        return tuple(dict.fromkeys((*default, *self.certificates)))

    def fields(self, service_ids: Mapping[str, str], certificate_ids: Mapping[str, str]) -> dict[str, Any]:
        """Rancher's `lbConfig`. Raises ComposeError for a name without an id."""
        found: dict[str, Any] = {
            "portRules": [_rule_fields(rule, service_ids) for rule in self.port_rules],
            "config": self.config,
            "certificateIds": [_id(name, certificate_ids, "certificate") for name in self.certificates],
            "stickinessPolicy": dict(self.stickiness),
        }
        if self.default_certificate:
            found["defaultCertificateId"] = _id(self.default_certificate, certificate_ids, "certificate")
        return {name: value for name, value in found.items() if value}


def target_fields(rules: Iterable[PortRule]) -> dict[str, Any]:
    """`lbConfig` of a service that balancers choose by a selector (type lbTargetConfig)."""
    found = [_rule_fields(rule, {}, is_target=True) for rule in rules]
    return {"portRules": found} if found else {}


def _rule_fields(
    rule: PortRule, service_ids: Mapping[str, str], *, is_target: bool = False
) -> dict[str, Any]:
    found = {
        "backendName": rule.backend_name,
        "hostname": rule.hostname,
        "path": rule.path,
        "targetPort": rule.target_port,
    }
    if not is_target:
        found |= {
            "sourcePort": rule.source_port,
            "protocol": rule.protocol,
            "serviceId": _id(rule.service, service_ids, "service") if rule.service else None,
            "selector": rule.selector,
            "priority": rule.priority,
            "region": rule.region,
            "environment": rule.environment,
            "weight": rule.weight,
        }
    return {name: value for name, value in found.items() if value is not None}


def _id(name: str, ids: Mapping[str, str], what: str) -> str:
    if name not in ids:
        raise ComposeError(f"There is no {what} '{name}' for a load balancer to use.")
    return ids[name]


def is_balancer(config: Any) -> bool:
    """Does an `lb_config` make a load balancer? Without any source port it only describes a target."""
    rules = config.get("port_rules") if isinstance(config, Mapping) else None
    return isinstance(rules, list) and any(
        isinstance(rule, Mapping) and rule.get("source_port") not in (None, 0, "0", "") for rule in rules
    )


def port_rule(given: Any) -> PortRule:
    """One entry of `port_rules` of a load balancer. Raises ValueError with a sentence."""
    rule = _rule(given, _RULE_KEYS)
    if rule.source_port is None:
        raise ValueError("needs a source_port")
    if rule.source_port == HEALTH_CHECK_PORT:
        raise ValueError(f"cannot have source_port {HEALTH_CHECK_PORT}: Rancher checks health there")
    if (rule.service is None) == (rule.selector is None):
        raise ValueError("needs either a service or a selector")
    if rule.service is not None and rule.target_port is None:
        raise ValueError("needs a target_port")
    if rule.region is not None and rule.environment is None:
        raise ValueError("needs an environment beside its region")
    return rule


def target_rule(given: Any) -> PortRule:
    """One entry of `port_rules` of a service that balancers choose by a selector. Raises ValueError."""
    rule = _rule(
        given, {"backend_name": readers.text, "hostname": readers.text, "path": readers.text, **_PORTS}
    )
    if rule.target_port is None:
        raise ValueError("needs a target_port")
    return rule


def stickiness(given: Any) -> dict[str, Any]:
    """A cookie policy by Rancher's names; what is false or empty is left out. Raises ValueError."""
    if not isinstance(given, Mapping):
        raise ValueError("must be a mapping")
    parts: Mapping[str, Callable[[Any], Any]] = {
        **dict.fromkeys(("cookie", "domain", "name"), readers.text),
        **dict.fromkeys(("indirect", "nocache", "postonly"), readers.flag),
        "mode": _one_of(_STICKINESS_MODES),
    }
    return {name: value for name, value in _read(given, parts).items() if value}


def _rule(given: Any, parts: Mapping[str, Callable[[Any], Any]]) -> PortRule:
    if not isinstance(given, Mapping):
        raise ValueError("must be a mapping")
    values = _read(given, parts)
    return PortRule(
        **{"source_port": None, "target_port": None}
        | {name: value for name, value in values.items() if value not in (None, "", 0)}
    )


def _read(given: Mapping[str, Any], parts: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    found = {}
    for key, value in given.items():
        if key not in parts:
            raise ValueError(f"has a key '{key}' that is not known")
        if value is None:
            continue
        try:
            found[key] = parts[key](value)
        except ValueError as error:
            raise ValueError(f"{key} {error}") from None
    return found


def _one_of(allowed: Sequence[str]) -> Callable[[Any], str | None]:
    def read(value: Any) -> str | None:
        if value == "":
            return None
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return str(value)

    return read


def _up_to(largest: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        number = readers.whole(value)
        if not 0 <= number <= largest:
            raise ValueError(f"must be a number up to {largest}")
        return number

    return read


_PORTS: Mapping[str, Callable[[Any], Any]] = {"target_port": _up_to(readers.HIGHEST_PORT)}
_RULE_KEYS: Mapping[str, Callable[[Any], Any]] = {
    **_PORTS,
    "source_port": _up_to(readers.HIGHEST_PORT),
    "protocol": _one_of(PROTOCOLS),
    "priority": _up_to(1 << 31),
    "weight": _up_to(LARGEST_WEIGHT),
    **dict.fromkeys(
        ("backend_name", "environment", "hostname", "path", "region", "selector", "service"), readers.text
    ),
}
