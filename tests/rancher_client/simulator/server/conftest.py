"""Servers and the objects around them for the tests of the simulator's server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from rancher_client.simulator.engine import Ref
from rancher_client.simulator.server import SimulatorServer
from rancher_client.simulator.server.access import AccountKind
from rancher_client.simulator.server.schemas import Role


@dataclass
class Environment:
    """A project with an environment key, and short words for requests below it."""

    server: SimulatorServer
    project: str
    access_key: str
    secret_key: str

    @property
    def key(self) -> tuple[str, str]:
        return self.access_key, self.secret_key

    def url(self, path: str = "") -> str:
        return f"{self.server.url}/v2-beta/projects/{self.project}{path}"

    def call(self, method: str, path: str, body: Any = None, **kwargs: Any) -> requests.Response:
        kwargs.setdefault("auth", self.key)
        return requests.request(method, self.url(path), json=body, timeout=10, **kwargs)

    def get(self, path: str, **kwargs: Any) -> Any:
        response = self.call("GET", path, **kwargs)
        assert response.status_code == 200, response.text
        return response.json()

    def make_stack(self, name: str = "shop") -> str:
        response = self.call("POST", "/stacks", {"name": name})
        assert response.status_code == 201, response.text
        self.server.advance(5)
        return str(response.json()["id"])

    def make_service(self, name: str = "web", stack: str | None = None, **fields: Any) -> str:
        body = {"launchConfig": {"imageUuid": "sim:shop:1"}, "startOnCreate": True, "scale": 1, **fields}
        stack = stack or self.make_stack(f"{name}-stack")
        response = self.call("POST", "/services", {"name": name, "stackId": stack, **body})
        assert response.status_code == 201, response.text
        self.server.advance(30)
        return str(response.json()["id"])

    def add_member(self, name: str = "anna", role: Role = Role.OWNER) -> tuple[str, str]:
        """A user who is a member of the project; gives a key of theirs."""
        directory = self.server.simulator.directory
        with self.server.engine_lock:
            number = directory.add_account(name, AccountKind.USER, login=name, password=f"{name}-secret")
            directory.add_member(int(self.project[2:]), number, role)
            _, access, secret = directory.add_key(Ref("account", number))
        return access, secret


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    """A simulator whose time stands still unless a test moves it."""
    with SimulatorServer(speed=0, start=1_795_404_000.0) as running:
        yield running


@pytest.fixture
def prod(server: SimulatorServer) -> Environment:
    made = Environment(server, *server.add_project("prod", hosts=3))
    server.advance(1)
    return made
