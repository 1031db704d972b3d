"""The whole world as JSON-able data and back, so that a history goes on exactly as it would have."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Any

from .agenda import Agenda
from .executor_model import Executor, Turn, Work
from .images import Images
from .model import (
    Container,
    Course,
    Host,
    Label,
    Project,
    PullTask,
    Run,
    Service,
    ServiceLog,
    Stack,
    StackRun,
    Unit,
    VolumeTemplate,
)
from .parts import Checker, ExternalMember, InstanceLink, LinkRow
from .process_model import ProcessExecution, ProcessInstance
from .timing import ComposeExecutor, Site, Timing
from .volume_model import Volume
from .world import World

FORMAT = 3

_ROWS = {
    "project": Project,
    "host": Host,
    "container": Container,
    "serviceLog": ServiceLog,
    "pullTask": PullTask,
    "volumeTemplate": VolumeTemplate,
    "volume": Volume,
    "processExecution": ProcessExecution,
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
        "placed": [[host, container.id] for host in world.hosts for container in world.on_host(host)],
        "changes": [list(change) for change in world.pending_changes()],
        "courses": [[kind, number, asdict(course)] for (kind, number), course in world.courses.items()],
        "executor": asdict(world.executor) | {"works": [asdict(w) for w in world.executor.works.values()]},
        "rows": _copied(
            {
                kind: list(map(_plain, world.table(kind).values()))
                for kind in (*_ROWS, "label", "stack", "service", "processInstance")
            }
        ),
    }


def load(saved: Mapping[str, Any]) -> World:
    """The inverse of `save`. Raises ValueError for a snapshot of another format."""
    if saved.get("format") != FORMAT:
        raise ValueError(f"This snapshot has format {saved.get('format')!r}, known is {FORMAT}.")
    executor = ComposeExecutor(saved["site"]["compose_executor"])
    site = Site(**{**saved["site"], "compose_executor": executor})
    world = World(seed=0, start=saved["start"], timing=Timing(**saved["timing"]), site=site)
    version, internal, gauss = saved["random"]
    world.random.setstate((version, tuple(internal), gauss))
    world.now = saved["now"]
    world.agenda = Agenda.restored(saved["agenda"])
    world.images = Images.restored(saved["images"])
    world.last_ids = dict(saved["last_ids"])
    for kind, row_type in _ROWS.items():
        table = world.table(kind)
        for row in saved["rows"].get(kind, ()):
            if kind == "container":
                checkers = [Checker(**checker) for checker in row.get("checkers", ())]
                links_of_one = [InstanceLink(**link) for link in row.get("instance_links", ())]
                row = {**row, "checkers": checkers, "instance_links": links_of_one}
            table[row["id"]] = row_type(**row)
    for host, number in saved["placed"]:
        world.put_on(world.containers[number], host)
    for row in saved["rows"].get("label", ()):
        world.add_label(Label(**row))
    for kind, number, course in saved.get("courses", ()):
        world.courses[kind, number] = Course(**course)
    for row in saved["rows"]["service"]:
        units = [Unit(**unit) for unit in row["units"]]
        run = Run(**row["run"]) if row["run"] is not None else None
        links = [LinkRow(**link) for link in row.get("link_rows", ())]
        outside = [ExternalMember(**member) for member in row.get("external_members", ())]
        parts = {"units": units, "run": run, "link_rows": links, "external_members": outside}
        world.services[row["id"]] = Service(**{**row, **parts})
    for row in saved["rows"]["stack"]:
        stack_run = StackRun(**row["run"]) if row["run"] is not None else None
        world.stacks[row["id"]] = Stack(**{**row, "run": stack_run})
    for row in saved["rows"].get("processInstance", ()):
        world.processes.add(ProcessInstance(**row))
    world.processes.put_in_order()
    world.executor = _executor(saved["executor"])
    world.take_changes()  # to put a row back is no news
    for kind, number in saved["changes"]:
        world.touch(kind, number)
    return world


def _plain(value: Any) -> Any:
    """A row as a dict, its own values still shared with it."""
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def _copied(rows: dict[str, Any]) -> dict[str, Any]:
    """Everything anew: by pickle, because `asdict` and `deepcopy` take seconds for 5,000 containers."""
    copied: dict[str, Any] = pickle.loads(pickle.dumps(rows))  # noqa: S301  our own rows, just pickled
    return copied


def _executor(saved: Mapping[str, Any]) -> Executor:
    works = {}
    for work in saved["works"]:
        turns = {name: Turn(**turn) for name, turn in work["turns"].items()}
        works[work["event"]] = Work(**{**work, "turns": turns})
    return Executor(**{**saved, "works": works})
