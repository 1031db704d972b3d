"""Restarting a service: its units are stopped and started again, batch by batch (rancher-1.6-api.md 4.3).

```
repeat
    wait healthy, stop the containers of <= batchSize units, reconcile: it starts what is stopped
    no unit left -> done      otherwise: sleep intervalMillis
```

Source: cattle:…/upgrade/impl/UpgradeManagerImpl.java, restart.
"""

from __future__ import annotations

from typing import Any

from . import containers, deploying, reconcile, waits
from .model import Container, Run, Service
from .runs import Done, Failed, GiveWay, Go, Outcome, Program, Wait, has_moved_on
from .upgrade import NULL_INTERVAL
from .world import World

COUNTS = "instanceToStartCount"
"""In the strategy: how often each container had been started when the restart was asked for."""


def with_counts(world: World, service: Service, strategy: dict[str, Any]) -> dict[str, Any]:
    """The strategy of a restart, and the containers that it is about (ServiceRestartValidationFilter)."""
    return strategy | {COUNTS: {c.id: c.start_count for c in reconcile.managed(world, service)}}


def _gather(world: World, service: Service, run: Run) -> Outcome:
    """Each try takes the units with a container that has not been started since the request."""
    counts = run.body.get(COUNTS)
    if counts is None:  # taken over in the middle of it: the request is not known
        run.body = with_counts(world, service, run.body)
        counts = run.body[COUNTS]
    due = {c.unit for c in _due(world, service, run)}
    run.left = sorted(str(unit) for unit in due)
    return Go("batch")


def _due(world: World, service: Service, run: Run) -> list[Container]:
    counts = run.body[COUNTS]
    return [c for c in reconcile.managed(world, service) if counts.get(c.id) == c.start_count]


def _batch(world: World, service: Service, run: Run) -> Outcome:
    """As many units as the strategy's batchSize; an explicit null is a Java error without a text [run]."""
    size = run.body.get("batchSize", 1)
    if size is None:
        return Failed("")
    run.batch, run.left = run.left[: int(size)], run.left[int(size) :]
    deploying.say(world, service, run, ".wait", "Waiting for all instances to be healthy")
    return Go("all_healthy")


def _all_healthy(world: World, service: Service, run: Run) -> Outcome:
    waiting = waits.for_health(world, service, run)
    if waiting is not None:
        return waiting
    deploying.say(world, service, run, ".stopping", "Stopping instances")
    return Go("batch_stop")


def _batch_stop(world: World, service: Service, run: Run) -> Outcome:
    """What is on its way somewhere is stopped when it has come there; what could not be made goes."""
    batch = [c for c in _due(world, service, run) if c.unit in run.batch]
    for container in batch:
        if container.state == "running":
            containers.stop(world, container)
        elif container.state == "error":
            containers.remove(world, container)
    return waits.for_stopped(world, run, batch) or Go("batch_make")


def _batch_make(world: World, service: Service, run: Run) -> Outcome:
    deploying.say(world, service, run, ".starting", "Starting new instances")
    return Go("batch_deploy")


def _batch_start(world: World, service: Service, run: Run) -> Outcome:
    outcome = deploying.end(world, service, run, again="batch_deploy", event=".starting")
    if outcome is not None:
        return outcome
    if not run.left:
        return Done()
    millis = run.body.get("intervalMillis", 2000)
    if millis is None:
        return Failed(NULL_INTERVAL)
    deploying.say(world, service, run, ".sleep", f"Sleeping for {millis // 1000} seconds")
    return Go("sleep")


def _sleep(world: World, service: Service, run: Run) -> Outcome:
    """The pause between batches; only here, and while somebody is not well, a change of state is seen."""
    if has_moved_on(service, run):
        return GiveWay()
    ends = run.since + float(run.body.get("intervalMillis", 2000)) / 1000
    return Go("batch") if world.now >= ends - 1e-6 else Wait(at=min(ends, world.now + world.timing.look))


PROGRAM = Program(
    "gather",
    {
        "gather": _gather,
        "batch": _batch,
        "all_healthy": _all_healthy,
        "batch_stop": _batch_stop,
        "batch_make": _batch_make,
        "batch_deploy": deploying.begin_batch,
        "batch_start": _batch_start,
        "sleep": _sleep,
    },
    "Restarting service",
    "service.restart",
)
