"""What one step of a program may be. Services go by their names in the stack, never by ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NOBODY = "nobody"
"""A service that is not there: steps that name it send an id that no server has."""


@dataclass(frozen=True, slots=True)
class Make:
    """POST of a service into the program's stack. `IMG:` in a body stands for the server's image prefix.

    Attributes:
        collection: where it is posted to, and found under afterwards; each kind of service has its own.
    """

    service: str
    body: Mapping[str, Any]
    collection: str = "services"


@dataclass(frozen=True, slots=True)
class Act:
    """POST of an action of a service."""

    service: str
    action: str
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Upgrade:
    """The action `upgrade` with configs made from those of the moment.

    Attributes:
        primary: what changes in the launch config; None leaves it out of the body.
        sidekicks: by name, what changes in the config of each sidekick sent along.
        strategy: batchSize, intervalMillis, startFirst.
    """

    service: str
    strategy: Mapping[str, Any]
    primary: Mapping[str, Any] | None = None
    sidekicks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Put:
    """PUT of some fields of a service."""

    service: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Delete:
    """DELETE of a service."""

    service: str


@dataclass(frozen=True, slots=True)
class Link:
    """One of the three link actions; `targets` are names of services, by the link's name."""

    action: str
    service: str
    targets: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OfStack:
    """An action of the stack."""

    action: str
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PutStack:
    """PUT of some fields of the stack."""

    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MakeContainer:
    """POST of a container that belongs to no service; it goes by its name afterwards."""

    name: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OfLone:
    """An action, PUT or DELETE of a container that belongs to no service."""

    name: str
    action: str
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OfContainer:
    """`stop`, `restart`, `remove` or DELETE of a running container, counted in order of creation."""

    service: str
    nth: int
    action: str


@dataclass(frozen=True, slots=True)
class OfHost:
    """Done to the host of a running container: `deactivate`, `evacuate`, or `lose`, its agent gone."""

    service: str
    nth: int
    action: str


@dataclass(frozen=True, slots=True)
class HostsBack:
    """Every host that went away in this program comes back."""


@dataclass(frozen=True, slots=True)
class Health:
    """The checks of a running container report; `nth` None = of all running ones of the service."""

    service: str
    nth: int | None
    healthy: bool


@dataclass(frozen=True, slots=True)
class Read:
    """GET of a path below the project; `{web}` is the id of what is called web, `{stack}` the stack's."""

    path: str


@dataclass(frozen=True, slots=True)
class AtOnce:
    """Two steps whose requests are sent at the same moment."""

    first: Act | Upgrade | Put | Delete
    second: Act | Upgrade | Put | Delete


Step = (
    Make
    | Act
    | Upgrade
    | Put
    | Delete
    | Link
    | OfStack
    | PutStack
    | MakeContainer
    | OfLone
    | OfContainer
    | OfHost
    | HostsBack
    | Health
    | Read
    | AtOnce
)


@dataclass(frozen=True, slots=True)
class Program:
    """The steps of one sequence.

    Attributes:
        needs_lever: it does what no key of a project can do (`levers`).
        is_alone: it moves hosts, which all programs share: nothing else may run in the project meanwhile.
        is_scattered: on which hosts containers of an earlier version lie is chance, and so is what becomes of
            them: they are not counted.
    """

    kind: str
    sequence: int
    steps: tuple[Step, ...]
    needs_lever: bool = False
    is_alone: bool = False
    is_scattered: bool = False

    @property
    def name(self) -> str:
        """How reports call it."""
        return f"{self.kind} {self.sequence}"
