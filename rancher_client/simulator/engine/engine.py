"""The simulator's engine: an installation of Rancher 1.6 on a virtual clock.

Pure and deterministic: no I/O, no threads, no wall clock, chance only from the seed. The same seed,
start, calls and `advance`s give the same history, also across `snapshot` and `restore`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import (
    adoption,
    containers,
    derived,
    derived_processes,
    events,
    hosts,
    labels,
    links,
    making,
    output,
    process_instances,
    process_views,
    projects,
    pull_tasks,
    races,
    references,
    runs,
    secrets,
    services,
    snapshot,
    stack_processes,
    stacks,
    usage,
    views,
    volume_templates,
    volumes,
)
from .images import Images
from .levers import Levers
from .model import Container, Host, Label, Project, PullTask, Service, Stack, VolumeTemplate
from .process_model import ProcessInstance
from .refusals import Refused, method_not_allowed, not_found
from .state_machines import MACHINES
from .timing import Site, Timing
from .world import KINDS, World

View = dict[str, Any]


class Engine:
    """One simulated server with its hosts; see the package's docstring for a first session."""

    def __init__(
        self, *, seed: int = 0, start: float, timing: Timing | None = None, site: Site | None = None
    ) -> None:
        self._world = World(seed=seed, start=start, timing=timing or Timing(), site=site or Site())
        self.levers = Levers(self._world)

    # Time.

    @property
    def now(self) -> float:
        """The virtual time, epoch seconds."""
        return self._world.now

    @property
    def images(self) -> Images:
        """The registry of images and their behaviour (`images.Images`)."""
        return self._world.images

    def due_at(self) -> float | None:
        """When the next event is due; None when nothing will happen by itself."""
        return self._world.agenda.due_at()

    def advance(self, to: float) -> None:
        """Play every event due until `to`, in order; the clock then stands at `to`."""
        events.play(self._world, to)

    # Reading.

    def take_changes(self) -> list[tuple[str, int]]:
        """(kind, id) of the rows changed since the last call."""
        return self._world.take_changes()

    def ids(self, kind: str, *, project: int | None = None) -> list[int]:
        """The numbers of all rows of a kind that are not removed, ascending."""
        if kind in derived.KINDS:
            return derived.ids(self._world, kind, project=project)
        if kind not in KINDS:
            return []
        rows = self._world.table(kind)
        return [
            number
            for number, row in rows.items()
            if getattr(row, "removed", None) is None and (project is None or _project_of(row) == project)
        ]

    def view(self, kind: str, id: int) -> View | None:
        """The row's field values by their REST names; None when there never was such a row."""
        if kind in derived.KINDS:
            return derived.view(self._world, kind, id)
        row = self._world.row(kind, id)
        return None if row is None else views.of(self._world, kind, row)

    def offered(self, kind: str, id: int) -> frozenset[str]:
        """The actions that may start now, before any role's filter."""
        if kind in derived.KINDS:
            return derived.offered(self._world, kind, id)
        row = self._world.row(kind, id)
        if isinstance(row, ProcessInstance):
            return frozenset({"replay"})
        if row is None or kind not in MACHINES:
            return frozenset()
        return MACHINES[kind].offered(row.state)  # type: ignore[union-attr]

    def related(self, kind: str, id: int, link: str) -> list[tuple[str, int]]:
        """The rows behind a link (`('service', 12, 'instances')`); empty for an unknown one."""
        return links.behind(self._world, kind, id, link)

    def process_summary(self) -> list[View]:
        """How many of the processes that have not ended run, may run at once, or are put off, by name."""
        return process_views.summary(self._world)

    # What hosts tell of themselves and of their containers (6.3, 6.4).

    @property
    def site(self) -> Site:
        """What stands around the server."""
        return self._world.site

    def placed(self, container: int) -> tuple[int | None, str]:
        """The host of a container, and the name it has in Docker there."""
        row = self._world.containers[container]
        return row.host, row.external_id or row.uuid

    def agent(self, host: int) -> tuple[bool, bool]:
        """Whether the agent of a host is connected, and whether the server takes it for active."""
        row = self._world.hosts[host]
        return row.connected, row.agent_state == "active"

    def written(self, container: int, *, after: float, said_from: int) -> list[output.Line]:
        """The lines that a container wrote after a moment, and what levers made it say from a number on."""
        row = self._world.containers[container]
        return output.lines(row, after=after, until=self.now, said_from=said_from)

    def said(self, container: int) -> int:
        """How many lines levers have made a container write."""
        return len(self._world.containers[container].said)

    def last_written(self, container: int, count: int, *, since: float) -> list[output.Line]:
        """The last lines that a container has written until now, none older than `since`."""
        row = self._world.containers[container]
        return output.last_lines(row, count, since=since, until=self.now)

    def usage(self, kind: str, id: int, at: float) -> View | None:
        """What a container or host has used at a moment not far back; None for what does not run."""
        row = self._world.row(kind, id)
        if isinstance(row, Container):
            return usage.of_container(row, at)
        return usage.of_host(row, at) if isinstance(row, Host) and row.connected else None

    # Changing.

    def create(self, kind: str, fields: Mapping[str, Any], *, project: int | None) -> int:
        """POST to a collection. `fields` are converted and have their defaults. Raises Refused.

        Of several containers that it makes the first is told.
        """
        if kind == "container":
            return self.create_containers(fields, project=project)[0]
        given = {key: references.numbers(value) for key, value in fields.items()}
        if kind == "project":
            return projects.create(self._world, given).id
        if kind == "secret":
            raise secrets.refusal(given)
        if project not in self._world.projects:
            raise method_not_allowed()
        if kind == "host":
            return hosts.create(self._world, given, project=project).id
        if kind == "stack":
            return stacks.create(self._world, given, project=project).id
        if kind in services.KINDS:
            return services.create(self._world, {"kind": kind, **given}, project=project).id
        if kind == "pullTask":
            return pull_tasks.create(self._world, given, project=project).id
        if kind == "volumeTemplate":
            return volume_templates.create(self._world, given, project=project).id
        if kind == "volume":
            return volumes.create(self._world, given, project=project).id
        raise method_not_allowed()

    def create_containers(self, fields: Mapping[str, Any], *, project: int | None) -> list[int]:
        """POST to the containers, which makes as many as its `count` says. Raises Refused."""
        if project not in self._world.projects:
            raise method_not_allowed()
        given = {key: references.numbers(value) for key, value in fields.items()}
        return [made.id for made in making.make_standalone(self._world, project, given)]

    def update(self, kind: str, id: int, fields: Mapping[str, Any], *, overlapping: bool = False) -> None:
        """PUT. Fields that may not be updated are ignored. Raises Refused.

        `overlapping`: the request passed its checks before the former request on this row had been
        scheduled (5.7); see `races`.
        """
        given = {key: references.numbers(value) for key, value in fields.items()}
        if kind in derived.KINDS:
            derived_processes.update(self._world, kind, id, given)
            return
        row = self._existing(kind, id)
        if isinstance(row, Service):
            races.put(self._world, row, given, overlapping=overlapping)
        elif isinstance(row, Stack):
            stacks.update(self._world, row, given)
        elif isinstance(row, Host):
            hosts.update(self._world, row, given)
        elif isinstance(row, Project):
            projects.update(self._world, row, given)
        elif isinstance(row, Container):
            if "name" in given:
                making.check_name(self._world, row.project, given["name"], of=row)
                row.name = given["name"]
            for key in ("name", "description"):
                if key in given:
                    row.config[key] = given[key]
            self._world.touch(kind, id)
        else:
            raise method_not_allowed()

    def act(
        self,
        kind: str,
        id: int,
        action: str,
        body: Mapping[str, Any] | None = None,
        *,
        overlapping: bool = False,
        outcome: races.Outcome | None = None,
    ) -> View | None:
        """POST of an action. Returns the answer of a handler action, None for a process. Raises Refused.

        `overlapping` as in `update`; `outcome` chooses how two simultaneous upgrades end instead of
        chance.
        """
        if kind in derived.KINDS:
            derived_processes.act(self._world, kind, id, action)
            return None
        row = self._existing(kind, id)
        given = {key: references.numbers(value) for key, value in (body or {}).items()}
        if isinstance(row, Service):
            return races.act(self._world, row, action, given, overlapping=overlapping, outcome=outcome)
        if isinstance(row, Stack):
            return stacks.act(self._world, row, action, given, overlapping=overlapping)
        if isinstance(row, Host):
            hosts.act(self._world, row, action)
        elif isinstance(row, Container):
            if action not in self.offered(kind, id):
                raise Refused(422, "ActionNotAvailable", "action")
            containers.act(self._world, row, action, given)
        elif isinstance(row, Project):
            projects.act(self._world, row, action)
        elif isinstance(row, Label):
            labels.act(self._world, row, action)
        elif isinstance(row, VolumeTemplate):
            volume_templates.act(self._world, row, action)
        elif isinstance(row, PullTask):
            pull_tasks.act(self._world, row, action)
        elif isinstance(row, ProcessInstance) and action == "replay":
            self._replay(row)
        else:
            raise Refused(422, "ActionNotAvailable", "action")
        return None

    def delete(self, kind: str, id: int) -> None:
        """DELETE. Raises Refused (405 where the removal may not start)."""
        if kind in derived.KINDS:
            derived_processes.delete(self._world, kind, id)
            return
        row = self._existing(kind, id)
        if isinstance(row, Service):
            services.delete(self._world, row)
        elif isinstance(row, Stack):
            stacks.delete(self._world, row)
        elif isinstance(row, Host):
            hosts.delete(self._world, row)
        elif isinstance(row, Container):
            containers.delete(self._world, row)
        elif isinstance(row, Project):
            projects.delete(self._world, row)
        else:
            raise method_not_allowed()

    # Saving.

    def snapshot(self) -> dict[str, Any]:
        """Everything as JSON-able data."""
        return snapshot.save(self._world)

    @classmethod
    def restore(cls, saved: Mapping[str, Any]) -> Engine:
        """An engine that goes on exactly where the saved one was."""
        engine = cls.__new__(cls)
        engine._world = snapshot.load(saved)
        engine.levers = Levers(engine._world)
        return engine

    @classmethod
    def adopt(
        cls,
        views: Mapping[str, Mapping[int, View]],
        *,
        start: float,
        seed: int = 0,
        timing: Timing | None = None,
        site: Site | None = None,
    ) -> Engine:
        """An engine that goes on from what another server shows of one project; see `adoption.adopt`."""
        engine = cls.__new__(cls)
        engine._world = adoption.adopt(views, now=start, seed=seed, timing=timing, site=site)
        engine.levers = Levers(engine._world)
        return engine

    # Within.

    def _replay(self, row: ProcessInstance) -> None:
        """Count the tries of a process anew and try it at once, if it waits to be tried again."""
        process_instances.count_anew(row)
        if row.ended is not None:
            return
        if row.kind == "service":
            runs.retry_now(self._world, self._world.services[row.number])
        elif row.kind == "stack":
            stack_processes.retry_now(self._world, self._world.stacks[row.number])

    def _existing(self, kind: str, id: int) -> Any:
        row = self._world.row(kind, id)
        if row is None:
            raise not_found()
        return row


def _project_of(row: Any) -> int | None:
    return row.id if isinstance(row, Project) else getattr(row, "project", None)
