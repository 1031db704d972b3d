"""Starting, stopping, being killed, remembering, and the control calls."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from rancher_client.simulator.__main__ import main
from rancher_client.simulator.server import NotLoopback, SimulatorServer

from .conftest import Environment

START = 1_795_404_000.0
SEED: dict[str, Any] = {
    "settings": {"rancher.server.version": "v1.6.29"},
    "closed_registries": ["registry/"],
    "images": {"registry/shop:1": {}},
    "accounts": [
        {"name": "Boss", "kind": "admin", "login": "boss", "keys": [{"access": "B", "secret": "b"}]}
    ],
    "projects": [
        {
            "name": "prod",
            "hosts": 2,
            "keys": [{"access": "P", "secret": "p"}],
            "members": {"boss": "owner"},
            "stacks": [
                {
                    "name": "shop",
                    "services": [
                        {
                            "name": "web",
                            "startOnCreate": True,
                            "launchConfig": {"imageUuid": "docker:registry/shop:1"},
                        }
                    ],
                }
            ],
        }
    ],
}  # fmt: skip


def test_a_seed_makes_projects_keys_and_running_services():
    with SimulatorServer(speed=0, start=START, seed=SEED) as server:
        server.advance(60)
        listed = requests.get(f"{server.url}/v2-beta/services", auth=("P", "p"), timeout=10)
        mine = requests.get(f"{server.url}/v2-beta/projects", auth=("B", "b"), timeout=10).json()["data"]

    assert listed.headers["X-Rancher-Version"] == "v1.6.29"
    assert [(row["name"], row["state"]) for row in listed.json()["data"]] == [("web", "active")]
    assert [row["name"] for row in mine] == ["prod"]


def test_an_upgrade_under_way_survives_a_kill(tmp_path):
    """12.1: a killed server goes on with what ran, keys and audit log included."""
    state_file = tmp_path / "state.json"
    first = SimulatorServer(speed=0, start=START, state_file=state_file)
    with first:
        prod = Environment(first, *first.add_project("prod"))
        service = prod.make_service(scale=2)
        body = {"inServiceStrategy": {"launchConfig": {"imageUuid": "sim:shop:2", "labels": {"token": "T1"}}}}
        assert prod.call("POST", f"/services/{service}/?action=upgrade", body).status_code == 202
        first.save()
        first.kill()

    with SimulatorServer(speed=0, start=START, state_file=state_file) as second:
        again = Environment(second, prod.project, prod.access_key, prod.secret_key)
        assert again.get(f"/services/{service}")["state"] == "upgrading"
        second.advance(200)
        assert again.get(f"/services/{service}")["state"] == "upgraded"
        assert again.get("/auditlogs?eventType=api.service.upgrade")["data"][0]["resourceId"] == service
        assert [entry.labels["token"] for entry in second.journal.calls("upgrade")] == ["T1"]


def test_connections_break_when_the_server_is_killed():
    server = SimulatorServer(speed=0, start=START)
    server.start()
    server.kill()

    with pytest.raises(requests.ConnectionError):
        requests.get(f"{server.url}/ping", timeout=5)


def test_only_loopback_is_listened_on(capsys):
    with pytest.raises(NotLoopback, match=re.escape("0.0.0.0")):
        SimulatorServer(host="0.0.0.0")
    assert main(["--host", "192.168.0.1"]) == 2
    assert "loopback" in capsys.readouterr().err


def test_time_follows_the_clock_at_the_speed_asked_for(prod):
    url = f"{prod.server.url}/_sim"
    before = requests.get(f"{url}/state", timeout=10).json()
    assert (
        requests.post(f"{url}/advance", json={"seconds": 90}, timeout=10).json()["now"] == before["now"] + 90
    )

    requests.post(f"{url}/speed", json={"speed": 10_000}, timeout=10)
    later = requests.get(f"{url}/state", timeout=10).json()

    assert later["speed"] == 10_000
    assert later["now"] > before["now"] + 90


def test_levers_are_pulled_over_http(prod):
    control = f"{prod.server.url}/_sim"
    host = prod.get("/hosts")["data"][0]["id"]

    pulled = requests.post(f"{control}/levers", json={"lever": "lose_host", "host": host}, timeout=10)
    prod.server.advance(400)

    assert pulled.json() == {"pulled": "lose_host"}
    assert prod.get(f"/hosts/{host}")["state"] == "disconnected"
    unknown = requests.post(f"{control}/levers", json={"lever": "world_peace"}, timeout=10)
    assert unknown.status_code == 400


def test_faults_and_journal_are_reached_over_http(prod):
    control = f"{prod.server.url}/_sim"
    ordered = requests.post(
        f"{control}/faults", json={"effect": "status", "method": "POST"}, timeout=10
    ).json()
    assert ordered["ordered"][0]["effect"] == "status"

    assert prod.call("POST", "/stacks", {"name": "x"}).status_code == 503
    assert prod.call("POST", "/stacks", {"name": "x"}).status_code == 201

    journal = requests.get(f"{control}/journal", timeout=10).json()
    assert [(entry["method"], entry["accepted"]) for entry in journal] == [("POST", False), ("POST", True)]
    made = requests.post(f"{control}/projects", json={"name": "more", "hosts": 1}, timeout=10).json()
    key = (made["access"], made["secret"])
    assert len(requests.get(f"{prod.server.url}/v2-beta/hosts", auth=key, timeout=10).json()["data"]) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_line_serves_until_a_signal(tmp_path, number):
    seed_file, state_file = tmp_path / "seed.json", tmp_path / "state.json"
    seed_file.write_text(json.dumps(SEED))
    command = [sys.executable, "-m", "rancher_client.simulator", "--port", "0", "--speed", "100"]
    command += ["--timing", "simulated-hosts", "--seed-file", str(seed_file), "--state-file", str(state_file)]
    root = Path(__file__).parents[4]
    process = subprocess.Popen(
        command, cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        url = re.fullmatch(r"Rancher 1\.6 simulator ready at (http://127\.0\.0\.1:\d+)\n", line)
        assert url is not None, line
        listed = requests.get(f"{url[1]}/v2-beta/services", auth=("P", "p"), timeout=10)
        assert [row["name"] for row in listed.json()["data"]] == ["web"]
        process.send_signal(number)
        assert process.wait(timeout=10) == 0
    finally:
        process.kill()
        process.communicate()
    assert json.loads(state_file.read_text())["format"] == 1
