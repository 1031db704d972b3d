"""The way to logs and statistics: who is let through to which host, and with what (6.3, 6.4).

Without the proxy for it everything here answers 501 HostApiProxyDisabled, after the checks that Rancher makes
before it builds an address (HostApiServiceImpl, *StatsLinkHandler, ContainerLogsActionHandler in cattle).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rancher_client.simulator.engine import BAD, GONE, Engine, Ref, Refused

from . import errors
from .access import Perspective
from .ids import format_id

TOKEN_SECONDS = 300
"""How long a token lets in; what is connected by then goes on (6.3)."""

_UPGRADED_FIRST = ("/v1/containerstats", "/v1/hoststats")
STATS_LINKS = frozenset({"containerstats", "hoststats", "stats"})


@dataclass(frozen=True, slots=True)
class LogsWanted:
    """What a token for logs lets in to."""

    container: int
    follow: bool
    lines: int
    since: str
    timestamps: bool


@dataclass(frozen=True, slots=True)
class StatsWanted:
    """What a token for statistics lets in to.

    Attributes:
        groups: the rows whose entries come together in one frame.
        ids: by which id an entry is called; "" for none, as the old link `stats` has it.
    """

    groups: tuple[tuple[Ref, ...], ...]
    ids: Mapping[Ref, str]


Wanted = LogsWanted | StatsWanted


@dataclass(frozen=True, slots=True)
class Silence:
    """Let in although a host is not connected: nothing comes, and nobody ends it.

    The proxy upgrades the handshake for statistics before it looks for the host, and what it then says is
    lost (websocket-proxy:proxy/stats_handler.go). A real one may cut the connection whenever it collects its
    garbage. For logs and the old `stats` it looks before.
    """


class Tokens:
    """Gives tokens out and takes them back. They look like the JWTs that they are at Rancher."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._given: dict[int, tuple[float, str, Wanted]] = {}
        self._number = 0
        self._secret = random.Random(2).randbytes(32)  # noqa: S311  it guards nothing: loopback only

    def give(self, path: str, wanted: Wanted) -> str:
        """A token for a path below the server."""
        now = self._clock()
        self._given = {number: one for number, one in self._given.items() if one[0] >= now}
        self._number += 1
        self._given[self._number] = (now + TOKEN_SECONDS, path, wanted)
        claims = {
            "sub": "cattle",
            "kid": "default",
            "iss": "http://cattle.io",
            "exp": int(now) + TOKEN_SECONDS,
            "iat": int(now),
            "jti": self._number,
        }
        signed = f"{_encoded({'alg': 'HS256'})}.{_encoded(claims)}"
        return f"{signed}.{self._signature(signed)}"

    def taken(self, token: str, path: str) -> Wanted | None:
        """What a token lets in to; None for a wrong one, one whose time is over, or one for another path."""
        signed, _, signature = token.rpartition(".")
        if not hmac.compare_digest(self._signature(signed), signature):
            return None
        claims = json.loads(base64.urlsafe_b64decode(signed.partition(".")[2] + "=="))
        until, for_path, wanted = self._given.get(claims["jti"], (0.0, "", None))
        is_good = self._clock() <= until and for_path.strip("/") == path.strip("/")
        return wanted if is_good else None

    def _signature(self, signed: str) -> str:
        digest = hmac.new(self._secret, signed.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


class HostAccess:
    """Answers the action `logs` and the links to statistics."""

    def __init__(self, engine: Callable[[], Engine], tokens: Tokens) -> None:
        self._engine = engine
        self._tokens = tokens

    def logs(self, container: int, fields: Mapping[str, Any], seen: Perspective) -> dict[str, Any]:
        """The `hostAccess` for a container's logs; `fields` are a checked `containerLogs`."""
        host, _ = self._engine().placed(container)
        if host is None:
            raise errors.plain(404)
        wanted = LogsWanted(
            container,
            follow=bool(fields.get("follow", True)),
            lines=int(fields.get("lines", 100)),
            since=str(fields.get("since") or ""),
            timestamps=bool(fields.get("timestamps", True)),
        )
        return {"type": "hostAccess", **self._access("/v1/logs/", wanted, seen)}

    def stats(self, ref: Ref, link: str, containers: Iterable[Ref], seen: Perspective) -> dict[str, Any]:
        """The `statsAccess` behind a link of a row.

        `containers` are those of a service or host; for a project, its hosts. Raises Refused as Rancher
        does for a link that this type does not have (404).
        """
        word = link.lower()
        if ref.kind == "container" and word != "hoststats":
            access = self._of_container(ref, word, seen)
        elif ref.kind == "host":
            access = self._of_host(ref, word, containers, seen)
        elif ref.kind == "service" and word == "containerstats":
            access = self._of_service(containers, seen)
        elif ref.kind == "project" and word == "hoststats":
            access = self._of_project(containers, seen)
        else:
            raise errors.plain(404)
        kind = "statsAccess"
        return {"id": None, "type": kind, "links": {}, "actions": {}, "baseType": kind, **access}

    def links_of(self, host: Ref) -> dict[str, str]:
        """The links to statistics that a host shows: one of Docker does (StatsOutputFilter.java)."""
        if not self._engine().site.docker_hosts:
            return {}
        names = ("stats", "hostStats", "containerStats")
        return {name: f"/hosts/{format_id(host)}/{name.lower()}" for name in names}

    def taken(self, token: str, path: str) -> Wanted | Silence | None:
        """What a token lets in to at this moment. None also when its host's agent is not connected."""
        wanted = self._tokens.taken(token, path)
        if wanted is None or self._is_reachable(wanted):
            return wanted
        return Silence() if path.startswith(_UPGRADED_FIRST) else None

    def _of_container(self, ref: Ref, word: str, seen: Perspective) -> dict[str, Any]:
        engine = self._engine()
        host, docker_id = engine.placed(ref.number)
        if host is None or not engine.site.docker_hosts:
            raise errors.plain(404 if word == "stats" else 500)
        if word == "containerstats":
            self._check_agent(host)
        called = docker_id if word == "containerstats" else ""
        wanted = StatsWanted(((ref,),), {ref: called})
        return self._access(f"/v1/{word}/{docker_id}", wanted, seen)

    def _of_host(self, ref: Ref, word: str, containers: Iterable[Ref], seen: Perspective) -> dict[str, Any]:
        if word == "containerstats":
            self._check_agent(ref.number)
            started = tuple(one for one in containers if self._is_started(one))
            wanted = StatsWanted((started,), {one: format_id(one) for one in started})
            return self._access("/v1/containerstats", wanted, seen)
        if word == "stats":
            return self._access("/v1/stats", StatsWanted(((ref,),), {ref: ""}), seen)
        if not self._engine().agent(ref.number)[1]:
            return self._nothing()
        return self._access("/v1/hoststats", StatsWanted(((ref,),), {ref: format_id(ref)}), seen)

    def _of_service(self, containers: Iterable[Ref], seen: Perspective) -> dict[str, Any]:
        """All its started containers, each by itself: a frame for each, which calls it by Docker's id."""
        engine = self._engine()
        started = [one for one in containers if self._is_started(one) and engine.site.docker_hosts]
        if not started:
            return self._nothing()
        ids = {one: engine.placed(one.number)[1] for one in started}
        wanted = StatsWanted(tuple((one,) for one in started), ids)
        return self._access("/v1/containerstats/service/", wanted, seen)

    def _of_project(self, hosts: Iterable[Ref], seen: Perspective) -> dict[str, Any]:
        active = [host for host in hosts if self._engine().agent(host.number)[1]]
        if not active:
            return self._nothing()
        wanted = StatsWanted(tuple((host,) for host in active), {host: format_id(host) for host in active})
        return self._access("/v1/hoststats/project/", wanted, seen)

    def _access(self, path: str, wanted: Wanted, seen: Perspective) -> dict[str, Any]:
        if not self._engine().site.websocket_proxy:
            raise Refused(501, "HostApiProxyDisabled", message="HostApiProxyDisabled")
        url = seen.prefix.root.replace("http", "ws", 1) + path
        return {"token": self._tokens.give(path, wanted), "url": url}

    def _nothing(self) -> dict[str, Any]:
        """Nothing to tell of: a token all the same, and no address [run]."""
        return {"token": self._tokens.give("", StatsWanted((), {})), "url": None}

    def _check_agent(self, host: int) -> None:
        if not self._engine().agent(host)[1]:
            raise errors.plain(503)

    def _is_started(self, ref: Ref) -> bool:
        engine = self._engine()
        view = engine.view("container", ref.number) or {}
        host, _ = engine.placed(ref.number)
        return view.get("state") not in GONE | BAD and view.get("externalId") is not None and host is not None

    def _is_reachable(self, wanted: Wanted) -> bool:
        connected = [self._engine().agent(host)[0] for host in hosts_of(wanted, self._engine())]
        return bool(connected) and all(connected)


def hosts_of(wanted: Wanted, engine: Engine) -> frozenset[int]:
    """The hosts that something is told by."""
    refs = (
        (Ref("container", wanted.container),)
        if isinstance(wanted, LogsWanted)
        else tuple(ref for group in wanted.groups for ref in group)
    )
    placed = (ref.number if ref.kind == "host" else engine.placed(ref.number)[0] for ref in refs)
    return frozenset(host for host in placed if host is not None)


def _encoded(value: Mapping[str, Any]) -> str:
    raw = json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
