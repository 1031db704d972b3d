"""When a service looks: its run at what it waits for, at the next common beat (5.3); an active one at all."""

from __future__ import annotations

from .model import Service
from .world import World


def call(world: World, service: Service, *, is_told: bool = False) -> None:
    """A container or a host has changed: an active service looks a little later what there is to do (4.4).

    `is_told` = its log tells of the look even where there is nothing to do.
    """
    service.look_is_told |= is_told
    if not service.trigger_due:
        service.trigger_due = True
        world.later(world.timing.health_settles, "service.trigger", service.id)


def plan(world: World, service: Service, at: float) -> None:
    """Plan the next look; an earlier plan becomes void."""
    service.beat += 1
    service.look_at = max(at, world.now)
    world.at(at, "service.run", service.id, service.beat)


def wake(world: World, service: Service) -> None:
    """Something the run may wait for has changed: look at the next beat, not only at the time-out."""
    run = service.run
    if run is None or run.retry_at is not None:
        return
    at = world.next_beat(world.timing.look)
    if at < service.look_at - 1e-9:
        service.look_at = at
        world.at(at, "service.run", service.id, service.beat)
