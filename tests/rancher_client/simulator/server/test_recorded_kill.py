"""A server killed while upgrades are being POSTed, against the recording of a live one (12.1, 13.4).

The recorded database wrote with a delay: of nine accepted upgrades the last two were gone after the start.
Ours writes its state file; the moment of the last write is put where the recorded one was.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosedError

from rancher_client.simulator.server import SimulatorServer

from .conftest import Environment
from .recorded import RECORDINGS
from .test_subscribe import read_to_the_end, subscribe

NAME = "framework/server-killed-during-upgrades"

FOLLOWS = (NAME,)

START = 1_795_404_000.0

LAST_WRITTEN = "k6"


def recorded() -> tuple[dict[str, Any], dict[str, Any]]:
    """What was found of each service right after the start and at the end, by its name."""
    steps = json.loads((RECORDINGS / f"{NAME}.json").read_text(encoding="utf-8"))["steps"]
    first: dict[str, Any] = {}
    last: dict[str, Any] = {}
    for step in steps:
        if "observed" in step:
            seen = step["observed"]
            first.setdefault(seen["name"], seen)
            last[seen["name"]] = seen
    return first, last


def upgrade(of: Environment, service: str, attempt: str) -> str:
    """POST an upgrade with a label of its own: the status, or that the connection broke."""
    config = {"imageUuid": "sim:2", "labels": {"deploy.attempt": attempt}}
    try:
        answered = of.call(
            "POST",
            f"/services/{service}/?action=upgrade",
            {"inServiceStrategy": {"intervalMillis": 2000, "launchConfig": config}},
        )
    except requests.ConnectionError:
        return "ConnectionError"
    return str(answered.status_code)


def test_what_is_found_after_a_kill_is_what_had_been_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rancher_client.simulator.server.server.SAVE_SECONDS", 1e6)
    found_first, found_last = recorded()
    state_file = tmp_path / "state.json"
    server = SimulatorServer(speed=0, start=START, state_file=state_file)
    answers: dict[str, str] = {}
    with server:
        of = Environment(server, *server.add_project("Default"))
        stack = of.make_stack()
        config = {"imageUuid": "sim:1", "labels": {"deploy.attempt": "none"}}
        ids = {name: of.make_service(name, stack, launchConfig=config, scale=0) for name in found_last}
        path = f"/v2-beta/projects/{of.project}/subscribe?eventNames=resource.change"
        with subscribe(of, path, of.key) as socket:
            for number, (name, service) in enumerate(ids.items()):
                if found_last[name]["post_answered"] == "ConnectionError" and "ConnectionError" not in (
                    answers.values()
                ):
                    server.kill()
                if found_last[name]["post_answered"] not in ("None", "not sent"):
                    answers[name] = upgrade(of, service, f"T-{number}")
                if name == LAST_WRITTEN:
                    server.save()
            with pytest.raises(ConnectionClosedError):
                read_to_the_end(socket)

    assert answers == {
        name: seen["post_answered"]
        for name, seen in found_last.items()
        if seen["post_answered"] not in ("None", "not sent")
    }
    with SimulatorServer(speed=0, start=START, state_file=state_file) as again:
        of = Environment(again, of.project, of.access_key, of.secret_key)
        for name, service in ids.items():
            assert (of.get(f"/services/{service}")["state"] == "active") == (
                found_first[name]["state"] == "active"
            )
        again.advance(60)
        for name, service in ids.items():
            ours, theirs = of.get(f"/services/{service}"), found_last[name]
            assert ours["state"] == theirs["state"]
            assert ours["launchConfig"]["labels"] == theirs["launchConfig"]["labels"]
            assert (ours["upgrade"] is None) == (theirs["upgrade"] is None)
            assert sorted(ours["actions"]) == theirs["actions"]
            assert [ours[key] for key in ("healthState", "scale", "currentScale", "createIndex")] == [
                theirs[key] for key in ("healthState", "scale", "currentScale", "createIndex")
            ]
