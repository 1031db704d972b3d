"""Health: of containers with a check, of services, stacks and projects (rancher-1.6-api.md 4.4, 3.3, 5.6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from . import checkers, launch_configs
from .model import BAD, GONE, LOST, RUNS, Container, Host, Service, Unit
from .state_machines import CONTAINER
from .world import World

HEALTHY = frozenset({None, "healthy", "updating-healthy"})
"""What the upgrade's waits take for healthy: no check, or a good answer (5.3)."""

_IGNORED = GONE | BAD
_KINDS_WITH_HEALTH = frozenset({"service", "loadBalancerService"})
_ACTIVE_SERVICES = frozenset(
    {
        "active",
        "activating",
        "canceled-upgrade",
        "canceling-upgrade",
        "finishing-upgrade",
        "restarting",
        "rolling-back",
        "updating-active",
        "upgraded",
        "upgrading",
    }
)
_ACTIVE_STACKS = frozenset({"active", "activating", "updating-active"})
_INITIALIZING = frozenset({"initializing", "reinitializing"})
_UNDER_WAY = CONTAINER.transitional_states


def start_checking(world: World, container: Container) -> None:
    """The container runs: with a check it is `initializing` until the first good answers.

    What was healthy before is `reinitializing`; what was anything else stays so, and gets no more time for
    it (cattle: InstanceHealthcheckRegister).
    """
    check = _check(container)
    if check is None:
        return
    checkers.register(world, container)
    if container.health is None:
        _become(world, container, "initializing")
    elif container.health == "healthy":
        _become(world, container, "reinitializing")
    _plan_answer(world, container, check)


def answer(world: World, number: int, since: float) -> bool:
    """Event: the check's answers have added up. True when the container's health changed."""
    container = world.containers[number]
    if container.state not in RUNS or container.started != since:
        return False
    return report(world, container, healthy=_answers(world, container))


def report(world: World, container: Container, *, healthy: bool) -> bool:
    """What the checks say of a container; True when its health changed.

    A bad report counts only for a healthy one: while it starts, failing is normal, and nobody even notes it
    (cattle: HealthcheckServiceImpl.shouldUpdate).
    """
    if container.health is None or (not healthy and container.health in _INITIALIZING):
        return False
    checkers.hear(container, healthy=healthy)
    if healthy and container.health != "healthy":
        _become(world, container, "healthy")
    elif not healthy and container.health == "healthy":
        _become(world, container, "unhealthy")
    else:
        return False
    return True


def is_given_up(container: Container, since: float) -> bool:
    """Whether a container has waited for its first good answers in vain since then, running or not."""
    return container.health_since == since and container.config["healthCheck"].get("strategy") != "none"


def plan_giving_up(world: World, container: Container, *, after: float) -> None:
    """The task that takes such containers away looks at it at its first beat after that epoch."""
    due = world.next_beat(world.timing.health_task, after=after)
    world.at(due, "container.never_healthy", container.id, container.health_since)


def pass_on(world: World, host: Host) -> None:
    """What the host checked others check from now on, if there are any."""
    _hear_of(world, checkers.withdraw(world, host))


def take_up(world: World, host: Host) -> None:
    """The host checks again, and so do others: whatever lacks some hosts that check it gets them."""
    _hear_of(world, checkers.register_all(world, host.project))


def _hear_of(world: World, containers: Iterable[Container]) -> None:
    """New hosts tell how a container is as soon as they have asked often enough."""
    for container in containers:
        if world.site.checks_health and container.state in RUNS:
            recheck(world, container)


def recheck(world: World, container: Container) -> None:
    """A lever changed what the check gets to hear; it shows after interval x threshold."""
    check = _check(container)
    if check is None:
        return
    if _answers(world, container):
        _plan_answer(world, container, check)
    else:
        seconds = _interval(check) * int(check.get("unhealthyThreshold") or 3)
        world.later(seconds, "container.health", container.id, container.started)


def unhealthy_units(
    service: Service, units: Iterable[tuple[Unit, list[Container]]], hosts: Mapping[int, Host]
) -> list[Unit]:
    """The units that reconcile replaces, of (unit, its managed containers).

    The check of the *primary* says how, for the whole unit and whichever of its containers is unhealthy
    (cattle: ServiceDeploymentPlanner.setHealthCheckAction and the three `…HealthCheckActionHandler`s).
    """
    check = (service.launch_config or {}).get("healthCheck")
    check = check if isinstance(check, dict) else {}
    strategy = check.get("strategy")
    if strategy == "none":
        return []
    sick, well = [], 0
    for unit, containers in units:
        if _is_unhealthy(containers, hosts):
            sick.append(unit)
        elif not any(c.health in _INITIALIZING for c in containers):
            well += 1
    if strategy == "recreateOnQuorum":
        quorum = int((check.get("recreateOnQuorumStrategyConfig") or {}).get("quorum") or 1)
        return sick if well >= quorum else []
    return sick


def _is_unhealthy(containers: Iterable[Container], hosts: Mapping[int, Host]) -> bool:
    """A check failed, or something is under way that a lost host will not end (DeploymentUnit.java)."""
    for container in containers:
        host = hosts.get(container.host or 0)
        is_lost = host is not None and host.agent_state in LOST
        if container.health == "unhealthy" or (is_lost and container.state in _UNDER_WAY):
            return True
    return False


def plan_look(world: World, stack_number: int) -> None:
    """A process of a stack, a service or a container has ended: look at the stack's health a little later.

    Only ends count, so a service stays healthy while a successor comes up, and a container that hangs in
    its stop does not make it degraded (cattle:…/process/StackHealthStateUpdateTrigger.java).
    """
    stack = world.stacks[stack_number]
    if not stack.health_due:
        stack.health_due = True
        world.later(world.timing.health_settles, "stack.health", stack.id)


def is_done_job(container: Container) -> bool:
    """A `start_once` container that ran and stopped is done, however it stopped (4.4)."""
    return (
        launch_configs.is_start_once(container.config)
        and container.start_count >= 1
        and container.state in ("stopped", "stopping")
    )


def of_service(world: World, service: Service) -> str:
    """Counts managed containers only: old ones stopped by an upgrade do not count (4.4).

    cattle:…/service/impl/ServiceDiscoveryServiceImpl.java, calculateServiceHealthState.
    """
    if service.kind not in _KINDS_WITH_HEALTH:
        return "healthy"
    managed = [c for c in world.containers_of(service) if c.managed and c.state not in _IGNORED]
    is_global = launch_configs.is_global(service.launch_config)
    if is_global:
        managed = [c for c in managed if _on_active_host(world, c)]
    wanted = len(managed) if is_global else _expected(service)
    running = [c for c in managed if c.state == "running"]
    good = sum(c.health in HEALTHY for c in running)
    done = sum(map(is_done_job, managed))
    if done and done >= wanted:
        return "started-once"
    if good + done >= wanted and (managed or not is_global):
        return "healthy"
    if any(c.health in _INITIALIZING for c in running):
        return "initializing"
    return "degraded" if good + done else "unhealthy"


def _expected(service: Service) -> int:
    """How many containers a service should have.

    With a scale policy its minimum, even of a service that makes none: it is never well [run].
    """
    policy = service.fields.get("scalePolicy")
    if isinstance(policy, dict):
        units = int(policy.get("min", 1))
    else:
        units = service.scale if launch_configs.makes_containers(service) else 0
    return units * len(launch_configs.of(service))


def _on_active_host(world: World, container: Container) -> bool:
    host = world.hosts.get(container.host or 0)
    return host is not None and host.state == "active" and host.agent_state == "active"


def of_stack(services: Iterable[tuple[str, str]]) -> str:
    """The health of a stack from (state, healthState) of its services (3.3)."""
    return _of_parts(services, _ACTIVE_SERVICES)


def of_project(stacks: Iterable[tuple[str, str]]) -> str:
    """The health of a project from (state, healthState) of its stacks; an upgrading one counts as bad."""
    return _of_parts(stacks, _ACTIVE_STACKS)


def _of_parts(parts: Iterable[tuple[str, str]], active: frozenset[str]) -> str:
    """Parts on their way out do not count; of the others only active ones can be well."""
    counted = [(state, health) for state, health in parts if state not in GONE]
    good = [health for state, health in counted if state in active and health in ("healthy", "started-once")]
    if counted and good.count("started-once") == len(counted):
        return "started-once"
    if len(good) == len(counted):
        return "healthy"
    if any(health == "initializing" for _, health in counted):
        return "initializing"
    return "degraded" if good else "unhealthy"


def _become(world: World, container: Container, health: str) -> None:
    container.health, container.health_since = health, world.now
    timeout = _millis(container.config["healthCheck"].get(f"{health}Timeout"))  # of the initial two only
    if timeout is not None:
        plan_giving_up(world, container, after=world.now + timeout)


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


def _plan_answer(world: World, container: Container, check: dict[str, Any]) -> None:
    """Good answers add up after interval x healthyThreshold, from the application's first answer on."""
    if not world.site.checks_health:
        return
    behaviour = world.images.of(container.config.get("imageUuid"))
    first = world.timing.first_answer if behaviour.healthy_after is None else behaviour.healthy_after
    seconds = first + _interval(check) * int(check.get("healthyThreshold") or 2)
    world.later(seconds, "container.health", container.id, container.started)


def _interval(check: dict[str, Any]) -> float:
    return _millis(check.get("interval")) or 2.0


def _millis(value: Any) -> float | None:
    return float(value) / 1000 if isinstance(value, (int, float)) else None
