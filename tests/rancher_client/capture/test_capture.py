"""A copy of a Rancher stands where the original stands, and goes on from there by itself."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from rancher_client.capture import capture
from rancher_client.capture.captured import HIDDEN, Captured
from rancher_client.cattle import Session, containers, services
from rancher_client.cattle.collections import read_all
from rancher_client.simulator.engine import Ref
from rancher_client.simulator.server import SimulatorServer
from rancher_client.simulator.server.state_file import write

ROOT = Path(__file__).resolve().parents[3]
LISTS = ("hosts", "stacks", "services", "containers")
OWN_TIME = {"created", "createdTS", "firstRunning", "firstRunningTS"}
"""Epoch seconds lose their fraction on the wire."""

CONFIG = {
    "imageUuid": "docker:registry.example/shop:1",
    "environment": {"PASSWORD": "geheim"},
    "ports": ["8080:80/tcp"],
    "healthCheck": {"port": 80, "interval": 2000, "healthyThreshold": 2},
}
SIDEKICK = {"name": "logs", "imageUuid": "docker:registry.example/logs:1"}


@pytest.fixture
def original() -> Iterator[SimulatorServer]:
    with SimulatorServer(speed=0, start=1_795_404_000.0) as running:
        running.add_project("first", hosts=0)  # so that no number of the copy is right by chance
        running.add_project("prod", hosts=3)
        yield running


@pytest.fixture
def session(original: SimulatorServer) -> Session:
    with original.engine_lock:
        _, access, secret = original.simulator.directory.add_key(Ref("project", 6), name="reader")
    return Session(original.url, access, secret, project="1a6")


def post(session: Session, body: Mapping[str, Any], *path: str, action: str | None = None) -> str:
    """The id of what a POST made or moved."""
    answer = session.change("POST", session.url(*path, action=action), dict, body=body)
    return str(answer["id"])


def shop(original: SimulatorServer, session: Session, **fields: Any) -> str:
    """A stack with one service of two units, which runs."""
    stack = post(session, {"name": "shop"}, "stacks")
    original.advance(2)
    body = {"name": "web", "scale": 2, "startOnCreate": True, "launchConfig": CONFIG, **fields}
    web = post(session, {**body, "stackId": stack}, "services")
    original.advance(60)
    return str(web)


def upgrade(session: Session, service_id: str) -> None:
    web = services.get(session, service_id)
    services.upgrade(
        session,
        web.id,
        service_name=web.name,
        sidekicks=[name for name in web.configs() if name != web.name],
        launch_config={**web.launch_config, "imageUuid": "docker:registry.example/shop:2"},
        batch_size=1,
        interval_millis=2000,
        start_first=False,
    )


def started(captured: Captured, folder: Path) -> SimulatorServer:
    """A simulator on the copy, its time standing where the copy was made."""
    file = folder / "state.json"
    write(file, captured.state)
    return SimulatorServer(speed=0, state_file=file)


def session_on(copy: SimulatorServer, captured: Captured) -> Session:
    return Session(copy.url, captured.access_key, captured.secret_key, project=captured.project)


def shown(session: Session) -> Mapping[str, list[dict[str, Any]]]:
    """All that a Rancher says of its project but for addresses and fractions of seconds."""
    found = {path: read_all(session, path, parse=dict) for path in LISTS}
    text = json.dumps(found).replace(session.base_url, "")
    rows: dict[str, list[dict[str, Any]]] = json.loads(text)
    return {
        path: [{key: value for key, value in row.items() if key not in OWN_TIME} for row in listed]
        for path, listed in rows.items()
    }


def until(server: SimulatorServer, session: Session, service_id: str, state: str) -> services.Service:
    for _ in range(400):
        seen = services.get(session, service_id)
        if seen.state == state:
            return seen
        server.advance(0.5)
    raise AssertionError(f"still {seen.state}, not {state}")


def test_a_copy_at_rest_shows_what_the_original_shows(original, session, tmp_path):
    web = shop(original, session, secondaryLaunchConfigs=[SIDEKICK])
    upgrade(session, web)
    until(original, session, web, "upgraded")
    original.levers.lose_host(1)
    original.advance(60)

    captured = capture(session, with_variables=True)

    with started(captured, tmp_path) as copy:
        there, here = shown(session_on(copy, captured)), shown(session)
    for path in LISTS:
        for copied, row in zip(there[path], here[path], strict=True):
            assert copied == row


def test_a_copy_can_be_rolled_back_and_the_original_does_not_notice(original, session, tmp_path):
    web = shop(original, session)
    upgrade(session, web)
    until(original, session, web, "upgraded")
    before = shown(session)
    captured = capture(session)

    with started(captured, tmp_path) as copy:
        there = session_on(copy, captured)
        old = {each.id for each in containers.of_service(there, web) if each.state == "stopped"}
        services.roll_back(there, web)
        back = until(copy, there, web, "active")
        running = containers.of_service(there, web)

    assert back.launch_config["imageUuid"] == "docker:registry.example/shop:1"
    assert {each.id for each in running if each.state == "running"} == old
    assert shown(session) == before


@pytest.mark.parametrize("seconds", [0.3, 1.0, 2.5, 4.0, 6.0])
def test_an_upgrade_under_way_goes_on_in_the_copy(original, session, tmp_path, seconds):
    web = shop(original, session, secondaryLaunchConfigs=[SIDEKICK])
    upgrade(session, web)
    original.advance(seconds)
    captured = capture(session)

    with started(captured, tmp_path) as copy:
        there = session_on(copy, captured)
        upgraded = until(copy, there, web, "upgraded")
        versions = upgraded.versions()
        new = [each for each in containers.of_service(there, web) if each.state == "running"]
        assert {each.version for each in new} == set(versions.values())
        assert len(new) == 4
        services.finish_upgrade(there, web)
        until(copy, there, web, "active")
        copy.advance(10)
        assert {each.id for each in containers.of_service(there, web)} == {each.id for each in new}


@pytest.mark.parametrize(
    ("action", "ends"),
    [("rollback", "active"), ("cancelupgrade", "canceled-upgrade"), ("deactivate", "inactive")],
)
def test_other_processes_under_way_go_on_too(original, session, tmp_path, action, ends):
    web = shop(original, session)
    if action != "deactivate":
        upgrade(session, web)
        original.advance(3)
    post(session, {}, "services", web, action=action)
    captured = capture(session)

    with started(captured, tmp_path) as copy:
        until(copy, session_on(copy, captured), web, ends)


def test_a_service_that_registers_comes_up_in_the_copy(original, session, tmp_path):
    stack = post(session, {"name": "shop"}, "stacks")
    body = {"name": "web", "stackId": stack, "startOnCreate": True, "launchConfig": CONFIG}
    web = post(session, body, "services")
    captured = capture(session)

    with started(captured, tmp_path) as copy:
        until(copy, session_on(copy, captured), web, "active")


def test_values_of_variables_stay_out_unless_asked_for(original, session):
    web = shop(original, session)
    upgrade(session, web)
    until(original, session, web, "upgraded")

    assert "geheim" not in json.dumps(capture(session).state)
    assert HIDDEN in json.dumps(capture(session).state)
    assert "geheim" in json.dumps(capture(session, with_variables=True).state)


def test_the_command_writes_a_state_that_the_simulators_command_serves(original, tmp_path):
    with original.engine_lock:
        _, access, secret = original.simulator.directory.add_key(Ref("project", 6), name="reader")
    file = tmp_path / "state.json"
    made = subprocess.run(
        [sys.executable, "-m", "rancher_client.capture", original.url, "1a6", str(file)],
        env={**os.environ, "RANCHER_ACCESS_KEY": access, "RANCHER_SECRET_KEY": secret},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    key = json.loads(made.stdout)
    assert file.stat().st_mode & 0o077 == 0

    with subprocess.Popen(
        [sys.executable, "-m", "rancher_client.simulator", "--port", "0", "--state-file", str(file)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as simulator:
        assert simulator.stdout is not None
        url = re.search(r"http://\S+", simulator.stdout.readline())
        try:
            assert url is not None
            copy = Session(url[0], key["access_key"], key["secret_key"], project=key["project"])
            assert len(read_all(copy, "hosts", parse=dict)) == 3
        finally:
            simulator.terminate()


@pytest.mark.parametrize("wrong", ["no keys", "wrong key"])
def test_the_command_says_what_is_wrong(original, tmp_path, wrong):
    keys = {"RANCHER_ACCESS_KEY": "A" * 20, "RANCHER_SECRET_KEY": "s" * 40} if wrong == "wrong key" else {}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RANCHER_")}
    made = subprocess.run(
        [sys.executable, "-m", "rancher_client.capture", original.url, "1a6", str(tmp_path / "state.json")],
        env={**environment, **keys},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert made.returncode == (1 if keys else 2)
    assert "Traceback" not in made.stderr
    assert made.stderr.strip()
    assert not (tmp_path / "state.json").exists()
