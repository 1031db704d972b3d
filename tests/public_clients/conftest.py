"""Each public client on each version of the API, against the Rancher that the conformance suite would take.

Without RANCHER_URL (and RANCHER_ACCESS_KEY, RANCHER_SECRET_KEY, RANCHER_PROJECT, RANCHER_IMAGES) a simulator
is started; no test asks which it has.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gdapi
import pytest

from tests.conformance.conftest import target
from tests.conformance.target import Target
from tests.conformance.waiting import wait_for

from .known import LIBRARIES, WORDS, Words, plain

__all__ = ["target"]


@dataclass(frozen=True, slots=True)
class Desk:
    """A client that has read the schemas, an empty stack, and what is done again and again."""

    client: Any
    words: Words
    target: Target
    stacks: list[Any]

    @property
    def stack(self) -> Any:
        """The empty one."""
        return self.stacks[0]

    def make_stack(self, **fields: Any) -> Any:
        """A new stack; removed at the end of the test with all that is in it."""
        made = self.client.create(self.words.stack, name=f"public-{secrets.token_hex(4)}", **fields)
        self.stacks.append(made)
        self.stacks[-1] = wait_for(lambda: self.client.reload(made), lambda seen: seen.state == "active")
        return self.stacks[-1]

    def service(self, name: str = "web", *, scale: int = 1, active: bool = True, **fields: Any) -> Any:
        """A new service of the old image, settled."""
        wanted = {"launchConfig": {"imageUuid": self.target.old}} | fields
        made = self.client.create_service(
            name=name, scale=scale, **{self.words.stack_id: self.stack.id}, **wanted
        )
        made = self.settled(made, "inactive")
        return self.settled(made.activate(), "active") if active else made

    def settled(self, resource: Any, state: str) -> Any:
        """The resource once it is in `state` and nothing is under way."""
        return wait_for(
            lambda: self.client.reload(resource),
            lambda seen: seen.state == state and seen.transitioning == "no",
        )

    def upgraded(self, service: Any, *, state: str = "upgraded", **strategy: Any) -> Any:
        """The service after an upgrade by this strategy, in `state`."""
        return self.settled(self.upgrading(service, **strategy), state)

    def upgrading(self, service: Any, **strategy: Any) -> Any:
        """The answer to an upgrade by this strategy.

        The client appends `_action` where a resource has a field of the action's name.
        """
        wanted = {"batchSize": 1, "intervalMillis": 100, "startFirst": False} | strategy
        return service.upgrade_action(inServiceStrategy=wanted)

    def to_new(self, config: Any) -> Any:
        """A launch config with the new image."""
        return plain(config) | {"imageUuid": self.target.new}

    def images(self, service: Any) -> list[str]:
        """The images of its running containers."""
        return sorted(row.imageUuid for row in service.instances() if row.state == "running")


@pytest.fixture(scope="session", params=list(itertools.product(LIBRARIES, WORDS)), ids=" ".join)
def library_and_version(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Which client speaks which version."""
    found: tuple[str, str] = request.param
    return found


@pytest.fixture(scope="session")
def client(target: Target, library_and_version: tuple[str, str]) -> gdapi.Client:
    """A client that was given an address and a key; all else it has from the schemas."""
    library, version = library_and_version
    return LIBRARIES[library](
        url=f"{target.url}/{version}/projects/{target.project}",
        access_key=target.access_key,
        secret_key=target.secret_key,
    )


@pytest.fixture(scope="session")
def words(library_and_version: tuple[str, str]) -> Words:
    """What the version calls things."""
    return WORDS[library_and_version[1]]


@pytest.fixture
def desk(client: Any, words: Words, target: Target) -> Iterator[Desk]:
    """An empty stack of the test's own, removed afterwards with all that is in it."""
    desk = Desk(client, words, target, [])
    desk.make_stack()
    yield desk
    for stack in desk.stacks:
        for service in stack.services():
            client.delete(service)
        wait_for(lambda stack=stack: stack.services().data, lambda left: not left)
        client.delete(client.reload(stack))
        wait_for(lambda stack=stack: client.reload(stack), lambda seen: seen.state == "removed")
