"""What pages and endpoints read of an upgrade: stored facts, never Rancher."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deploytickets.deployments import explain
from deploytickets.deployments.models import ServiceUpgrade, Upgrade
from deploytickets.deployments.phases import Phase
from deploytickets.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class ContainerShown:
    """One container. `is_new`: of the version that the ticket brings; `health` is "" without a check."""

    rancher_id: str
    name: str
    config: str
    is_new: bool
    state: str
    health: str
    is_healthy: bool
    image: str
    host: str
    ports: tuple[str, ...]
    starts: int
    message: str

    @property
    def is_starting(self) -> bool:
        """On its way: being made, started, or its health check has not answered yet."""
        return not self.is_healthy and (
            self.state in ("requested", "creating", "starting")
            or (self.state == "running" and self.health == "initializing")
        )


@dataclass(frozen=True, slots=True)
class Slot:
    """A place of a service, `shop-web-1`: what ran there before, and what replaces it (or will)."""

    name: str
    old: ContainerShown | None
    new: ContainerShown | None


@dataclass(frozen=True, slots=True)
class ServiceProgress:
    """One service. `phase` is a value of `phases.Phase`; `trouble` a sentence, "" where there is none.

    Without a health check "healthy" only means running: then the page says "health unknown".
    """

    name: str
    action: str
    phase: str
    phase_at: datetime | None
    healthy: int
    wanted: int
    has_health_check: bool
    image_before: str
    image_after: str
    rancher_id: str
    rancher_state: str
    rancher_message: str
    trouble: str
    depends_on: tuple[str, ...]
    slots: tuple[Slot, ...]

    @property
    def containers(self) -> tuple[ContainerShown, ...]:
        """All of them, the old before the new of each slot."""
        return tuple(one for slot in self.slots for one in (slot.old, slot.new) if one is not None)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an attempt is, as last observed. `wanted` counts containers of the new version.

    `unobserved_because` is why there was no newer look, as a sentence; "" while Rancher answers.
    """

    attempt: int
    services: tuple[ServiceProgress, ...]
    healthy: int
    wanted: int
    starting: int
    sick: int
    started_at: datetime
    deadline_at: datetime
    observed_at: datetime | None
    away_since: datetime | None
    unobserved_because: str
    settled_at: datetime | None

    @property
    def has_health_check(self) -> bool:
        return all(service.has_health_check for service in self.services)

    @property
    def troubles(self) -> tuple[str, ...]:
        return tuple(service.trouble for service in self.services if service.trouble)


def progress(ticket: Ticket) -> Progress | None:
    """The newest attempt of the ticket, settled or not; None when nothing was started yet. Two queries."""
    upgrade = Upgrade.objects.filter(ticket=ticket).order_by("-number").first()
    if upgrade is None:
        return None
    services = tuple(_service(row) for row in upgrade.services.all())
    new = [one for service in services for one in service.containers if one.is_new]
    starting = sum(one.is_starting for one in new)
    healthy = sum(service.healthy for service in services)
    return Progress(
        attempt=upgrade.number,
        services=services,
        healthy=healthy,
        wanted=sum(service.wanted for service in services),
        starting=starting,
        sick=sum(not one.is_healthy and not one.is_starting for one in new),
        started_at=upgrade.started_at,
        deadline_at=upgrade.deadline_at,
        observed_at=upgrade.observed_at,
        away_since=ticket.rancher_away_since,
        unobserved_because=explain.words(upgrade.unobserved_because),
        settled_at=upgrade.settled_at,
    )


def what_was_looked_at(ticket: Ticket) -> dict[str, Any]:
    """The containers of the new version as a verification records them: what was on the screen."""
    found = progress(ticket)
    if found is None:
        return {}
    return {
        "version": ticket.version,
        "observed_at": None if found.observed_at is None else found.observed_at.isoformat(),
        "containers": [
            {"name": one.name, "image": one.image, "host": one.host, "is_healthy": one.is_healthy}
            for service in found.services
            for one in service.containers
            if one.is_new
        ],
    }


def _service(row: ServiceUpgrade) -> ServiceProgress:
    return ServiceProgress(
        name=row.name,
        action=row.action,
        phase=Phase(row.phase).value,
        phase_at=row.phase_at,
        healthy=row.healthy,
        wanted=row.wanted,
        has_health_check=row.has_health_check,
        image_before=row.image_before,
        image_after=row.image_after,
        rancher_id=row.rancher_id,
        rancher_state=row.rancher_state,
        rancher_message=row.rancher_message,
        trouble=explain.words(row.trouble),
        depends_on=tuple(row.depends_on),
        slots=tuple(_slots(_container(one) for one in row.seen)),
    )


def _container(seen: Mapping[str, Any]) -> ContainerShown:
    return ContainerShown(
        rancher_id=seen["id"],
        name=seen["name"],
        config=seen["config"],
        is_new=seen["is_new"],
        state=seen["state"],
        health=seen["health"] or "",
        is_healthy=seen["is_healthy"],
        image=seen["image"],
        host=seen["host"],
        ports=tuple(seen["ports"]),
        starts=seen["starts"],
        message=seen["message"],
    )


def _slots(containers: Iterable[ContainerShown]) -> list[Slot]:
    """Old and new share their name until the finish (trap 14); of several tries the newest counts."""
    slots: dict[str, Slot] = {}
    for one in sorted(containers, key=lambda one: (len(one.rancher_id), one.rancher_id)):
        slot = slots.get(one.name, Slot(one.name, None, None))
        slots[one.name] = Slot(slot.name, slot.old, one) if one.is_new else Slot(slot.name, one, slot.new)
    return [slots[name] for name in sorted(slots, key=lambda name: (len(name), name))]
