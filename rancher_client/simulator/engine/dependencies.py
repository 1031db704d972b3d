"""The containers on whose network or volumes another one lives (7.3; cattle: InstanceStart.java).

A unit's own are tied by its configs and go to one host with it; a container of its own names them by id.
"""

from __future__ import annotations

from . import launch_configs
from .model import BAD, GONE, Container, Host
from .world import World

PATIENCE = 30.0
"""Seconds for which a start waits until those it depends on have a host."""

_STOPPED = frozenset({"stopped", "stopping"})
_DONE_ONCE = frozenset({"stopped", "stopping", "running"})


def missing(world: World, container: Container) -> str | None:
    """Why a container of its own cannot start at all, in the server's words; None if it can."""
    for number in _all(container):
        tie = "networkFrom" if number == container.network_from else "volumeFrom"
        other = world.containers.get(number)
        if other is None or other.state in GONE:
            return f"{tie} instance is removed : Dependencies readiness error"
        if other.state in _STOPPED and not launch_configs.is_start_once(other.config):
            return f"{tie} instance is not running : Dependencies readiness error"
    return None


def awaited(world: World, container: Container) -> Container | None:
    """The first that has no host yet, or, if it starts once, has not run."""
    for number in _all(container):
        other = world.containers[number]
        starts_once = launch_configs.is_start_once(other.config)
        if other.state not in _DONE_ONCE if starts_once else other.host is None:
            return other
    return None


def has_failed(container: Container) -> bool:
    """Whether nothing is to be awaited of this one any more."""
    return container.state in BAD or container.state in GONE


def place(world: World, container: Container, hosts: list[Host]) -> list[Host] | str:
    """Those of the hosts that are next to what it depends on, or why none is.

    Cattle: VolumesFromConstraintProvider, NetworkContainerConstraintProvider (mode `container` only).
    """
    by_host: dict[int, list[int]] = {}
    for number in container.volumes_from:
        host = world.containers[number].host
        if host is None:
            return f"Dependent instance not allocated yet: {number}."
        by_host.setdefault(host, []).append(number)
    if len(by_host) > 1:
        where = ", ".join(f"{host}={sorted(ids)}" for host, ids in sorted(by_host.items()))
        return (
            "Dependent instances are allocated to different hosts. "
            f"Hosts and the dependent instances allocated to them: {{{where}}}."
        )
    beside = [(host, ", ".join(map(str, sorted(ids)))) for host, ids in by_host.items()]
    if container.network_from is not None and container.config.get("networkMode") == "container":
        host = world.containers[container.network_from].host
        if host is None:
            return f"Dependent instance not allocated yet: {container.network_from}."
        beside.append((host, str(container.network_from)))
    for host, who in beside:
        hosts = [each for each in hosts if each.id == host]
        if not hosts:
            return f"On the same host ({host}) as {who}"
    return hosts


def _all(container: Container) -> list[int]:
    own = [container.network_from] if container.network_from is not None else []
    return [*container.volumes_from, *own]
