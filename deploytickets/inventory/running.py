"""Which version of a placement runs, and how well: a pure reading of its services."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deploytickets.catalog.models import Placement
from deploytickets.drivers.base import REMOVED, ContainerSeen, ServiceSeen
from deploytickets.drivers.images import Image
from deploytickets.inventory.versions import is_newer
from deploytickets.tickets.plans import PRIMARY

CALM = frozenset({"active", "updating-active"})


@dataclass(frozen=True, slots=True)
class ServiceRuns:
    """One service. `versions` are those its running containers were made from, each once."""

    name: str
    versions: tuple[str, ...]
    digest: str
    healthy: int
    wanted: int
    kept: int
    has_health_check: bool
    state: str
    oldest_at: datetime | None

    def as_json(self, version: str) -> dict[str, Any]:
        """For the row of the placement; `version` is the one chosen where several run."""
        shown = version if version in self.versions or not self.versions else self.versions[0]
        return {
            "name": self.name,
            "version": shown,
            "healthy": self.healthy,
            "wanted": self.wanted,
            "kept": self.kept,
            "state": self.state,
        }


@dataclass(frozen=True, slots=True)
class Running:
    """All services of a placement together; no services: nothing of it is there."""

    version: str
    digest: str
    healthy: int
    wanted: int
    kept: int
    has_health_check: bool
    state: str
    services: tuple[ServiceRuns, ...]
    oldest_at: datetime | None


def running(placement: Placement, seen: Iterable[ServiceSeen], *, before: str = "") -> Running:
    """What runs of the placement, which comes with its application loaded.

    While two versions run side by side it stays at `before`, the version known so far, as long as
    containers of that are among them: an upgrade counts when the last old container has stopped.
    """
    services = tuple(
        _service(service, placement.application.image_repository) for service in services_of(placement, seen)
    )
    versions = list(dict.fromkeys(version for service in services for version in service.versions))
    chosen = before if before in versions else _newest(versions)
    times = [service.oldest_at for service in services if service.oldest_at is not None]
    return Running(
        version=chosen,
        digest=next((service.digest for service in services if service.digest), ""),
        healthy=sum(service.healthy for service in services),
        wanted=sum(service.wanted for service in services),
        kept=sum(service.kept for service in services),
        has_health_check=bool(services) and all(service.has_health_check for service in services),
        state=_state(services),
        services=services,
        oldest_at=min(times, default=None),
    )


def services_of(placement: Placement, seen: Iterable[ServiceSeen]) -> list[ServiceSeen]:
    """The placement's services by name: those it names, else those of its stack that run its image."""
    in_stack = [
        service
        for service in seen
        if service.stack_name == placement.stack_name and service.state not in REMOVED
    ]
    named = set(placement.service_names) if placement.strategy == "service" else set()
    repository = placement.application.image_repository
    chosen = [
        service
        for service in in_stack
        if (service.name in named if named else bool(_config_names(service, repository)))
    ]
    return sorted(chosen, key=lambda service: service.name)


def _service(service: ServiceSeen, repository: str) -> ServiceRuns:
    names = _config_names(service, repository) or [PRIMARY]
    counted = PRIMARY if PRIMARY in names else names[0]
    containers = [one for one in service.containers or () if one.config_name in names]
    runs = [one for one in containers if one.state == "running"]
    images = [Image.parse(one.image) for one in runs] or [
        Image.parse(str(service.configs.get(name, {}).get("imageUuid") or "")) for name in names
    ]
    current = str(service.configs.get(counted, {}).get("version") or "")
    versions = {image.version for image in images if image.version}
    return ServiceRuns(
        name=service.name,
        versions=tuple(sorted(versions)),
        digest=next((image.digest for image in images if image.digest), ""),
        healthy=_healthy(service, [one for one in runs if one.config_name == counted]),
        wanted=_wanted(service, [one for one in containers if one.config_name == counted]),
        kept=sum(one.state == "stopped" and one.version != current for one in containers),
        has_health_check=bool(service.configs.get(counted, {}).get("healthCheck")),
        state=service.state,
        oldest_at=min((one.created_at for one in runs if one.created_at is not None), default=None),
    )


def _healthy(service: ServiceSeen, runs: Sequence[ContainerSeen]) -> int:
    """Healthy units. While old and new run side by side no more are counted than are wanted."""
    healthy = sum(container.is_healthy for container in runs)
    return healthy if service.is_global else min(healthy, service.scale)


def _wanted(service: ServiceSeen, containers: Sequence[ContainerSeen]) -> int:
    """The scale; of a global service the hosts on which it has a container that has not been given up."""
    if not service.is_global:
        return service.scale
    return len({one.host_rancher_id for one in containers if one.state not in ("stopped", "error")})


def _config_names(service: ServiceSeen, repository: str) -> list[str]:
    return sorted(
        name
        for name, config in service.configs.items()
        if Image.parse(str(config.get("imageUuid") or "")).is_of(repository)
    )


def _newest(versions: Sequence[str]) -> str:
    newest = ""
    for version in versions:
        if not newest or is_newer(version, newest):
            newest = version
    return newest


def _state(services: Sequence[ServiceRuns]) -> str:
    """The state of the services, that of the first one that is not at rest where they differ."""
    return next((one.state for one in services if one.state not in CALM), "active" if services else "")
