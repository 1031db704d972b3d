"""What services and containers keep of the rows beside them, whose numbers and states follow from theirs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class LinkRow:
    """The row of a link from one service to another, `serviceConsumeMap`; a link's name may not be given."""

    name: str | None
    target: int
    created: float
    removed: float | None = None


@dataclass(slots=True)
class ExternalMember:
    """The row of what an external service stands for, `serviceExposeMap` (`external_members`)."""

    name: str
    address: str | None
    """None = it is a host name."""
    created: float
    removed: float | None = None


@dataclass(slots=True)
class Checker:
    """A host that checks a container's health, `healthcheckInstanceHostMap`, and what it was told last."""

    host: int
    created: float
    health: str = "initializing"
    removed: float | None = None


@dataclass(slots=True)
class InstanceLink:
    """The row of a link from one container to another, `instanceLink` (`instance_links`)."""

    created: float
    consume_map: int | None = None
    """The row of the service's link that it stands for; None for one that the container's own body names."""
    name: str | None = None
    target: int | None = None
    is_up: bool = False
    removed: float | None = None
