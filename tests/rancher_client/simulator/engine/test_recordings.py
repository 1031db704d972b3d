"""The requests of recorded sessions, played into the engine, bring about what a real server did.

Each request is sent when the engine's service stands where the recorded one stood: same state, same
number of containers of each generation in each state, same `createIndex`. Compared are the order of
the service's states, the actions offered in each of them, the life of every container made on the
way, what the requests were answered, and the containers at the end.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from rancher_client.simulator.engine import Refused, Site, Timing

from .lab import Lab

RECORDINGS = Path(__file__).parents[3] / "recordings" / "services"

SCENARIOS = [
    "cancel-then-continue",
    "cancel-then-finish",
    "cancel-then-remove",
    "cancel-then-rollback",
    "container-stopped-by-hand-while-upgraded",
    "host-deactivate-while-upgrading",
    "put-metadata-while-upgrading",
    "put-scale-down-while-upgrading",
    "put-scale-up-while-upgrading",
    "rollback-old-container-removed",
    "rollback-while-upgrading",
    "upgrade-container-exits",
    "upgrade-finish",
    "upgrade-never-healthy-rollback",
    "upgrade-port-taken-freed",
    "upgrade-port-taken-rollback",
    "upgrade-random-port",
    "upgrade-rollback",
    "upgrade-sidekick-finish",
    "upgrade-sidekick-rollback",
    "upgrade-sidekick-startfirst-finish",
    "upgrade-start-fails-rollback",
    "upgrade-startfirst-finish",
    "upgrade-startfirst-fixed-port",
    "upgrade-startfirst-rollback",
    "upgrade-stop-fails-rollback",
]
"""The sessions about one service; races, bodies and restarts have tests of their own."""

FOLLOWS = tuple(f"services/{name}" for name in SCENARIOS)

PORT_HOLDERS = {"upgrade-port-taken-freed", "upgrade-port-taken-rollback"}
"""Another service of scale 3 holds port 8080 on all hosts."""

GOING = ("removing", "removed")

NEVER = 1e6
"""Seconds beyond the end of every recording."""

STALE = 0.15
"""Seconds: an observation so shortly after an answer may have been read before it."""

Generations = Counter[tuple[str, str]]


@dataclass
class Standing:
    """Where the recorded service stands at a moment of the recording."""

    state: str = ""
    create_index: int | None = None
    block: str | None = None
    """The generation of the `upgrade` block's launch config."""
    containers: dict[str, tuple[str, str]] = field(default_factory=dict)

    def generations(self) -> Generations:
        """How many containers of each generation are in each state; those on their way out do not count."""
        return Counter(seen for seen in self.containers.values() if seen[1] not in GOING)


@dataclass
class Call:
    """A request that changes something, what it met and what came of it."""

    method: str
    path: str
    body: dict[str, Any]
    status: int
    answer: dict[str, Any]
    met: Standing


@dataclass
class Recording:
    """One recorded session about one service."""

    first: dict[str, Any]
    calls: list[Call] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    offered: dict[str, set[str]] = field(default_factory=dict)
    lives: dict[int, list[str]] = field(default_factory=dict)
    """States of each container by createIndex, in order."""
    stopped: list[str] = field(default_factory=list)
    """The numbers in the names of old containers, in the order in which they were stopped."""
    indexes: dict[str, int] = field(default_factory=dict)
    """createIndex of each container id."""
    last: Standing = field(default_factory=Standing)


def read(name: str) -> Recording:
    """Follow a recording step by step."""
    steps = json.loads((RECORDINGS / f"{name}.json").read_text())["steps"]
    service = next(step["response"]["body"] for step in steps if "request" in step)
    recording = Recording(first=service)
    now = Standing(state=service["state"], create_index=service["createIndex"])
    answered_at = -1.0
    for at, number, what in sorted(_moments(steps)):
        step = steps[number]
        if what == SENT:
            recording.calls.append(_call(step, replace(now, containers=dict(now.containers))))
        elif what == ANSWERED:
            _take_answer(recording, now, step, service)
            answered_at = at
        elif at > answered_at + STALE or not step["observed"]["resource"].startswith("service"):
            _take_observation(recording, now, step["observed"], f"service {service['id']}")
    recording.last = now
    return recording


SENT, ANSWERED, SEEN = "sent", "answered", "seen"


def _moments(steps: list[dict[str, Any]]) -> Iterable[tuple[float, int, str]]:
    """When each request was worked on and answered, and when each observation was made."""
    for number, step in enumerate(steps):
        if "request" in step:
            if step["request"]["method"] != "GET":
                yield step["at"] + (step["response"].get("took") or 0) / 2, number, SENT
            yield step["at"] + (step["response"].get("took") or 0), number, ANSWERED
        elif "observed" in step:
            yield step["at"], number, SEEN


def _call(step: dict[str, Any], met: Standing) -> Call:
    request, response = step["request"], step["response"]
    return Call(
        request["method"],
        request["path"],
        request.get("body") or {},
        response["status"],
        response["body"],
        met,
    )


def _take_answer(recording: Recording, now: Standing, step: dict[str, Any], service: dict[str, Any]) -> None:
    body = step["response"]["body"]
    if step["request"]["path"].endswith("/instances"):
        for container in body["data"]:
            _see_container(recording, now, container["id"], container)
        now.containers = {c["id"]: now.containers[c["id"]] for c in body["data"]}
    elif body.get("id") == service["id"]:
        _see_service(recording, now, body)


def _take_observation(recording: Recording, now: Standing, seen: dict[str, Any], service: str) -> None:
    resource = seen["resource"]
    if resource.startswith("container"):
        number = resource.split()[1]
        if "gone_from" in seen:
            now.containers.pop(number, None)
        else:
            _see_container(recording, now, number, seen)
    elif resource == service:
        _see_service(recording, now, seen)


def _see_service(recording: Recording, now: Standing, seen: dict[str, Any]) -> None:
    now.state, now.create_index = seen["state"], seen["createIndex"]
    now.block = _block(seen)
    if not recording.states or recording.states[-1] != seen["state"]:
        recording.states.append(seen["state"])
    recording.offered.setdefault(seen["state"], set()).update(seen["actions"])


def _block(seen: dict[str, Any]) -> str | None:
    strategy = (seen["upgrade"] or {}).get("inServiceStrategy") or {}
    version = (strategy.get("launchConfig") or {}).get("version")
    return version and ("old" if version == "0" else "new")


def _see_container(recording: Recording, now: Standing, number: str, seen: dict[str, Any]) -> None:
    generation = "old" if seen["version"] == "0" else "new"
    now.containers[number] = (generation, seen["state"])
    recording.indexes[number] = seen["createIndex"]
    index = seen["name"].rpartition("-")[2]
    if generation == "old" and seen["state"] in ("stopping", "stopped") and index not in recording.stopped:
        recording.stopped.append(index)
    life = recording.lives.setdefault(seen["createIndex"], [])
    if not life or life[-1] != seen["state"]:
        life.append(seen["state"])


class Replay:
    """The engine in the part of the recorded server."""

    def __init__(self, name: str, recording: Recording, *, seed: int) -> None:
        self.recording = recording
        timing = Timing.simulated_hosts()
        if name == "upgrade-container-exits":
            timing = replace(timing, exit_noticed=NEVER)  # the busy server had not looked by the end
        self.lab = Lab(seed=seed, timing=timing, site=Site.simulated_hosts(checks_health=True))
        self.holder = self._holder() if name in PORT_HOLDERS else None
        first = recording.first
        self.service = self.lab.service(
            scale=first["scale"],
            sidekicks=[_config(config) for config in first["secondaryLaunchConfigs"]],
            **_config(first["launchConfig"]),
        )
        self._prepare(name)
        self.states = [self.lab.state(self.service)]
        self.offered: dict[str, set[str]] = {}
        self.lives: dict[int, list[str]] = {}
        self.by_index: dict[int, int] = {}
        self.lab.engine.take_changes()
        self._note()

    def order_of_units(self) -> list[str]:
        """The order in which an upgrade goes through the units, by the number in their names."""
        views = sorted(self.lab.containers(self.service), key=lambda view: view["deploymentUnitUuid"])
        return list(dict.fromkeys(view["name"].rpartition("-")[2] for view in views))

    def _holder(self) -> int:
        return self.lab.service("holder", scale=3, ports=["8080:80/tcp"])

    def _prepare(self, name: str) -> None:
        """What stood around the recorded service (`setup` of the recording)."""
        levers = self.lab.engine.levers
        if name == "upgrade-start-fails-rollback":
            levers.start_fails("registry/shop:1.0.2", "Failing [compute.instance.activate]")
        elif name == "upgrade-never-healthy-rollback":
            levers.image_health("registry/shop:1.0.2", answers=False)
        elif name == "upgrade-container-exits":
            levers.image("registry/shop:1.0.2", exits_after=2.0)
        elif name == "upgrade-stop-fails-rollback":
            levers.image("registry/shop:1.0.1", stop_hangs=True)

    def _note(self) -> None:
        state = self.lab.state(self.service)
        if self.states[-1] != state:
            self.states.append(state)
        self.offered.setdefault(state, set()).update(self.lab.engine.offered("service", self.service))
        for view in self.lab.containers(self.service):
            index = view["createIndex"]
            self.by_index[index] = view["id"]
            life = self.lives.setdefault(index, [])
            if not life or life[-1] != view["state"]:
                life.append(view["state"])

    def _stands_like(self, met: Standing) -> bool:
        view = self.lab.view(self.service)
        if (view["state"], view["createIndex"], _block(view)) != (met.state, met.create_index, met.block):
            return False
        return not met.containers or self._generations() == met.generations()

    def _generations(self) -> Generations:
        found = self.lab.generations(self.service)
        return Counter({seen: count for seen, count in found.items() if seen[1] not in GOING})

    def follow_to(self, met: Standing) -> None:
        """Play on until the service stands where the recorded one stood."""
        ends = self.lab.engine.now + 300
        while not self._stands_like(met):
            due = self.lab.engine.due_at()
            assert due is not None, self._difference(met)
            assert due <= ends, self._difference(met)
            self.lab.engine.advance(due)
            self._note()

    def _difference(self, met: Standing) -> str:
        view = self.lab.view(self.service)
        here = (view["state"], view["createIndex"], _block(view), dict(self._generations()))
        there = (met.state, met.create_index, met.block, dict(met.generations()))
        return f"never stood at {there}, is at {here}"

    def send(self, call: Call) -> None:
        """One recorded request; its status is that of the recording."""
        engine = self.lab.engine
        kind, number = self._target(call.path)
        action = call.path.partition("?action=")[2]
        answered: tuple[int, str | None] = (call.status, None)
        try:
            if call.method == "PUT":
                engine.update(kind, number, call.body)
            elif call.method == "DELETE":
                engine.delete(kind, number)
            else:
                engine.act(kind, number, action, call.body)
        except Refused as refused:
            answered = (refused.status, refused.code)
        assert answered == (call.status, call.answer.get("code"))
        self._note()

    def _target(self, path: str) -> tuple[str, int]:
        collection, recorded = path.split("?")[0].strip("/").split("/")[-2:]
        if collection == "containers":
            return "container", self.by_index[self.recording.indexes[recorded]]
        if collection == "hosts":
            return "host", self.lab.hosts[1]
        if recorded == self.recording.first["id"]:
            return "service", self.service
        assert self.holder is not None
        return "service", self.holder


def _config(recorded: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in recorded.items() if key not in ("type", "version")}


def _runs_through(short: Iterable[str], long: Iterable[str]) -> bool:
    """Whether `short` is part of `long` in order: polls miss states, they do not invent them."""
    rest = iter(long)
    return all(state in rest for state in short)


def _in_recorded_order(name: str, recording: Recording) -> Replay:
    """A replay whose chance goes through the units in the order of the recording."""
    for seed in range(200):
        replay = Replay(name, recording, seed=seed)
        if replay.order_of_units()[: len(recording.stopped)] == recording.stopped:
            return replay
    raise AssertionError(f"no seed brings about the order {recording.stopped}")


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_engine_answers_a_recorded_session_as_the_server_did(name: str) -> None:
    recording = read(name)
    replay = _in_recorded_order(name, recording)

    for call in recording.calls:
        replay.follow_to(call.met)
        replay.send(call)
    replay.follow_to(recording.last)

    assert replay.states == recording.states
    for state, actions in recording.offered.items():
        assert replay.offered[state] == actions, state
    made_before = recording.first["createIndex"]
    for index, life in recording.lives.items():
        if index > made_before:
            assert _runs_through(life, replay.lives[index]), (index, life, replay.lives[index])
