"""The in-service upgrade, its finish, rollback, cancel and continuation, batch by batch (chapter 5).

```
repeat
    reconcile, wait running, wait healthy (A), stop leftovers
    pick <= batchSize units and mark their old containers
    startFirst: start new, wait healthy, stop old      otherwise: stop old, start new
    wait healthy (B)
    all that were old are through -> reconcile once more, done      otherwise: sleep intervalMillis
```

Where nothing is old the walk goes through an empty batch, and tells of it (recordings of the service log).
A finish is the same walk, after which the old containers are removed and all is reconciled again (5.4).

A rollback is the same walk the other way: without the first reconcile and without health waits, and
old containers are started again instead of made anew (5.5).
"""

from __future__ import annotations

from typing import Any

from . import (
    containers,
    deploying,
    former_units,
    launch_configs,
    reconcile,
    service_links,
    service_logs,
    waits,
)
from .model import GONE, Container, Run, Service
from .runs import RECORD_CHANGED, Done, Failed, GiveWay, Go, Outcome, Program, Wait, has_moved_on
from .unit_volumes import NoVolume
from .upgrade_request import IN_SERVICE, TO_SERVICE
from .world import World

NULL_BATCH_SIZE = (
    'Cannot invoke "java.lang.Long.longValue()" because the return value of '
    '"io.cattle.platform.core.addon.InServiceUpgradeStrategy.getBatchSize()" is null'
)


NULL_INTERVAL = (
    'Cannot invoke "java.lang.Long.longValue()" because the return value of '
    '"io.cattle.platform.core.addon.ServiceUpgradeStrategy.getIntervalMillis()" is null'
)


def _strategy(service: Service) -> dict[str, Any]:
    """The in-service strategy of the `upgrade` block, written or not; empty where there is none."""
    return (service.unwritten or service.upgrade or {}).get(IN_SERVICE) or {}


def _is_back(run: Run) -> bool:
    return run.process == "rollback"


def _targets(service: Service, run: Run) -> dict[str, str]:
    """The versions this run leads to, from the `upgrade` block alone.

    After two simultaneous POSTs the service's own configs can be of the other one: then containers
    are made by the configs and taken for old by the block, without end where one batch does not hold
    them all (5.7).
    """
    strategy = _strategy(service)
    primary = "previousLaunchConfig" if _is_back(run) else "launchConfig"
    sidekicks = "previousSecondaryLaunchConfigs" if _is_back(run) else "secondaryLaunchConfigs"
    return launch_configs.versions(launch_configs.named(strategy[primary], strategy[sidekicks]))


def _old(world: World, service: Service, run: Run) -> list[Container]:
    """Managed containers whose version is not the one of their config's target (5.3)."""
    targets = _targets(service, run)
    return [c for c in reconcile.managed(world, service) if c.version != targets.get(c.config_name)]


def _to_clean_up(world: World, service: Service, run: Run) -> list[Container]:
    """Marked containers of another version than the run leads to (ServiceExposeMapDaoImpl.java)."""
    targets = _targets(service, run)
    marked = (c for c in world.containers_of(service) if c.marked and c.state not in GONE)
    return [c for c in marked if c.version != targets.get(c.config_name)]


def _stop_marked(world: World, service: Service, run: Run) -> Outcome | None:
    """None when all that is to be cleaned up has stopped; what could not be made is removed instead.

    To a rollback the old containers are none of these: one whose stop hangs since the upgrade does not hold
    it up a second time (recordings, upgrade-stop-fails-rollback).
    """
    leaving = _to_clean_up(world, service, run)
    for container in leaving:
        if containers.is_bad(container):
            containers.remove(world, container)
        elif container.state in ("running", "starting", "restarting", "creating", "requested"):
            containers.stop(world, container)
    return waits.for_stopped(world, run, leaving)


# Phases.


def _write_block(world: World, service: Service, run: Run) -> Outcome:
    """The asynchronous handler sets `upgrade` first of all (5.1)."""
    if has_moved_on(service, run):
        return GiveWay()
    if service.pending is not None:
        if service.loses_block:
            service.unwritten = service.pending
        else:
            service.upgrade = service.pending
        service.pending = None
        world.touch("service", service.id)
    if not _strategy(service) and (service.upgrade or {}).get(TO_SERVICE):
        return Go("clone_links")
    return Go("settle")


def _settle(world: World, service: Service, run: Run) -> Outcome:
    """The block can be read a moment before the first container changes (recordings)."""
    ends = run.since + world.timing.process_start
    return Go("check") if world.now >= ends - 1e-6 else Wait(at=ends)


def _check(world: World, service: Service, run: Run) -> Outcome:
    """Without a block there is nothing to walk through; a finish removes what is marked all the same.

    An explicit null batchSize ends every try of upgrade and rollback in a Java error (5.1).

    So does a config without a version, as a service has that was made without one [run]; the error has
    no text (cattle:…/addon/InServiceUpgradeStrategy.java, getNameToVersionToConfig).
    """
    strategy = _strategy(service)
    if not strategy:
        return Go("final_reconcile") if run.process == "finishupgrade" else Done()
    if strategy["batchSize"] is None:
        return Failed(NULL_BATCH_SIZE)
    both = (strategy["launchConfig"], strategy["previousLaunchConfig"])
    if any(config is not None and config.get("version") is None for config in both):
        return Failed("")
    return Go("pick" if _is_back(run) else "reconcile")


def _reconcile(world: World, service: Service, run: Run) -> Outcome:
    if has_moved_on(service, run):
        return GiveWay()
    return deploying.begin(world, service, run) or Go("starting")


def _starting(world: World, service: Service, run: Run) -> Outcome:
    outcome = deploying.end(world, service, run, again="reconcile")
    if outcome is not None:
        return outcome
    return _to_health(world, service, run, "healthy_before")


def _to_health(world: World, service: Service, run: Run, phase: str) -> Go:
    deploying.say(world, service, run, ".wait", "Waiting for all instances to be healthy")
    return Go(phase)


def _to_stop(world: World, service: Service, run: Run, phase: str) -> Go:
    deploying.say(world, service, run, ".stopping", "Stopping instances")
    return Go(phase)


def _not_healthy(world: World, service: Service, run: Run) -> Outcome | None:
    """Waited for are containers of the versions the run leads to, whatever the service says meanwhile."""
    return waits.for_health(world, service, run, _targets(service, run))


def _healthy_before(world: World, service: Service, run: Run) -> Outcome:
    waiting = _not_healthy(world, service, run)
    if waiting is not None:
        return waiting
    if has_moved_on(service, run):
        return GiveWay()
    return _to_stop(world, service, run, "stop_leftovers")


def _stop_leftovers(world: World, service: Service, run: Run) -> Outcome:
    """Marked containers of an interrupted batch that still run."""
    return _stop_marked(world, service, run) or Go("pick")


def _pick(world: World, service: Service, run: Run) -> Outcome:
    """Choose the next units, if any, and mark their old containers for upgrade.

    The order of units is that of a hash map (5.3): here by uuid, which comes from the seed.
    """
    if has_moved_on(service, run):
        return GiveWay()
    strategy = _strategy(service)
    old = _old(world, service, run)
    units = sorted({str(c.unit) for c in old})
    run.batch = units[: int(strategy["batchSize"])]
    run.is_last_batch = len(run.batch) == len(units)
    for container in old:
        if container.unit in run.batch:
            _mark(world, service, run, container)
    return Go("batch_make") if strategy["startFirst"] else _to_stop(world, service, run, "batch_stop")


def _mark(world: World, service: Service, run: Run, container: Container) -> None:
    container.managed, container.marked = False, True
    service_logs.write(
        world,
        service,
        "service.instance.mark.upgrade",
        "Mark for upgrade",
        transaction=run.transaction,
        container=container.id,
    )


def _batch_stop(world: World, service: Service, run: Run) -> Outcome:
    waiting = _stop_marked(world, service, run)
    if waiting is not None:
        return waiting
    if _strategy(service)["startFirst"]:
        return _to_end_of_batch(world, service, run)
    if service.state == "rolling-back" and not _is_back(run):
        # The rollback has rewritten the configs this run works with; a cancel has not (5.5, recordings).
        return GiveWay(RECORD_CHANGED)
    return Go("batch_make")


def _batch_make(world: World, service: Service, run: Run) -> Outcome:
    if _is_back(run):
        former_units.take_back(
            world, service, run.batch, strategy=_strategy(service), targets=_targets(service, run)
        )
    deploying.say(world, service, run, ".starting", "Starting new instances")
    return Go("batch_deploy")


def _batch_start(world: World, service: Service, run: Run) -> Outcome:
    outcome = deploying.end(world, service, run, again="batch_deploy", event=".starting")
    if outcome is not None:
        return outcome
    if not _strategy(service)["startFirst"]:
        return _to_end_of_batch(world, service, run)
    if _is_back(run):
        return _to_stop(world, service, run, "batch_stop")
    return _to_health(world, service, run, "new_healthy")


def _new_healthy(world: World, service: Service, run: Run) -> Outcome:
    return _not_healthy(world, service, run) or _to_stop(world, service, run, "batch_stop")


def _to_end_of_batch(world: World, service: Service, run: Run) -> Go:
    return Go("after_batch") if _is_back(run) else _to_health(world, service, run, "batch_healthy")


def _batch_healthy(world: World, service: Service, run: Run) -> Outcome:
    return _not_healthy(world, service, run) or Go("after_batch")


def _after_batch(world: World, service: Service, run: Run) -> Outcome:
    """Done once every unit of the list that the batch was picked from is through.

    What the batch itself has made is not looked at: so a torn service ends, if one batch holds it
    (5.7; cattle:…/UpgradeManagerImpl.java, doInServiceUpgrade). An explicit null intervalMillis is a Java
    error here; the next try goes on with the next batch.
    """
    if run.is_last_batch:
        return Go("final_reconcile")
    millis = _strategy(service)["intervalMillis"]
    if millis is None:
        return Failed(NULL_INTERVAL)
    deploying.say(world, service, run, ".sleep", f"Sleeping for {millis // 1000} seconds")
    return Go("sleep")


def _sleep(world: World, service: Service, run: Run) -> Outcome:
    """The pause between batches; looks every second whether the state was changed."""
    if has_moved_on(service, run):
        return GiveWay()
    ends = run.since + float(_strategy(service)["intervalMillis"]) / 1000
    if world.now >= ends - 1e-6:
        return Go("pick" if _is_back(run) else "reconcile")
    return Wait(at=min(ends, world.now + world.timing.look))


def _final_reconcile(world: World, service: Service, run: Run) -> Outcome:
    if has_moved_on(service, run):
        return GiveWay()
    return deploying.begin(world, service, run) or Go("final_start")


def _final_start(world: World, service: Service, run: Run) -> Outcome:
    """Old containers of a finish, new ones of a rollback go without being waited for (5.4, 5.5)."""
    outcome = deploying.end(world, service, run, again="final_reconcile")
    if outcome is not None:
        return outcome
    if run.process in ("finishupgrade", "rollback"):
        _remove_marked(world, service)
        return Go("last_reconcile")
    return Done()


def _last_reconcile(world: World, service: Service, run: Run) -> Outcome:
    """Nothing has changed since the reconcile before; the server looks all the same, and tells of it.

    A finish and a rollback end alike: UpgradeManagerImpl.finishUpgrade.
    """
    deploying.begin(world, service, run)
    return Done()


def _remove_marked(world: World, service: Service) -> None:
    for container in world.containers_of(service):
        if container.marked:
            containers.remove(world, container)


def _clone_links(world: World, service: Service, run: Run) -> Outcome:
    """updateLinks: who uses the service is linked to the other one too (UpgradeManagerImpl.updateLinks)."""
    assert service.upgrade is not None  # else the phase before had not led here
    strategy = service.upgrade[TO_SERVICE]
    target = world.services.get(strategy["toServiceId"])
    if target is not None and strategy["updateLinks"]:
        service_links.clone_consumers(world, service, target)
    return Go("move_scale")


def _move_scale(world: World, service: Service, run: Run) -> Outcome:
    """toServiceStrategy: containers move step by step to another service of the stack (5.1).

    The service itself may be named: then it only gets the final scale [run].
    Source: UpgradeManagerImpl.doToServiceUpgrade.
    """
    assert service.upgrade is not None  # else the phase before had not led here
    strategy = service.upgrade[TO_SERVICE]
    target = world.services.get(strategy["toServiceId"])
    if target is None or target.removed is not None:
        return Done()
    if has_moved_on(service, run):
        return GiveWay()
    size, final, millis = (strategy[name] for name in ("batchSize", "finalScale", "intervalMillis"))
    if None in (size, final, millis):
        return Failed("")
    pause = millis / 1000
    if target.health != "healthy":
        return Wait(at=world.now + pause)
    left, together = service.scale, service.scale + target.scale
    if together > final:
        left = service.scale = max(0, left - min(size, together - final))
    elif target.scale < final:
        target.scale += min(size, final - target.scale, final + size - together)
    if left == 0:
        target.scale = final
    for changed in {target.id: target, service.id: service}.values():
        todo = reconcile.plan(world, changed)
        reconcile.clean_up(world, changed, todo, transaction=run.transaction)
        try:
            reconcile.apply(world, changed, todo, transaction=run.transaction)
        except NoVolume as missing:
            return Failed(str(missing))
        world.touch("service", changed.id)
    return Done() if left == 0 else Wait(at=world.now + pause)


def _stop_here(world: World, service: Service, run: Run) -> Outcome:
    """cancelupgrade: containers stay mixed as they are (5.6)."""
    return Done()


_WALK = {
    "write_block": _write_block,
    "settle": _settle,
    "check": _check,
    "reconcile": _reconcile,
    "starting": _starting,
    "healthy_before": _healthy_before,
    "stop_leftovers": _stop_leftovers,
    "pick": _pick,
    "batch_stop": _batch_stop,
    "batch_make": _batch_make,
    "batch_deploy": deploying.begin_batch,
    "batch_start": _batch_start,
    "new_healthy": _new_healthy,
    "batch_healthy": _batch_healthy,
    "after_batch": _after_batch,
    "sleep": _sleep,
    "final_reconcile": _final_reconcile,
    "final_start": _final_start,
    "last_reconcile": _last_reconcile,
    "clone_links": _clone_links,
    "move_scale": _move_scale,
}

PROGRAMS = {
    "upgrade": Program("write_block", _WALK, "Upgrading service", "service.upgrade"),
    "continueupgrade": Program("check", _WALK, "Continuing service upgrade", "service.continueupgrade"),
    "finishupgrade": Program("check", _WALK, "Finishing upgrade", "service.finishupgrade"),
    "rollback": Program("check", _WALK, "Rolling back service", "service.rollback"),
    "cancelupgrade": Program("stop_here", {"stop_here": _stop_here}),
}
