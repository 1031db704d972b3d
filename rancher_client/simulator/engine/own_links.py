"""Links that the server makes by itself, by selectors and by the rules of load balancers.

They are made when a service has been created or updated, of it and to it; what somebody takes away comes
back with the next update. Source: cattle: SelectorServiceCreatePostListener,
LoadBalancerServiceCreatePostListener, ServiceDiscoveryServiceImpl.registerServiceLinks, removeServiceMaps,
removeFromLoadBalancerServices.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from . import launch_configs, load_balancers, selectors, service_links, updating
from .model import Service
from .world import World


def make(world: World, service: Service) -> None:
    """The service has been created, or updated: link it as selectors and rules say."""
    others = [other for other in _living(world, service.project) if other is not service]
    for other in others:
        if _selects(service, other):
            service_links.link(world, service, other)
        if _selects(other, service):
            service_links.link(world, other, service)
    if service.kind == load_balancers.KIND:
        _link_all(world, service, _targets(world, service, service.fields.get("lbConfig"), others))
        return
    for other in others:
        if other.kind == load_balancers.KIND:
            _link_all(world, other, _targets(world, other, other.fields.get("lbConfig"), [service]))


def follow(world: World, service: Service, old: Mapping[str, Any]) -> None:
    """The service has been updated: link it anew, and take the links away that it had by what it was.

    `old` are the values from before of what the PUT has changed. What the former selector chose loses its
    link even where the new one chooses it too; a rule's target keeps it then.
    """
    make(world, service)
    former = old.get("selectorLink")
    if former and former.lower() != str(service.fields.get("selectorLink")).lower():
        for number in sorted(set(service.links.values())):
            if _matches(former, world.services[number]):
                service_links.unlink(world, service, number)
    if old.get("lbConfig"):
        others = [other for other in _living(world, service.project) if other is not service]
        kept = {other.id for other in _targets(world, service, service.fields.get("lbConfig"), others)}
        for other in _targets(world, service, old["lbConfig"], others):
            if other.id not in kept:
                service_links.unlink(world, service, other.id)


def dissolve(world: World, service: Service) -> None:
    """The service is removed: no link leads from it or to it any more, and no rule of a balancer."""
    service.links, service.unnamed_links = {}, []
    service_links.keep_rows(world, service)
    for other in _living(world, service.project):
        while service.id in other.links.values():
            service_links.unlink(world, other, service.id)
        if other.kind == load_balancers.KIND:
            _drop_rules(world, other, service.id)


def _drop_rules(world: World, balancer: Service, target: int) -> None:
    config = balancer.fields.get("lbConfig") or {}
    rules = config.get("portRules") or []
    kept = [rule for rule in rules if rule.get("serviceId") != target]
    if len(kept) < len(rules):
        balancer.fields["lbConfig"] = {**config, "portRules": kept}
        world.touch("service", balancer.id)
        updating.ask_for(world, balancer)


def _targets(
    world: World, balancer: Service, config: Mapping[str, Any] | None, among: Iterable[Service]
) -> list[Service]:
    """Where the rules lead: to the service that they name, or to those of `among` that a selector chooses.

    A rule without a service also leads to those whose own selector chooses the balancer.
    """
    found = []
    for rule in (config or {}).get("portRules") or []:
        if rule.get("serviceId"):
            named = world.services.get(int(rule["serviceId"]))
            found += [] if named is None else [named]
            continue
        is_for_services = not rule.get("environment")  # a region has one as well (4.3)
        found += [
            other
            for other in among
            if _selects(other, balancer) or (is_for_services and _matches(rule.get("selector"), other))
        ]
    return found


def _link_all(world: World, service: Service, targets: Iterable[Service]) -> None:
    for target in targets:
        service_links.link(world, service, target)


def _selects(service: Service, other: Service) -> bool:
    return _matches(service.fields.get("selectorLink"), other)


def _matches(selector: str | None, service: Service) -> bool:
    return bool(selector) and selectors.matches(selector, launch_configs.labels(service.launch_config))


def _living(world: World, project: int) -> Iterator[Service]:
    return (s for s in world.services.values() if s.project == project and s.removed is None)
