"""Links between services: setservicelinks, addservicelink, removeservicelink (rancher-1.6-api.md 4.3).

cattle:…/filter/ServiceSetServiceLinksValidationFilter.java, ServiceAddRemoveLinkServiceValidationFilter.java
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import derived_links, java_maps
from .model import Service
from .parts import LinkRow
from .refusals import Refused, server_fault
from .world import World

_GONE = ("removing", "removed")
LONGEST_NAME, LONGEST_PART = 253, 63
_CHECKED = frozenset({"service"})
"""Kinds whose single links are checked: the filter names no types, so it is one of plain services [run]."""


def act(world: World, service: Service, action: str, body: dict[str, Any]) -> None:
    """One of the three actions. Raises Refused; on a service that is gone nothing is linked."""
    if action == "setservicelinks":
        _set(world, service, body.get("serviceLinks") or [])
    elif action == "addservicelink":
        _add(world, service, body.get("serviceLink") or {})
    else:
        number = _target(body.get("serviceLink") or {})
        if service.kind in _CHECKED and number not in service.links.values():
            raise Refused(422, "InvalidReference", "serviceId")
        unlink(world, service, number)
    keep_rows(world, service)
    world.touch("service", service.id)


def link(world: World, service: Service, target: Service) -> None:
    """A link without a name, unless there is one to that service, or either is gone."""
    if target.id not in service.links.values():
        _put(world, service, {"serviceId": target.id})
        keep_rows(world, service)
        world.touch("service", service.id)


def unlink(world: World, service: Service, number: int) -> None:
    """Take the first link to that service away, if there is one (cattle: findMapToRemove)."""
    name = next((name for name, linked in service.links.items() if linked == number), None)
    if name is not None:
        del service.links[name]
        service.unnamed_links = [linked for linked in service.unnamed_links if linked != number]
        keep_rows(world, service)
        world.touch("service", service.id)


def unlink_row(world: World, service: Service, row: LinkRow) -> None:
    """Take the very link of a row away."""
    for name, target in _standing(world, service):
        if (name, target) == (row.name, row.target):
            del service.links[name or _name_from(world, service.stack, world.services[target])]
            if name is None:
                service.unnamed_links.remove(target)
    keep_rows(world, service)
    world.touch("service", service.id)


def keep_rows(world: World, service: Service) -> None:
    """Let the rows of its links be those that it has now; what was a link stays as a removed row."""
    standing = _standing(world, service)
    for index, row in enumerate(service.link_rows):
        if row.removed is None and (row.name, row.target) not in standing:
            row.removed = world.now
            world.touch("serviceConsumeMap", derived_links.number_of_link(service, index))
    known = {(row.name, row.target) for row in service.link_rows if row.removed is None}
    for name, target in standing:
        if (name, target) not in known:
            world.touch("serviceConsumeMap", derived_links.number_of_link(service, len(service.link_rows)))
            service.link_rows.append(LinkRow(name, target, world.now))


def _standing(world: World, service: Service) -> list[tuple[str | None, int]]:
    """Its links by name, None for one that is called as its service is, and service."""
    return [
        (None if _is_unnamed(world, service, name, target) else name, target)
        for name, target in service.links.items()
    ]


def _is_unnamed(world: World, service: Service, name: str, target: int) -> bool:
    if target not in service.unnamed_links:
        return False
    return name == _name_from(world, service.stack, world.services[target])


def _set(world: World, service: Service, links: list[dict[str, Any]]) -> None:
    """All links anew, in the server's order. The same service twice is allowed under two names."""
    seen = set()
    for link in links:
        number, name = link.get("serviceId"), link.get("name") or ""
        if (number, name) in seen:
            raise Refused(422, "NotUnique", "serviceId and link name combination")
        seen.add((number, name))
        if number is None:
            missing = "serviceId" if link.get("service") is None else "name"
            if missing == "serviceId" or not name:
                raise Refused(422, "MissingRequired", missing)
        elif _of_same_project(world, service, number) is None:
            raise Refused(422, "InvalidReference", "serviceId")
        _check_name(name)
    targets = [world.services[int(link["serviceId"])] for link in links if link.get("serviceId") is not None]
    for target in targets:
        if target.state in _GONE:
            raise Refused(422, "InvalidReference", f"Service {target.name} is removed")
    service.links, service.unnamed_links = {}, []
    for link in sorted(links, key=_place):
        if link.get("serviceId") is None:
            continue
        if link.get("name") or int(link["serviceId"]) not in service.links.values():
            _put(world, service, link)


def _place(link: Mapping[str, Any]) -> int:
    """The server makes the links in the order of a HashMap.

    Of two to one service the one without a name is therefore made or not as their ids will have it: the
    server takes any link to the service for it (cattle: SetServiceLinksActionHandler.java,
    ServiceConsumeMapDaoImpl.findNonRemovedMap).
    """
    return java_maps.place(f"{link.get('serviceId')}.{link.get('name') or ''}")


def _add(world: World, service: Service, link: dict[str, Any]) -> None:
    number = _target(link)
    if service.kind not in _CHECKED:
        name = link.get("name") or None
        is_there = number in service.links.values() if name is None else service.links.get(name) == number
        if not is_there and _of_same_project(world, service, number) is not None:
            _put(world, service, link)
        return
    if number in service.links.values():
        raise Refused(422, "NotUnique", "serviceId")
    if _of_same_project(world, service, number) is None:
        raise Refused(422, "InvalidReference", "serviceId")
    _check_name(link.get("name"))
    _put(world, service, link)


def _put(world: World, service: Service, link: dict[str, Any]) -> None:
    target = world.services[int(link["serviceId"])]
    if service.state not in _GONE and target.state not in _GONE:
        name = str(link.get("name") or _name_from(world, service.stack, target))
        service.links[name] = target.id
        if not link.get("name"):
            service.unnamed_links.append(target.id)


def clone_consumers(world: World, source: Service, target: Service) -> None:
    """Link all who are linked to `source` to `target` too, under the same name if the link has one.

    Of two links of one name only the new one is shown, and kept here (cattle: ServiceDiscoveryServiceImpl.
    cloneConsumingServices, ServiceConsumeMapDaoImpl.createServiceLinkImpl) [run].
    """
    for consumer in world.services.values():
        names = [name for name, number in consumer.links.items() if number == source.id]
        if not names or consumer.state in _GONE or target.state in _GONE:
            continue
        for name in names:
            if source.id not in consumer.unnamed_links:
                consumer.links[name] = target.id
            elif target.id not in consumer.links.values():
                _put(world, consumer, {"serviceId": target.id})
        keep_rows(world, consumer)
        world.touch("service", consumer.id)


def _name_from(world: World, stack: int, target: Service) -> str:
    """What a link without a name is called, `stack/service` where it leads elsewhere.

    Source: cattle: ServiceOutputFilter.java.
    """
    return target.name if target.stack == stack else f"{world.stacks[target.stack].name}/{target.name}"


def _target(link: dict[str, Any]) -> int:
    """The service a link leads to; without one the server itself stumbles [run]."""
    if link.get("serviceId") is None:
        raise server_fault()
    return int(link["serviceId"])


def _of_same_project(world: World, service: Service, number: Any) -> Service | None:
    target = world.services.get(int(number))
    return target if target is not None and target.project == service.project else None


def _check_name(name: str | None) -> None:
    """A link name is a domain name; no name at all is the linked service's."""
    if not name:
        return
    parts = name.split(".")
    if not all(parts):
        raise Refused(422, "InvalidCharacters", "name")
    if len(parts) > 1 and len(name) > LONGEST_NAME:
        raise Refused(422, "MaxLengthExceeded", "name")
    for part in parts:
        if part.startswith("-") or part.endswith("-") or "--" in part:
            raise Refused(422, "InvalidCharacters", "name")
        if len(part) > LONGEST_PART:
            raise Refused(422, "MaxLengthExceeded", "name")
