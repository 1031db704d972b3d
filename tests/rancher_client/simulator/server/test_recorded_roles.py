"""What each role may do, against recordings of a live server (rancher-1.6-api.md 1.3, chapter 11).

The seven sessions were recorded one after the other in one project, so each finds what those before it
have left behind.
"""

from __future__ import annotations

from functools import partial

import pytest

from rancher_client.simulator.engine import Ref
from rancher_client.simulator.server import SimulatorServer
from rancher_client.simulator.server.access import AccountKind
from rancher_client.simulator.server.schemas import Role

from .conftest import Environment
from .following import OF_AGENTS, Scenario, add_infrastructure, assert_only, follow
from .recorded import Player

OWN = {
    "owner": ("1s3", "1i2", "1h3"),
    "member": ("1s4", "1i8", "1h3"),
    "restricted": ("1s5", "1i14", "1h4"),
    "readonly": ("1s6", "1i20", "1h4"),
    "outsider": ("1s7", "1i22", "1h3"),
    "env": ("1s8", "1i26", "1h3"),
    "admin": ("1s9", "1i32", "1h4"),
}
"""Who was recorded, in this order: the service that each acts on, its container and the host of that."""

ACCOUNTS = {"owner": "1a11", "member": "1a12", "restricted": "1a13", "readonly": "1a14", "outsider": "1a15"}
"""Login names and account ids; all but the outsider are members by the role of that name."""

SEEDS = {"owner": 1}
"""Seeds whose chance puts the containers on the host that the recorded ones were on."""

EXCUSED = OF_AGENTS | {
    "data": "the internal column of an account, of which nothing is kept here",
    "transitioningProgress": "with engine settings of development starts ran repeatedly, and none was told",
}
OF_ADMIN = {"value": "the first settings of the recorded list are none of ours"}

UNENDING = "the upgrade of the network driver's service never ended on the recorded server"

NOT_FOLLOWED = {
    "framework/role-restricted": {0: UNENDING},
    "framework/role-readonly": {0: UNENDING},
    "framework/role-env": dict.fromkeys((0, 18, 36), UNENDING),
    "framework/role-admin": dict.fromkeys((0, 18, 36), UNENDING),
}
"""Steps whose answer still differs, by recording and number, and why."""


def a_project_of_many(server: SimulatorServer, role: str) -> Player:
    """Project, hosts, members, infrastructure, a service for the role, and the traces of those before."""
    elsewhere = Environment(server, *server.add_project("elsewhere", hosts=1))
    project = Environment(server, *server.add_project("roles", hosts=2))
    ids, keys = _people(project)
    infrastructure, driver = add_infrastructure(project)
    server.advance(5)
    if role == "admin":
        admin = {"enabled": True, "username": "boss", "password": "boss-secret", "name": "The Boss"}
        Player(server.url, keys["admin"]).session.post(
            f"{server.url}/v2-beta/localauthconfigs", json=admin, auth=keys["admin"], timeout=10
        )
    stack = project.make_stack("app")
    config = {"imageUuid": "sim:1", "labels": {"a": "b"}, "environment": {"SECRET": "s3cret"}}
    for other in ("readonly", "outsider"):  # nobody could remove theirs
        if role in ("env", "admin"):
            project.make_service(f"svc-{other}", stack, launchConfig=config)
    service = project.make_service(f"svc-{role}", stack, launchConfig=config)
    project.call("POST", "/registrationtokens", {})
    server.advance(5)
    container = project.get(f"/services/{service}?include=instances")["instances"][0]
    recorded_service, recorded_container, recorded_host = OWN[role]
    ids |= {"1a16": project.project, "1a8": elsewhere.project, recorded_host: container["hostId"]}
    ids |= {"1h4" if recorded_host == "1h3" else "1h3": _other_host(project, container["hostId"])}
    ids |= {"1st1044": infrastructure, "1st1045": stack, "1s2": driver}
    ids |= {recorded_service: service, recorded_container: container["id"]}
    before = tuple(OWN)[: tuple(OWN).index(role)]
    _leave_traces(project, ids, before)
    return Player(server.url, keys[role], ids)


def _people(project: Environment) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """Accounts with their keys: recorded account ids to ours, and the keys by role."""
    server, directory = project.server, project.server.simulator.directory
    ids, keys = {}, {"env": project.key}
    with server.engine_lock:
        for login, recorded in ACCOUNTS.items():
            account = directory.add_account(login, AccountKind.USER, login=login, password=f"{login}-secret")
            ids[recorded] = f"1a{account}"
            keys[login] = directory.add_key(Ref("account", account))[1:]
            if login != "outsider":
                directory.add_member(int(project.project[2:]), account, Role(login))
        keys["admin"] = directory.add_key(Ref("account", directory.admin().id))[1:]
        ids["1a1"] = f"1a{directory.admin().id}"
        directory.add_key(Ref("project", int(project.project[2:])))
    return ids, keys


def _other_host(project: Environment, but: str) -> str:
    return next(str(host["id"]) for host in project.get("/hosts")["data"] if host["id"] != but)


def _leave_traces(project: Environment, ids: dict[str, str], before: tuple[str, ...]) -> None:
    if "owner" in before:
        project.call("PUT", f"/hosts/{ids['1h3']}", {"description": "x"})
        project.call("PUT", f"/services/{ids['1s2']}", {"description": "x"})
        project.call("PUT", f"/stacks/{ids['1st1044']}", {"description": "x"})
        with project.server.engine_lock:
            project.server.engine.update("project", int(project.project[2:]), {"description": "by owner"})
    if "member" in before:
        upgrade = {"inServiceStrategy": {"launchConfig": {}}}
        project.call("POST", f"/services/{ids['1s2']}/?action=upgrade", upgrade)
    for role in before:
        if role in ("owner", "member", "restricted"):
            project.call("POST", "/registries", {"serverAddress": f"r-{role}.example.com"})
    project.server.advance(10)


FOLLOWS = tuple(f"framework/role-{role}" for role in OWN)


@pytest.mark.parametrize("role", OWN)
def test_a_role_is_answered_as_the_server_answered_it(role: str) -> None:
    prepare = partial(a_project_of_many, role=role)
    excused = EXCUSED | (OF_ADMIN if role == "admin" else {})
    found = follow(
        f"framework/role-{role}", Scenario(prepare, excused=excused, random_seed=SEEDS.get(role, 0))
    )
    assert_only(found, NOT_FOLLOWED.get(f"framework/role-{role}", {}))
