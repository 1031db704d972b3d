"""Which services have their turn after which: those they link to, load balancers after their targets (3.4).

Source: rancher-compose-executor v0.14.30, project/project.go startService, rancher/service.go
DependentServices.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .refusal import Refusal


def after(services: Mapping[str, Mapping[str, Any]], primaries: Mapping[str, str]) -> dict[str, list[str]]:
    """For each service that is no sidekick those that come before it; a circle is cut where it closes.

    `primaries`: sidekick to the service it belongs to. Raises Refusal for a link to nothing.
    """
    needed = {name: _needed(name, service, services) for name, service in services.items()}
    found: dict[str, list[str]] = {}

    def visit(name: str, history: tuple[str, ...]) -> None:
        if name in found:
            return
        found[name] = []
        for target in needed[name]:
            own = primaries.get(target, target)
            if own in (*history, name) or own in found[name]:
                continue
            visit(own, (*history, name))
            found[name].append(own)

    for name in services:
        if name not in primaries:
            visit(name, ())
    return found


def _needed(name: str, service: Mapping[str, Any], services: Mapping[str, Any]) -> list[str]:
    targets = [str(link).partition(":")[0] for link in service.get("links") or []]
    rules = (service.get("lb_config") or {}).get("port_rules") or []
    targets += [str(rule["service"]) for rule in rules if rule.get("service") and "/" not in rule["service"]]
    if any(rule.get("service") == name for rule in rules):
        raise Refusal(f"Cycle detected in path {name}->{name}")
    for target in targets:
        if target not in services:
            raise Refusal(f"Service '{name}' has a link to service '{target}' which is undefined")
    return targets
