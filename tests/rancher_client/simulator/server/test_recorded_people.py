"""Logging in, the life of a key, and people who are thrown out, against recordings of a live server.

(rancher-1.6-api.md 1.3, 8, 11, 12)
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import replace

from websockets.sync.client import ClientConnection

from rancher_client.simulator.engine import Ref
from rancher_client.simulator.server import SimulatorServer
from rancher_client.simulator.server.access import AccountKind
from rancher_client.simulator.server.schemas import Role

from .conftest import Environment
from .following import OF_AGENTS, Scenario, add_infrastructure, assert_only, follow
from .recorded import Player, Step
from .test_subscribe import subscribe

FOLLOWS = ("framework/access-control-login", "framework/key-life", "framework/member-removed")

Key = tuple[str, str]

EXCUSED = OF_AGENTS | {"data": "the internal column of an account, of which nothing is kept here"}


def account(server: SimulatorServer, name: str, *roles: tuple[Environment, Role]) -> tuple[str, Key]:
    """A new account with a key, and its roles in projects: its id and the key."""
    directory = server.simulator.directory
    with server.engine_lock:
        number = directory.add_account(name, AccountKind.USER, login=name, password=f"{name}-secret")
        for project, role in roles:
            directory.add_member(int(project.project[2:]), number, role)
        _, access, secret = directory.add_key(Ref("account", number))
    return f"1a{number}", (access, secret)


def admin_key(server: SimulatorServer) -> Key:
    directory = server.simulator.directory
    with server.engine_lock:
        return directory.add_key(Ref("account", directory.admin().id))[1:]


class LoggingIn:
    """The session `access-control-login`: the notes say with which credentials each request came."""

    def prepare(self, server: SimulatorServer) -> Player:
        default = Environment(server, *server.add_project("Default", hosts=0))
        own = Environment(server, *server.add_project("hb2's Project", hosts=0))
        user, key = account(server, "hb2", (own, Role.OWNER))
        directory = server.simulator.directory
        with server.engine_lock:
            directory.add_member(int(default.project[2:]), directory.admin().id, Role.OWNER)
        self.keys = {"admin": admin_key(server), "user": key, "env": own.key}
        ids = {"1a5": default.project, "1a8": own.project, "1a7": user, "1a1": f"1a{directory.admin().id}"}
        ids["1s1"] = add_infrastructure(own)[1]
        server.advance(5)
        return Player(server.url, None, ids)

    def dress(self, player: Player, step: Step) -> Step:
        player.auth = None
        jwt = next(iter(player.texts.values()), "")
        headers = dict(step.headers)
        if step.path.endswith("/token") and step.method == "POST":
            password = "rkxhiasvlwxj3" if step.status == 201 else "rkxhiasvlwxj4"
            return replace(step, body={"code": f"boss:{password}"})
        if step.note.startswith("old key: "):
            player.auth = self.keys[step.note.removeprefix("old key: ")]
        elif step.note.startswith("x-api-bearer"):
            player.auth = (f"x-api-bearer={player.ids['1a8']}", jwt)
        elif step.note == "login and password as Basic":
            player.auth = ("boss", "rkxhiasvlwxj3")
        elif step.note == "right access key, wrong secret":
            player.auth = (self.keys["env"][0], "wrong")
        elif step.note in ("bearer", "bad bearer"):
            headers["Authorization"] = f"Bearer {jwt}" if step.note == "bearer" else "Bearer nonsense"
        elif step.note == "broken header":
            headers["Authorization"] = "Basic nonsense!"
        elif step.note == "other scheme":
            headers["Authorization"] = "Digest nonsense"
        return replace(step, headers=headers)


def test_switching_access_control_on_and_logging_in():
    session = LoggingIn()
    scenario = Scenario(session.prepare, access_control=False, dress=session.dress, excused=EXCUSED)
    assert_only(follow("framework/access-control-login", scenario), ())


class Watching(ExitStack):
    """An open websocket of somebody whose key or role is taken away meanwhile."""

    socket: ClientConnection | None = None

    def open(self, of: Environment, key: Key) -> None:
        path = f"/v2-beta/projects/{of.project}/subscribe?eventNames=resource.change"
        self.socket = self.enter_context(subscribe(of, path, key))

    def is_told(self, of: Environment, stack: str) -> bool:
        """Whether a change made now comes through."""
        assert self.socket is not None
        of.call("PUT", f"/stacks/{stack}", {"description": f"at {of.server.now}"})
        of.server.advance(1)
        return bool(json.loads(self.socket.recv(timeout=5))["resourceType"] == "stack")


class LifeOfAKey(Watching):
    """The session `key-life`: notes mark the requests that came with the new key itself."""

    def prepare(self, server: SimulatorServer) -> Player:
        self.project = Environment(server, *server.add_project("roles", hosts=0))
        owner, self.owner = account(server, "owner", (self.project, Role.OWNER))
        self.stack = self.project.make_stack()
        self.key: Key | None = None
        return Player(server.url, self.owner, {"1a16": self.project.project, "1a11": owner})

    def dress(self, player: Player, step: Step) -> Step:
        if self.key is None and player.last_answer.get("secretValue"):
            self.key = player.last_answer["publicValue"], player.last_answer["secretValue"]
        by_new_key = bool(step.note) and not step.answered_headers.get("X-API-User-Id")
        player.auth = self.key if by_new_key and step.answer is None else self.owner
        if step.index == 3:
            assert self.key is not None
            self.open(self.project, self.key)
        if step.index in (8, 16):
            assert self.is_told(self.project, self.stack), "deactivated or removed, the websocket goes on"
        return step


def test_the_life_of_a_key():
    with LifeOfAKey() as session:
        assert_only(follow("framework/key-life", Scenario(session.prepare, dress=session.dress)), ())


_ROLES = (Role.OWNER, Role.MEMBER, Role.RESTRICTED, Role.READONLY)


class MemberRemoved(Watching):
    """The session `member-removed`: an admin acts, and the member whom it is about probes."""

    def prepare(self, server: SimulatorServer) -> Player:
        self.project = project = Environment(server, *server.add_project("roles", hosts=0))
        ids = {"1a16": project.project, "1a1": f"1a{server.simulator.directory.admin().id}"}
        keys: dict[str, Key] = {}
        for recorded, role in zip(("1a11", "1a12", "1a13", "1a14"), _ROLES, strict=True):
            ids[recorded], keys[role] = account(server, str(role), (project, role))
        self.admin, self.member = admin_key(server), keys["restricted"]
        self.stack = project.make_stack()
        self.open(project, self.member)
        return Player(server.url, self.admin, ids)

    def dress(self, player: Player, step: Step) -> Step:
        player.auth = self.member if step.answer is None else self.admin
        if step.index in (4, 10):
            assert self.is_told(self.project, self.stack), "thrown out or deactivated, the websocket goes on"
        return step


def test_a_member_is_thrown_out_and_its_account_deactivated():
    with MemberRemoved() as session:
        scenario = Scenario(session.prepare, dress=session.dress, excused=EXCUSED)
        assert_only(follow("framework/member-removed", scenario), ())
