"""When the server purges by itself what was removed: each row at its own moment (rancher-1.6-api.md 1.6).

Source: cattle:…/process/generic/SetRemovedFields.java, …/object/purge/impl/PurgeMonitorImpl.java.
"""

from __future__ import annotations

from .model import Container, Host, Project, VolumeTemplate
from .world import World


def plan(world: World, kind: str, row: Container | Host | Project | VolumeTemplate) -> None:
    """A row has just been removed: one of the task's next looks will purge it.

    The server draws how long that takes; here the row's uuid says it, which comes from the seed.
    """
    drawn = int(row.uuid[:8], 16) / 16**8
    since = world.now + drawn * world.timing.purge_delay
    world.at(world.next_beat(world.timing.purge_task, after=since), "row.purge", kind, row.id)
