"""How one plan differs from the one before it, in names only: values may be secrets. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from deploytickets.access.naming import all_of
from deploytickets.tickets.plans import PRIMARY, PlanContent, PlannedService, comparable

_SHOWN_FIELDS = 12


def difference(before: PlanContent, after: PlanContent) -> list[dict[str, Any]]:
    """What changed, as facts {"code", "service", …}; empty when only the order did."""
    old = {service.name: service for service in before.services}
    new = {service.name: service for service in after.services}
    facts: list[dict[str, Any]] = []
    if before.stack_name != after.stack_name:
        facts.append({"code": "stack", "service": after.stack_name})
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            facts.append({"code": "left_out", "service": name})
        elif name not in old:
            facts.append({"code": "added", "service": name})
        else:
            facts.extend(_of_service(old[name], new[name]))
    return facts


def sentence(fact: Mapping[str, Any]) -> str:
    """The fact in words."""
    code, service = fact["code"], fact["service"]
    if code == "stack":
        return _("It is now the stack %(name)s.") % {"name": service}
    if code == "added":
        return _("%(service)s is part of the plan now.") % {"service": service}
    if code == "left_out":
        return _("%(service)s is no part of the plan any more.") % {"service": service}
    if code == "action":
        return _("%(service)s is now %(action)s instead of %(before)s.") % {
            "service": service,
            "action": fact["after"],
            "before": fact["before"],
        }
    fields = {"service": service, "fields": all_of(fact["fields"])}
    if code == "starts_from":
        return _("What runs of %(service)s now has changed: %(fields)s.") % fields
    if code == "wanted":
        return _("What %(service)s would become has changed: %(fields)s.") % fields
    return _("How %(service)s is upgraded has changed: %(fields)s.") % fields


def _of_service(old: PlannedService, new: PlannedService) -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = []
    if old.action is not new.action:
        facts.append(
            {"code": "action", "service": new.name, "before": old.action.value, "after": new.action.value}
        )
    for code in ("starts_from", "wanted"):
        fields = _fields(_flat(getattr(old, code)), _flat(getattr(new, code)))
        if fields:
            facts.append({"code": code, "service": new.name, "fields": fields[:_SHOWN_FIELDS]})
    names = ("batch_size", "interval_millis", "start_first")
    manner = [name for name in names if getattr(old, name) != getattr(new, name)]
    manner += _fields(old.settings or {}, new.settings or {})
    if manner:
        facts.append({"code": "manner", "service": new.name, "fields": manner[:_SHOWN_FIELDS]})
    return facts


def _fields(old: Mapping[str, Any], new: Mapping[str, Any], path: str = "") -> list[str]:
    """The dotted names of what differs; a list counts as one value."""
    found: list[str] = []
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        here = f"{path}.{name}" if path else name
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            found.extend(_fields(before, after, here))
        else:
            found.append(here)
    return found


def _flat(configs: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The configs as `plans.digest_of` compares them, the primary's fields without a prefix."""
    sidekicks = {name: comparable(config) for name, config in configs.items() if name != PRIMARY}
    return {**comparable(configs.get(PRIMARY, {})), **sidekicks}


def sentences(facts: Sequence[Mapping[str, Any]]) -> list[str]:
    """All of them in words, in order."""
    return [sentence(fact) for fact in facts]
