"""What comes over the websockets to hosts: log lines and statistics, as virtual time goes on (6.3, 6.4)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rancher_client.simulator.engine import RUNS, Engine, Ref
from rancher_client.simulator.engine.output import Line

from .host_access import LogsWanted, Silence, StatsWanted, Wanted, hosts_of

SECONDS_BETWEEN_SAMPLES = 1.0

MOST_SAMPLES_AT_ONCE = 60
"""After a leap of virtual time only so many of the samples in it are sent."""

_PREFIXES = {"stdout": "01", "stderr": "02"}
_TERMINAL = "00"
_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?")
_REMOVED = frozenset({"removed", "purging", "purged"})


@dataclass(frozen=True, slots=True)
class Told:
    """What there is to send at a moment, and whether it was the last."""

    frames: Sequence[str]
    is_over: bool = False


class LogStream:
    """The lines of one container; one frame for each (agent:service/hostapi/logs/logs.go)."""

    def __init__(self, wanted: LogsWanted) -> None:
        self._wanted = wanted
        self._told_until: float | None = None
        self._said = 0

    def tell(self, engine: Engine) -> Told:
        """The lines since the last time. It is over when nothing is followed, or nothing runs any more."""
        number = self._wanted.container
        if self._told_until is None:
            since = _since(self._wanted.since, engine.now)
            if since is None:
                return Told((), is_over=True)
            lines = engine.last_written(number, self._wanted.lines, since=since)
        else:
            lines = engine.written(number, after=self._told_until, said_from=self._said)
        self._told_until, self._said = engine.now, engine.said(number)
        view = engine.view("container", number) or {}
        has_terminal = bool(view.get("tty"))
        frames = [self._frame(line, has_terminal=has_terminal) for line in lines]
        goes_on = self._wanted.follow and view.get("state") in RUNS
        return Told(frames, is_over=not goes_on or not _are_connected(engine, self._wanted))

    def _frame(self, line: Line, *, has_terminal: bool) -> str:
        prefix = _TERMINAL if has_terminal else _PREFIXES[line.stream]
        at = f"{_instant(line.at)} " if self._wanted.timestamps else ""
        return f"{prefix} {at}{line.text}\n"


class StatsStream:
    """Samples once a virtual second, one frame for each group."""

    def __init__(self, wanted: StatsWanted) -> None:
        self._wanted = wanted
        self._due_at: float | None = None

    def tell(self, engine: Engine) -> Told:
        """The samples due since the last time. It is over when all that it told of is gone."""
        if self._due_at is None or engine.now - self._due_at > MOST_SAMPLES_AT_ONCE:
            self._due_at = engine.now
        frames: list[str] = []
        while self._due_at <= engine.now:
            frames += self._frames(engine, self._due_at)
            self._due_at += SECONDS_BETWEEN_SAMPLES
        refs = [ref for group in self._wanted.groups for ref in group]
        is_over = all(_is_gone(engine, ref) for ref in refs)
        return Told(frames, is_over=is_over or not _are_connected(engine, self._wanted))

    def _frames(self, engine: Engine, at: float) -> list[str]:
        found = ([self._entry(engine, ref, at) for ref in group] for group in self._wanted.groups)
        told = ([entry for entry in entries if entry is not None] for entries in found)
        return [json.dumps(entries, separators=(",", ":")) for entries in told if entries]

    def _entry(self, engine: Engine, ref: Ref, at: float) -> dict[str, Any] | None:
        figures = engine.usage(ref.kind, ref.number, at)
        if figures is None:
            return None
        called = self._wanted.ids[ref]
        return ({"id": called} if called else {}) | figures | {"timestamp": _instant(at)}


class SilentStream:
    """Nothing, for ever."""

    def tell(self, engine: Engine) -> Told:
        """Never anything, and never the end."""
        return Told(())


HostStream = LogStream | StatsStream | SilentStream


def stream_of(wanted: Wanted | Silence) -> HostStream:
    """The stream that a token lets in to."""
    if isinstance(wanted, Silence):
        return SilentStream()
    return LogStream(wanted) if isinstance(wanted, LogsWanted) else StatsStream(wanted)


def _are_connected(engine: Engine, wanted: Wanted) -> bool:
    return any(engine.agent(host)[0] for host in hosts_of(wanted, engine))


def _is_gone(engine: Engine, ref: Ref) -> bool:
    view = engine.view(ref.kind, ref.number)
    return view is None or view.get("state") in _REMOVED


def _since(text: str, now: float) -> float | None:
    """The moment that Docker reads in `since`: a Unix time, a date, or how long ago; None for a wrong one."""
    if not text:
        return float("-inf")
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    duration = _DURATION.fullmatch(text)
    if duration is not None:
        hours, minutes, seconds = (float(part or 0) for part in duration.groups())
        return now - hours * 3600 - minutes * 60 - seconds
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()


def _instant(epoch: float) -> str:
    """A time as Docker and Go write it, with nanoseconds."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"
