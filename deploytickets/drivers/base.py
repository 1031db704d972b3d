"""The verbs that a driver offers, and the types they speak.

A driver translates between these and one kind of Rancher. It decides nothing, remembers nothing,
waits for nothing. What it raises is the error tree of `rancher_client.errors`.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

Config = Mapping[str, Any]
"""One complete launch config as Rancher gave it."""

Configs = Mapping[str, Config]
"""Launch configs by name: plans.PRIMARY ("") for the service's own, else the sidekick's name."""


@dataclass(frozen=True, slots=True)
class ContainerSeen:
    """One container of a service. `config_name` says whose (PRIMARY or a sidekick's name).

    `version` is that of the launch config it was made from; `health` is None without a check.
    """

    rancher_id: str
    name: str
    config_name: str
    version: str
    state: str
    health: str | None
    image: str
    unit: str
    host_rancher_id: str | None
    host_name: str
    start_count: int
    message: str
    ports: tuple[str, ...] = ()
    created_at: datetime | None = None
    mark: str = ""

    @property
    def is_healthy(self) -> bool:
        """Runs, and its health check, where there is one, says healthy (rancher-1.6-api.md 5.3)."""
        return self.state == "running" and self.health in (None, "healthy", "updating-healthy")


@dataclass(frozen=True, slots=True)
class UpgradeBlock:
    """The service's `upgrade` field: what the last upgrade asked for and what it came from.

    `is_in_service` is False for a `toServiceStrategy`. Written a moment after the state, never
    cleared (rancher-1.6-api.md 4.1, 5.1).
    """

    configs: Configs
    previous: Configs
    is_in_service: bool = True


@dataclass(frozen=True, slots=True)
class ServiceSeen:
    """One service as one read showed it. `containers` is None when they were not read."""

    rancher_id: str
    name: str
    kind: str
    stack_rancher_id: str
    stack_name: str
    state: str
    transitioning: str
    message: str
    health_state: str
    scale: int
    is_global: bool
    configs: Configs
    upgrade: UpgradeBlock | None
    containers: tuple[ContainerSeen, ...] | None
    links: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, Any] | None = None
    is_system: bool = False
    retain_ip: bool = False


@dataclass(frozen=True, slots=True)
class HostSeen:
    """One host. `is_usable`: new containers may be placed there (active, agent connected)."""

    rancher_id: str
    name: str
    state: str
    is_usable: bool
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StackSeen:
    rancher_id: str
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class Survey:
    """Everything of an environment that a plan, the inventory and preflight need; one point in time.

    `sent_at` is the database's time before the first read was sent. `standalone` holds containers
    that belong to no service: they can hold host ports.
    """

    sent_at: datetime
    stacks: tuple[StackSeen, ...]
    services: tuple[ServiceSeen, ...]
    hosts: tuple[HostSeen, ...]
    standalone: tuple[ContainerSeen, ...] = ()


@dataclass(frozen=True, slots=True)
class Accepted:
    """Rancher answered 202 or 201: no proof yet, a later read is (rancher-1.6-api.md 13.5).

    `version` is the one it gave to the configs sent; "" where there is none. `rancher_id` is the
    service that was created or acted upon.
    """

    rancher_id: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class UpgradeOrder:
    """What `start` sends: complete configs by name, every one of them carrying the mark."""

    rancher_id: str
    configs: Configs
    batch_size: int
    interval_millis: int
    start_first: bool
    removed_sidekicks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CreateOrder:
    """What `create` sends: a new service in a stack, which is made (empty) where it is missing."""

    stack_name: str
    name: str
    configs: Configs
    settings: Mapping[str, Any]


class Driver(Protocol):
    """One environment on one kind of Rancher.

    Reads may be repeated; each changing verb makes at most one changing call and checks `send_by`
    (wall time of this process, converted from the intent by the caller) right before its first byte.

    Raises the tree of rancher_client.errors: Unreachable and NotSent (surely not sent),
    OutcomeUnknown, Refused and its kinds (NotOffered, Conflict, KeyRefused, NotFound, Invalid), Unusable.
    """

    def survey(self) -> Survey: ...

    def services(self) -> tuple[ServiceSeen, ...]:
        """All services with their containers, by list calls alone."""
        ...

    def observe(self, rancher_id: str) -> ServiceSeen | None:
        """One service with its containers; None when Rancher does not know it (any more)."""
        ...

    def find(self, stack_name: str, service_name: str) -> Sequence[ServiceSeen]:
        """The services of that name in stacks of that name; more than one is an ambiguity."""
        ...

    def accepted_version(self, rancher_id: str, mark: str) -> str | None:
        """Rancher's audit log as second witness: the `version` that the start with this mark got."""
        ...

    def start(self, order: UpgradeOrder, *, send_by: float) -> Accepted: ...

    def create_stack(self, name: str, *, send_by: float) -> str: ...

    def create(self, order: CreateOrder, *, stack_rancher_id: str, send_by: float) -> Accepted: ...

    def finish(self, rancher_id: str, *, send_by: float) -> None: ...

    def roll_back(self, rancher_id: str, *, send_by: float) -> None: ...

    def cancel(self, rancher_id: str, *, send_by: float) -> None: ...

    def remove(self, rancher_id: str, *, send_by: float) -> None: ...

    def wake_ups(self) -> AbstractContextManager[Iterator[None]]:
        """A websocket as a stream of hints to look again; ends when it is lost. Never an observation."""
        ...
