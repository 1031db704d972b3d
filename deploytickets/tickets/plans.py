"""What a plan consists of, and its digest.

Pure: the shapes that `deployments` fills from a survey and that approvals are bound to.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from django.conf import settings

PRIMARY = ""
"""The name of a service's own launch config among its configs; sidekicks go by their names."""


class PlannedAction(StrEnum):
    CREATED = "created"
    UPGRADED = "upgraded"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class PlannedService:
    """One service of the plan.

    `wanted` and `starts_from` map config names (PRIMARY or a sidekick's) to complete launch
    configs: `wanted` holds what will be sent for the configs that change, `starts_from` all that
    run now (empty when the service is created). `settings` is what a creation sends besides the
    configs (scale, metadata, links…). `depends_on` names services of the same plan.
    `removed_sidekicks` are taken away by the upgrade; then `wanted` holds at least the primary.
    """

    name: str
    action: PlannedAction
    rancher_id: str | None
    wanted: Mapping[str, Mapping[str, Any]]
    starts_from: Mapping[str, Mapping[str, Any]]
    batch_size: int
    interval_millis: int
    start_first: bool
    scale: int
    is_global: bool = False
    has_health_check: bool = False
    settings: Mapping[str, Any] | None = None
    depends_on: tuple[str, ...] = ()
    removed_sidekicks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanContent:
    """Everything a worker needs in order to do exactly what was approved."""

    application: str
    environment: str
    version: str
    stack_name: str
    stack_rancher_id: str | None
    services: tuple[PlannedService, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "PlanContent":
        services = tuple(
            PlannedService(
                **{
                    **service,
                    "action": PlannedAction(service["action"]),
                    "depends_on": tuple(service["depends_on"]),
                    "removed_sidekicks": tuple(service.get("removed_sidekicks", ())),
                }
            )
            for service in value["services"]
        )
        return cls(**{**value, "services": services})


def digest_of(content: PlanContent, *, accepted_warnings: Iterable[str], key: str) -> str:
    """HMAC-SHA256 over canonical JSON of what an approval agrees to; 64 hex digits.

    Covered: application, environment, and per service its name, action, complete wanted configs
    (without our mark and Rancher's `version`), batches, start first, the complete configs it
    starts from, and the names of accepted warnings. Not covered: schedule, wording, health,
    counts, order.
    """
    covered = {
        "application": content.application,
        "environment": content.environment,
        "stack": content.stack_name,
        "services": {
            service.name: {
                "action": service.action.value,
                "wanted": {name: comparable(config) for name, config in service.wanted.items()},
                "starts_from": {name: comparable(config) for name, config in service.starts_from.items()},
                "settings": service.settings,
                "removed_sidekicks": sorted(service.removed_sidekicks),
                "batch_size": service.batch_size,
                "interval_millis": service.interval_millis,
                "start_first": service.start_first,
            }
            for service in content.services
        },
        "accepted_warnings": sorted(set(accepted_warnings)),
    }
    text = json.dumps(covered, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def comparable(config: Mapping[str, Any]) -> dict[str, Any]:
    """The config as plans are compared: without what every upgrade of ours renews (`version`, our mark)."""
    labels = config.get("labels")
    kept = {name: value for name, value in config.items() if name not in ("version", "labels")}
    if labels is not None:
        kept["labels"] = {name: value for name, value in labels.items() if name != settings.MARK_LABEL}
    return kept
