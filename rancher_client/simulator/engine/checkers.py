"""Which hosts check a container's health: rows `healthcheckInstanceHostMap` (rancher-1.6-api.md 6.1).

Up to three active hosts ask each container with a check how it is, its own host always among them. Each keeps
what it was told last. When a host goes, others take over what it checked, as far as there are any.
"""

from __future__ import annotations

from collections.abc import Iterable

from . import derived
from .model import Container, Host
from .parts import Checker
from .world import World

KIND = "healthcheckInstanceHostMap"

_WANTED = 3
"""How many hosts check a container (cattle: HealthcheckServiceImpl.getHealthCheckHostIds)."""

_STATES = frozenset({"activating", "active", "updating-active"})
_AGENT_STATES = frozenset({"active", "finishing-reconnect", "reconnected"})
"""Of hosts that are given something to check (cattle: AllocatorDaoImpl.getActiveHosts)."""

_STRATEGY = "io.rancher.host.healthcheck.deploy_strategy"
_ALIVE = frozenset({"starting", "running"})


def register(world: World, container: Container) -> bool:
    """Find the container hosts that check it, as far as it lacks some; True when there are new ones."""
    checking = {checker.host for checker in container.checkers if checker.removed is None}
    found = [host for host in _chosen(world, container, checking) if host not in checking]
    for host in found:
        world.touch(KIND, derived.number_of_checker(container, len(container.checkers)))
        container.checkers.append(Checker(host=host, created=world.now))
    return bool(found)


def register_all(world: World, project: int) -> list[Container]:
    """A host of the project can check again: those that lack some get it; returned.

    Of containers that are starting or run (cattle: ServiceDaoImpl.getInstancesWithHealtcheckEnabled).
    """
    known = (
        container
        for container in world.containers.values()
        if container.checkers and container.project == project and container.state in _ALIVE
    )
    return [container for container in known if register(world, container)]


def withdraw(world: World, host: Host) -> list[Container]:
    """The host checks nothing any more; containers that others check instead are returned.

    Those others are found while it still counts as one that checks, so a container's own host is not found
    again (cattle: HealthCheckReconcileTrigger, HealthCheckReconcilePostTrigger).
    """
    left = [
        (container, index)
        for container in world.containers.values()
        for index, checker in enumerate(container.checkers)
        if checker.host == host.id and checker.removed is None and container.removed is None
    ]
    return [container for container, index in left if remove(world, container, index)]


def remove(world: World, container: Container, index: int) -> bool:
    """One host checks the container no more; True when another one does in its stead."""
    is_replaced = register(world, container)
    container.checkers[index].removed = world.now
    world.touch(KIND, derived.number_of_checker(container, index))
    return is_replaced


def hear(container: Container, *, healthy: bool) -> None:
    """All hosts that check it report the same."""
    for checker in container.checkers:
        if checker.removed is None:
            checker.health = "healthy" if healthy else "unhealthy"


def _chosen(world: World, container: Container, checking: Iterable[int]) -> list[int]:
    """Hosts that shall check it beside those that do: by chance, the container's own before all others.

    Its own counts even when it is not active, and though its label says that it shall check nothing.
    """
    active = [host.id for host in world.hosts.values() if _may_check(host, container.project)]
    at_work = set(checking) & set(active)
    lacking = _WANTED - len(at_work)
    if lacking <= 0:
        return []
    own = [container.host] if container.host is not None and container.host not in at_work else []
    others = [number for number in active if number not in at_work and number != container.host]
    room = lacking - len(own)
    return (world.random.sample(others, room) if len(others) > room else others) + own


def _may_check(host: Host, project: int) -> bool:
    return (
        host.project == project
        and host.state in _STATES
        and host.agent_state in _AGENT_STATES
        and host.labels.get(_STRATEGY) != "skip"
    )
