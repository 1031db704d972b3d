"""What would change in a launch config, entry by entry."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

HASH_LABEL = "io.rancher.service.hash"
"""Made by rancher-compose from its file; not ours to compare (rancher-1.6-api.md 10.2)."""

DEFAULTS: Mapping[str, Any] = {
    "drainTimeoutMs": 0,
    "instanceTriggeredStop": "stop",
    "kind": "container",
    "networkMode": "managed",
    "privileged": False,
    "publishAllPorts": False,
    "readOnly": False,
    "runInit": False,
    "startOnCreate": True,
    "stdinOpen": False,
    "system": False,
    "tty": False,
    "vcpu": 1,
}
"""What Rancher fills into a launch config that does not say otherwise (1.7)."""

BALANCERS_OWN_LABELS = (
    "io.rancher.container.agent.role",
    "io.rancher.container.agent_service.drain_provider",
    "io.rancher.container.create_agent",
)
"""Labels that Rancher gives a load balancer at its creation and at every upgrade (10.6)."""

BALANCERS_OWN_HEALTH_CHECK: Mapping[str, Any] = {
    "healthyThreshold": 2,
    "initializingTimeout": 60000,
    "interval": 2000,
    "port": 42,
    "reinitializingTimeout": 60000,
    "responseTimeout": 2000,
    "unhealthyThreshold": 3,
}
"""What a load balancer without a health check gets (10.4)."""

FIRST_RANDOM_PORT = 49153
"""Random public ports come from this one on, are shown filled in and are kept over upgrades (4.2)."""

_NOT_COMPARED = frozenset({"type", "version", "name"})
_BY_ENTRY = frozenset({"environment", "labels", "sysctls", "tmpfs"})
_AS_SET = frozenset(
    {"capAdd", "capDrop", "dataVolumes", "devices", "expose", "extraHosts", "ports", "securityOpt"}
)
_FILLED_IN = re.compile(r"(?P<address>[0-9.]+:)?(?P<public>[0-9]+):(?P<private>[0-9]+/(?:tcp|udp))")


class ChangeKind(StrEnum):
    """What happens to one entry."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """One entry that differs.

    Attributes:
        name: Rancher's name of the field ("environment", "ports", "imageUuid").
        entry: the variable, label or port; None where the field is one value.
        before, after: the values; None where there is none. They may be secret, so no `repr` shows them.
    """

    kind: ChangeKind
    name: str
    entry: str | None
    before: Any = field(repr=False)
    after: Any = field(repr=False)


def changes(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    ignored_labels: Collection[str] = (),
    is_balancer: bool = False,
) -> tuple[Change, ...]:
    """What differs between two launch configs, sorted by field and entry.

    Rancher's defaults, its nested `type`, `version` and the hash label of rancher-compose count for nothing;
    nor do a random port that has been filled in and the order of ports, volumes and the like. With
    `is_balancer` nor do the labels and the health check that Rancher gives every load balancer.
    """
    ignored = {HASH_LABEL, *ignored_labels}
    if is_balancer:
        before, after = (_without_a_balancers_own(config) for config in (before, after))
    found: list[Change] = []
    for name in sorted((before.keys() | after.keys()) - _NOT_COMPARED):
        old, new = stored_value(name, before), stored_value(name, after)
        if name in _BY_ENTRY:
            found += _by_entry(name, old or {}, new or {}, ignored if name == "labels" else frozenset())
        elif name in _AS_SET:
            found += _as_sets(name, old or [], new or [])
        elif old != new:
            found.append(_change(name, None, old, new))
    return tuple(found)


def _without_a_balancers_own(config: Mapping[str, Any]) -> Mapping[str, Any]:
    labels = config.get("labels") or {}
    kept = {name: value for name, value in labels.items() if name not in BALANCERS_OWN_LABELS}
    config = {**config, "labels": kept}
    if stored_value("healthCheck", config) == BALANCERS_OWN_HEALTH_CHECK:
        config.pop("healthCheck")
    return config


def _by_entry(
    name: str, old: Mapping[str, Any], new: Mapping[str, Any], ignored: Collection[str]
) -> Iterator[Change]:
    for entry in sorted((old.keys() | new.keys()) - set(ignored)):
        if old.get(entry) != new.get(entry):
            yield _change(name, entry, old.get(entry), new.get(entry))


def _as_sets(name: str, old: list[str], new: list[str]) -> Iterator[Change]:
    if name == "ports":
        old = _as_asked_for([_with_protocol(port) for port in old], new)
        new = [_with_protocol(port) for port in new]
    for entry in sorted(set(old) - set(new)):
        yield Change(ChangeKind.REMOVED, name, entry, entry, None)
    for entry in sorted(set(new) - set(old)):
        yield Change(ChangeKind.ADDED, name, entry, None, entry)


def _as_asked_for(stored: list[str], wanted: list[str]) -> list[str]:
    """Stored ports with a random public port taken out again where `wanted` asks for a random one."""
    asked = {_with_protocol(port) for port in wanted}
    return [
        port if port in asked or _without_random(port) not in asked else _without_random(port)
        for port in stored
    ]


def _without_random(port: str) -> str:
    """`80/tcp` of `52159:80/tcp`, `10.0.0.5::80/tcp` of `10.0.0.5:52159:80/tcp`."""
    match = _FILLED_IN.fullmatch(port)
    if match is None or int(match["public"]) < FIRST_RANDOM_PORT:
        return port
    return f"{match['address']}:{match['private']}" if match["address"] else match["private"]


def _with_protocol(port: str) -> str:
    return port if "/" in port else f"{port}/tcp"


def stored_value(name: str, config: Mapping[str, Any]) -> Any:
    """One field without what Rancher adds by itself; None for nothing, a default, false or empty."""
    value = _without_types(config.get(name))
    return None if value == DEFAULTS.get(name) or value in ({}, [], False) else value


def _without_types(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _without_types(child) for key, child in value.items() if key != "type" and child is not None
        }
    if isinstance(value, list | tuple):
        return [_without_types(child) for child in value]
    return value


def _change(name: str, entry: str | None, old: Any, new: Any) -> Change:
    kind = ChangeKind.ADDED if old is None else ChangeKind.REMOVED if new is None else ChangeKind.CHANGED
    return Change(kind, name, entry, old, new)
