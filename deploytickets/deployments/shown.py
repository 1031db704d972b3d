"""The plan as people read it: what changes from what to what, with secrets hidden. Pure.

JSON of the form::

    {"stack", "is_new_stack", "after": [keys of tickets ahead],
     "services": [{"name", "action", "scale", "is_global", "has_health_check", "depends_on",
                   "images": [{"config", "before", "after"}],
                   "changes": [{"kind", "what", "config", "entry", "before", "after", "is_hidden"}],
                   "kept_sidekicks", "dragged_sidekicks", "removed_sidekicks",
                   "batches": {"size", "interval_millis", "start_first", "count"} or null}]}

`config` is "" for the service's own launch config, else the sidekick's name. `kind` is added, changed
or removed; `what` is variable, label, port, volume, health_check, metadata or setting; `entry` names the
variable, label, port or, for a setting, Rancher's field. `dragged_sidekicks` keep their config, but their
containers are replaced with those they take network or volumes from.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from deploytickets.deployments.launch_configs import differences, dragged_along, image_of
from deploytickets.deployments.masking import HIDDEN, masked
from deploytickets.tickets.plans import PRIMARY, PlanContent, PlannedAction, PlannedService
from rancher_client.compose import Change

_WHAT = {
    "environment": "variable",
    "labels": "label",
    "ports": "port",
    "dataVolumes": "volume",
    "healthCheck": "health_check",
}
_NAMED_BY_VALUE = frozenset({"port", "volume"})
IMAGE = "imageUuid"


def shown_of(content: PlanContent, *, after: Sequence[str] = ()) -> dict[str, Any]:
    """The plan in the form above. `after`: keys of the tickets it assumes to have finished."""
    return {
        "stack": content.stack_name,
        "is_new_stack": content.stack_rancher_id is None,
        "after": list(after),
        "services": [_service(service) for service in content.services],
    }


def _service(service: PlannedService) -> dict[str, Any]:
    others = service.starts_from.keys() - service.wanted.keys() - {PRIMARY, *service.removed_sidekicks}
    dragged = dragged_along(service.starts_from, service.wanted.keys(), service=service.name)
    return {
        "name": service.name,
        "action": service.action.value,
        "scale": service.scale,
        "is_global": service.is_global,
        "has_health_check": service.has_health_check,
        "depends_on": list(service.depends_on),
        "images": list(_images(service)),
        "changes": list(_changes(service)),
        "kept_sidekicks": sorted(others - dragged),
        "dragged_sidekicks": sorted(others & dragged),
        "removed_sidekicks": list(service.removed_sidekicks),
        "batches": _batches(service),
    }


def _batches(service: PlannedService) -> dict[str, Any] | None:
    """How the containers are replaced; nothing is where the service is made or stays."""
    if service.action is not PlannedAction.UPGRADED:
        return None
    return {
        "size": service.batch_size,
        "interval_millis": service.interval_millis,
        "start_first": service.start_first,
        "count": -(-service.scale // service.batch_size),
    }


def _images(service: PlannedService) -> Iterator[dict[str, Any]]:
    names = service.wanted.keys() if service.wanted else service.starts_from.keys()
    for name in sorted(names):
        before = service.starts_from.get(name)
        yield {
            "config": name,
            "before": None if before is None else image_of(before).readable,
            "after": image_of(service.wanted.get(name) or before or {}).readable,
        }


def _changes(service: PlannedService) -> Iterator[dict[str, Any]]:
    for name, wanted in sorted(service.wanted.items()):
        for change in differences(service.starts_from.get(name, {}), wanted):
            if change.name != IMAGE:
                yield _change(name, change)
    for entry, value in sorted(((service.settings or {}).get("metadata") or {}).items()):
        yield _row("added", "metadata", PRIMARY, entry, None, value)


def _change(config: str, change: Change) -> dict[str, Any]:
    what = _WHAT.get(change.name, "setting")
    entry = change.entry if change.entry is not None and what != "setting" else _field(change)
    return _row(change.kind.value, what, config, entry, change.before, change.after)


def _field(change: Change) -> str:
    return change.name if change.entry is None else f"{change.name} {masked(change.entry)}"


def _row(kind: str, what: str, config: str, entry: str, before: Any, after: Any) -> dict[str, Any]:
    """One change. Hidden wholly on one side is hidden on both: a former secret may be in use elsewhere."""
    name = "" if what in _NAMED_BY_VALUE else entry
    shown_before, shown_after = masked(before, name), masked(after, name)
    if HIDDEN in (shown_before, shown_after):
        shown_before = None if before is None else HIDDEN
        shown_after = None if after is None else HIDDEN
    is_hidden = (shown_before, shown_after) != (_as_json(before), _as_json(after))
    return {
        "kind": kind,
        "what": what,
        "config": config,
        "entry": entry,
        "before": shown_before,
        "after": shown_after,
        "is_hidden": is_hidden,
    }


def _as_json(value: Any) -> Any:
    """The value with lists for tuples, as masking gives it."""
    if isinstance(value, dict):
        return {key: _as_json(child) for key, child in value.items()}
    return [_as_json(child) for child in value] if isinstance(value, list | tuple) else value
