"""Stacks from compose texts, and what is read of them again and again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from rancher_client.cattle import Session, services, stacks
from rancher_client.cattle.resources import ComposeTexts, Service, Stack, Transitioning

from .target import Target
from .waiting import wait_for

FIRST_ID = "deploy://first"
SECOND_ID = "deploy://second"

Keys = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Composed:
    """A stack from text."""

    rancher: Session
    id: str

    def read(self) -> Stack:
        return stacks.get(self.rancher, self.id)

    def services(self) -> dict[str, Service]:
        return {service.name: service for service in services.read_all(self.rancher, stack_id=self.id)}

    def in_state(self, state: str) -> Stack:
        """The stack once it is in `state`."""
        return wait_for(self.read, lambda seen: seen.state == state)

    def settled(self, state: str) -> dict[str, Service]:
        """Its services once the stack is in `state` and nothing moves any more."""
        self.in_state(state)
        return wait_for(
            self.services, lambda found: all(s.transitioning is Transitioning.NO for s in found.values())
        )

    def upgrade(self, text: str, rancher_compose: str = "", **answers: str) -> None:
        stacks.upgrade(
            self.rancher,
            self.id,
            ComposeTexts(text, rancher_compose),
            answers=answers,
            external_id=SECOND_ID,
        )


def bare(target: Target) -> tuple[str, str]:
    """The two images as a compose text names them."""
    return target.old.partition(":")[2], target.new.partition(":")[2]


def two(web: str | Keys, db: str | Keys, **others: str | Keys) -> str:
    """A text with the services `web` and `db`, linked, and `others`: each an image, or all its keys."""
    given = {"web": {"links": ["db"], "restart": "always", **_keys(web)}, "db": _keys(db)}
    return text(given | {name: _keys(other) for name, other in others.items()})


def text(services_by_name: Mapping[str, Keys]) -> str:
    """A text of version 2, docker-compose.yml or rancher-compose.yml."""
    return yaml.safe_dump({"version": "2", "services": services_by_name}, sort_keys=False)


def _keys(service: str | Keys) -> dict[str, Any]:
    return {"image": service} if isinstance(service, str) else dict(service)
