"""The framework of the API against recordings of a live server (rancher-1.6-api.md 1, 2, 7.2, 9)."""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.server import SimulatorServer

from .conftest import Environment
from .following import OF_AGENTS, Scenario, assert_only, follow
from .recorded import Player


def _environment(server: SimulatorServer, name: str, hosts: int = 3) -> Environment:
    return Environment(server, *server.add_project(name, hosts=hosts))


def _player(of: Environment, **ids: str) -> Player:
    return Player(of.server.url, of.key, {f"1{key}": value for key, value in ids.items()})


def _web(of: Environment, stack: str, name: str = "web", **fields: Any) -> str:
    return of.make_service(name, stack, launchConfig={"imageUuid": "sim:x"}, scale=0, **fields)


def stack_errs_with_inactive_web(server: SimulatorServer) -> Player:
    errors = _environment(server, "errors")
    stack = errors.make_stack("errs")
    return _player(errors, a25=errors.project, st49=stack, s61=_web(errors, stack, startOnCreate=False))


def active_web_beside_a_removed_service(server: SimulatorServer) -> Player:
    """Stack and removed service have the same number: one recorded id is read as either."""
    paths, other = _environment(server, "paths"), _environment(server, "other")
    stack = paths.make_stack("errs")
    removed = paths.make_service(
        "gone", stack, launchConfig={"imageUuid": "sim:web:1", "labels": {"a": "b"}}, scale=3, description="x"
    )
    assert removed[2:] == stack[3:]
    _upgrade_and(paths, removed, "finishupgrade")
    paths.call("DELETE", f"/services/{removed}")
    web = _web(paths, stack, startOnCreate=False)
    _upgrade_and(paths, web, "rollback")
    number = web[2:]
    foreign = _web(other, other.make_stack("far"))
    host = paths.get("/hosts")["data"][0]["id"]
    ids = {"a25": paths.project, "a5": other.project, "st49": stack, "e49": f"1e{stack[3:]}"}
    ids |= {"s61": web, "i61": f"1i{number}", "S61": f"1S{number}", "s46": foreign, "h9": host}
    return _player(paths, **ids)


def _upgrade_and(of: Environment, service: str, action: str) -> None:
    """An upgrade without an image, as the recorded service had behind it."""
    config = of.get(f"/services/{service}")["launchConfig"] | {"imageUuid": "sim:web:2"}
    config = config if action == "finishupgrade" else {}
    of.call("POST", f"/services/{service}/?action=upgrade", {"inServiceStrategy": {"launchConfig": config}})
    of.server.advance(60)
    of.call("POST", f"/services/{service}/?action={action}")
    of.server.advance(60)


def a_thousand_stacks(server: SimulatorServer) -> Player:
    _environment(server, "elsewhere")
    many, number = _environment(server, "many", hosts=2), 0
    number = int(many.project[2:])
    with server.engine_lock:
        engine = server.engine
        stack = engine.create("stack", {"name": "default-test-driver", "system": True}, project=number)
        driver = {"name": "default-test-driver", "stackId": stack, "kind": "networkDriverService", "scale": 0}
        settings = {"selectorContainer": "none", "launchConfig": {}, "networkDriver": {"name": "driver"}}
        engine.create("service", {**driver, **settings, "startOnCreate": True}, project=number)
        for index in range(1040):
            engine.advance(engine.now + 0.01)
            engine.create("stack", {"name": f"big{index:04}", "group": f"g{index % 3}"}, project=number)
    server.advance(5)
    return _player(many, a8=many.project, st1=f"1st{stack}", a5="1a9")


def two_hosts(server: SimulatorServer) -> Player:
    hosts = _environment(server, "hosts", hosts=2)
    for _ in range(2):
        hosts.call("POST", "/registrationtokens", {})
    first, second = (host["id"] for host in hosts.get("/hosts")["data"])
    hosts.call("PUT", f"/hosts/{first}", {"description": "x"})
    stack = hosts.make_stack("onhosts")
    return _player(hosts, a16=hosts.project, st1053=stack, h3=first, h4=second)


def calls_made_before(server: SimulatorServer) -> Player:
    """More rows in the audit log than one page, beginning with the creation of a stack."""
    audit = _environment(server, "audit", hosts=2)
    stack = audit.make_stack("audited")
    for index in range(20):
        audit.call("POST", "/stacks", {"name": f"before{index}"})
    other = audit.make_service("other", stack)
    for _ in range(3):
        _upgrade_and(audit, other, "finishupgrade")
    return _player(audit, a16=audit.project, st1052=stack)


SCENARIOS = {
    "errors-422": Scenario(stack_errs_with_inactive_web, pauses={66: 0.04, 67: 0.0}),
    "errors-paths-methods-bodies": Scenario(active_web_beside_a_removed_service, access_control=False),
    "collections": Scenario(
        a_thousand_stacks,
        excused=OF_AGENTS
        | {
            "launchConfig": "our driver's service has a version in its empty config",
            "networkDriver": "nothing here drives a network",
            "scale": "our driver's service is made with scale 0, or containers would be made for it",
        },
    ),
    "headers": Scenario(active_web_beside_a_removed_service, access_control=False),
    "hosts": Scenario(
        two_hosts,
        excused=OF_AGENTS | {"instanceIds": "the recorded hosts run containers of the infrastructure"},
    ),
    "audit-log": Scenario(calls_made_before, pauses={1: 30, 6: 30, 7: 30}),
}


FOLLOWS = tuple(f"framework/{name}" for name in SCENARIOS)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_recorded_answer_is_given(scenario):
    assert_only(follow(f"framework/{scenario}", SCENARIOS[scenario]), ())
