"""Two requests at the same moment, against recordings of a live server (rancher-1.6-api.md 5.7).

How such a pair ends is chance, there and here. The recorded end has to be one that our chance brings
about: with some seed the pair is answered as recorded, and from there on the service goes the recorded
way: its states in order, whose config and whose `upgrade` block it holds, what it offers in each state.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from rancher_client.simulator.engine import Refused, Site, Timing

from .lab import Lab

RECORDINGS = Path(__file__).parents[3] / "recordings" / "services"

RACES = (
    "race-fin-fin",
    "race-fin-fin-2",
    "race-fin-rb",
    "race-fin-rb-2",
    "race-up-del",
    "race-up-del-2",
    "race-up-put",
    "race-up-same",
    "race-up-up",
    "race-up-up-2",
    "race-upgrade-torn-rollback",
)

FOLLOWS = tuple(f"services/{name}" for name in RACES)

SEEDS = range(60)

OLD = "old"
"""Whose a config is: the one before the pair's, or that of the first or second request of the pair."""

BEGUN = 0.04
"""Virtual seconds after which a process has taken its first step."""

PATIENCE = 200.0
"""Virtual seconds for the service to come to where the recorded one was."""

Seen = tuple[str, str, str]
"""State, whose config, whose block."""


@dataclass(frozen=True)
class Call:
    """A changing request and its answer's status; `met` is what was last seen before it."""

    method: str
    action: str
    body: dict[str, Any]
    status: int
    met: Seen
    index: int | None


@dataclass
class Race:
    """A recorded pair, what followed, and the way of the service."""

    scale: int
    config: dict[str, Any]
    is_upgraded: bool
    pair: list[Call] = field(default_factory=list)
    later: list[Call] = field(default_factory=list)
    way: list[Seen] = field(default_factory=list)
    offered: dict[str, set[str]] = field(default_factory=dict)
    last: Seen = ("", "", "")
    containers: list[tuple[str, str]] = field(default_factory=list)


def read(name: str) -> Race:
    steps = json.loads((RECORDINGS / f"{name}.json").read_text())["steps"]
    first = steps[0]["response"]["body"]
    race = Race(first["scale"], _config(first["launchConfig"]), first["state"] == "upgraded")
    owners = {first["launchConfig"]["version"]: OLD, "0": OLD}
    index: int | None = first["createIndex"]
    for step in steps[1:]:
        if "observed" in step:
            seen = step["observed"]
            if not seen["resource"].startswith("service") or "gone_from" in seen:
                continue
            index = seen["createIndex"]
        elif "request" in step:
            asked, given = step["request"], step["response"]
            seen = given["body"]
            if asked["method"] != "GET":
                met = race.way[-1] if race.way else (first["state"], OLD, "")
                call = _call(asked, given["status"], met, index)
                (race.later if len(race.pair) == 2 else race.pair).append(call)
                if call.action == "upgrade" and given["status"] == 202:
                    owners[seen["launchConfig"]["version"]] = str(len(race.pair))
                continue
            if asked["path"].endswith("/instances"):
                race.containers = [(c["state"], owners.get(c["version"], OLD)) for c in seen["data"]]
                continue
        else:
            continue
        race.last = _seen(seen, owners)
        if len(race.pair) == 2:
            _note(race.way, race.last)
            race.offered.setdefault(seen["state"], set()).update(seen["actions"])
    return race


def _call(asked: dict[str, Any], status: int, met: Seen, index: int | None) -> Call:
    action = asked["path"].partition("?action=")[2]
    return Call(asked["method"], action, asked.get("body") or {}, status, met, index)


def _seen(seen: dict[str, Any], owners: dict[str, str]) -> Seen:
    strategy = (seen["upgrade"] or {}).get("inServiceStrategy") or {}
    block = (strategy.get("launchConfig") or {}).get("version")
    return (
        seen["state"],
        owners.get(seen["launchConfig"]["version"], OLD),
        owners.get(block, "") if block else "",
    )


def _note(way: list[Seen], seen: Seen) -> None:
    if not way or way[-1] != seen:
        way.append(seen)


def _config(recorded: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in recorded.items() if key not in ("type", "version")}


class Replay:
    """The engine in the part of the recorded server."""

    def __init__(self, race: Race, seed: int) -> None:
        self.lab = Lab(seed=seed, timing=Timing.simulated_hosts(), site=Site.simulated_hosts())
        self.service = self.lab.service(scale=race.scale, **race.config)
        if race.is_upgraded:
            self.lab.upgrade(self.service, {"inServiceStrategy": {"launchConfig": race.config}})
            self.lab.wait(60)
        self.owners = {self.lab.view(self.service)["launchConfig"]["version"]: OLD, "0": OLD}
        self.way: list[Seen] = []
        self.offered: dict[str, set[str]] = {}
        self._take_down()

    def send(self, call: Call, *, overlapping: bool = False, whose: str = "") -> int:
        engine = self.lab.engine
        try:
            if call.method == "DELETE":
                engine.delete("service", self.service)
            elif call.method == "PUT":
                engine.update("service", self.service, call.body, overlapping=overlapping)
            else:
                engine.act("service", self.service, call.action, call.body, overlapping=overlapping)
        except Refused as refused:
            return refused.status
        version = self.lab.view(self.service)["launchConfig"]["version"]
        if call.action == "upgrade":
            self.owners.setdefault(version, whose)
        self._take_down()
        return 202 if call.method == "POST" else 200

    def now(self) -> Seen:
        return _seen(self.lab.view(self.service), self.owners)

    def go_on_until(self, there: Callable[[], bool]) -> bool:
        """Event by event; False when it takes too long."""
        engine = self.lab.engine
        ends = engine.now + PATIENCE
        while not there():
            due = engine.due_at()
            if due is None or due > ends:
                return False
            engine.advance(due)
            self._take_down()
        return True

    def let_begin(self) -> None:
        """The process of the request before takes its first step."""
        self.lab.wait(BEGUN)
        self._take_down()

    def _take_down(self) -> None:
        _note(self.way, self.now())
        actions = self.lab.engine.offered("service", self.service)
        self.offered.setdefault(self.lab.state(self.service), set()).update(actions)

    def containers(self) -> list[tuple[str, str]]:
        views = self.lab.containers(self.service)
        seen = ((view["state"], self.owners.get(view["version"], OLD)) for view in views)
        return [(state, whose) for state, whose in seen if state not in ("removing", "removed")]


def attempts(race: Race) -> Iterator[Replay]:
    """Replays in which chance answered the pair as recorded, in either order of arrival."""
    for seed in SEEDS:
        for order, has_begun in product(((0, 1), (1, 0)), (False, True)):
            replay = Replay(race, seed)
            statuses: dict[int, int] = {}
            for number in order:
                overlapping = bool(statuses)
                if overlapping and has_begun:
                    replay.let_begin()
                call = race.pair[number]
                statuses[number] = replay.send(call, overlapping=overlapping, whose=str(number + 1))
            if [statuses[0], statuses[1]] == [call.status for call in race.pair]:
                yield replay


def strays(race: Race, replay: Replay) -> str | None:
    """Where the replay leaves the recorded way; None when it goes all of it."""
    for call in race.later:
        if not replay.go_on_until(lambda call=call: _stands(replay, call)):  # type: ignore[misc]
            return f"never {call.met} with createIndex {call.index}, but {replay.way}"
        if replay.send(call) != call.status:
            return f"{call.action} was not answered {call.status}"
    if not replay.go_on_until(lambda: replay.now() == race.last):
        return f"never {race.last} at the end, but {replay.way}"
    rest = iter(replay.way)
    if not all(seen in rest for seen in race.way):
        return f"{race.way} is not on the way {replay.way}"
    for state, actions in race.offered.items():
        if state in replay.offered and replay.offered[state] != actions:
            return f"{state} offers {sorted(actions ^ replay.offered[state])}"
    if race.last[0] in ("active", "removed") and sorted(race.containers) != sorted(replay.containers()):
        return f"containers {race.containers}, ours {replay.containers()}"
    return None


def _stands(replay: Replay, call: Call) -> bool:
    view = replay.lab.view(replay.service)
    return replay.now() == call.met and view["createIndex"] == call.index


@pytest.mark.parametrize("name", RACES)
def test_a_recorded_end_of_two_requests_at_once_is_one_of_ours(name: str) -> None:
    race = read(name)
    strayed = set()
    for replay in attempts(race):
        where = strays(race, replay)
        if where is None:
            return
        strayed.add(where)
    raise AssertionError("\n".join(sorted(strayed)[:5]) or "never so answered")
