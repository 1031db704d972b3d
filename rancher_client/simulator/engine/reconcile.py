"""Bringing a service's containers to what its configs and its scale ask for (rancher-1.6-api.md 4.4).

`plan` only compares; `apply` carries a plan out. A deployment unit keeps its uuid over an upgrade, so
that a successor is tied to the container it replaces; a unit with a failed container is dropped and
made again under a new uuid (5.3, 5.5).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from . import (
    addresses,
    containers,
    external_members,
    health,
    launch_configs,
    making,
    scheduling,
    service_logs,
    unit_volumes,
)
from .model import Container, Service, Unit
from .parts import ExternalMember
from .world import World

MOST_UNITS = 1_000
"""A server that is asked for more works on it for hours; here nothing else would move meanwhile."""


@dataclass(slots=True)
class Plan:
    """What has to be done. Empty = nothing."""

    requested: int = 0
    present: int = 0
    """How many units there are."""
    bad: list[Unit] = field(default_factory=list)
    """Units with a container that could not be made."""
    unhealthy: list[Unit] = field(default_factory=list)
    """Units whose check has failed, by the strategy (`health.unhealthy_units`)."""
    surplus: list[Unit] = field(default_factory=list)
    """Units above the scale."""
    added: list[Unit] = field(default_factory=list)
    """Units to make; their uuid is still empty, and all their containers are missing."""
    kept: list[Unit] = field(default_factory=list)
    """Units that stay or are made."""
    missing: list[tuple[Unit, list[str]]] = field(default_factory=list)
    stopped: list[Container] = field(default_factory=list)
    entered: list[str] = field(default_factory=list)
    """What an external service has come to stand for."""
    left: list[ExternalMember] = field(default_factory=list)
    """What it no longer stands for."""

    @property
    def is_empty(self) -> bool:
        """Whether everything is as it should be."""
        units = self.bad or self.unhealthy or self.surplus or self.missing or self.stopped
        return not (units or self.entered or self.left)


def managed(world: World, service: Service) -> list[Container]:
    """The containers that reconcile looks after: not marked for upgrade, not on their way out."""
    return [c for c in world.containers_of(service) if c.managed and not containers.is_going(c)]


def plan(world: World, service: Service) -> Plan:
    """Compare what is with what should be.

    Empty for a service that `rests`.
    """
    held = _by_unit(world, service)
    units = _units(service, held)
    todo = Plan(present=len(units))
    if not launch_configs.makes_containers(service):
        todo.surplus = list(service.units)
        if service.kind == external_members.KIND:
            _look_outside(service, todo)
        return todo
    if rests(world, service):
        return todo
    kept = _keep_good_units(world, service, units, held, todo)
    kept = _fit_to_scale(world, service, kept, held, todo)
    todo.kept = kept
    _look_into_units(service, kept, held, todo)
    return todo


def rests(world: World, service: Service) -> bool:
    """Without a usable host nothing is done, not even what needs none, and nothing is waited for.

    The process ends well all the same (cattle: DeploymentManagerImpl.activate).
    """
    return not scheduling.usable_hosts(world, service.project)


def clean_up(world: World, service: Service, todo: Plan, *, transaction: str) -> None:
    """Carry out the first part of the plan: what has to be replaced goes."""
    for units, why in ((todo.bad, "bad"), (todo.unhealthy, "unhealthy")):
        for unit in units:
            _drop(world, service, unit, f"Removing {why} service instance", transaction)
    external_members.let_go(world, service, todo.left)


def apply(world: World, service: Service, todo: Plan, *, transaction: str) -> None:
    """Carry out what `clean_up` has left of the plan; nothing is waited for.

    Raises NoVolume where a unit lacks a volume, and leaves the rest.
    """
    if not launch_configs.keeps_units(service):
        _forget_empty_units(world, service)
    for unit in todo.surplus:
        _drop(world, service, unit, "Removing extra service instance", transaction)
    for unit in todo.added:
        unit.uuid = world.new_uuid()
        service.units.append(unit)
    missing = {unit.uuid: names for unit, names in todo.missing}
    waiting = [each for each in managed(world, service) if _waits_for_unit(each)]
    for unit in todo.kept:
        made = _make_missing(world, service, unit, missing.get(unit.uuid, []), transaction=transaction)
        for container in made:
            containers.begin(world, container)
    for container in waiting:
        containers.begin(world, container)
    for container in todo.stopped:
        containers.start(world, container)
        _log(world, service, "service.instance.start", "Starting stopped instance", container, transaction)
    external_members.make(world, service, todo.entered)
    addresses.let_go(service)


def _make_missing(
    world: World, service: Service, unit: Unit, names: list[str], *, transaction: str
) -> list[Container]:
    """The containers that a unit lacks, and the volumes that any of its configs names. Raises NoVolume."""
    made = []
    for name, config in launch_configs.of(service).items():
        volumes = unit_volumes.of(world, service, unit, config)
        if name not in names:
            continue
        awaits = name != names[-1]
        container = making.make(world, service, unit, name, volumes=volumes, awaits_unit=awaits)
        _log(
            world,
            service,
            "service.instance.create",
            "Creating extra service instance",
            container,
            transaction,
        )
        made.append(container)
    return made


def _waits_for_unit(container: Container) -> bool:
    """Whether it was made for a unit whose others could not be made, so that its creation did not begin."""
    return container.state == "requested" and container.step == 0


def wanted_units(world: World, service: Service) -> int | None:
    """How many units the scale asks for, at most `MOST_UNITS`; None for a global service, one a host.

    What a policy has come to want counts even when the policy is gone
    (cattle:…/planner/DefaultServiceDeploymentPlanner.java).
    """
    if launch_configs.is_global(service.launch_config):
        return None
    if service.desired_scale is not None:
        return min(service.desired_scale, MOST_UNITS)
    former = service.run.former_scale if service.run is not None else None
    return min(max(0, service.scale if former is None else former), MOST_UNITS)


def summary(todo: Plan, service: Service) -> str:
    """The line of numbers in the service log (chapter 9)."""
    bad = len(todo.bad) + len(todo.left)
    made = todo.present - bad - len(todo.unhealthy)
    requested = f"Requested: {todo.requested}, " if _has_a_scale(service) else ""
    return (
        f"{requested}Created: {made}, Unhealthy: {len(todo.unhealthy)}, "
        f"Bad: {bad}, Incomplete: {sum(1 for unit, _ in todo.missing if unit.uuid)}"
    )


def _has_a_scale(service: Service) -> bool:
    """Whether a number of units is asked for; one a host is none.

    Cattle: …/impl/planner/DefaultServiceDeploymentPlanner.java, getStatus.
    """
    return launch_configs.makes_containers(service) and not launch_configs.is_global(service.launch_config)


def _look_outside(service: Service, todo: Plan) -> None:
    """The server counts what is listed, and beside it what is paired already."""
    todo.entered = external_members.missing(service)
    todo.left = external_members.no_longer_listed(service)
    todo.present = len(external_members.listed(service)) + len(external_members.present(service))


Held = dict[str | None, list[Container]]
"""The containers that reconcile looks after by the uuid of their unit, in order of creation."""


def _by_unit(world: World, service: Service) -> Held:
    held: Held = {}
    for container in managed(world, service):
        held.setdefault(container.unit, []).append(container)
    return held


def _units(service: Service, held: Held) -> list[Unit]:
    """The units that are there; where units are not kept, those with a container that is looked after."""
    if launch_configs.keeps_units(service):
        return service.units
    return [unit for unit in service.units if unit.uuid in held]


def _forget_empty_units(world: World, service: Service) -> None:
    """Only where units are not kept; a marked container may still bring its unit back (5.5)."""
    left = {container.unit for container in world.containers_of(service)}
    service.units = [unit for unit in service.units if unit.uuid in left]


def _drop(world: World, service: Service, unit: Unit, text: str, transaction: str) -> None:
    """Take a unit away, whole: its successor is another unit, whatever was wrong with it."""
    for container in [c for c in managed(world, service) if c.unit == unit.uuid]:
        container.dropped = True
        containers.remove(world, container)
        _log(world, service, "service.instance.delete", text, container, transaction)
    unit_volumes.remove_with(world, unit)
    service.units = [other for other in service.units if other.uuid != unit.uuid]


def _keep_good_units(world: World, service: Service, units: list[Unit], held: Held, todo: Plan) -> list[Unit]:
    """Units with a container whose creation failed, or whose check fails, are replaced whole (5.6, 4.4)."""
    failed = {uuid for uuid, present in held.items() if any(map(containers.is_bad, present))}
    todo.bad = [unit for unit in units if unit.uuid in failed]
    others = [unit for unit in units if unit.uuid not in failed]
    todo.unhealthy = health.unhealthy_units(
        service, [(unit, held.get(unit.uuid, [])) for unit in others], world.hosts
    )
    return [unit for unit in others if unit not in todo.unhealthy]


def _fit_to_scale(world: World, service: Service, kept: list[Unit], held: Held, todo: Plan) -> list[Unit]:
    """Drop the units above the scale, the youngest first; plan those that are missing.

    A global service forgets its units on hosts that it may not use now: they are left as they are
    (cattle: GlobalServiceDeploymentPlanner.ignoreUnits).
    """
    wanted = wanted_units(world, service)
    if wanted is None:
        hosts = [host.id for host in scheduling.global_hosts(world, service)]
        kept = [unit for unit in kept if unit.host in hosts]
        covered = {unit.host for unit in kept}
        new_hosts: list[int | None] = [host for host in hosts if host not in covered]
    else:
        todo.requested = wanted
        kept = sorted(kept, key=lambda unit: _age(unit, held))
        todo.surplus = kept[wanted:]
        kept = kept[:wanted]
        new_hosts = [None] * (wanted - len(kept))
    used = {unit.index for unit in kept}
    for host in new_hosts:
        index = next(n for n in range(1, len(used) + 2) if n not in used)
        used.add(index)
        todo.added.append(Unit(uuid="", index=index, host=host))
    return [*kept, *todo.added]


def _age(unit: Unit, held: Held) -> int:
    """How late the first of its containers was made, upgraded ones anew: the lower, the older.

    The number of one without containers stands for it (cattle: DeploymentUnit.getCreateIndex).
    """
    made = (container.create_index or 0 for container in held.get(unit.uuid, ()))
    return min(made, default=unit.index)


def _look_into_units(service: Service, kept: list[Unit], held: Held, todo: Plan) -> None:
    """Inside the units that stay: stopped and missing containers.

    Containers of a config that the service does not have any more (a removed sidekick) are left to
    the upgrade, which needs them for a rollback.
    """
    configs = launch_configs.of(service)
    for unit in kept:
        present = held.get(unit.uuid, [])
        todo.stopped += [c for c in present if c.state == "stopped" and not health.is_done_job(c)]
        there = {c.config_name for c in present}
        names = [name for name in configs if name not in there]
        if names:
            todo.missing.append((unit, names))


def _log(
    world: World, service: Service, event: str, text: str, container: Container, transaction: str
) -> None:
    service_logs.write(world, service, event, text, transaction=transaction, container=container.id)
