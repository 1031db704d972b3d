"""When the server purges by itself what was removed: each row at its own moment (rancher-1.6-api.md 1.6).

Source: cattle:…/process/generic/SetRemovedFields.java, …/object/purge/impl/PurgeMonitorImpl.java.
"""

from __future__ import annotations

from . import derived
from .model import Container, Host, Project, VolumeTemplate
from .world import World


def plan(world: World, kind: str, row: Container | Host | Project | VolumeTemplate) -> None:
    """A row has just been removed: one of the task's next looks will purge it.

    The server draws how long that takes; here the row's uuid says it, which comes from the seed.
    """
    world.at(_moment(world, row.uuid[:8]), "row.purge", kind, row.id)
    if isinstance(row, Container) and row.address is not None:
        _plan_end_of_address(world, row)


def _plan_end_of_address(world: World, container: Container) -> None:
    """Its address stays, `inactive`, until its network card is purged, at a moment of its own [run].

    Source: cattle:…/process/nic/NicRemove.java, NicPurge.java.
    """
    number = derived.address_of_container(container.id)
    world.at(_moment(world, container.uuid[-8:]), "derived.end", "ipAddress", number)
    world.touch("ipAddress", number)


def _moment(world: World, drawn: str) -> float:
    since = world.now + int(drawn, 16) / 16 ** len(drawn) * world.timing.purge_delay
    return world.next_beat(world.timing.purge_task, after=since)
