"""The story a service tells of its upgrades and reconciles (rancher-1.6-api.md chapter 9)."""

from __future__ import annotations

from .model import Service, ServiceLog
from .world import World


def write(
    world: World,
    service: Service,
    event: str,
    description: str,
    *,
    transaction: str,
    level: str = "info",
    sub_log: bool = True,
    container: int | None = None,
    open_end: bool = False,
) -> ServiceLog:
    """Add a line; `open_end` leaves `endTime` null until `end`."""
    log = ServiceLog(
        id=world.next_id("serviceLog"),
        created=world.now,
        project=service.project,
        service=service.id,
        event=event,
        description=description,
        level=level,
        sub_log=sub_log,
        transaction=transaction,
        container=container,
        ended=None if open_end else world.now,
    )
    world.logs[log.id] = log
    world.touch("serviceLog", log.id)
    return log


def end(world: World, number: int | None) -> None:
    """Close a line that was left open; None = there is none."""
    if number is not None:
        world.logs[number].ended = world.now
        world.touch("serviceLog", number)
