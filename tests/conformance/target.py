"""The Rancher that the suite is run against, and what of it lies outside its API."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import requests

from rancher_client.cattle import Session, containers, services, stacks
from rancher_client.cattle.resources import Container, Service, Transitioning
from rancher_client.errors import Conflict, NotOffered

from . import waiting
from .lever import Lever
from .waiting import wait_for


@dataclass(frozen=True, slots=True)
class Target:
    """One project on one Rancher.

    Attributes:
        old, new: two images that run, with their prefix.
        unstartable: fields of a launch config whose containers cannot start (an image that is not there), or
            None where nobody knows any.
        lever: None where nothing can be moved from outside.
    """

    url: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    project: str
    old: str
    new: str
    unstartable: Mapping[str, Any] | None
    lever: Lever | None

    def session(self, *, secret_key: str | None = None, project: str | None = None) -> Session:
        """A session with the target's key, or with another secret or project."""
        return Session(
            self.url,
            self.access_key,
            secret_key or self.secret_key,
            project=project or self.project,
            total_timeout=waiting.patience,
        )


class Wire:
    """Requests that the client never makes: to see statuses, raw bodies and what Rancher takes."""

    def __init__(self, target: Target) -> None:
        self._url, self._project = target.url, target.project
        self._key = (target.access_key, target.secret_key)

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send to `path` below the project; `options` are those of `requests`."""
        return self.version("v2-beta", method, path, **options)

    def version(self, version: str, method: str, path: str, **options: Any) -> requests.Response:
        """The same below another version of the API."""
        return self._send(method, f"{version}/projects/{self._project}/{path}", options)

    def root(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send to `path` outside the project."""
        return self._send(method, f"v2-beta/{path}", options)

    def _send(self, method: str, path: str, options: dict[str, Any]) -> requests.Response:
        options.setdefault("timeout", waiting.patience.total_seconds())
        headers = {"X-ENFORCE-AUTHENTICATION": "true"} | options.pop("headers", {})
        return requests.request(method, f"{self._url}/{path}", auth=self._key, headers=headers, **options)

    def act(self, service_id: str, action: str, body: Any = None) -> requests.Response:
        """POST an action of a service."""
        return self("POST", f"services/{service_id}/?action={action}", json=body)


@dataclass(frozen=True, slots=True)
class Bench:
    """A stack of the test's own, and what is done in it again and again."""

    rancher: Session
    stack_id: str
    target: Target

    def service(self, *, scale: int = 1, active: bool = True, **fields: Any) -> Service:
        """A new service of the old image, started and settled; `fields` by Rancher's names."""
        wanted: dict[str, Any] = {
            "name": "web",
            "scale": scale,
            "startOnCreate": active,
            "launchConfig": {"imageUuid": self.target.old},
        }
        made = services.create(self.rancher, wanted | fields, stack_id=self.stack_id)
        return self.settled(made.id, "active" if active else "inactive")

    def read(self, service_id: str) -> Service:
        """The service as it is now."""
        return services.get(self.rancher, service_id)

    def containers(self, service_id: str) -> list[Container]:
        """Its containers as they are now."""
        return containers.of_service(self.rancher, service_id)

    def running(self, service_id: str) -> list[Container]:
        """Its running containers."""
        return [container for container in self.containers(service_id) if container.state == "running"]

    def upgrade(
        self,
        service: Service,
        *,
        labels: Mapping[str, str] | None = None,
        interval_millis: int = 100,
        batch_size: int = 1,
        start_first: bool = False,
        secondary_launch_configs: tuple[Mapping[str, Any], ...] = (),
        **changed: Any,
    ) -> Service:
        """Upgrade the primary to the new image; `changed` are further fields of its launch config."""
        config = {**(service.launch_config or {}), "imageUuid": self.target.new, **changed}
        if labels is not None:
            config["labels"] = dict(labels)
        return services.upgrade(
            self.rancher,
            service.id,
            service_name=service.name,
            sidekicks=names_of(service),
            launch_config=config,
            secondary_launch_configs=secondary_launch_configs,
            batch_size=batch_size,
            interval_millis=interval_millis,
            start_first=start_first,
        )

    def upgrade_sidekicks(self, service: Service, *configs: Mapping[str, Any]) -> Service:
        """Upgrade without naming the primary."""
        return services.upgrade(
            self.rancher,
            service.id,
            service_name=service.name,
            sidekicks=names_of(service),
            launch_config=None,
            secondary_launch_configs=configs,
            batch_size=1,
            interval_millis=100,
            start_first=False,
        )

    def settled(self, service_id: str, state: str) -> Service:
        """The service once it is in `state` and nothing is under way."""
        return wait_for(
            lambda: self.read(service_id),
            lambda seen: seen.state == state and seen.transitioning is Transitioning.NO,
        )

    def in_state(self, service_id: str, state: str) -> Service:
        """The service once it is in `state`."""
        return wait_for(lambda: self.read(service_id), lambda seen: seen.state == state)

    def with_block_of(self, accepted: Service) -> Service:
        """The service once its `upgrade` block is that of the upgrade just accepted (5.1)."""
        wanted = accepted.versions()[accepted.name]

        def has_block(seen: Service) -> bool:
            block = seen.upgrade and seen.upgrade.in_service
            if not block:
                return False
            return block.configs(seen.name)[seen.name].get("version") == wanted

        return wait_for(lambda: self.read(accepted.id), has_block)

    def roll_back(self, service_id: str) -> Service:
        """Roll back and wait for the end."""
        services.roll_back(self.rancher, service_id)
        return self.settled(service_id, "active")

    def finish(self, service_id: str) -> Service:
        """Finish and wait for the end."""
        services.finish_upgrade(self.rancher, service_id)
        return self.settled(service_id, "active")


def names_of(service: Service) -> list[str]:
    """The names of its sidekicks."""
    return [name for name in service.configs() if name != service.name]


def new_stack(rancher: Session) -> str:
    """An empty stack under a name that nobody has."""
    made = stacks.create(rancher, f"conformance-{secrets.token_hex(4)}")
    wait_for(lambda: stacks.get(rancher, made.id), lambda seen: seen.state == "active")
    return made.id


def remove_stack(rancher: Session, stack_id: str) -> None:
    """Remove a stack once its services have gone from the lists.

    Services first: one whose upgrade was just accepted can outlive the removal of its stack, `upgraded`, for
    good. And again where one is back (a removal of a service that has just started was seen answered with 202
    and lost, the service `active` afterwards), or where the state moved in between (409).
    """

    def left() -> list[Service]:
        found = services.read_all(rancher, stack_id=stack_id)
        for service in found:
            with suppress(NotOffered, Conflict):  # it has moved since it was read
                if "remove" in service.actions:
                    services.remove(rancher, service.id)
        return found

    wait_for(left, lambda found: not found)
    stacks.remove(rancher, stack_id)
