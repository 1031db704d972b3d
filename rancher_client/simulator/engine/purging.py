"""When the server purges by itself what was removed: each row at its own moment (rancher-1.6-api.md 1.6).

Source: cattle:…/process/generic/SetRemovedFields.java, …/object/purge/impl/PurgeMonitorImpl.java.
"""

from __future__ import annotations

from . import derived, purge_moments
from .model import Container, Host, Project, VolumeTemplate
from .world import World


def plan(world: World, kind: str, row: Container | Host | Project | VolumeTemplate) -> None:
    """A row has just been removed: one of the task's next looks will purge it."""
    world.at(purge_moments.after(world, world.now, drawn_by=row.uuid[:8]), "row.purge", kind, row.id)
    if isinstance(row, Container) and row.address is not None:
        _plan_end_of_address(world, row)


def _plan_end_of_address(world: World, container: Container) -> None:
    """Its address stays, `inactive`, until its network card is purged, at a moment of its own [run].

    Source: cattle:…/process/nic/NicRemove.java, NicPurge.java.
    """
    number = derived.address_of_container(container.id)
    moment = purge_moments.after(world, world.now, drawn_by=container.uuid[-8:])
    world.at(moment, "derived.end", "ipAddress", number)
    world.touch("ipAddress", number)
