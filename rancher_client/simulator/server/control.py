"""`/_sim/`: what moves the simulator from outside. No part of Rancher; loopback only, like everything here.

| call | does |
| --- | --- |
| `GET /_sim/state` | virtual time, speed, open websockets |
| `POST /_sim/advance {"seconds"}` | moves virtual time and publishes what changed |
| `POST /_sim/speed {"speed"}` | virtual seconds per real second |
| `POST /_sim/levers {"lever", ...}` | pulls a lever of the engine with the other keys as arguments |
| `GET`, `DELETE /_sim/faults` | lists the faults ordered, undoes all |
| `POST /_sim/faults {"effect", ...}` or `{"socket", "on"}` | orders a `Fault`, or a fault of all websockets |
| `POST /_sim/sockets {"do": "close" or "break"}` | ends all open websockets, with or without a close frame |
| `GET /_sim/journal` | the changing calls; `?action=`, `?resource=` narrow it |
| `GET /_sim/snapshot` | everything as the state file has it |
| `POST /_sim/projects {"name", "hosts"}` | a new project with an environment key |
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from rancher_client.simulator.engine import Refused

from .answers import Written
from .faults import SocketFault, ordered_from
from .ids import number_of
from .requests import Request, body_of
from .seed import add_project
from .simulator import Simulator
from .state_file import state_of

_LEVERS = frozenset(
    {
        "close_registry",
        "compose_executor",
        "container_exits",
        "container_says",
        "give_up_host",
        "health",
        "health_reported",
        "image",
        "image_exists",
        "image_health",
        "lose_host",
        "open_registry",
        "regain_host",
        "start_fails",
        "stop_hangs",
    }
)
_ROW_ARGUMENTS = ("container", "host")


class Control:
    """Answers the calls of the table above."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._calls: Mapping[tuple[str, str], Callable[[Mapping[str, Any], Request], Any]] = {
            ("GET", "state"): self._state,
            ("POST", "advance"): self._advance,
            ("POST", "speed"): self._speed,
            ("POST", "levers"): self._lever,
            ("GET", "faults"): lambda body, request: simulator.faults.shown(),
            ("POST", "faults"): self._order,
            ("DELETE", "faults"): self._clear_faults,
            ("POST", "sockets"): self._sockets,
            ("GET", "journal"): self._journal,
            ("GET", "snapshot"): self._snapshot,
            ("POST", "projects"): self._add_project,
        }

    def handle(self, request: Request) -> Written:
        """200 with a JSON value, 404 for an unknown call, 400 with a text for a wrong one."""
        call = self._calls.get((request.method, request.path.removeprefix("/_sim/").strip("/")))
        if call is None:
            return _json(404, {"error": f"no such control: {request.method} {request.path}"})
        try:
            with self._simulator.loop.lock:
                return _json(200, call(body_of(request), request))
        except (KeyError, TypeError, ValueError, Refused) as wrong:
            return _json(400, {"error": f"{type(wrong).__name__}: {wrong}"})

    def _state(self, body: Mapping[str, Any], request: Request) -> dict[str, Any]:
        loop = self._simulator.loop
        return {
            "now": loop.catch_up(),
            "speed": loop.speed,
            "websockets": len(self._simulator.publisher.subscriptions),
        }

    def _advance(self, body: Mapping[str, Any], request: Request) -> dict[str, Any]:
        now = self._simulator.loop.skip(float(body["seconds"]))
        self._simulator.tick()
        return {"now": now}

    def _speed(self, body: Mapping[str, Any], request: Request) -> dict[str, Any]:
        self._simulator.loop.speed = float(body["speed"])
        return {"speed": self._simulator.loop.speed}

    def _lever(self, body: Mapping[str, Any], request: Request) -> dict[str, Any]:
        name = str(body["lever"])
        if name not in _LEVERS:
            raise KeyError(f"lever {name}; there are {', '.join(sorted(_LEVERS))}")
        arguments = {key: value for key, value in body.items() if key != "lever"}
        for key in _ROW_ARGUMENTS:
            if key in arguments:
                arguments[key] = number_of(arguments[key]) or int(arguments[key])
        self._simulator.loop.catch_up()
        getattr(self._simulator.loop.engine.levers, name)(**arguments)
        return {"pulled": name}

    def _order(self, body: Mapping[str, Any], request: Request) -> dict[str, Any]:
        faults = self._simulator.faults
        if "socket" in body:
            fault = SocketFault(body["socket"])
            if body.get("on", True):
                faults.sockets.add(fault)
            else:
                faults.sockets.discard(fault)
        else:
            effect, details = ordered_from(body)
            faults.order(effect, **details)
        return faults.shown()

    def _clear_faults(self, body: Mapping[str, Any], request: Request) -> dict[str, Any]:
        self._simulator.faults.clear()
        return self._simulator.faults.shown()

    def _sockets(self, body: Mapping[str, Any], request: Request) -> dict[str, Any]:
        publisher = self._simulator.publisher
        ends = {"close": publisher.close_all, "break": publisher.break_all}
        ends[str(body["do"])]()
        return {"websockets": len(publisher.subscriptions)}

    def _journal(self, body: Mapping[str, Any], request: Request) -> list[dict[str, Any]]:
        action, resource = request.parameter("action"), request.parameter("resource")
        return [
            entry
            for entry in self._simulator.journal.saved()
            if action in (None, entry["action"]) and resource in (None, entry["resource"])
        ]

    def _snapshot(self, body: Mapping[str, Any], request: Request) -> dict[str, Any]:
        simulator = self._simulator
        return state_of(
            simulator.loop,
            simulator.directory,
            simulator.certificates,
            simulator.audit_log,
            simulator.journal,
        )

    def _add_project(self, body: Mapping[str, Any], request: Request) -> dict[str, Any]:
        made = add_project(self._simulator, str(body["name"]), hosts=int(body.get("hosts", 3)))
        return {"id": made.id, "access": made.access_key, "secret": made.secret_key}


def _json(status: int, value: Any) -> Written:
    return Written(status, [("Content-Type", "application/json")], json.dumps(value).encode())
