"""What the files want of one service, against what runs of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from rancher_client.compose.composed import ComposedService, Kind
from rancher_client.compose.diff import HASH_LABEL, Change, ChangeKind, changes, stored_value

OWN = ""
"""The name of a service's own launch config among its configs; sidekicks go by their names."""

_SETTINGS = (
    "externalIpAddresses",
    "hostname",
    "lbConfig",
    "metadata",
    "retainIp",
    "scalePolicy",
    "selectorContainer",
    "selectorLink",
)


@dataclass(frozen=True, slots=True)
class ServiceDiff:
    """Where a service differs from what the files want.

    Attributes:
        is_missing: there is no such service yet; then nothing else is told.
        configs: the launch configs that differ, by name (`OWN` or a sidekick's), each with its changes. A
            sidekick that the service does not have is wholly added.
        removed_sidekicks: those that the files do not have.
        settings: what differs beside the launch configs, which an upgrade does not change: `scale`,
            `metadata`, `links`, `lbConfig`…
    """

    name: str
    is_missing: bool = False
    configs: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)
    removed_sidekicks: tuple[str, ...] = ()
    settings: tuple[Change, ...] = ()

    @property
    def needs_upgrade(self) -> bool:
        """Is it there, with containers that are not as wanted?"""
        return bool(self.configs or self.removed_sidekicks)

    @property
    def is_empty(self) -> bool:
        """Is everything as the files want it?"""
        return not (self.is_missing or self.needs_upgrade or self.settings)


def service_diff(
    runs: Mapping[str, Any] | None,
    wanted: ComposedService,
    *,
    service_ids: Mapping[str, str] | None = None,
    certificate_ids: Mapping[str, str] | None = None,
    ignored_labels: Collection[str] = (),
) -> ServiceDiff:
    """Compare a service as Rancher shows it (its JSON; None where there is none) with what the files want.

    What Rancher fills in by itself counts for nothing, nor does a scale that the files do not give.

    Args:
        service_ids, certificate_ids: names to ids, of everything that links and rules name.

    Raises ComposeError for a name of which no id is given.
    """
    if runs is None:
        return ServiceDiff(wanted.name, is_missing=True)
    present = {OWN: runs.get("launchConfig") or {}} | {
        str(config.get("name")): config for config in runs.get("secondaryLaunchConfigs") or []
    }
    asked = {OWN: wanted.launch_config} | {
        str(config["name"]): config for config in wanted.secondary_launch_configs
    }
    configs = {
        name: changes(
            present.get(name, {}),
            config,
            ignored_labels=ignored_labels,
            is_balancer=wanted.kind is Kind.LOAD_BALANCER,
        )
        for name, config in asked.items()
    }
    return ServiceDiff(
        name=wanted.name,
        configs={name: found for name, found in configs.items() if found},
        removed_sidekicks=tuple(sorted(present.keys() - asked.keys())),
        settings=_settings(runs, wanted, service_ids or {}, certificate_ids or {}),
    )


def _settings(
    runs: Mapping[str, Any],
    wanted: ComposedService,
    service_ids: Mapping[str, str],
    certificate_ids: Mapping[str, str],
) -> tuple[Change, ...]:
    asked = wanted.create_fields(service_ids=service_ids, certificate_ids=certificate_ids)
    before = {name: stored_value(name, runs) for name in _SETTINGS}
    after = {name: stored_value(name, asked) for name in _SETTINGS}
    before["metadata"] = _without_hash(before["metadata"])
    if wanted.scale is not None and "scale" in asked:
        before["scale"], after["scale"] = runs.get("scale"), asked["scale"]
    if wanted.kind is not Kind.LOAD_BALANCER and wanted.selector_link is None:
        before["links"] = dict(runs.get("linkedServices") or {}) or None
        after["links"] = _links(wanted, service_ids) or None
    return tuple(
        _change(name, before[name], after[name]) for name in sorted(before) if before[name] != after[name]
    )


def _links(wanted: ComposedService, service_ids: Mapping[str, str]) -> dict[str, str]:
    """Alias to id. Rancher passes over a link to a service elsewhere that it cannot find (10.6)."""
    elsewhere = {alias: target for alias, target in wanted.external_links.items() if target in service_ids}
    return {alias: service_ids.get(target, target) for alias, target in {**wanted.links, **elsewhere}.items()}


def _without_hash(metadata: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return {name: value for name, value in (metadata or {}).items() if name != HASH_LABEL} or None


def _change(name: str, before: Any, after: Any) -> Change:
    kind = ChangeKind.CHANGED
    if before is None or after is None:
        kind = ChangeKind.ADDED if before is None else ChangeKind.REMOVED
    return Change(kind, name, None, before, after)
