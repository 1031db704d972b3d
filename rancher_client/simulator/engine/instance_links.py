"""Links from container to container, `instanceLink`: made and aimed when a container starts.

Each stands for a link of its service to another plain service, or was named in the body that made it. What
becomes of a service's links, and of the containers that they lead to, is looked at only at the next start.

Source: cattle: ServiceLinkPreInstanceStateHandler, ServiceLinkActivateHandler, ServiceConsumeMapDaoImpl,
InstanceInstanceLinkCreate, InstanceStart, InstanceStop, InstanceRemove.
"""

from __future__ import annotations

from collections.abc import Iterator

from . import derived_links
from .model import Container
from .parts import InstanceLink
from .world import World

KIND = "instanceLink"
_LINKED = "service"
"""The kind of services that containers are linked to; an alias or a balancer among the links has no row."""


def name_own(world: World, container: Container) -> None:
    """The container has been created: make the links that its body names, to containers or to nothing."""
    named = container.config.get("instanceLinks")
    for name, target in (named or {}).items():
        _add(world, container, InstanceLink(world.now, name=name, target=target))


def prepare(world: World, container: Container) -> None:
    """The container begins to start: have a link for each of its services', and for no others."""
    wanted = dict.fromkeys(_consume_maps(world, container))
    for index, link in enumerate(container.instance_links):
        if link.consume_map is None or link.removed is not None:
            continue
        if link.consume_map in wanted:
            del wanted[link.consume_map]
        else:
            _remove(world, container, index)
    for number in wanted:
        _add(world, container, InstanceLink(world.now, consume_map=number))


def activate(world: World, container: Container) -> None:
    """The container has come to its network: its links are up, and those of services aimed anew."""
    for index, link in enumerate(container.instance_links):
        if link.removed is None:
            link.is_up = True
            aim(world, link)
            _touch(world, container, index)


def deactivate(world: World, container: Container) -> None:
    """The container has stopped: its links are down, and keep their targets."""
    for index, link in enumerate(container.instance_links):
        if link.is_up:
            link.is_up = False
            _touch(world, container, index)


def remove(world: World, container: Container) -> None:
    """The container is removed, and the links from it; those to it stay as they are."""
    for index, link in enumerate(container.instance_links):
        if link.removed is None:
            _remove(world, container, index)


def plan_forgetting(world: World, container: Container) -> None:
    """The container is purged: the next look of a task takes it out of the links that still lead to it.

    Source: cattle: BadDataCleanup, InstanceDaoImpl.findBadInstanceLinks.
    """
    world.at(world.next_beat(world.timing.bad_data_task), "container.forgotten", container.id)


def forget(world: World, number: int) -> None:
    """Event: no link leads to the container any more. Nobody is told (it is no process of the links)."""
    world.containers[number].is_forgotten = True


def recognise(world: World, container: Container) -> None:
    """A container that another server shows, without its links: they are what a start would make them."""
    prepare(world, container)
    activate(world, container)
    if container.started is None:
        deactivate(world, container)


def aim(world: World, link: InstanceLink) -> None:
    """Lead the link of a service to its newest container that has ever run, else to its oldest one."""
    if link.consume_map is None:
        return
    _, linked = derived_links.link_of(world, link.consume_map)
    service = world.services[linked.target]
    link.name = linked.name or service.name
    living = [*world.containers_of(service), *world.chosen_by(service)]
    newest_first = sorted(living, key=lambda one: (one.created, one.id), reverse=True)
    ran = (one.id for one in newest_first if one.first_running is not None)
    link.target = next(ran, newest_first[-1].id if newest_first else None)


def _consume_maps(world: World, container: Container) -> Iterator[int]:
    """The rows of the links that count for it: of its own service, and of those that have chosen it."""
    own = world.service_of(container)
    for service in [*([] if own is None else [own]), *world.choosing(container)]:
        for index, row in enumerate(service.link_rows):
            is_plain = world.services[row.target].kind == _LINKED
            if row.removed is None and is_plain and row.target != service.id:
                yield derived_links.number_of_link(service, index)


def _add(world: World, container: Container, link: InstanceLink) -> None:
    container.instance_links.append(link)
    _touch(world, container, len(container.instance_links) - 1)


def _remove(world: World, container: Container, index: int) -> None:
    link = container.instance_links[index]
    link.is_up, link.removed = False, world.now
    _touch(world, container, index)


def _touch(world: World, container: Container, index: int) -> None:
    world.touch(KIND, derived_links.number_of_instance_link(container, index))
