"""A recorded session about stacks, played to a simulator: each request when ours stand where theirs stood.

The recorder watched stacks and services beside its requests. What it saw is the way the rows went: each of
its states, with message, actions and answers of the upgrade, has to be on the way that ours go, in order.
Durations are upper bounds there; a request waits until its recorded moment, and then until our rows are in
the states that the recording last knew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rancher_client.simulator.server import SimulatorServer

from .conftest import Environment
from .recorded import Player, Step, differences, step_from

RECORDINGS = Path(__file__).parents[3] / "recordings" / "stacks"

PATIENCE = 200.0
"""Virtual seconds that a request waits for our rows beyond its recorded moment."""

OF_STACKS = ("environment", "externalId", "previousEnvironment", "previousExternalId")
"""Fields whose way counts, besides state and message."""

Seen = tuple[Any, ...]


@dataclass
class Way:
    """What was seen of one row, each change once."""

    seen: list[Seen] = field(default_factory=list)
    offered: dict[str, set[str]] = field(default_factory=dict)

    def note(self, seen: Seen, actions: Iterable[str]) -> None:
        if not self.seen or self.seen[-1] != seen:
            self.seen.append(seen)
        self.offered.setdefault(str(seen[0]), set()).update(actions)


@dataclass
class Session:
    """One recording, and the simulator that plays the server's part in it."""

    name: str
    of: Environment
    player: Player
    before: Mapping[int, Callable[[SimulatorServer], object]] = field(default_factory=dict)
    """What is done to the world around the server before a step."""
    bodies: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    """What the recorder left out of bodies, by number of the step."""
    moments: Mapping[int, float] = field(default_factory=dict)
    """Requests sent at another moment, in whatever state ours are, where the recorded server was slower."""
    steps: list[dict[str, Any]] = field(init=False)
    ours: dict[str, Way] = field(default_factory=dict)
    """Ways by the recorded id of the row."""
    theirs: dict[str, Way] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    """The recorded state of each row as last known, by recorded id."""
    at: float = 0.0
    """The moment of the recording that we are at."""

    def __post_init__(self) -> None:
        self.steps = json.loads((RECORDINGS / f"{self.name}.json").read_text(encoding="utf-8"))["steps"]
        self.homes = dict(_homes(self.steps))

    def play(self) -> dict[int, list[str]]:
        """The whole session: what differs in the answers, by number of the step."""
        found: dict[int, list[str]] = {}
        done = set[int]()
        for index, raw in enumerate(self.steps):
            if index in done or "request" not in raw:
                self._take_observation(raw)
                if index in self.before:
                    self._advance_to(raw["at"])
                    self.before[index](self.of.server)
                continue
            step = self._completed(step_from(index, raw))
            self._advance_to(self.moments.get(index, raw["at"]))
            if index not in self.moments:
                self._wait(step)
            if index in self.before:
                self.before[index](self.of.server)
            twin = self._twin_of(index)
            if twin is not None:
                done.add(twin.index)
                differing = self._both_at_once(step, twin)
            else:
                differing = {index: self._played(step)}
            found |= {number: texts for number, texts in differing.items() if texts}
            self._learn(step.answer)
            self._note()
        self._settle()
        return found

    def strayings(self) -> list[str]:
        """Where our rows went another way than theirs, or offered other actions."""
        found = []
        for row, theirs in self.theirs.items():
            ours = self.ours.get(row, Way())
            missing = _missing(theirs.seen, ours.seen)
            if missing is not None:
                found.append(f"{self._title(row)}: never {missing}; ours went {_short(ours.seen)}")
            for state, actions in theirs.offered.items():
                if state in ours.offered and ours.offered[state] != actions:
                    found.append(
                        f"{self._title(row)}: {state} offers {sorted(actions ^ ours.offered[state])}"
                    )
        return found

    # Waiting.

    def _advance_to(self, at: float) -> None:
        """Let as much time pass as had passed in the recording."""
        self._advance(max(at - self.at, 0.0))
        self.at = at

    def _wait(self, step: Step) -> None:
        engine = self.of.server.engine
        ends = engine.now + PATIENCE
        while not self._stands(step):
            due = engine.due_at()
            if due is None or due > ends:
                return
            self._advance(due - engine.now)

    def _advance(self, seconds: float) -> None:
        with self.of.server.engine_lock:
            engine = self.of.server.engine
            to = engine.now + seconds
            while (due := engine.due_at()) is not None and due <= to:
                engine.advance(due)
                self._note()
            engine.advance(to)

    def _settle(self) -> None:
        """Play on until our rows have been where theirs were seen last."""
        engine = self.of.server.engine
        ends = engine.now + PATIENCE
        while any(_missing(way.seen, self.ours.get(row, Way()).seen) for row, way in self.theirs.items()):
            due = engine.due_at()
            if due is None or due > ends:
                return
            self._advance(due - engine.now)

    def _stands(self, step: Step) -> bool:
        """Whether our rows are where a GET saw theirs, or where theirs were last seen before a change."""
        wanted = dict(self.known)
        if step.method == "GET":
            rows = (step.answer.get("data") or [step.answer]) if isinstance(step.answer, dict) else []
            wanted = {row["id"]: row["state"] for row in rows if isinstance(row, dict) and row.get("state")}
        return all(self._state(row) in (None, state) for row, state in wanted.items())

    # Seeing.

    def _note(self) -> None:
        for row in {*self.theirs, *self.known}:
            kind, number = self._number(row)
            view = None if number is None else self.of.server.engine.view(kind, number)
            if view is not None and number is not None:
                way = self.ours.setdefault(row, Way())
                way.note(_seen(kind, view), self.of.server.engine.offered(kind, number))

    def _take_observation(self, raw: dict[str, Any]) -> None:
        seen = raw.get("observed")
        if seen is None or seen["resource"].partition(" ")[0] not in ("stack", "service"):
            return
        kind, _, row = seen["resource"].partition(" ")
        if "gone_from" in seen:
            self.known.pop(row, None)
            return
        self.homes.setdefault(row, (self._only_stack(), seen["name"]))
        self.theirs.setdefault(row, Way()).note(_seen(kind, seen), seen["actions"])
        self.known[row] = seen["state"]
        self._note()

    def _learn(self, answer: Any) -> None:
        """The states that an answer tells."""
        if not isinstance(answer, dict):
            return
        for row in answer.get("data") or [answer]:
            if isinstance(row, dict) and row.get("type") in ("stack", "service") and row.get("state"):
                self.known[row["id"]] = row["state"]

    def _state(self, row: str) -> str | None:
        kind, number = self._number(row)
        view = None if number is None else self.of.server.engine.view(kind, number)
        return None if view is None else str(view["state"])

    def _number(self, row: str) -> tuple[str, int | None]:
        own = self.player.ids.get(row)
        if row.startswith("1st"):
            return "stack", None if own is None else int(own[3:])
        stack, name = self.homes.get(row, (None, None))
        home = self.player.ids.get(stack or "")
        engine = self.of.server.engine
        if home is None:
            return "service", None
        for number in range(1, 1000):
            view = engine.view("service", number)
            if view is None:
                break
            if view["name"] == name and view["stackId"].number == int(home[3:]):
                self.player.ids[row] = f"1s{number}"
                return "service", number
        return "service", None

    def _only_stack(self) -> str:
        """The stack of a service that no answer shows: the one there is."""
        return next(row for row in [*self.homes, *self.player.ids] if row.startswith("1st"))

    def _title(self, row: str) -> str:
        return f"{row} {self.homes.get(row, ('', ''))[1]}".strip()

    # Answers.

    def _played(self, step: Step) -> list[str]:
        answered = self.player.play(step)
        is_json = answered.headers["Content-Type"].startswith("application/json")
        return self._differences(step, answered.status_code, answered.json() if is_json else None)

    def _differences(self, step: Step, status: int, ours: Any) -> list[str]:
        if status != step.status:
            return [f"{step.name}: status {step.status}, ours {status} {ours!r:.200}"]
        if not isinstance(step.answer, dict):
            return []
        found = []
        if step.answer.get("type") == "collection" and ours.get("data"):
            twins = {row.get("name"): row for row in ours["data"]}
            for row in step.answer["data"]:
                twin = twins.get(row.get("name"))
                found += [f"no row {row.get('name')}"] if twin is None else self._between(row, twin)
        else:
            found = self._between(step.answer, ours)
        return [f"{step.name}: {text}" for text in found]

    def _between(self, theirs: Any, ours: Any) -> list[str]:
        return differences(theirs, ours, ids=self.player.ids)

    def _completed(self, step: Step) -> Step:
        """The step with the whole body that was sent; our ids of all rows that it names are known then."""
        for row in re.findall(r"1s\d+", f"{step.path} {json.dumps(step.body)}"):
            self._number(row)
        if isinstance(step.body, dict) and step.body.get("name") == "" and step.status == 201:
            step = replace(step, body=step.body | {"name": step.answer["name"]})
        return replace(step, body=step.body | self.bodies[step.index]) if step.index in self.bodies else step

    def _twin_of(self, index: int) -> Step | None:
        """The request sent at the same moment as this one."""
        following = self.steps[index + 1] if index + 1 < len(self.steps) else {}
        own = self.steps[index]
        if "request" not in following or abs(following["at"] - own["at"]) > 0.005:
            return None
        same = all(following["request"][key] == own["request"][key] for key in ("method", "path"))
        return step_from(index + 1, following) if same else None

    def _both_at_once(self, first: Step, second: Step) -> dict[int, list[str]]:
        """Two requests at the same moment: the one that got its way, and the one that came too late."""
        won, lost = sorted((first, second), key=lambda step: step.status)
        return {
            won.index: self._played(won),
            lost.index: self._differences(lost, *self.player.play_into(self.of.server, lost)),
        }


def _homes(steps: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, tuple[str, str]]]:
    """Each recorded service: its stack's id and its name, as observations and answers tell."""
    names: dict[str, str] = {}
    for step in steps:
        seen = step.get("observed") or {}
        kind, _, number = seen.get("resource", "").partition(" ")
        if kind == "service" and "name" in seen:
            names[number] = seen["name"]
    for step in steps:
        seen = step.get("observed") or {}
        for number in seen.get("serviceIds") or ():
            if number in names:
                yield number, (seen["resource"].partition(" ")[2], names[number])
        answer = (step.get("response") or {}).get("body")
        for row in (answer.get("data") or [answer]) if isinstance(answer, dict) else ():
            if isinstance(row, dict) and row.get("stackId") and row.get("name"):
                yield row["id"], (row["stackId"], row["name"])
            elif isinstance(row, dict) and row.get("type") == "stack":
                yield row["id"], ("", row["name"])


def _seen(kind: str, row: Mapping[str, Any]) -> Seen:
    """What counts of a row: of a service's messages only that there is one, its recordings tell them.

    When a health state is computed anew is chance; it is left to the answers.
    """
    message = row["transitioningMessage"]
    if kind == "stack":
        fields = (json.dumps(row.get(name), sort_keys=True) for name in OF_STACKS)
        return (row["state"], row["transitioning"], plain(message), *fields)
    return (row["state"], row["transitioning"], message is not None)


def plain(message: str | None) -> str | None:
    """A message without what differs by nature: ids, addresses, the order of an error's parts."""
    if message is None:
        return None
    message = re.sub(r"from \[.*\]", "from []", message)
    message = re.sub(r"1i\d+", "1i", message)
    return re.sub(r"Body: \[(.*?)\]", lambda body: f"Body: {sorted(body[1].split(', '))}", message)


def _missing(theirs: list[Seen], ours: list[Seen]) -> Seen | None:
    """The first thing that theirs were and ours, in order, were not."""
    rest = iter(ours)
    return next((seen for seen in theirs if seen not in rest), None)


def _short(seen: list[Seen]) -> list[str]:
    return [" ".join(str(part) for part in each[:3])[:90] for each in seen]
