"""Builders of what was sent and what a read showed, for the tests of the pure decisions."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from deploytickets.deployments.facts import BlockVersions, ServiceUpgradeFacts
from deploytickets.deployments.trace import held_key_of
from deploytickets.drivers.base import ContainerSeen, ServiceSeen, UpgradeBlock
from deploytickets.tickets.plans import PRIMARY, PlannedAction

MARK_LABEL = "deploytickets/attempt"
OURS = "DEPLOY-111/1/0123456789ab"
T0 = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """So many seconds after our POST was answered or failed."""
    return T0 + timedelta(seconds=seconds)


def config(version: str, mark: str = "", image: str = "docker:registry/shop:1.0.2") -> dict[str, Any]:
    """A launch config in that version, marked as sent by `mark`."""
    labels = {MARK_LABEL: mark} if mark else {}
    return {"imageUuid": image, "version": version, "labels": labels}


def block(
    configs: Mapping[str, Any], previous: Mapping[str, Any], *, in_service: bool = True
) -> UpgradeBlock:
    return UpgradeBlock(configs=configs, previous=previous, is_in_service=in_service)


def container(
    version: str, state: str = "running", *, health: str | None = None, **fields: Any
) -> ContainerSeen:
    defaults: dict[str, Any] = {
        "rancher_id": "1i1",
        "name": "shop-web-1",
        "config_name": PRIMARY,
        "image": "docker:registry/shop:1.0.2",
        "unit": "unit-1",
        "host_rancher_id": "1h1",
        "host_name": "node1",
        "start_count": 1,
        "message": "",
    }
    return ContainerSeen(version=version, state=state, health=health, **(defaults | fields))


def service(
    state: str,
    configs: Mapping[str, Any],
    upgrade: UpgradeBlock | None = None,
    containers: Sequence[ContainerSeen] | None = None,
    **fields: Any,
) -> ServiceSeen:
    defaults: dict[str, Any] = {
        "rancher_id": "1s12",
        "name": "web",
        "kind": "service",
        "stack_rancher_id": "1st3",
        "stack_name": "shop",
        "transitioning": "no",
        "message": "",
        "health_state": "healthy",
        "scale": 1,
        "is_global": False,
    }
    return ServiceSeen(
        state=state,
        configs=configs,
        upgrade=upgrade,
        containers=None if containers is None else tuple(containers),
        **(defaults | fields),
    )


def facts(**fields: Any) -> ServiceUpgradeFacts:
    """An upgrade of `web` from version "0" with one config; asked at T0 and not answered, unless said."""
    defaults: dict[str, Any] = {
        "name": "web",
        "action": PlannedAction.UPGRADED,
        "token": OURS,
        "mark_label": MARK_LABEL,
        "configs_sent": frozenset({PRIMARY}),
        "versions_before": {PRIMARY: "0"},
        "block_before": None,
        "asked_at": T0,
    }
    return ServiceUpgradeFacts(**(defaults | fields))


def held_since(seconds: float, seen: ServiceSeen | None) -> dict[str, Any]:
    """The fields of facts that say: every read since then gave what `seen` gives."""
    return {"held_since": at(seconds), "held_key": held_key_of(seen)}


def former_block(version: str = "0") -> BlockVersions:
    """The block of an upgrade before ours that led to `version`."""
    return BlockVersions(configs={PRIMARY: version}, previous={PRIMARY: "before " + version})
