"""Programs about containers that belong to no service: made, started, stopped and removed by hand.

Their names are unique in a project, so they bear the port that belongs to their program.
"""

from __future__ import annotations

from typing import Any

from . import pieces
from .pieces import Draw
from .steps import MakeContainer, OfLone, Program, Read, Step

_NAMES = ("one", "two")
_PLAIN_ACTIONS = ["start", "start", "stop", "stop", "restart", "restart", "DELETE", "remove", "purge"]
_ODD_ACTIONS = [
    "error",
    "migrate",
    "allocate",
    "deallocate",
    "create",
    "updatehealthy",
    "updateunhealthy",
    "updatereinitializing",
    "console",
    "nothing",
]


def program(draw: Draw, sequence: int, steps: int) -> Program:
    """One container or two, and what is done to either."""
    port = pieces.port(sequence)
    opening: list[Step] = [MakeContainer("one", _body(draw, "one", port))]
    if draw.random() < 0.6:
        opening.append(MakeContainer("two", _body(draw, "two", port)))

    def step(draw: Draw, number: int) -> Step:
        return _step(draw, number, port)

    return Program("containers", sequence, (*opening, *pieces.many(draw, steps, step)))


def _body(draw: Draw, name: str, port: int) -> dict[str, Any]:
    body: dict[str, Any] = {"name": f"{name}-{port}", "imageUuid": f"IMG:{name}:1"}
    extras: list[dict[str, Any]] = [
        {},
        {},
        {"startOnCreate": False},
        {"ports": [f"{port}:80"]},
        {"ports": ["80/tcp", "81/udp"]},
        {"labels": {"a": "b"}, "environment": {"K": "v"}},
        {"networkMode": draw.choice(["managed", "bridge", "host", "none"])},
        {"restartPolicy": {"name": draw.choice(["no", "always", "on-failure"]), "maximumRetryCount": 0}},
        {"healthCheck": dict(pieces.HEALTH_CHECK)},
        {"dataVolumes": ["/data", "named:/there"]},
        {"command": ["sleep", "1"], "entryPoint": ["sh"], "hostname": "here"},
    ]
    if name == "two":
        extras += [
            {"dataVolumesFrom": ["ID:one"]},
            {"networkMode": "container", "networkContainerId": "ID:one"},
            {"instanceLinks": {"first": "ID:one"}},
        ]
    return body | draw.choice(extras) | draw.choice(extras[:6])


def _step(draw: Draw, number: int, port: int) -> Step:
    name = draw.choice(_NAMES)
    choice = draw.random()
    if choice < 0.55:
        action = draw.choice(_PLAIN_ACTIONS)
        body: dict[str, Any] = {"remove": draw.random() < 0.2, "timeout": 1} if action == "stop" else {}
        return OfLone(name, action, body)
    if choice < 0.70:
        return OfLone(name, draw.choice(_ODD_ACTIONS))
    if choice < 0.82:
        change: dict[str, Any] = draw.choice(
            [
                {"name": f"{name}-{port}-{number}"},
                {"description": "d"},
                {"labels": {"c": "d"}},
                {"name": f"bad name! {port}"},
            ]
        )
        return OfLone(name, "PUT", change)
    if choice < 0.88:
        return MakeContainer(name, _body(draw, name, port))
    return _read(draw, name)


def _read(draw: Draw, name: str) -> Read:
    links = ["volumes", "ports", "hosts", "services", "instanceLinks", "mounts", "instanceLabels", ""]
    return Read(f"containers/{{{name}}}/{draw.choice(links)}".rstrip("/"))
