"""The rows of the simulated database. No rules here: `world` keeps them, the others move them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .parts import Checker, ExternalMember, InstanceLink, LinkRow
from .process_model import ProcessExecution, ProcessInstance

PRIMARY = "io.rancher.service.primary.launch.config"
"""The name of a service's own launch config where sidekicks have theirs (label of 6.1)."""

START_VERSION = "0"
"""The `version` configs start life with (5.2)."""

RUNS = frozenset({"running", "updating-running", "migrating"})
"""The states of a container in which its application runs undisturbed."""


class Ref(NamedTuple):
    """A reference to another row, rendered as `1s12` by the server."""

    kind: str
    number: int


@dataclass(slots=True)
class Project:
    """An environment of the UI; an account in the database."""

    id: int
    uuid: str
    created: float
    state: str = "active"
    health: str = "healthy"
    removed: float | None = None
    message: str | None = None
    networks: dict[str, int] = field(default_factory=dict)
    """The numbers of its networks by mode (`networks`)."""
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Host:
    """One Docker host with its agent."""

    id: int
    uuid: str
    created: float
    project: int
    hostname: str
    address: str
    state: str = "active"
    agent_state: str = "active"
    tells_agent_state: bool = False
    """`agentState` is null until the agent's state has changed for the first time."""
    connected: bool = True
    """Whether the agent's connection stands; the server notices a loss only after some pings."""
    connection: int = 0
    """Counts losses and returns, so that a planned `disconnected` of an earlier loss is void."""
    labels: dict[str, str] = field(default_factory=dict)
    images: list[str] = field(default_factory=list)
    """References already pulled."""
    has_published: bool = False
    """From its first public endpoint on the list of them is empty at times, but not null."""
    removed: float | None = None
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class StackRun:
    """A process of a stack under way; while it waits for the compose executor nothing else begins (3.4)."""

    process: str
    state: str
    """The stack's state this run works for; another one means that somebody has moved it on."""
    body: dict[str, Any] = field(default_factory=dict)
    event: int | None = None
    """The event sent to the executor whose answer counts; None where no handler stands behind the process."""
    was_kept_alive: bool = False
    """Word of the work has come since the time-out was last set: it is set once more (3.4)."""
    tries: int = 0
    retry_at: float | None = None


@dataclass(slots=True)
class Stack:
    """A stack; its services are made by the compose executor, or by hand (3.1)."""

    id: int
    uuid: str
    created: float
    project: int
    name: str
    state: str = "activating"
    former_state: str = "requested"
    """The state before the newest request: what an overlapping one may still have seen."""
    health: str = "healthy"
    removed: float | None = None
    health_due: bool = False
    failed: bool = False
    """The executor has refused the text: `transitioning` says `error`."""
    message: str | None = None
    run: StackRun | None = None
    queued: str | None = None
    """The process that begins when the present run holds the stack no longer."""
    queued_body: dict[str, Any] = field(default_factory=dict)
    beat: int = 0
    """Counts planned looks, so that only the newest one counts."""
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Unit:
    """One deployment unit: the containers of one index, all on one host (5.3)."""

    uuid: str
    index: int
    host: int | None = None
    """Set for global services, one unit per host."""


@dataclass(slots=True)
class Run:
    """A process of a service under way: everything its next step needs to know."""

    process: str
    phase: str
    state: str
    """The service's state this run works for; another one means it has to give way."""
    since: float
    """When the present phase was entered."""
    batch: list[str] = field(default_factory=list)
    """Deployment unit uuids of the batch being replaced."""
    is_last_batch: bool = False
    """Did the batch take all units that were old when it was picked? Nobody looks again after it."""
    shrinks: bool = False
    """It deploys less than it wanted before, as its policy lets it."""
    reconciles: bool = False
    """Its last reconcile has set something going, and tells so when that stands."""
    left: list[str] = field(default_factory=list)
    """Deployment unit uuids that a restart has not begun with."""
    sent_off_at: float = 0.0
    """When a removal has sent all its containers off."""
    waits_for: int | None = None
    """The container a health wait began with."""
    transaction: str = ""
    look: bool = False
    """It is still in the look that has asked for it (`service.trigger`), and the log tells so."""
    headline: int | None = None
    """Its line in the service log that stays open until it ends."""
    tries: int = 0
    disturbed: bool = False
    """Somebody changed the service during a batch (4.3, PUT while upgrading)."""
    former_scale: int | None = None
    """The scale from before the disturbance: the run knows no other one until it is tried again."""
    retry_at: float | None = None
    body: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Service:
    """A service of any type (`kind`)."""

    id: int
    uuid: str
    created: float
    project: int
    stack: int
    kind: str
    name: str
    scale: int
    launch_config: dict[str, Any] | None
    sidekicks: list[dict[str, Any]]
    state: str = "registering"
    current_scale: int | None = None
    """Null until an activate or update has run (4.1)."""
    desired_scale: int | None = None
    """How many units a `scalePolicy` has come to want; it stays when the policy is taken away."""
    locked_scale: int | None = None
    """How many of these were last known to have a place."""
    create_index: int | None = None
    health: str = "healthy"
    upgrade: dict[str, Any] | None = None
    links: dict[str, int] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    """Those kept for successors, by config and number of the unit."""
    unnamed_links: list[int] = field(default_factory=list)
    """The services among them whose link is called as they are."""
    link_rows: list[LinkRow] = field(default_factory=list)
    """Of all links that it has or had, in the order of their making."""
    removed: float | None = None
    failed: bool = False
    """The newest activity of the service failed: `transitioning` says `error`."""
    message: str | None = None
    has_published: bool = False
    """As of a host."""
    last_endpoints: list[list[Any]] = field(default_factory=list)
    """Of a removed one: host, container, address and port of each endpoint it had when its removal began."""
    units: list[Unit] = field(default_factory=list)
    containers: list[int] = field(default_factory=list)
    """Ids of the containers not yet removed, in order of creation."""
    external_members: list[ExternalMember] = field(default_factory=list)
    """Of an external service, those that it no longer stands for too (`external_members`)."""
    chosen: list[int] = field(default_factory=list)
    """Ids of containers of others that its selector chooses (`chosen_containers`)."""
    run: Run | None = None
    beat: int = 0
    """Counts planned looks, so that only the newest one counts."""
    look_at: float = 0.0
    """When the newest planned look is due."""
    queued: str | None = None
    """The process that begins when the present run has given way."""
    queued_body: dict[str, Any] = field(default_factory=dict)
    pending: dict[str, Any] | None = None
    """The `upgrade` block of an accepted upgrade whose process has not begun (5.1)."""
    loses_block: bool = False
    """Two upgrades met: the process works by its block, but the row never shows it (5.7)."""
    unwritten: dict[str, Any] | None = None
    """The block that the process works by without its being written."""
    trigger_due: bool = False
    look_is_told: bool = False
    """Its next look stands in its log, whatever it finds (`reevaluating`)."""
    host_changed: bool = False
    """A host has changed since the last look: what a policy wants may have a place now."""
    last_request: dict[str, Any] | None = None
    """What an overlapping request may still have seen: the former row (5.7)."""
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Container:
    """One container. `config` is the launch config it was made of, ports resolved."""

    id: int
    uuid: str
    created: float
    project: int
    name: str | None
    config: dict[str, Any]
    service: int | None = None
    stack: int | None = None
    config_name: str = PRIMARY
    version: str | None = None
    unit: str | None = None
    index: int = 0
    create_index: int | None = None
    labels: dict[str, str] = field(default_factory=dict)
    ports: list[str] = field(default_factory=list)
    state: str = "requested"
    health: str | None = None
    health_since: float | None = None
    """When its health last changed (cattle: instance.healthUpdated)."""
    checkers: list[Checker] = field(default_factory=list)
    """Hosts that check its health, or did."""
    instance_links: list[InstanceLink] = field(default_factory=list)
    """Its links to other containers, removed ones too."""
    is_forgotten: bool = False
    """It was purged, and links that led to it lead nowhere."""
    host: int | None = None
    network: int | None = None
    network_from: int | None = None
    """The container whose network it shares: of its unit (`networkLaunchConfig`), or the one named by id."""
    volumes_from: list[int] = field(default_factory=list)
    """Those whose volumes it takes: of its unit (`dataVolumesFromLaunchConfigs`), or those named by id."""
    address: str | None = None
    external_id: str | None = None
    start_count: int = 0
    started: float | None = None
    """When its process began to run; None from a start or restart on, until it runs again."""
    first_running: float | None = None
    removed: float | None = None
    managed: bool = True
    """False for an old container of an upgrade, kept stopped until finish or rollback (5.3)."""
    marked: bool = False
    """Marked for upgrade: the other side of `managed`."""
    failure: str | None = None
    message: str | None = None
    progress: int | None = None
    """How far the last start came, in percent; no other process writes it."""
    checkpoint: int = 0
    step: int = 0
    """Counts planned steps, so that a step of an abandoned process is void."""
    failed_pulls: int = 0
    has_pulled: bool = False
    """It has pulled its image itself, whether the host had it or not."""
    awaits_unit: bool = False
    """Others of its unit are created right after it: its start looks for them twice."""
    remove_after_stop: bool = False
    dropped: bool = False
    """By reconcile, which does not look again for it."""
    waits_until: float | None = None
    """Until when its start waits for those it depends on."""
    starts_after_stop: bool = False
    """Its stop is part of a restart."""
    is_restarting: bool = False
    """In whatever state: a restart ends when it runs again."""
    start_after_create: bool = True
    starts_again: bool = False
    """Its last start was not part of its creation."""
    answers_health: bool | None = None
    """What a lever says about its health check; None = as its image."""
    stop_hangs: bool | None = None
    runs: list[list[Any]] = field(default_factory=list)
    """When its processes began and ended, and how: [epoch, epoch or None, "stopped" or "exited" or None]."""
    said: list[list[Any]] = field(default_factory=list)
    """What levers made it write: [epoch, stream, text]."""


@dataclass(slots=True)
class ServiceLog:
    """One line of a service's own story (chapter 9)."""

    id: int
    created: float
    project: int
    service: int
    event: str
    description: str
    level: str
    sub_log: bool
    transaction: str
    container: int | None = None
    ended: float | None = None


@dataclass(slots=True)
class PullTask:
    """A request to pull an image on all fitting hosts (9.1)."""

    id: int
    uuid: str
    created: float
    project: int
    image: str
    mode: str
    labels: dict[str, str]
    state: str = "activating"
    status: dict[str, str] | None = None
    removed: float | None = None


@dataclass(slots=True)
class VolumeTemplate:
    """A named volume of a stack (10.6)."""

    id: int
    uuid: str
    created: float
    project: int
    stack: int
    name: str
    state: str = "registering"
    removed: float | None = None
    process: int = 0
    """Counts processes, so that the end of an overtaken one is void."""
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Label:
    """A key and value that containers or hosts of a project bear, or have borne (`labels`)."""

    id: int
    uuid: str
    created: float
    project: int
    key: str
    value: str
    state: str = "created"
    removed: float | None = None


@dataclass(slots=True)
class Course:
    """What calls have made of a row that follows from others (`derived_processes`)."""

    state: str
    since: str
    """What the row followed from when the state was reached: it counts until that changes (`derived`)."""
    removed: float | None = None
    process: int = 0
    """Counts processes, so that the end of an overtaken one is void."""
    fields: dict[str, Any] = field(default_factory=dict)


GONE = frozenset({"removing", "removed", "purging", "purged"})
"""The states of what is removed, or on its way there."""

BAD = frozenset({"error", "erroring"})
"""The states of a container that has failed."""

LOST = frozenset({"reconnecting", "disconnecting", "disconnected"})
"""What is said of an agent that does not answer any more."""

Row = (
    Project
    | Host
    | Stack
    | Service
    | Container
    | ServiceLog
    | PullTask
    | VolumeTemplate
    | Label
    | ProcessInstance
    | ProcessExecution
)
