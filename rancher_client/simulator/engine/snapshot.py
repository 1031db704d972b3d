"""The whole world as JSON-able data and back, so that a history goes on exactly as it would have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from .agenda import Agenda
from .images import Images
from .model import Container, Host, Project, PullTask, Run, Service, ServiceLog, Stack, Unit
from .timing import Site, Timing
from .world import World

FORMAT = 1

_ROWS = {
    "project": Project,
    "host": Host,
    "stack": Stack,
    "container": Container,
    "serviceLog": ServiceLog,
    "pullTask": PullTask,
}


def save(world: World) -> dict[str, Any]:
    """Everything a continuation depends on."""
    version, internal, gauss = world.random.getstate()
    return {
        "format": FORMAT,
        "timing": asdict(world.timing),
        "site": asdict(world.site),
        "start": world.start,
        "now": world.now,
        "random": [version, list(internal), gauss],
        "agenda": world.agenda.saved(),
        "images": world.images.saved(),
        "last_ids": dict(world.last_ids),
        "live": list(world.live),
        "changes": [list(change) for change in world.pending_changes()],
        "rows": {kind: [asdict(row) for row in world.table(kind).values()] for kind in (*_ROWS, "service")},
    }


def load(saved: Mapping[str, Any]) -> World:
    """The inverse of `save`. Raises ValueError for a snapshot of another format."""
    if saved.get("format") != FORMAT:
        raise ValueError(f"This snapshot has format {saved.get('format')!r}, known is {FORMAT}.")
    world = World(seed=0, start=saved["start"], timing=Timing(**saved["timing"]), site=Site(**saved["site"]))
    version, internal, gauss = saved["random"]
    world.random.setstate((version, tuple(internal), gauss))
    world.now = saved["now"]
    world.agenda = Agenda.restored(saved["agenda"])
    world.images = Images.restored(saved["images"])
    world.last_ids = dict(saved["last_ids"])
    world.live = dict.fromkeys(saved["live"])
    for kind, row_type in _ROWS.items():
        table = world.table(kind)
        for row in saved["rows"][kind]:
            table[row["id"]] = row_type(**row)
    for number in world.live:
        world.put_on(world.containers[number], world.containers[number].host)
    for row in saved["rows"]["service"]:
        units = [Unit(**unit) for unit in row["units"]]
        run = Run(**row["run"]) if row["run"] is not None else None
        world.services[row["id"]] = Service(**{**row, "units": units, "run": run})
    for kind, number in saved["changes"]:
        world.touch(kind, number)
    return world
