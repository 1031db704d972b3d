"""What calls make of rows that follow from others: their own processes, and what these do to the rest.

A row that no call has moved has no state of its own (`derived`). What a process leaves behind is its course,
which counts until the row's owner moves on: a port that was deactivated is active after the next start of its
container. What is removed stays so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import (
    checkers,
    chosen_containers,
    courses,
    derived,
    derived_links,
    external_members,
    hosts,
    instance_links,
    pairings,
    references,
    service_links,
)
from .derived_machines import MACHINES
from .model import GONE, Container, Host, Service
from .refusals import action_not_available, method_not_allowed, not_found
from .volume_model import Volume, external_id
from .world import World

_UPDATED_BY: Mapping[str, frozenset[str]] = {
    "instanceLink": frozenset({"targetInstanceId"}),
    "network": frozenset({"defaultPolicyAction", "policy"}),
    "port": frozenset({"publicPort"}),
    "volume": frozenset({"hostId"}),
}
"""Fields whose change starts the process `update` (cattle: `scheduleUpdate` in port.json and its like)."""

_UNMOVED = frozenset({"allocate", "deallocate"})
"""Actions whose process cannot begin although the row offers them: 202, and nothing changes [run]."""


def act(world: World, kind: str, number: int, action: str) -> None:
    """POST of an action. Raises Refused."""
    if derived.view(world, kind, number) is None:
        raise not_found()
    if action not in derived.offered(world, kind, number):
        raise action_not_available()
    if action not in _UNMOVED:
        courses.begin(world, kind, number, action)


def update(world: World, kind: str, number: int, fields: Mapping[str, Any]) -> None:
    """PUT: keeps the fields; some of them start the process `update`, where it may start. Raises Refused."""
    before = derived.view(world, kind, number)
    if before is None:
        raise not_found()
    if not fields:
        return
    courses.of(world, kind, number).fields.update(_kept_aside(world, kind, number, fields))
    starts = any(
        references.numbers(before.get(name)) != fields[name]
        for name in fields
        if name in _UPDATED_BY.get(kind, ())
    )
    if starts and "update" in derived.offered(world, kind, number):
        courses.begin(world, kind, number, "update")
    world.touch(kind, number)


def _kept_aside(world: World, kind: str, number: int, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields that the course of a row keeps: all but the target of a link, which its next start moves."""
    if kind != instance_links.KIND or "targetInstanceId" not in fields:
        return fields
    derived_links.instance_link_of(world, number)[1].target = fields["targetInstanceId"]
    return {name: value for name, value in fields.items() if name != "targetInstanceId"}


def delete(world: World, kind: str, number: int) -> None:
    """DELETE: the process `remove`; nothing where it is over. Raises Refused (405 if it may not start)."""
    shown = derived.view(world, kind, number)
    if shown is None:
        raise not_found()
    if shown["state"] in GONE:
        return
    if "remove" not in derived.offered(world, kind, number):
        raise method_not_allowed()
    courses.begin(world, kind, number, "remove")


def step(world: World, kind: str, number: int, process: int, name: str) -> None:
    """Event: the process of a row ends, unless another one or its owner has overtaken it."""
    course = world.courses[kind, number]
    shown = derived.view(world, kind, number)
    if course.process != process or shown is None or shown["state"] != course.state:
        return
    course.state = MACHINES[kind].processes[name].end(course.state)
    if name == "remove":
        course.removed = world.now
    take_along = _AT_END.get((kind, name))
    if take_along is not None:
        take_along(world, derived.owner_of(world, kind, number), number)
    world.touch(kind, number)


def end(world: World, kind: str, number: int) -> None:
    """Event: the server takes a row away that nobody has taken away by hand."""
    course = courses.of(world, kind, number)
    if course.removed is None:
        course.process += 1
        course.state, course.removed = "removed", world.now
        world.touch(kind, number)


def _take_host_away(world: World, host: Host, _number: int) -> None:
    hosts.take_away(world, host)


def _let_go(world: World, owner: Container | Service, number: int) -> None:
    if isinstance(owner, Service):
        external_members.let_go(world, owner, [pairings.external_in(owner, number)])
    else:
        _let_container_go(world, owner, number)


def _let_container_go(world: World, container: Container, number: int) -> None:
    """The service no longer has the container, which goes on by itself; nothing takes its place at once.

    One that has chosen it by its selector may choose it again: it gets a new pairing then.
    """
    chosen_by = pairings.chosen_in(world, number)
    if chosen_by is not None:
        chosen_containers.drop(world, chosen_by, container)
        del world.courses["serviceExposeMap", number]
        return
    service = world.service_of(container)
    if service is not None:
        service.containers.remove(container.id)
        world.touch("service", service.id)
    container.service = None
    world.touch("container", container.id)


def _unlink(world: World, _service: Service, number: int) -> None:
    service, link = derived_links.link_of(world, number)
    service_links.unlink_row(world, service, link)


def _checks_no_more(world: World, container: Container, number: int) -> None:
    checkers.remove(world, container, derived.index_of_checker(number))


def _aim(world: World, _container: Container, number: int) -> None:
    instance_links.aim(world, derived_links.instance_link_of(world, number)[1])


def _end_link(world: World, _container: Container, number: int) -> None:
    _, link = derived_links.instance_link_of(world, number)
    link.is_up, link.removed = False, world.now


def _know_by_name(_world: World, volume: Volume, _number: int) -> None:
    volume.external_id = external_id(volume.name)


def _leave_pool(world: World, owner: Container | Volume, number: int) -> None:
    if owner.host is not None:
        world.touch("storagePool", owner.host)
    if isinstance(owner, Volume):
        owner.host = None


def _remove_next(world: World, _volume: Volume, number: int) -> None:
    """Nobody asks for this process for its own sake (`volumes.take_away`)."""
    courses.begin(world, "volume", number, "remove")


_AT_END: Mapping[tuple[str, str], Callable[[World, Any, int], None]] = {
    ("healthcheckInstanceHostMap", "remove"): _checks_no_more,
    ("instanceLink", "activate"): _aim,
    ("instanceLink", "remove"): _end_link,
    ("physicalHost", "remove"): _take_host_away,
    ("serviceConsumeMap", "remove"): _unlink,
    ("serviceExposeMap", "remove"): _let_go,
    ("storagePool", "remove"): _take_host_away,
    ("volume", "create"): _know_by_name,
    ("volume", "deactivate"): _remove_next,
    ("volume", "remove"): _leave_pool,
}
"""What else comes of a process: a host goes with its machine or its pool, whatever state it is in [run]."""
