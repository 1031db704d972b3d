"""A lab whose stacks come of compose texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .lab import Lab

TEXT = """
version: '2'
services:
  web:
    image: registry/shop:${VERSION}
    links:
    - db:database
  db:
    image: registry/db:9
"""

MORE = """
version: '2'
services:
  web:
    scale: 2
"""


class StackLab(Lab):
    """Makes stacks of texts and tells what has become of them."""

    def stack_of(self, docker: str = TEXT, rancher: str = MORE, *, settle: float = 20, **fields: Any) -> int:
        """A stack named `made`, started, given time to come up."""
        body = {"name": "made", "startOnCreate": True, "environment": {"VERSION": "1"}, "externalId": "a:1"}
        texts = {"dockerCompose": docker, "rancherCompose": rancher}
        number = self.engine.create("stack", body | texts | fields, project=self.project)
        self.wait(settle)
        return number

    def upgrade_stack(self, stack: int, docker: str = TEXT, rancher: str = MORE, **fields: Any) -> None:
        """Ask for version 2 of the texts."""
        body = {"environment": {"VERSION": "2"}, "externalId": "a:2"}
        texts = {"dockerCompose": docker, "rancherCompose": rancher}
        self.engine.act("stack", stack, "upgrade", body | texts | fields)

    def stack_view(self, stack: int) -> dict[str, Any]:
        """The stack as the API shows it."""
        found = self.engine.view("stack", stack)
        assert found is not None
        return found

    def stack_state(self, stack: int) -> tuple[str, str, str | None]:
        """State, transitioning and message."""
        view = self.stack_view(stack)
        return view["state"], view["transitioning"], view["transitioningMessage"]

    def named(self, stack: int, name: str) -> int:
        """The number of one of the stack's services."""
        for _, number in self.engine.related("stack", stack, "services"):
            if self.view(number)["name"] == name:
                return number
        raise AssertionError(f"no service {name}")

    def names(self, stack: int) -> set[str]:
        """The names of the stack's services."""
        return {self.view(number)["name"] for _, number in self.engine.related("stack", stack, "services")}

    def states(self, stack: int) -> dict[str, str]:
        """The states of the stack's services by name."""
        services = self.engine.related("stack", stack, "services")
        return {self.view(number)["name"]: self.state(number) for _, number in services}

    def image(self, stack: int, name: str) -> str:
        """What a service of the stack runs."""
        return str(self.view(self.named(stack, name))["launchConfig"]["imageUuid"])

    def until_true(self, what: Callable[[], object], *, within: float = 300) -> float:
        """Let time pass until something is so; returns how long it took."""
        began = self.engine.now
        while not what():
            due = self.engine.due_at()
            assert due is not None, "nothing more will happen"
            assert due <= began + within, f"it has not come about in {within} s"
            self.engine.advance(due)
        return self.engine.now - began

    def until_stack(self, stack: int, state: str, *, within: float = 300) -> float:
        """Let time pass until the stack is in a state; returns how long it took."""
        return self.until_true(lambda: self.stack_view(stack)["state"] == state, within=within)
