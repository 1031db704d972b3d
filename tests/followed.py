"""Which test follows which recording of a live Rancher 1.6, and what no test follows, and why.

A recording is a file of `tests/recordings/<folder>/`, written `folder/name`. Each module named here says in
`FOLLOWS` which recordings its tests play or hold something to, and in `NOT_FOLLOWED` which of their steps
differ. `tests/test_recordings.py` compares all this with the files and with docs/rancher-1.6.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType

RECORDINGS = Path(__file__).parent / "recordings"

FOLDERS = ("framework", "schemas", "services", "stacks")
"""Those of Rancher 1.6."""

_SERVER = "tests.rancher_client.simulator.server"
_ENGINE = "tests.rancher_client.simulator.engine"

MODULES: Mapping[str, str] = {
    f"{_SERVER}.test_recordings": "errors, headers, lists, hosts and the audit log, answer by answer",
    f"{_SERVER}.test_recorded_roles": "what each role may do",
    f"{_SERVER}.test_recorded_people": "logging in, the life of a key, a member thrown out",
    f"{_SERVER}.test_recorded_services": "actions by state, upgrade bodies, both versions, answer by answer",
    f"{_SERVER}.test_recorded_schemas": "the schemas by version and role",
    f"{_SERVER}.test_recorded_kill": "a server killed while upgrades are being POSTed",
    f"{_SERVER}.test_process_instances": "an admin's look at the engine's processes",
    f"{_SERVER}.test_recorded_websocket": "the frames of a service's whole life",
    f"{_SERVER}.test_recorded_stacks": "stacks, their executor and their upgrades: answers and ways",
    f"{_SERVER}.test_recorded_compose_texts": "compose texts given to the simulator",
    f"{_SERVER}.test_subscribe": "handshakes and frames of websockets",
    f"{_ENGINE}.test_recordings": "upgrades of one service: ways, offers, containers",
    f"{_ENGINE}.test_recorded_races": "two requests at the same moment: answers and ways",
    "tests.deployments.test_rancher_compose_recorded": "what the rancher-compose command leaves behind",
}
"""The modules that follow recordings, and what of them they hold."""

NOT_FOLLOWED: Mapping[str, str] = {
    "services/host-evacuate-while-upgrading": (
        "the recorded server was so busy that for a minute no container came to its end"
    ),
    "services/server-restart-while-upgrading": (
        "the recorded agents forgot their containers with the server, which no real agent does"
    ),
}
"""Recordings that no test follows, and why."""


def module(name: str) -> ModuleType:
    """One of `MODULES`."""
    return import_module(name)


def files() -> list[str]:
    """Every recording there is, sorted."""
    found = (path for folder in FOLDERS for path in (RECORDINGS / folder).iterdir())
    return sorted(f"{path.parent.name}/{path.name.partition('.')[0]}" for path in found)


def followed() -> dict[str, list[str]]:
    """The modules that follow a recording, by recording."""
    found: dict[str, list[str]] = {}
    for name in MODULES:
        for recording in module(name).FOLLOWS:
            found.setdefault(recording, []).append(name)
    return found


def differing_steps() -> dict[str, str]:
    """What of a followed recording differs, as docs/rancher-1.6.md writes it: the steps, or the frames."""
    found = {}
    for name in MODULES:
        for recording, steps in getattr(module(name), "NOT_FOLLOWED", {}).items():
            found[recording] = "steps " + ", ".join(map(str, sorted(steps)))
    kinds = module(f"{_SERVER}.test_recorded_websocket").KINDS_NOT_KEPT
    found["framework/websocket-life-of-a-service"] = "frames of " + ", ".join(sorted(kinds))
    return found
