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

REMOVED = frozenset({"removing", "removed", "purging", "purged"})
"""States of a stack or a service that goes away: nothing can be made in it (rancher-1.6-api.md 3.2)."""


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
    """What `start` sends: complete configs by name; the driver puts `mark` on every one of them.

    `name` and `sidekicks` are the names that a fresh read shows: the body is checked against them
    before it is sent. `removed_sidekicks` go without a mark, so at least one config is sent besides.
    """

    rancher_id: str
    name: str
    sidekicks: tuple[str, ...]
    configs: Configs
    mark: str
    batch_size: int
    interval_millis: int
    start_first: bool
    removed_sidekicks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CreateOrder:
    """What `create` sends: a new service, all its configs with `mark`, and its other fields.

    `settings` goes by Rancher's names (scale, metadata, retainIp…). Its entry `links`, alias to
    service name, is not sent: ids are known only when those services exist, see `set_links`.
    """

    name: str
    configs: Configs
    mark: str
    settings: Mapping[str, Any]


class Driver(Protocol):
    """One environment on one kind of Rancher.

    Reads may be repeated; each changing verb makes exactly one call and checks `send_by` right before
    its first byte. `send_by` is wall time of this process (`time.time()`), converted from the intent
    by the caller; from the verb's beginning on the monotonic clock counts (I20).

    Raises the tree of rancher_client.errors: Unreachable and NotSent (surely not sent),
    OutcomeUnknown, Refused and its kinds (NotOffered, Conflict, KeyRefused, NotFound, Invalid), Unusable.
    UnsafeBody, a NotSent, is final: the order itself would ruin the service.
    """

    def survey(self) -> Survey:
        """Everything of the environment, by four list calls."""
        ...

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

    def find_stacks(self, name: str) -> Sequence[StackSeen]:
        """The stacks of exactly that name that are not being removed."""
        ...

    def create_stack(self, name: str, *, send_by: float) -> str:
        """Make an empty stack; its id. A name that is taken is refused as Invalid, code NotUnique."""
        ...

    def create(self, order: CreateOrder, *, stack_rancher_id: str, send_by: float) -> Accepted: ...

    def finish(self, rancher_id: str, *, send_by: float) -> None: ...

    def roll_back(self, rancher_id: str, *, send_by: float) -> None: ...

    def cancel(self, rancher_id: str, *, send_by: float) -> None: ...

    def remove(self, rancher_id: str, *, send_by: float) -> None: ...

    def set_links(self, rancher_id: str, links: Mapping[str, str], *, send_by: float) -> None:
        """Replace all links of a service by these, alias to the linked service's id. May be repeated."""
        ...

    def wake_ups(self) -> AbstractContextManager[Iterator[bool]]:
        """A websocket as a stream of hints: True, look again; False, only a sign of life (every 5 s).

        The stream simply ends when it is lost. Nothing of it is an observation.
        """
        ...
