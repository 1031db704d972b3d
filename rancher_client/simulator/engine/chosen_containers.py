"""Containers of others that a service chooses by its selector, and counts among its own (contract 4.3).

Nobody looks after them: a scale, a health, an upgrade and a removal are of a service's own containers only.
Source: cattle: SelectorInstancePostListener, SelectorServiceCreatePostListener.registerInstances.
"""

from __future__ import annotations

from . import selectors
from .model import Container, Service
from .world import World


def choose(world: World, container: Container) -> None:
    """The container has started: those whose selector chooses it have it from now on."""
    for service in world.services.values():
        if service.project == container.project and service.removed is None and _chooses(service, container):
            _add(world, service, container)


def follow(world: World, service: Service) -> None:
    """The service has been created or updated: choose anew. Without a selector all stays as it is."""
    if not service.fields.get("selectorContainer"):
        return
    for container in world.containers.values():
        if container.project != service.project or container.removed is not None:
            continue
        if _chooses(service, container):
            _add(world, service, container)
        elif container.id in service.chosen:
            drop(world, service, container)


def release(world: World, service: Service) -> None:
    """The service is removed: what it has chosen lives on without it."""
    for number in list(service.chosen):
        drop(world, service, world.containers[number])


def forget(world: World, container: Container) -> None:
    """The container is removed."""
    for service in world.choosing(container):
        drop(world, service, container)


def drop(world: World, service: Service, container: Container) -> None:
    """The service has the container no longer."""
    service.chosen.remove(container.id)
    _touch(world, service, container)


def _chooses(service: Service, container: Container) -> bool:
    return selectors.matches(service.fields.get("selectorContainer"), container.labels)


def _add(world: World, service: Service, container: Container) -> None:
    if container.service != service.id and container.id not in service.chosen:
        service.chosen.append(container.id)
        _touch(world, service, container)


def _touch(world: World, service: Service, container: Container) -> None:
    world.touch("service", service.id)
    world.touch("container", container.id)
