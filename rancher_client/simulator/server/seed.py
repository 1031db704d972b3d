"""Projects, hosts, accounts, keys and services to begin with, from a JSON file.

```json
{
  "access_control": true,
  "settings": {"rancher.server.version": "v1.6.30"},
  "compose_executor": "running",
  "closed_registries": ["registry.example.com/"],
  "images": {"registry.example.com/shop:1.0.2": {"healthy_after": 8}},
  "accounts": [{"name": "Boss", "kind": "admin", "login": "boss", "password": "...",
                "keys": [{"access": "...", "secret": "..."}]}],
  "projects": [{"name": "prod", "hosts": 3, "keys": [{"access": "...", "secret": "..."}],
                "members": {"boss": "owner"},
                "stacks": [{"name": "shop", "services": [{"name": "web", "launchConfig": {"...": 0}}]}]}]
}
```

Every part may be left out; `compose_executor` is `running`, `away` or `unregistered`; `hosts` is a number or
a list of bodies; `members` names logins, without them the administrator owns the project; services are bodies
of `POST /services` without `stackId`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rancher_client.simulator.engine import Ref

from .access import AccountKind
from .ids import format_id
from .requests import Request
from .schemas import Role
from .simulator import Simulator

_PROJECT = {"orchestration": "cattle", "state": "active"}


class SeedRefused(Exception):
    """A part of the seed that Rancher would refuse; the text says which and why."""


@dataclass(frozen=True, slots=True)
class SeededProject:
    """A new project: its formatted id and an environment key of it."""

    id: str
    access_key: str
    secret_key: str


def plant(simulator: Simulator, seed: Mapping[str, Any]) -> None:
    """Make everything a seed names. Raises SeedRefused.

    Access control is on as soon as the seed has a key, unless it says otherwise.
    """
    directory, engine = simulator.directory, simulator.loop.engine
    directory.settings |= {str(name): str(value) for name, value in seed.get("settings", {}).items()}
    if "compose_executor" in seed:
        engine.levers.compose_executor(seed["compose_executor"])
    for prefix in seed.get("closed_registries", ()):
        engine.levers.close_registry(prefix)
    for reference, behaviour in seed.get("images", {}).items():
        engine.levers.image(reference, **behaviour)
    for account in seed.get("accounts", ()):
        _plant_account(simulator, account)
    for project in seed.get("projects", ()):
        _plant_project(simulator, project)
    directory.access_control = bool(seed.get("access_control", bool(directory.credentials)))


def add_project(simulator: Simulator, name: str, *, hosts: int = 3) -> SeededProject:
    """A new active project with hosts and one environment key."""
    engine = simulator.loop.engine
    number = engine.create("project", {**_PROJECT, "name": name}, project=None)
    for body in _host_bodies(name, hosts):
        engine.create("host", body, project=number)
    _, access, secret = simulator.directory.add_key(Ref("project", number), name=name)
    return SeededProject(format_id(Ref("project", number)), access, secret)


def _host_bodies(project: str, count: int) -> list[dict[str, Any]]:
    """Hosts with a name, without which pull tasks do not report them (9.1)."""
    names = (f"{project}-{index + 1}" for index in range(count))
    return [{"name": name, "hostname": name} for name in names]


def _plant_account(simulator: Simulator, account: Mapping[str, Any]) -> None:
    directory = simulator.directory
    number = directory.add_account(
        account["name"],
        AccountKind(account.get("kind", AccountKind.USER)),
        login=account.get("login"),
        password=account.get("password"),
    )
    for key in account.get("keys", ()):
        directory.add_key(
            Ref("account", number), name=key.get("name"), public=key.get("access"), secret=key.get("secret")
        )


def _plant_project(simulator: Simulator, project: Mapping[str, Any]) -> None:
    engine, directory = simulator.loop.engine, simulator.directory
    number = engine.create(
        "project",
        {**_PROJECT, "name": project["name"], "description": project.get("description")},
        project=None,
    )
    hosts = project.get("hosts", 3)
    if isinstance(hosts, int):
        hosts = _host_bodies(project["name"], hosts)
    for body in hosts:
        engine.create("host", dict(body), project=number)
    for key in project.get("keys", ()):
        directory.add_key(
            Ref("project", number), name=key.get("name"), public=key.get("access"), secret=key.get("secret")
        )
    accounts = {account.login: account.id for account in directory.accounts.values()}
    for login, role in project.get("members", {}).items():
        directory.add_member(number, accounts[login], Role(role))
    if not project.get("members"):
        directory.add_member(number, directory.admin().id, Role.OWNER)
    if project.get("stacks"):
        _plant_stacks(simulator, number, project["stacks"])


def _plant_stacks(simulator: Simulator, project: int, stacks: Any) -> None:
    """Stacks and services by the API itself, with a key made for it and taken away again."""
    number, access, secret = simulator.directory.add_key(Ref("project", project), name="seed")
    for stack in stacks:
        body = {key: value for key, value in stack.items() if key != "services"}
        made = _post(simulator, "/v2-beta/stacks", body, access, secret)
        for service in stack.get("services", ()):
            _post(simulator, "/v2-beta/services", {**service, "stackId": made["id"]}, access, secret)
    del simulator.directory.credentials[number]


def _post(
    simulator: Simulator, path: str, body: Mapping[str, Any], access: str, secret: str
) -> dict[str, Any]:
    key = base64.b64encode(f"{access}:{secret}".encode()).decode()
    request = Request("POST", path, headers={"authorization": f"Basic {key}"}, body=json.dumps(body).encode())
    written = simulator.handle(request).written
    answer: dict[str, Any] = json.loads(written.content)
    if written.status != 201:
        why = answer.get("message") or answer.get("fieldName")
        raise SeedRefused(f"{path} {body.get('name')}: {written.status} {answer.get('code')} {why}")
    return answer
