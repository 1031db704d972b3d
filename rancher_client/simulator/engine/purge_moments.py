"""The moment at which the server purges by itself what was removed (rancher-1.6-api.md 1.6)."""

from __future__ import annotations

from .world import World


def after(world: World, removed: float, *, drawn_by: str) -> float:
    """The epoch second at which the task that purges finds a row that was removed at `removed`.

    The server draws how long that takes; here eight hexadecimal digits of a uuid say it, which comes from
    the seed.
    """
    share = int(drawn_by, 16) / 16 ** len(drawn_by)
    return world.next_beat(world.timing.purge_task, after=removed + share * world.timing.purge_delay)
