"""One deployment of a run: what is set going, what is waited for, and what the log says of it (4.4, 9).

A process deploys once, or several times over where the scale is left to a policy: the same phases again.
Source: cattle:…/deployment/impl/DeploymentManagerImpl.java.
"""

from __future__ import annotations

from . import reconcile, scale_policy, service_logs, waits
from .model import Run, Service
from .runs import Failed, Go, Outcome, event_of
from .unit_volumes import NoVolume
from .world import World


def begin(world: World, service: Service, run: Run, event: str = "") -> Failed | None:
    """Set going what is missing, stopped or too much; `event` = below which event the log tells of it.

    Fails where a volume is missing.
    """
    scale_policy.begin(service)
    todo = reconcile.plan(world, service)
    say(world, service, run, f"{event}.info", reconcile.summary(todo, service))
    run.reconciles = not todo.is_empty or waits.for_running(world, service, run) is not None
    if not run.reconciles:
        say(world, service, run, f"{event}.info", "Service already reconciled")
        return None
    reconcile.clean_up(world, service, todo, transaction=run.transaction)
    say(world, service, run, f"{event}.wait", "Waiting for instances to start")
    try:
        reconcile.apply(world, service, todo, transaction=run.transaction)
    except NoVolume as missing:
        return Failed(str(missing))
    return None


def begin_batch(world: World, service: Service, run: Run) -> Outcome:
    """Phase of those that go batch by batch, upgrade and restart: deploy what the batch has stopped."""
    return begin(world, service, run, ".starting") or Go("batch_start")


def end(world: World, service: Service, run: Run, *, again: str, event: str = "") -> Outcome | None:
    """None when the deployment stands, or is given up; `again` = the phase that begins another one.

    A policy that has found no place for all it wanted deploys less, and more when all of it stands.
    """
    waiting = waits.for_running(world, service, run)
    if isinstance(waiting, Failed):
        return _without_place(world, service, run, waiting, again, event)
    if waiting is not None:
        return waiting
    if run.reconciles:
        status = reconcile.summary(reconcile.plan(world, service), service)
        say(world, service, run, f"{event}.info", f"Service reconciled: {status}")
    if run.shrinks:
        run.shrinks = False
        return None
    return Go(again) if scale_policy.grow(service) else None


def _without_place(
    world: World, service: Service, run: Run, failure: Failed, again: str, event: str
) -> Outcome | None:
    """What a policy makes of a container without a host; any other failure the run fails of."""
    shrinks, run.shrinks = run.shrinks, False
    if failure.container is None or world.containers[failure.container].host is not None:
        return failure
    gives_up = scale_policy.gives_up(service)
    if not gives_up and not scale_policy.shrink(service, again=shrinks):
        return failure
    event = f"{event_of(run)}{event}.wait.exception"
    service_logs.write(
        world,
        service,
        event,
        failure.message,
        transaction=run.transaction,
        level="error",
        container=failure.container,
    )
    if gives_up:
        return None
    run.shrinks = True
    return Go(again)


def say(world: World, service: Service, run: Run, event: str, text: str) -> None:
    """A line of the service log below the process."""
    service_logs.write(world, service, f"{event_of(run)}{event}", text, transaction=run.transaction)
