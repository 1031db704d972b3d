"""What the processes of services do that are no upgrades (rancher-1.6-api.md 4.3, 4.4)."""

from __future__ import annotations

from . import (
    chosen_containers,
    containers,
    deploying,
    endpoints,
    external_members,
    launch_configs,
    own_links,
    reconcile,
    runs,
    service_restart,
    unit_volumes,
    updating,
    upgrade,
)
from .model import BAD, GONE, PRIMARY, Container, Run, Service
from .runs import Done, Failed, Go, Outcome, Program, Wait
from .world import World


def _reconcile(world: World, service: Service, run: Run) -> Outcome:
    if service.state == "updating-inactive":
        return Go("standing")
    runs.take_in(run)
    failure = deploying.begin(world, service, run)
    if failure is not None and run.look:
        return _after_look(world, service, run, failure)
    return failure or Go("starting")


def _starting(world: World, service: Service, run: Run) -> Outcome:
    if run.disturbed:
        return Go("reconcile")
    outcome = deploying.end(world, service, run, again="reconcile")
    if run.look and (outcome is None or isinstance(outcome, Failed)):
        return _after_look(world, service, run, outcome)
    if outcome is not None:
        return outcome
    present = reconcile.managed(world, service)
    configs = max(1, len(launch_configs.of(service)))
    service.current_scale = len(present) // configs + sum(map(_counts, world.chosen_by(service)))
    return Go("standing")


def _after_look(world: World, service: Service, run: Run, failure: Failed | None) -> Outcome:
    """The update that the look has asked for has waited for it, and looks again, whatever has come of it."""
    if failure is not None:
        runs.tell_exception(world, service, run, failure.message, level="error", container=failure.container)
    runs.end_look(world, service, run, PROGRAMS[run.process])
    return Go("reconcile")


def _counts(chosen: Container) -> bool:
    """Whether one of others is one of `currentScale` (cattle: ServiceExposeMapDaoImpl.getCurrentScale)."""
    return chosen.config_name == PRIMARY and chosen.state not in GONE | BAD


def _standing(world: World, service: Service, run: Run) -> Outcome:
    """Nothing is left to be done; after an update the links follow."""
    if run.process == "update":
        own_links.follow(world, service, run.body.get(updating.OLD) or {})
        chosen_containers.follow(world, service)
    return Done()


def _stop_all(world: World, service: Service, run: Run) -> Outcome:
    """deactivate stops containers without waiting for them (4.3).

    Only those that run: what starts goes on starting, what could not be made stays
    (cattle: DefaultDeploymentUnitInstance.stop).
    """
    for container in reconcile.managed(world, service):
        if container.state == "running":
            containers.stop(world, container)
    external_members.let_go(world, service, external_members.present(service))
    return Go("leaving")


def _leaving(world: World, service: Service, run: Run) -> Outcome:
    ends = run.since + world.timing.deactivate
    return Done() if world.now >= ends - 1e-6 else Wait(at=ends)


def _remove_all(world: World, service: Service, run: Run) -> Outcome:
    """A removal sends its containers off one by one and waits for none (cattle: ServiceRemove) [run].

    It does wait for the volumes of its units, one by one (cattle: DeploymentUnit.cleanupVolumes).
    """
    going = world.containers_of(service)
    service.last_endpoints = [
        list(each)
        for container in [*going, *world.chosen_by(service)]
        for each in endpoints.of_container(world, container)
    ]
    for container in going:
        containers.remove(world, container)
    own_volumes = sum(unit_volumes.remove_with(world, unit) for unit in service.units)
    run.sent_off_at = (
        world.now
        + world.timing.process_start
        + len(going) * world.timing.send_off
        + own_volumes * world.timing.project_step
    )
    external_members.let_go(world, service, external_members.present(service))
    own_links.dissolve(world, service)
    chosen_containers.release(world, service)
    return Go("sent_off")


def _sent_off(world: World, service: Service, run: Run) -> Outcome:
    if world.now < run.sent_off_at - 1e-6:
        return Wait(at=run.sent_off_at)
    for container in world.containers_of(service):
        world.touch("container", container.id)
    return Done()


_RECONCILE = {"reconcile": _reconcile, "starting": _starting, "standing": _standing}

PROGRAMS: dict[str, Program] = {
    "activate": Program("reconcile", _RECONCILE, "Activating service", "service.activate"),
    "update": Program("reconcile", _RECONCILE, "Updating service", "service.update"),
    "deactivate": Program("stop_all", {"stop_all": _stop_all, "leaving": _leaving}),
    "remove": Program("remove_all", {"remove_all": _remove_all, "sent_off": _sent_off}),
    "restart": service_restart.PROGRAM,
    **upgrade.PROGRAMS,
}
