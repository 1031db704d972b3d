"""Plays one program on one server and notes what it answered and how it stood after each step."""

from __future__ import annotations

import secrets
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from . import pictures
from .moments import Outcome, wholeness
from .pictures import Picture
from .server import Server
from .steps import (
    NOBODY,
    Act,
    AtOnce,
    Delete,
    Health,
    HostsBack,
    Link,
    Make,
    MakeContainer,
    OfContainer,
    OfHost,
    OfLone,
    OfStack,
    Program,
    Put,
    PutStack,
    Read,
    Step,
    Upgrade,
)

LOOK_SECONDS = 0.2
LOOK_GROWTH = 1.4
LOOK_LIMIT_SECONDS = 1.5
REST_SECONDS = 1.4
"""At rest for so long, nothing comes any more: the server's own looks are a second apart."""
STUCK_SECONDS = 18.0
"""A service that is not at rest and does not get further for so long is taken as it is.

The task that picks up failed processes, and those that did not get their lock, looks every 15 s (13.3).
"""
PATIENCE_SECONDS = 90.0
NO_SUCH_ID = "1s999999"
NO_SUCH_CONTAINER = "1i999999"

Answer = list[Any]


@dataclass(slots=True)
class Noted:
    """One step: the answer without what differs from run to run, the settled picture (None after a GET)."""

    answer: Answer
    picture: Picture | None = None


@dataclass(slots=True)
class Play:
    """A program played on one server. `outcome` only where two calls met."""

    steps: list[Noted] = field(default_factory=list)
    outcome: Outcome | None = None


def play(program: Program, server: Server) -> Play:
    """Play it in a new stack, and remove that. Raises requests.RequestException, TimeoutError."""
    stage = _Stage(program, server)
    played = Play()
    try:
        stage.open()
        for step in program.steps:
            played.steps.append(stage.take(step))
        played.outcome = stage.outcome
    finally:
        stage.close()
    return played


class _Stage:
    """The stack of one play, and what has happened in it."""

    def __init__(self, program: Program, server: Server) -> None:
        self._program = program
        self._server = server
        self._ids: dict[str, str] = {}
        self._collections: dict[str, str] = {}
        """Where the services are found that are not in `services` only."""
        self._lone: dict[str, str] = {}
        """Ids of containers that belong to no service."""
        self._stack = ""
        self._gone: dict[str, set[str]] = {}
        """Hosts moved, with what was done to them."""
        self._failing: set[str] = set()
        self._seen: dict[str, dict[str, Any]] = {}
        self.outcome: Outcome | None = None

    def open(self) -> None:
        """Make the stack."""
        if self._program.needs_lever and self._server.levers is not None:
            self._server.levers.silence(sorted(_images(self._program.steps)))
        name = f"{self._program.kind}-{self._program.sequence}-{secrets.token_hex(3)}"
        self._stack = self._server.call("POST", "stacks", {"name": name})[1]["id"]
        self._until(lambda: self._server.call("GET", f"stacks/{self._stack}")[1].get("state") == "active")

    def close(self) -> None:
        """Bring hosts back, remove services, wait until they are gone, then the stack (3.2)."""
        self._bring_hosts_back()
        for service in self._ids.values():
            self._server.call("DELETE", f"services/{service}")
        for container in self._lone.values():
            self._server.call("DELETE", f"containers/{container}")
        if self._stack:
            self._until(lambda: not self._server.rows(f"services?stackId={self._stack}"))
            self._server.call("DELETE", f"stacks/{self._stack}")

    def take(self, step: Step) -> Noted:
        """Send the step and let the stack settle."""
        self._failing.clear()
        noted = Noted(self._send(step))
        if not isinstance(step, Read):
            noted.picture = self._settled()
        if isinstance(step, AtOnce):
            self.outcome = self._outcome(noted)
        return noted

    # Sending.

    def _send(self, step: Step) -> Answer:
        match step:
            case Make():
                body = self._named({**step.body, "stackId": self._stack})
                status, found = self._server.call("POST", step.collection, body)
                if "id" in found and found.get("type") != "error":
                    self._ids[step.service] = found["id"]
                    self._collections[step.service] = step.collection
                return _answer(status, found)
            case AtOnce():
                return self._send_both(step)
            case OfStack():
                path = f"stacks/{self._stack}?action={step.action}"
                return _answer(*self._server.call("POST", path, step.body))
            case PutStack():
                return _answer(*self._server.call("PUT", f"stacks/{self._stack}", step.body))
            case MakeContainer():
                status, found = self._server.call("POST", "containers", self._named(step.body))
                if "id" in found and found.get("type") != "error":
                    self._lone[step.name] = found["id"]
                return _answer(status, found)
            case OfLone():
                return self._to_lone(step)
            case OfContainer():
                return self._to_container(step)
            case OfHost():
                return self._to_host(step)
            case HostsBack():
                return self._bring_hosts_back()
            case Health():
                return self._report(step)
            case Read():
                return self._read(step.path)
            case _:
                return _answer(*self._server.call(*self._request(step)))

    def _request(self, step: Act | Upgrade | Put | Delete | Link) -> tuple[str, str, Any]:
        """Method, path and body; made before it is sent, so that two can be sent at once."""
        path = f"{self._collections.get(step.service, 'services')}/{self._id(step.service)}"
        match step:
            case Act():
                return "POST", f"{path}?action={step.action}", self._named(step.body)
            case Upgrade():
                return "POST", f"{path}?action=upgrade", self._upgrade_body(step)
            case Put():
                return "PUT", path, self._named(step.body)
            case Delete():
                return "DELETE", path, None
            case Link():
                links = [{"serviceId": self._id(to), "name": name} for name, to in step.targets.items()]
                body: dict[str, Any] = {"serviceLinks": links}
                if step.action != "setservicelinks":
                    body = {"serviceLink": links[0]}
                return "POST", f"{path}?action={step.action}", body

    def _upgrade_body(self, step: Upgrade) -> dict[str, Any]:
        live = self._server.call("GET", f"services/{self._id(step.service)}")[1]
        strategy = dict(step.strategy)
        if step.primary is not None:
            strategy["launchConfig"] = _changed(live.get("launchConfig") or {}, step.primary)
        there = {config.get("name"): config for config in live.get("secondaryLaunchConfigs") or []}
        if step.sidekicks:
            strategy["secondaryLaunchConfigs"] = [
                _changed(there.get(name) or {"name": name}, change) for name, change in step.sidekicks.items()
            ]
        return {"inServiceStrategy": strategy}

    def _send_both(self, step: AtOnce) -> Answer:
        wanted = [self._request(step.first), self._request(step.second)]
        answers: list[Answer] = []
        barrier = threading.Barrier(len(wanted))

        def send(request: tuple[str, str, Any]) -> None:
            self._server.call(
                "GET", f"services/{self._id('web')}"
            )  # the connection is open before the moment
            barrier.wait()
            answers.append(_answer(*self._server.call(*request)))

        threads = [threading.Thread(target=send, args=(request,)) for request in wanted]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(answers, key=str)

    def _to_container(self, step: OfContainer) -> Answer:
        running = self._running(step.service)
        if step.nth >= len(running):
            return ["no such container"]
        path = f"containers/{running[step.nth]['id']}"
        if step.action == "DELETE":
            return _answer(*self._server.call("DELETE", path))
        body = {"remove": False, "timeout": 1} if step.action == "stop" else {}
        return _answer(*self._server.call("POST", f"{path}?action={step.action}", body))

    def _to_lone(self, step: OfLone) -> Answer:
        path = f"containers/{self._lone.get(step.name, NO_SUCH_CONTAINER)}"
        if step.action in ("PUT", "DELETE"):
            return _answer(*self._server.call(step.action, path, step.body if step.action == "PUT" else None))
        return _answer(*self._server.call("POST", f"{path}?action={step.action}", step.body))

    def _to_host(self, step: OfHost) -> Answer:
        running = self._running(step.service)
        if step.nth >= len(running):
            return ["no such container"]
        host = running[step.nth]["hostId"]
        if step.action == "lose" and step.action in self._gone.get(host, ()):
            return ["lost already"]
        self._gone.setdefault(host, set()).add(step.action)
        if step.action == "lose":
            return self._lever("lose_host", host)
        return _answer(*self._server.call("POST", f"hosts/{host}?action={step.action}", {}))

    def _bring_hosts_back(self) -> Answer:
        """Agents first, then hosts; in no order that would depend on which hosts they are."""
        answers: Answer = []
        for host, done in self._gone.items():
            if "lose" in done:
                answers += self._lever("regain_host", host)
            if done - {"lose"}:
                self._until(lambda host=host: self._row_of_host(host)["state"] in ("inactive", "active"))
                answers.append(_answer(*self._server.call("POST", f"hosts/{host}?action=activate", {})))
        self._gone.clear()
        return sorted(answers, key=str)

    def _row_of_host(self, host: str) -> dict[str, Any]:
        return self._server.call("GET", f"hosts/{host}")[1]

    def _report(self, step: Health) -> Answer:
        running = self._running(step.service)
        chosen = running if step.nth is None else running[step.nth : step.nth + 1]
        for container in chosen:
            if container.get("healthState") is not None:
                self._lever("report_health", container["id"], healthy=step.healthy)
        return [len(chosen)]

    def _lever(self, name: str, *what: str, **how: bool) -> Answer:
        if self._server.levers is None:
            return ["no lever"]
        getattr(self._server.levers, name)(*what, **how)
        return [name]

    def _read(self, path: str) -> Answer:
        ids = {"stack": self._stack, **self._lone, **self._ids}
        status, found = self._server.call("GET", path.format_map(defaultdict(lambda: NO_SUCH_ID, ids)))
        rows = found.get("data")
        if not isinstance(rows, list):
            return [*_answer(status, found), sorted(found.get("links") or {})]
        partial = bool((found.get("pagination") or {}).get("partial"))
        names = sorted(str(row.get("name")) for row in rows if row.get("type") == "service")
        return [status, found.get("resourceType"), len(rows), partial, names]

    # Reading.

    def _id(self, service: str) -> str:
        return NO_SUCH_ID if service == NOBODY else self._ids.get(service, NO_SUCH_ID)

    def _named(self, value: Any) -> Any:
        """The value with the ids of services and containers where it says `ID:name`."""
        if isinstance(value, str) and value.startswith("ID:"):
            name = value.removeprefix("ID:")
            return self._lone.get(name) or self._id(name)
        if isinstance(value, Mapping):
            return {key: self._named(each) for key, each in value.items()}
        return [self._named(each) for each in value] if isinstance(value, list) else value

    def _running(self, service: str) -> list[dict[str, Any]]:
        """Running containers in order of creation, the primary's first within a unit."""
        rows = self._server.rows(f"services/{self._id(service)}/instances")
        running = [row for row in rows if row.get("state") == "running"]
        return sorted(running, key=lambda row: (row.get("createIndex") or 0, row.get("name") or ""))

    def _look(self) -> None:
        """The services as they are; removed ones as their ids still show them."""
        rows = self._server.rows(f"services?stackId={self._stack}&include=instances")
        by_id = {row["id"]: row for row in rows}
        for name, service in self._ids.items():
            row = by_id.get(service) or self._server.call("GET", f"services/{service}")[1]
            self._seen[name] = self._server.neutral(row)
            if row.get("transitioning") == "error":
                self._failing.add(name)
        for name, container in self._lone.items():
            self._seen[name] = self._server.neutral(self._server.call("GET", f"containers/{container}")[1])

    def _settled(self) -> Picture:
        """The picture once nothing moves any more, or nothing gets any further."""
        self._let_settle()
        stack = self._server.call("GET", f"stacks/{self._stack}")[1]
        picture = {"stack": pictures.of_stack(stack, services=len(self._ids))}
        if self._gone:
            hosts = [self._row_of_host(host) for host in self._gone]
            picture["hosts"] = pictures.of_hosts(hosts)
        for name, row in self._seen.items():
            if name in self._lone:
                picture[name] = pictures.of_container(row)
                continue
            picture[name] = pictures.of_service(
                row, failing=name in self._failing, present_only=self._program.is_scattered
            )
        return picture

    def _let_settle(self) -> None:
        """Look until nothing has changed for long enough; less often the longer nothing changes."""
        marks: dict[bool, tuple[Any, float]] = {}
        end = self._server.now + PATIENCE_SECONDS
        pause = LOOK_SECONDS
        while True:
            self._look()
            now = self._server.now
            pause = min(pause * LOOK_GROWTH, LOOK_LIMIT_SECONDS)
            for coarse in (False, True):
                mark = pictures.signature(self._seen, coarse=coarse)
                if coarse not in marks or marks[coarse][0] != mark:
                    marks[coarse] = (mark, now)
                    pause = LOOK_SECONDS
            at_rest = all(pictures.is_at_rest(row) for row in self._seen.values())
            still = now - marks[not at_rest][1]
            if still > (REST_SECONDS if at_rest else STUCK_SECONDS) or now > end:
                return
            self._server.wait(pause)

    def _outcome(self, noted: Noted) -> Outcome:
        service = self._seen["web"]
        state = str(service.get("state")) + ("" if service.get("transitioning") == "no" else " …")
        answers = tuple(" ".join(str(part) for part in answer[:2] if part) for answer in noted.answer)
        return Outcome(answers, wholeness(service), state)

    def _until(self, holds: Any) -> None:
        end = self._server.now + PATIENCE_SECONDS
        while not holds():
            if self._server.now > end:
                raise TimeoutError(
                    f"{self._program.name}: waited {PATIENCE_SECONDS} s in stack {self._stack}"
                )
            self._server.wait(LOOK_SECONDS)


def _answer(status: int, found: Mapping[str, Any]) -> Answer:
    """Status and error, or status and type; the state of a service is left to the picture."""
    if found.get("type") == "error":
        return [status, found.get("code"), found.get("fieldName"), "fieldName" in found]
    return [status, None, found.get("type"), None if found.get("type") == "service" else found.get("state")]


def _changed(config: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """A config read, without its nulls, with the changes: a client sends no null for what it leaves alone."""
    return {key: value for key, value in config.items() if value is not None} | dict(change)


def _images(value: Any) -> Iterator[str]:
    """Every image that a program names, without its prefix."""
    if isinstance(value, str):
        if value.startswith("IMG:"):
            yield value.removeprefix("IMG:")
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _images(each)
    elif isinstance(value, (list, tuple, set)):
        for each in value:
            yield from _images(each)
    elif is_dataclass(value):
        for part in fields(value):
            yield from _images(getattr(value, part.name))
