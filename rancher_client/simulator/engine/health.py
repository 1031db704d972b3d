"""Health: of containers with a check, of services, stacks and projects (rancher-1.6-api.md 4.4, 3.3, 5.6)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import launch_configs
from .model import Container, Service
from .world import World

HEALTHY = frozenset({None, "healthy", "updating-healthy"})
"""What the upgrade's waits take for healthy: no check, or a good answer (5.3)."""

_IGNORED = frozenset({"removing", "removed", "purging", "purged"})


def start_checking(world: World, container: Container) -> None:
    """The container runs: with a check it is `initializing` until the first good answers."""
    check = _check(container)
    if check is None:
        container.health = None
        return
    container.health = "initializing" if container.start_count <= 1 else "reinitializing"
    container.health_since = world.now
    _plan_answer(world, container)
    key = "initializingTimeout" if container.health == "initializing" else "reinitializingTimeout"
    timeout = _millis(check.get(key))
    if timeout is not None:
        due = world.next_beat(world.timing.health_task, after=world.now + timeout)
        world.at(due, "container.never_healthy", container.id, world.now)


def answer(world: World, number: int, since: float) -> bool:
    """Event: the check's answers have added up. True when the container's health changed."""
    container = world.containers[number]
    if container.state != "running" or container.started != since or _check(container) is None:
        return False
    return report(world, container, healthy=_answers(world, container))


def report(world: World, container: Container, *, healthy: bool) -> bool:
    """What the checks say of a container; True when its health changed.

    A bad report counts only for a healthy one: while it starts, failing is normal.
    """
    if _check(container) is None or container.health is None:
        return False
    if healthy and container.health != "healthy":
        container.health = "healthy"
    elif not healthy and container.health == "healthy":
        container.health = "unhealthy"
    else:
        return False
    container.health_since = world.now
    return True


def is_given_up(world: World, number: int, since: float) -> bool:
    """Event: the task looks whether initializingTimeout is over; True = replace the container."""
    container = world.containers[number]
    strategy = (_check(container) or {}).get("strategy") or "recreate"
    return (
        container.state == "running"
        and container.started == since
        and container.health in ("initializing", "reinitializing")
        and strategy != "none"
    )


def recheck(world: World, container: Container) -> None:
    """A lever changed what the check gets to hear; it shows after interval x threshold."""
    check = _check(container)
    if check is None or container.state != "running":
        return
    if _answers(world, container):
        _plan_answer(world, container)
    else:
        seconds = _interval(check) * int(check.get("unhealthyThreshold") or 3)
        world.later(seconds, "container.health", container.id, container.started)


def to_replace(service: Service, containers: Iterable[Container]) -> list[Container]:
    """Managed containers that reconcile replaces as unhealthy, by the check's strategy (4.2)."""
    managed = [c for c in containers if c.managed]
    replaced = []
    for container in managed:
        check = _check(container)
        if container.health != "unhealthy" or check is None:
            continue
        strategy = check.get("strategy") or "recreate"
        if strategy == "recreate":
            replaced.append(container)
        elif strategy == "recreateOnQuorum":
            quorum = int((check.get("recreateOnQuorumStrategyConfig") or {}).get("quorum") or 1)
            healthy = sum(
                1 for c in managed if c.config_name == container.config_name and c.health == "healthy"
            )
            if healthy >= quorum:
                replaced.append(container)
    return replaced


def of_service(world: World, service: Service) -> str:
    """Counts managed containers only: old ones stopped by an upgrade do not count (4.4)."""
    if service.kind in launch_configs.CONTAINERLESS:
        return "healthy"
    managed = [c for c in world.containers_of(service) if c.managed and c.state not in _IGNORED]
    # A container counts as running until it has stopped; one that is being started does not count yet.
    alive = [c for c in managed if c.state in ("running", "stopping") and c.failure is None]
    good = [c for c in alive if c.health in HEALTHY]
    once = [c for c in managed if c.health == "started-once"]
    configs = max(1, len(launch_configs.of(service)))
    if launch_configs.is_global(service.launch_config):
        wanted = len(managed)
        if managed and len(good) + len(once) >= wanted:
            return "started-once" if len(once) == len(managed) else "healthy"
    else:
        wanted = service.scale * configs if launch_configs.makes_containers(service) else 0
        if managed and len(once) == len(managed) and len(once) >= wanted:
            return "started-once"
        if len(good) + len(once) >= wanted:
            return "healthy"
    if any(c.health in ("initializing", "reinitializing") for c in alive):
        return "initializing"
    return "degraded" if good else "unhealthy"


def of_parts(parts: Iterable[tuple[str, str]]) -> str:
    """The health of a stack from (state, healthState) of its services, or a project from its stacks (3.3)."""
    counted = [(state, health) for state, health in parts if state not in _IGNORED]
    if not counted:
        return "healthy"
    good = [
        health in ("healthy", "started-once") and state not in ("inactive", "registering", "deactivating")
        for state, health in counted
    ]
    if all(good):
        return "healthy"
    if any(health == "initializing" for _, health in counted):
        return "initializing"
    return "degraded" if any(good) else "unhealthy"


def _check(container: Container) -> dict[str, Any] | None:
    check = container.config.get("healthCheck")
    return check if isinstance(check, dict) else None


def _answers(world: World, container: Container) -> bool:
    if container.answers_health is not None:
        return container.answers_health
    host = world.hosts.get(container.host or 0)
    if host is not None and not host.connected:
        return False
    return world.images.of(container.config.get("imageUuid")).answers_health


def _plan_answer(world: World, container: Container) -> None:
    """Good answers add up after interval x healthyThreshold, from the application's first answer on."""
    check = _check(container) or {}
    behaviour = world.images.of(container.config.get("imageUuid"))
    first = world.timing.first_answer if behaviour.healthy_after is None else behaviour.healthy_after
    seconds = first + _interval(check) * int(check.get("healthyThreshold") or 2)
    world.later(seconds, "container.health", container.id, container.started)


def _interval(check: dict[str, Any]) -> float:
    return _millis(check.get("interval")) or 2.0


def _millis(value: Any) -> float | None:
    return float(value) / 1000 if isinstance(value, (int, float)) else None
