"""The frames of a service's whole life, against those recorded of a live server (rancher-1.6-api.md 8).

The recorded requests are sent at their moments while a websocket is open; once a second the simulator
publishes. A frame shows the row as it is at that moment, so that two servers need not catch it in the same
states: each state of the recorded frames has to be on the way that ours goes, in order, the last frame of
a row has to show the same end, and frames of a row in the same state have to look alike.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from websockets.sync.client import ClientConnection

from rancher_client.simulator.server import SimulatorServer

from .conftest import Environment
from .following import EXCUSED, OF_AGENTS
from .recorded import RECORDINGS, Player, Step, differences, step_from
from .test_subscribe import subscribe

NAME = "framework/websocket-life-of-a-service"

FOLLOWS = (NAME,)

KINDS_NOT_KEPT: Mapping[str, str] = {
    "containerEvent": "what agents tell of containers leaves no rows here",
}
"""Types whose frames are missing."""

SEED = 0
"""Chance goes through the units in the recorded order."""

MOVING = frozenset({
    "activating", "creating", "finishing-upgrade", "registering", "removing", "requested", "starting",
    "stopping", "updating-active",
})  # fmt: skip
"""States a row passes in less than a second: whether a frame catches them is a matter of moments."""

A_MOMENT = {"volume": "inactive"}
"""The same of a state that is no process: a volume rests until its container has come to a host."""

Way = list[str]


@dataclass
class Frames:
    """What came over a websocket: resources by recorded row, in order."""

    of: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def take(self, row: str, resource: dict[str, Any]) -> None:
        self.of.setdefault(row, []).append(resource)

    def states(self, row: str) -> Way:
        way: Way = []
        for resource in self.of.get(row, ()):
            if not way or way[-1] != resource["state"]:
                way.append(resource["state"])
        return way


@dataclass
class Life:
    """The simulator's part: the requests, the ticks, the ways of the rows and the frames."""

    server: SimulatorServer
    of: Environment
    player: Player
    socket: ClientConnection
    at: float = 0.0
    frames: Frames = field(default_factory=Frames)
    ways: dict[str, Way] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)

    def go_on_to(self, at: float) -> None:
        """Event by event, with a tick of the publisher at every full second."""
        while self.at < at:
            tick = min(float(int(self.at) + 1), at)
            self._play(tick - self.at)
            self.at = tick
            if tick == int(tick):
                self.server.advance(0)
                self._read()

    def _play(self, seconds: float) -> None:
        engine = self.server.engine
        with self.server.engine_lock:
            to = engine.now + seconds
            while (due := engine.due_at()) is not None and due <= to:
                engine.advance(due)
                self._note()
            engine.advance(to)
            self._note()

    def _note(self) -> None:
        for row, (kind, number) in self.rows():
            view = self.server.engine.view(kind, number)
            way = self.ways.setdefault(row, [])
            if view is not None and (not way or way[-1] != view["state"]):
                way.append(view["state"])

    def rows(self) -> Iterator[tuple[str, tuple[str, int]]]:
        """Recorded row and ours; containers are the recorded ones in the order of their making."""
        for recorded, ours in self.player.ids.items():
            if recorded.startswith("1st"):
                yield recorded, ("stack", int(ours[3:]))
            elif recorded.startswith("1s"):
                yield recorded, ("service", int(ours[2:]))
        for number in range(1, 20):
            if self.server.engine.view("container", number) is not None:
                yield f"1i{number}", ("container", number)

    def _read(self) -> None:
        """Everything that the tick has sent, up to a sign that nothing more is on its way."""
        self.server.simulator.publisher.ping(self.server.simulator.publisher.subscriptions[0])
        ours = {f"{kind} {number}": row for row, (kind, number) in self.rows()}
        while (event := json.loads(self.socket.recv(timeout=5)))["name"] != "ping":
            self.events.append(event)
            resource = event["data"]["resource"]
            kind = event["resourceType"]
            number = "".join(filter(str.isdigit, event["resourceId"][1:]))
            self.frames.take(ours.get(f"{kind} {number}", kind), resource)


def recorded_frames(steps: list[dict[str, Any]]) -> Frames:
    frames = Frames()
    for step in steps:
        event = step.get("event")
        if event is not None and event["name"] == "resource.change":
            kind = event["resourceType"]
            row = event["resourceId"] if kind in ("stack", "service", "container") else kind
            frames.take(row, event["data"]["resource"])
    return frames


def play() -> tuple[Life, list[str]]:
    """The whole session; what differs in the answers."""
    steps = json.loads((RECORDINGS / f"{NAME}.json").read_text(encoding="utf-8"))["steps"]
    found: list[str] = []
    with SimulatorServer(speed=0, start=1_795_404_000.0, random_seed=SEED, ping_seconds=1e6) as server:
        of = Environment(server, *server.add_project("Default", hosts=3))
        server.advance(1)
        player = Player(server.url, of.key, {"1a8": of.project})
        path = f"/v2-beta/projects/{of.project}/subscribe?eventNames=resource.change"
        with subscribe(of, path, of.key) as socket:
            life = Life(server, of, player, socket)
            life.server.advance(0)
            for index, raw in enumerate(steps):
                if "request" not in raw:
                    continue
                step: Step = step_from(index, raw)
                life.go_on_to(step.at)
                answered = player.play(step)
                life._note()
                if answered.status_code != step.status:
                    found.append(f"{step.name}: {step.status}, ours {answered.status_code}")
                else:
                    found += [f"{step.name}: {text}" for text in _excused(step.answer, answered.json())]
            life.go_on_to(steps[-1]["at"] + 5)
    return life, found


def _excused(recorded: Any, ours: Any) -> list[str]:
    names = EXCUSED | OF_AGENTS
    return [
        text for text in differences(recorded, ours) if text.partition(":")[0].rpartition(".")[2] not in names
    ]


def test_the_frames_of_a_service_s_life() -> None:
    steps = json.loads((RECORDINGS / f"{NAME}.json").read_text(encoding="utf-8"))["steps"]
    theirs = recorded_frames(steps)
    life, found = play()
    assert not found, "\n".join(found)

    assert {tuple(event) for event in life.events} == {tuple(_first_event(steps))}
    for row, resources in theirs.of.items():
        if row in KINDS_NOT_KEPT:
            assert row not in life.frames.of, f"{row} has frames by now: take it off the table"
            continue
        ours = life.frames.of[row]
        if row in life.ways:
            rest = iter(life.ways[row])
            assert all(state in rest for state in theirs.states(row)), (
                row,
                theirs.states(row),
                life.ways[row],
            )
            assert resources[-1]["state"] == ours[-1]["state"], row
        for resource in resources:
            twins = [twin for twin in ours if _is_like(resource, twin)]
            if twins:
                differing = min((_excused(resource, twin) for twin in twins), key=len)
                assert not differing, f"{row} {resource['state']}: " + "\n".join(differing)
            else:
                moving = MOVING | {A_MOMENT.get(row)}
                assert resource.get("state") in moving, f"{row} is never shown {resource.get('state')}"


def _first_event(steps: list[dict[str, Any]]) -> dict[str, Any]:
    first: dict[str, Any] = next(step["event"] for step in steps if "event" in step)
    return first


def _is_like(resource: dict[str, Any], twin: dict[str, Any]) -> bool:
    """In the same state, with the same message."""
    names = ("state", "transitioning", "transitioningMessage")
    return all(resource.get(name) == twin.get(name) for name in names)
