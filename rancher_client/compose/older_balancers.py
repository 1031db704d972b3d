"""The older form of a load balancer: image rancher/load-balancer-service, the rest spread over the service.

Its rules come of `ports`, `expose`, `links`, labels and `load_balancer_config`. What they become is
rancher/rancher-compose-executor:rancher/lb_service.go (v0.14.30), tried on a live server.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from rancher_client.compose import mappings, readers
from rancher_client.compose.load_balancers import HEALTH_CHECK_PORT, PROTOCOLS, PortRule, stickiness

LABELS = "io.rancher.loadbalancer."
TARGET_LABEL = f"{LABELS}target."
SSL_PORTS_LABEL = f"{LABELS}ssl.ports"
PROXY_PROTOCOL_LABEL = f"{LABELS}proxy-protocol.ports"

MOST_RULES = 10_000
"""Of one load balancer; ports and links multiply."""

_PORT_PAIR = re.compile(r"(?:(?P<source>[0-9]{1,5}):)?(?P<target>[0-9]{1,5})(?:/(?P<protocol>[a-z]+))?")
_TARGET = re.compile(
    r"(?:(?=[0-9])|(?P<hostname>[^=:/]*)[=:]?)(?P<source>[0-9]*)(?P<path>[^=]*)=?(?P<target>[0-9]*)"
)
"""`[host][:source][/path][=target]`, of a label `io.rancher.loadbalancer.target.<service>`."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One entry of `ports` or `expose`: what comes in at `source` goes to `target`."""

    source: int
    target: int
    protocol: str


def pairs(value: Any) -> list[Pair]:
    """`ports` or `expose` of the balancer. Raises ValueError with a sentence."""
    return [_pair(port) for port in readers.texts(value)]


def rules(
    ports: Sequence[Pair], targets: Sequence[str], *, selector: str | None, labels: Mapping[str, str]
) -> tuple[PortRule, ...]:
    """The rules: each port to each target, then to what `selector` matches, as the labels change them.

    `targets` are services by name, also `stack/service`. Raises ValueError about a label.
    """
    if len(ports) * (len(targets) + 1) > MOST_RULES:
        raise ValueError(f"make more than {MOST_RULES} rules of ports and links")
    found = [
        PortRule(port.source, port.target, service=service, protocol=port.protocol)
        for port in ports
        for service in targets
    ]
    if selector:
        found += [
            PortRule(port.source, port.target, selector=selector, protocol=port.protocol) for port in ports
        ]
    for service in dict.fromkeys(targets):
        label = labels.get(f"{TARGET_LABEL}{service}")
        if label is not None:
            overrides = [_override(part.strip()) for part in label.split(",")]
            found = list(islice(_overridden(found, service, overrides), MOST_RULES + 1))
            if len(found) > MOST_RULES:
                raise ValueError(f"make more than {MOST_RULES} rules")
    secure = {_number(port, f"must, in {SSL_PORTS_LABEL},") for port in _listed(labels, SSL_PORTS_LABEL)}
    return tuple(replace(rule, protocol="https") if rule.source_port in secure else rule for rule in found)


def published(ports: Sequence[Pair]) -> list[str]:
    """What the balancer publishes: the source ports only."""
    return [f"{port.source}:{port.source}/{'udp' if port.protocol == 'udp' else 'tcp'}" for port in ports]


def config(value: Any) -> dict[str, Any]:
    """`load_balancer_config`: `haproxy_config` as text for haproxy.cfg, and the cookie policy by Rancher's
    names. Raises ValueError.
    """
    given = _mapping_of(value, "haproxy_config", "lb_cookie_stickiness_policy")
    found: dict[str, Any] = {}
    if given.get("haproxy_config") is not None:
        parts = _mapping_of(given["haproxy_config"], "global", "defaults")
        found["haproxy_config"] = _section("global", parts, end="\n") + _section("defaults", parts, end="")
    if given.get("lb_cookie_stickiness_policy") is not None:
        found["lb_cookie_stickiness_policy"] = stickiness(given["lb_cookie_stickiness_policy"])
    return found


def proxy_protocol(labels: Mapping[str, str]) -> str:
    """Text for haproxy.cfg by which the ports of the label take the proxy protocol."""
    ports = _listed(labels, PROXY_PROTOCOL_LABEL)
    return "".join(f"\nfrontend {port}\n    accept-proxy" for port in ports)


def _mapping_of(value: Any, *known: str) -> Mapping[str, Any]:
    given = mappings.mapping(value)
    for key in given:
        if key not in known:
            raise ValueError(f"has a key '{key}' that is not known")
    return given


def _pair(port: str) -> Pair:
    match = _PORT_PAIR.fullmatch(port)
    if match is None:
        raise ValueError(f"must be ports like 8080:80 for a load balancer, not '{port}'")
    target = _number(match["target"], "must")
    source = _number(match["source"], "must") if match["source"] else target
    protocol = match["protocol"] or "http"
    if protocol not in PROTOCOLS:
        raise ValueError(f"must have a protocol of {', '.join(PROTOCOLS)}, not '{protocol}'")
    if source == HEALTH_CHECK_PORT:
        raise ValueError(f"cannot have port {HEALTH_CHECK_PORT}: Rancher checks the balancer's health there")
    return Pair(source, target, protocol)


def _number(written: str, what: str) -> int:
    number = int(written) if re.fullmatch("[0-9]{1,5}", written) else 0
    if not 1 <= number <= readers.HIGHEST_PORT:
        raise ValueError(f"{what} have ports from 1 to {readers.HIGHEST_PORT}, not '{written}'")
    return number


def _listed(labels: Mapping[str, str], name: str) -> list[str]:
    return [part.strip() for part in labels.get(name, "").split(",") if part.strip()]


def _section(name: str, parts: Mapping[str, Any], *, end: str) -> str:
    """One section of haproxy.cfg, indented as the executor does it; "" without one."""
    text = "" if parts.get(name) is None else readers.text(parts[name])
    return name + "\n    " + text.replace("\n", "\n    ") + end if text else ""


def _override(part: str) -> PortRule:
    """What one part of a target label changes; a port of None stays as it is."""
    match = _TARGET.fullmatch(part)
    if match is None or not part:
        raise ValueError(f"have a target '{part}' that is not of the form host:port/path=port")
    source, target = (_number(match[name], "must") if match[name] else None for name in ("source", "target"))
    hostname, path = match["hostname"] or None, match["path"] or None
    if hostname is None and path is None and target is None:
        return PortRule(None, source)
    if target is None and "=" in part:
        return PortRule(None, source, hostname=hostname)
    return PortRule(source, target, hostname=hostname, path=path)


def _overridden(rules: Iterable[PortRule], service: str, overrides: Sequence[PortRule]) -> Iterator[PortRule]:
    """Each rule of the service once for every part of its label that is about its source port."""
    for rule in rules:
        applying = [
            override
            for override in overrides
            if rule.service == service and override.source_port in (None, rule.source_port)
        ]
        for override in applying:
            yield replace(
                rule,
                hostname=override.hostname,
                path=override.path,
                target_port=override.target_port or rule.target_port,
            )
        if not applying:
            yield rule
