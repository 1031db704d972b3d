"""The three waits of a run: for containers to run, to be healthy, to have stopped (5.3, 5.6, 13.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from . import containers, health, launch_configs, reconcile
from .model import GONE, Container, Run, Service
from .runs import Failed, GiveWay, Outcome, Wait, has_moved_on
from .world import World

RECONCILING = "reconciling service state"
_SHOULD_RUN = "Container should have been running but is in {} state. Check logs for more information."


def for_running(world: World, service: Service, run: Run) -> Outcome | None:
    """None when every managed container runs; a failed one fails the run.

    A wait for a start is not left when the state moves on, only when it ends (5.5).
    """
    if reconcile.rests(world, service):
        return None
    if launch_configs.has_twins(service) and reconcile.wanted_units(world, service) != 0:
        return Failed(RECONCILING, error=False)
    waiting: Container | None = None
    for container in reconcile.managed(world, service):
        if health.is_done_job(container) or _has_run(container):
            continue
        if containers.is_bad(container) or container.state == "stopped":
            return Failed(_why(container), container=container.id)
        waiting = waiting or container
    refused = _refused_in_creation(world, service, run) if waiting is None else None
    if refused is not None:
        is_gone = refused.removed is not None
        return Failed(_why(refused), container=refused.id) if is_gone else Wait()
    if waiting is None and run.disturbed:
        return Failed(RECONCILING, error=False)
    if waiting is None:
        lost = _lost_one(world, service)
        return Failed(_SHOULD_RUN.format("removed")) if lost else None
    if _timed_out(world, run):
        text = f"Waiting: state to equal running [container:1i{waiting.id}]"
        return Failed(text, error=False, container=waiting.id)
    return Wait()


def for_health(
    world: World, service: Service, run: Run, versions: Mapping[str, str] | None = None
) -> Outcome | None:
    """None when every running container is healthy or has no check; looked at are these versions, by config.

    They are waited for one after the other. The one that is awaited stays so until its check is well: that it
    was replaced or has stopped is not seen (5.6; cattle: UpgradeManagerImpl.waitForHealthyState).
    """
    awaited = None if run.waits_for is None else world.containers[run.waits_for]
    if awaited is None or awaited.health in health.HEALTHY:
        awaited = _first_sick(world, service, versions)
        if awaited is None:
            return None
        run.waits_for = awaited.id
    waited = world.now - run.since
    if has_moved_on(service, run) and waited % world.timing.health_look < world.timing.look:
        return GiveWay()
    if _timed_out(world, run):
        text = f"Waiting: healthy [container:1i{awaited.id}]"
        return Failed(text, error=False, container=awaited.id)
    return Wait()


def for_stopped(world: World, run: Run, leaving: Iterable[Container]) -> Outcome | None:
    """None when none of the containers runs any more."""
    waiting = next((c for c in leaving if c.state not in ("stopped", "removed", "purged")), None)
    if waiting is None:
        return None
    if _timed_out(world, run):
        text = f"Waiting: state to equal stopped [container:1i{waiting.id}]"
        return Failed(text, error=False, container=waiting.id)
    return Wait()


def is_something_starting(world: World, service: Service) -> bool:
    """Whether a container has not come to run yet since it was last started."""
    return not all(map(_has_run, reconcile.managed(world, service)))


def _has_run(container: Container) -> bool:
    """Whether its last start came to its end; if it has stopped since, it was seen running before.

    The server is told of every change, however short its pause between looks (cattle: ResourceMonitorImpl).
    """
    return container.started is not None


def _first_sick(world: World, service: Service, versions: Mapping[str, str] | None) -> Container | None:
    for container in reconcile.managed(world, service):
        is_present = versions is None or container.version == versions.get(container.config_name)
        if is_present and container.state == "running" and container.health not in health.HEALTHY:
            return container
    return None


def _lost_one(world: World, service: Service) -> bool:
    """A container was taken away by hand while its start was waited for."""
    return any(unit.uuid for unit, _ in reconcile.plan(world, service).missing)


def _refused_in_creation(world: World, service: Service, run: Run) -> Container | None:
    """A container of this wait whose creation could not go on, so that it is removed at once (6.1)."""
    for container in reversed(world.containers.values()):
        if container.created < run.since:
            return None
        if container.service == service.id and container.state in GONE and container.failure is not None:
            return container
    return None


def _timed_out(world: World, run: Run) -> bool:
    return world.now - run.since >= world.timing.wait_timeout - 1e-6


def _why(container: Container) -> str:
    """The service's line about a container that does not come up (5.6).

    One that is in error before it was given a host has another one (cattle: DefaultDeploymentUnitInstance).
    """
    cause = "" if container.failure is None else f": {container.failure}"
    if container.host is None:
        name = f"[container:1i{container.id}]"
        return f"Failed to allocate instance {name}: Bad instance {name} in state [{container.state}]{cause}"
    return _SHOULD_RUN.format("stopped" if container.state == "stopped" else "error") + cause
