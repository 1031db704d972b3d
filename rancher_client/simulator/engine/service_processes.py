"""What the processes of services do that are no upgrades (rancher-1.6-api.md 4.3, 4.4)."""

from __future__ import annotations

from . import (
    chosen_containers,
    containers,
    deploying,
    launch_configs,
    own_links,
    reconcile,
    runs,
    updating,
    upgrade,
    waits,
)
from .model import PRIMARY, Container, Run, Service
from .runs import Done, Failed, GiveWay, Go, Outcome, Program, Wait, has_moved_on
from .world import World


def _reconcile(world: World, service: Service, run: Run) -> Outcome:
    if service.state == "updating-inactive":
        return Go("standing")
    runs.take_in(run)
    deploying.begin(world, service, run)
    return Go("starting")


def _starting(world: World, service: Service, run: Run) -> Outcome:
    if has_moved_on(service, run):
        return GiveWay()
    if run.disturbed:
        return Go("reconcile")
    outcome = deploying.end(world, service, run, again="reconcile")
    if outcome is not None:
        return outcome
    present = reconcile.managed(world, service)
    configs = max(1, len(launch_configs.of(service)))
    service.current_scale = len(present) // configs + sum(map(_counts, world.chosen_by(service)))
    return Go("standing")


def _counts(chosen: Container) -> bool:
    """Whether one of others is one of `currentScale` (cattle: ServiceExposeMapDaoImpl.getCurrentScale)."""
    return (
        chosen.config_name == PRIMARY
        and not containers.is_going(chosen)
        and chosen.state not in containers.BAD
    )


def _standing(world: World, service: Service, run: Run) -> Outcome:
    """Nothing is left to be done; after an update the links follow."""
    if run.process == "update":
        own_links.follow(world, service, run.body.get(updating.OLD) or {})
        chosen_containers.follow(world, service)
    return Done()


def _stop_all(world: World, service: Service, run: Run) -> Outcome:
    """deactivate stops containers without waiting for them (4.3)."""
    for container in reconcile.managed(world, service):
        if containers.is_bad(container):
            containers.remove(world, container)
        elif container.state != "stopped":
            containers.stop(world, container)
    return Go("leaving")


def _leaving(world: World, service: Service, run: Run) -> Outcome:
    ends = run.since + world.timing.deactivate
    return Done() if world.now >= ends - 1e-6 else Wait(at=ends)


def _remove_all(world: World, service: Service, run: Run) -> Outcome:
    for container in world.containers_of(service):
        containers.remove(world, container)
    own_links.dissolve(world, service)
    chosen_containers.release(world, service)
    return Go("gone")


def _gone(world: World, service: Service, run: Run) -> Outcome:
    if service.containers:
        return Wait(at=world.now + min(world.timing.look, world.timing.deactivate))
    return Done()


def _restart_batch(world: World, service: Service, run: Run) -> Outcome:
    """restart: as many units as the strategy's batchSize, then its pause (4.3)."""
    if "batchSize" in run.body and run.body["batchSize"] is None:
        return Failed("")  # a Java error without a text, without end [run]
    left = sorted(unit.uuid for unit in service.units if unit.uuid not in run.done)
    if not left:
        return Done()
    batch = left[: int(run.body.get("batchSize") or 1)]
    run.done += batch
    for container in reconcile.managed(world, service):
        if container.unit in batch and container.state == "running":
            containers.restart(world, container)
    return Go("restarted")


def _restarted(world: World, service: Service, run: Run) -> Outcome:
    if has_moved_on(service, run):
        return GiveWay()
    waiting = waits.for_running(world, service, run)
    if waiting is not None:
        return waiting
    return Go("pause" if len(run.done) < len(service.units) else "restart_batch")


def _pause(world: World, service: Service, run: Run) -> Outcome:
    if has_moved_on(service, run):
        return GiveWay()
    ends = run.since + float(run.body.get("intervalMillis") or 2000) / 1000
    return (
        Go("restart_batch") if world.now >= ends - 1e-6 else Wait(at=min(ends, world.now + world.timing.look))
    )


_RECONCILE = {"reconcile": _reconcile, "starting": _starting, "standing": _standing}

PROGRAMS: dict[str, Program] = {
    "activate": Program("reconcile", _RECONCILE, "Activating service", "service.activate"),
    "update": Program("reconcile", _RECONCILE, "Updating service", "service.update"),
    "deactivate": Program("stop_all", {"stop_all": _stop_all, "leaving": _leaving}),
    "remove": Program("remove_all", {"remove_all": _remove_all, "gone": _gone}),
    "restart": Program(
        "restart_batch",
        {"restart_batch": _restart_batch, "restarted": _restarted, "pause": _pause},
        "Restarting service",
        "service.restart",
    ),
    **upgrade.PROGRAMS,
}
