"""The whole simulated installation as one value: rows, clock, agenda, chance."""

from __future__ import annotations

import random
import uuid
from typing import Any

from .agenda import Agenda
from .executor_model import Executor
from .images import Images
from .model import (
    Container,
    Course,
    Host,
    Label,
    Project,
    PullTask,
    Row,
    Service,
    ServiceLog,
    Stack,
    VolumeTemplate,
)
from .process_model import Processes
from .timing import ComposeExecutor, Site, Timing
from .volume_model import Volume

KINDS = (
    "project",
    "host",
    "stack",
    "service",
    "container",
    "serviceLog",
    "pullTask",
    "volumeTemplate",
    "label",
    "processInstance",
    "processExecution",
)


class World:
    """Keeps the rows and plans events. All chance comes from `random`, all time from `now`."""

    def __init__(self, *, seed: int, start: float, timing: Timing, site: Site) -> None:
        self.timing = timing
        self.site = site
        self.start = start
        self.now = start
        self.random = random.Random(seed)  # noqa: S311  simulated chance, no secrets
        self.agenda = Agenda()
        self.images = Images()
        self.executor = Executor(
            is_registered=site.compose_executor is not ComposeExecutor.UNREGISTERED,
            is_running=site.compose_executor is ComposeExecutor.RUNNING,
        )
        self.projects: dict[int, Project] = {}
        self.hosts: dict[int, Host] = {}
        self.stacks: dict[int, Stack] = {}
        self.services: dict[int, Service] = {}
        self.containers: dict[int, Container] = {}
        self.logs: dict[int, ServiceLog] = {}
        self.pull_tasks: dict[int, PullTask] = {}
        self.volume_templates: dict[int, VolumeTemplate] = {}
        self.volumes: dict[int, Volume] = {}
        """Those that are no container's root."""
        self.courses: dict[tuple[str, int], Course] = {}
        """Of rows that follow from others, those that calls have moved."""
        self.labels: dict[int, Label] = {}
        self.label_numbers: dict[tuple[int, str, str], int] = {}
        """The numbers of labels by project, key and value."""
        self.processes = Processes()
        self._on_host: dict[int, dict[int, None]] = {}
        self.last_ids: dict[str, int] = {"project": 4}
        self._changes: dict[tuple[str, int], None] = {}

    # Rows.

    def table(self, kind: str) -> dict[int, Any]:
        """The rows of a kind; a KeyError for an unknown one is a fault of the caller."""
        tables: dict[str, dict[int, Any]] = {
            "project": self.projects,
            "host": self.hosts,
            "stack": self.stacks,
            "service": self.services,
            "container": self.containers,
            "serviceLog": self.logs,
            "pullTask": self.pull_tasks,
            "volumeTemplate": self.volume_templates,
            "volume": self.volumes,
            "label": self.labels,
            "processInstance": self.processes.instances,
            "processExecution": self.processes.executions,
        }
        return tables[kind]

    def row(self, kind: str, number: int) -> Row | None:
        """One row, None when there is no such kind or number."""
        found: Row | None = self.table(kind).get(number) if kind in KINDS else None
        return found

    def next_id(self, kind: str) -> int:
        """Numbers grow per table and are not reused (1.4)."""
        self.last_ids[kind] = self.last_ids.get(kind, 0) + 1
        return self.last_ids[kind]

    def new_uuid(self) -> str:
        """A uuid from the seed."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def add_label(self, label: Label) -> None:
        """A label, found by what it says from now on."""
        self.labels[label.id] = label
        self.label_numbers[(label.project, label.key, label.value)] = label.id

    def containers_of(self, service: Service) -> list[Container]:
        """The service's containers that are not removed, in order of creation."""
        return [self.containers[number] for number in service.containers]

    def chosen_by(self, service: Service) -> list[Container]:
        """The containers of others that the service's selector has chosen."""
        return [self.containers[number] for number in service.chosen]

    def choosing(self, container: Container) -> list[Service]:
        """The services whose selector has chosen a container that is not theirs."""
        return [service for service in self.services.values() if container.id in service.chosen]

    def service_of(self, container: Container) -> Service | None:
        """The service a container belongs to; None for one of its own."""
        return None if container.service is None else self.services.get(container.service)

    def host_of(self, container: Container) -> Host | None:
        """The host a container is placed on, if any."""
        return None if container.host is None else self.hosts.get(container.host)

    def on_host(self, host: int) -> list[Container]:
        """The containers placed on a host that are not removed."""
        return [self.containers[number] for number in self._on_host.get(host, ())]

    def load_of(self, host: int) -> int:
        """How many containers, stopped ones too, a host has."""
        return len(self._on_host.get(host, ()))

    def put_on(self, container: Container, host: int) -> None:
        """Place a container on a host for good; both look different then."""
        container.host = host
        self._on_host.setdefault(host, {})[container.id] = None
        self.touch("container", container.id)
        self.touch("host", host)

    def forget(self, container: Container) -> None:
        """The container is removed: it still says where it was, and no longer counts there."""
        self._on_host.get(container.host or 0, {}).pop(container.id, None)

    def touch(self, kind: str, number: int) -> None:
        """Note that a row looks different from now on."""
        self._changes[(kind, number)] = None

    def take_changes(self) -> list[tuple[str, int]]:
        """Rows changed since the last call, in order of their first change."""
        changes = list(self._changes)
        self._changes.clear()
        return changes

    def pending_changes(self) -> list[tuple[str, int]]:
        """The changes not yet taken, for a snapshot."""
        return list(self._changes)

    # Time.

    def later(self, seconds: float, name: str, *args: Any) -> None:
        """Plan an event."""
        self.agenda.put(self.now + seconds, name, args)

    def at(self, moment: float, name: str, *args: Any) -> None:
        """Plan an event for a moment, at the earliest now."""
        self.agenda.put(max(moment, self.now), name, args)

    def plan_step(self, container: Container, seconds: float) -> None:
        """Plan the next step of the container's process; what was planned for it before is void."""
        self.plan_nothing(container)
        self.later(seconds, "container.step", container.id, container.step)

    def plan_nothing(self, container: Container) -> None:
        """What was planned for the container's process is void: it waits for something from outside."""
        container.step += 1

    def next_beat(self, beat: float, *, after: float | None = None) -> float:
        """The next common beat strictly after `after` (now): state waits and tasks look in step (5.3)."""
        moment = self.now if after is None else after
        beats = int((moment - self.start) / beat) + 1
        due = self.start + beats * beat
        return due if due > moment + 1e-6 else due + beat  # epoch seconds have no finer fractions
