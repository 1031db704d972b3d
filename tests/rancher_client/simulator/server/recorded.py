"""Recordings of a live Rancher 1.6, played to the simulator and compared answer by answer.

Ids, dates and uuids differ by nature; a recorded id is replaced by ours as soon as a POST has made the
row, or as the scenario's preparation says. Compared are status, error codes and texts, the keys of
every object, the types and nullness of every value, and the values of `SAME`.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from rancher_client.simulator.server import SimulatorServer
from rancher_client.simulator.server.requests import Race, Request

RECORDINGS = Path(__file__).parents[3] / "recordings"

SAME = frozenset({
    "baseType", "code", "detail", "fieldName", "imageUuid", "kind", "limit", "message", "modifier", "order",
    "partial", "resourceType", "scale", "state", "status", "transitioning", "type", "value",
})  # fmt: skip
"""Keys whose values must be equal, wherever they stand."""

COMPARED_HEADERS = (
    "Content-Encoding", "Content-Type", "Vary", "WWW-Authenticate", "X-API-Account-Id", "X-API-Account-Kind",
    "X-API-Client-IP", "X-API-Schemas", "X-API-User-Id",
)  # fmt: skip

LINKS = frozenset({"actionLinks", "actions", "createTypes", "links", "sortLinks"})
"""Objects of URLs: their keys count."""

FREE = frozenset({"environment", "labels"})
"""Objects whose keys are the user's own."""

_ID = re.compile(r"\b1[a-zA-Z]{1,3}\d+\b")


@dataclass
class Step:
    """One recorded request with its answer."""

    index: int
    note: str
    at: float
    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    text: str | None
    status: int
    answer: Any
    answered_headers: Mapping[str, str]

    @property
    def name(self) -> str:
        return f"{self.index} {self.method} {self.path}"


def steps_of(scenario: str) -> Iterator[Step]:
    """The requests of a recording that have an answer, in order."""
    recording = json.loads((RECORDINGS / f"{scenario}.json").read_text(encoding="utf-8"))
    for index, step in enumerate(recording["steps"]):
        if "request" in step and "response" in step:
            yield step_from(index, step)


def step_from(index: int, step: Mapping[str, Any]) -> Step:
    """A recorded request with its answer."""
    asked, given = step["request"], step["response"]
    return Step(
        index,
        step.get("note", ""),
        step["at"],
        asked["method"],
        asked["path"],
        asked.get("headers") or {},
        asked.get("body"),
        asked.get("text"),
        given["status"],
        given.get("body"),
        given.get("headers") or {},
    )


@dataclass
class Player:
    """Sends recorded requests to a simulator, with our ids in the place of the recorded ones."""

    url: str
    auth: tuple[str, str] | None
    ids: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    """Recorded words that are ours by another name, registration tokens for instance."""
    session: requests.Session = field(default_factory=requests.Session)
    last_answer: Mapping[str, Any] = field(default_factory=dict)

    @property
    def _host(self) -> str:
        return self.url.partition("://")[2]

    def play(self, step: Step) -> requests.Response:
        """Send the request of a step and learn the id of what it made."""
        headers = {"Accept": "application/json", "User-Agent": "recorder", **step.headers}
        answered = self.session.request(
            step.method,
            self.url + self._ours(step.path),
            data=self._body(step),
            headers={name: self._ours(value) for name, value in headers.items()},
            auth=self.auth,
            timeout=30,
        )
        if isinstance(step.answer, dict) and answered.status_code == step.status < 300:
            self.last_answer = answered.json()
            self._learn(step.answer, self.last_answer)
        return answered

    def play_into(self, server: SimulatorServer, step: Step) -> tuple[int, Any]:
        """The same for a request that came in while the one before was still undecided: status and body."""
        address = urlsplit(self._ours(step.path))
        key = base64.b64encode(":".join(self.auth or ("", "")).encode()).decode()
        request = Request(
            step.method,
            address.path,
            query=tuple(parse_qsl(address.query)),
            query_text=address.query,
            headers={"authorization": f"Basic {key}", "host": self._host},
            body=self._body(step) or b"",
            race=Race(overlapping=True),
        )
        written = server.simulator.handle(request).written
        return written.status, json.loads(written.content)

    def _body(self, step: Step) -> bytes | None:
        if step.text is not None:
            return step.text.encode().replace("\ufffd".encode(), b"\xfc")
        return None if step.body is None else json.dumps(self._ours(step.body)).encode()

    def read(self, path: str) -> dict[str, Any]:
        """What stands at a recorded path now."""
        answered = self.session.get(self.url + self._ours(path), auth=self.auth, timeout=30)
        body: dict[str, Any] = answered.json()
        return body

    def _learn(self, recorded: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
        """Ids and words that only an answer can tell: of a row just made, of a service's containers."""
        if recorded.get("id") and ours.get("id"):
            self.ids[recorded["id"]] = ours["id"]
        for one, other in zip(recorded.get("instanceIds") or (), ours.get("instanceIds") or (), strict=False):
            self.ids[one] = other
        for word in ("jwt", "token"):
            if recorded.get(word):
                self.texts[recorded[word]] = ours[word]

    def header_differences(self, step: Step, answered: requests.Response) -> list[str]:
        """Where the headers differ in more than dates and cookies."""
        found = []
        if "X-API-Schemas" not in step.answered_headers and "/scripts/" in step.path:
            return found
        if "Content-Type" not in step.answered_headers:
            return found  # a probe, of which the recorder noted down little more than the status
        shortened = step.status != 401 and "X-API-Client-IP" not in step.answered_headers
        for name in COMPARED_HEADERS:
            if shortened and step.status != 403 and name not in step.answered_headers:
                continue
            recorded, ours = step.answered_headers.get(name), answered.headers.get(name)
            expected = None if recorded is None else self._ours(recorded)
            if expected != (None if ours is None else ours.replace(self._host, "rancher.test:8080")):
                found.append(f"header {name}: {recorded!r}, ours {ours!r}")
        return found

    def _ours(self, value: Any) -> Any:
        if isinstance(value, str):
            for word, own in self.texts.items():
                value = value.replace(word, own)
            return _ID.sub(lambda found: self.ids.get(found[0], found[0]), value)
        if isinstance(value, dict):
            return {key: self._ours(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._ours(item) for item in value]
        return value


def differences(
    recorded: Any, ours: Any, path: str = "", *, whole: bool = True, ids: Mapping[str, str] | None = None
) -> list[str]:
    """Where two answers differ in more than ids, dates and order; empty when they agree.

    Not `whole`: the recorder has shortened what it saw before, so only the keys it kept are compared.
    `ids` are those of ours by the recorded ones: it pairs the rows of lists.
    """
    return list(_Comparison(ids or {}).between(recorded, ours, path, whole=whole))


@dataclass(frozen=True)
class _Comparison:
    ids: Mapping[str, str]

    def between(self, recorded: Any, ours: Any, path: str, *, whole: bool) -> Iterator[str]:
        if isinstance(recorded, str) and recorded.startswith("(") and not isinstance(ours, str):
            return
        if isinstance(recorded, dict) and isinstance(ours, dict):
            yield from self._objects(recorded, ours, path, whole=whole)
        elif isinstance(recorded, list) and isinstance(ours, list):
            yield from self._lists(recorded, ours, path, whole=whole)
        elif _kind(recorded) != _kind(ours):
            yield f"{path}: {_kind(recorded)} {recorded!r:.60}, ours {_kind(ours)} {ours!r:.60}"
        elif path.rpartition(".")[2] in SAME and recorded != ours and not _are_numbers(recorded, ours):
            yield f"{path}: {recorded!r:.80}, ours {ours!r:.80}"

    def _objects(
        self, recorded: dict[str, Any], ours: dict[str, Any], path: str, *, whole: bool
    ) -> Iterator[str]:
        name = path.rpartition(".")[2]
        keys = {key for key in recorded if not key.startswith("_")}
        if whole and set(ours) != keys and name not in FREE:
            missing, extra = sorted(keys - set(ours)), sorted(set(ours) - keys)
            yield f"{path}: missing {missing}, too many {extra}"
        if name in LINKS:
            return
        for key in sorted(keys & set(ours)):
            marks = {"filters": "_filters_null", "data": "_rows"}
            kept_whole = whole and marks.get(key) not in recorded
            yield from self.between(recorded[key], ours[key], f"{path}.{key}", whole=kept_whole)

    def _lists(self, recorded: list[Any], ours: list[Any], path: str, *, whole: bool) -> Iterator[str]:
        """Lists have rows or have none; each recorded row we know is held against ours.

        Of rows that we do not know the first is held against one of ours of the same type.
        """
        if not recorded or not ours:
            if bool(recorded) != bool(ours):
                yield f"{path}: {len(recorded)} rows, ours {len(ours)}"
            return
        twins = [pair for row in recorded if (pair := self._pair(row, ours)) is not None]
        if _are_sidekicks(recorded) and _are_sidekicks(ours) and len(recorded) == len(ours):
            twins = list(zip(sorted(recorded, key=_name), sorted(ours, key=_name), strict=True))
        if not twins:
            twins = [pair for row in recorded if (pair := _alike(row, ours)) is not None][:1]
        if not twins:
            yield f"{path}: no row of type {recorded[0]['type']}"
        for row, twin in twins:
            type_id = row.get("type") if isinstance(row, dict) else None
            yield from self.between(row, twin, f"{path}[{type_id or 0}]", whole=whole)

    def _pair(self, row: Any, ours: list[Any]) -> tuple[Any, Any] | None:
        """Ids that are names (settings) stand for themselves."""
        recorded = row.get("id") if isinstance(row, dict) else None
        own = self.ids.get(recorded or "", None if _ID.search(recorded or "1a1") else recorded)
        return next(((row, other) for other in ours if own is not None and other.get("id") == own), None)


def _are_sidekicks(rows: list[Any]) -> bool:
    return all(isinstance(row, dict) and row.get("type") == "secondaryLaunchConfig" for row in rows)


def _name(row: Mapping[str, Any]) -> str:
    return str(row["name"])


def _alike(row: Any, ours: list[Any]) -> tuple[Any, Any] | None:
    if not isinstance(row, dict) or row.get("type") is None:
        return row, ours[0]
    return next(((row, other) for other in ours if other.get("type") == row["type"]), None)


def _are_numbers(recorded: Any, ours: Any) -> bool:
    """Whether both are numbers of rows, as filters echo them."""
    return all(isinstance(value, str) and value.isdigit() for value in (recorded, ours))


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return {int: "number", float: "number", str: "string", dict: "object", list: "list"}[type(value)]
