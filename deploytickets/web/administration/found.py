"""Services that Rancher runs, as offers to be taken over. Pure."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from deploytickets.catalog.models import Application
from deploytickets.drivers.base import ServiceSeen, Survey
from deploytickets.tickets.plans import PRIMARY


@dataclass(frozen=True, slots=True)
class Found:
    """One service. `application` is the name proposed for it, or the one of the application that it is."""

    stack: str
    service: str
    image: str
    image_repository: str
    application: str
    is_known_application: bool

    @property
    def name(self) -> str:
        """Unique in the environment."""
        return f"{self.stack}/{self.service}"


def found_in(
    survey: Survey, *, known: Collection[tuple[str, str]], applications: Iterable[Application]
) -> list[Found]:
    """Services with an image that no placement of the environment names; Rancher's own are left out."""
    by_repository = {application.image_repository: application.name for application in applications}
    offers = [
        _found(service, by_repository)
        for service in survey.services
        if not service.is_system and (service.stack_name, service.name) not in known and _image_of(service)
    ]
    return sorted(offers, key=lambda one: (one.stack, one.service))


def _found(service: ServiceSeen, by_repository: dict[str, str]) -> Found:
    image = _image_of(service)
    repository = _repository_of(image)
    proposed = re.sub(r"[^A-Za-z0-9.-]+", "-", service.name if service.name != "app" else service.stack_name)
    return Found(
        service.stack_name,
        service.name,
        image,
        repository,
        by_repository.get(repository, proposed.strip("-.") or "application"),
        repository in by_repository,
    )


def _image_of(service: ServiceSeen) -> str:
    return str(service.configs.get(PRIMARY, {}).get("imageUuid") or "").removeprefix("docker:")


def _repository_of(image: str) -> str:
    """The image without digest and tag; a colon before a slash is a port."""
    name = image.partition("@")[0]
    head, colon, tail = name.rpartition(":")
    return head if colon and "/" not in tail else name
