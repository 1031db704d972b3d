"""One HTTP request as the API reads it: path words, prefix, query, body."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

from rancher_client.simulator.engine import Outcome

from . import errors
from .schemas import Version

_SLASHES = re.compile(r"/{2,}")


@dataclass(frozen=True, slots=True)
class Race:
    """Whether a request was under way together with another one on the same row (5.7).

    `outcome` orders how two upgrades at once end; otherwise chance decides.
    """

    overlapping: bool = False
    outcome: Outcome | None = None


ALONE = Race()


@dataclass(frozen=True, slots=True)
class Request:
    """What came in. Header names are lower-case, of a repeated header the first counts."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    query_text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    peer: str = "127.0.0.1"
    race: Race = ALONE

    def parameter(self, name: str) -> str | None:
        """The first value of a query parameter."""
        return next((value for key, value in self.query if key == name), None)

    def with_single_slashes(self) -> Request:
        """As the proxy in front of a server passes it on (websocket-proxy:proxy/proxy.go pathCleaner)."""
        return replace(self, path=_SLASHES.sub("/", self.path))

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies of the request."""
        pairs = (part.strip().partition("=") for part in self.headers.get("cookie", "").split(";"))
        return {name: value for name, _, value in pairs if name}

    @property
    def client_ip(self) -> str:
        """The first entry of `X-Forwarded-For`, else the peer (1.1)."""
        return self.headers.get("x-forwarded-for", self.peer).split(",")[0].strip()

    @property
    def is_browser(self) -> bool:
        """A User-Agent with `mozilla`: gets CSRF cookies and, with `Accept: */*`, HTML (1.1)."""
        return "mozilla" in self.headers.get("user-agent", "").lower()

    @property
    def wants_html(self) -> bool:
        """Only a browser with exactly `Accept: */*` gets the API browser's page (1.1)."""
        asks_json = (self.parameter("_format") or "").lower() == "json"
        return self.is_browser and self.headers.get("accept") == "*/*" and not asks_json


@dataclass(frozen=True, slots=True)
class Prefix:
    """Where links of an answer begin: they repeat the prefix the request came with (1.2)."""

    root: str
    version: Version
    project: str = ""

    @property
    def base(self) -> str:
        """`http://host:port/v2-beta` with `/projects/<id>` if the path had it."""
        return f"{self.root}/{self.version}{self.project}"

    def url(self, path: str) -> str:
        """A URL below the prefix; `path` begins with a slash."""
        return self.base + path


@dataclass(frozen=True, slots=True)
class Address:
    """A path taken apart. `words` are the parts below the prefix: type, id, link, ...

    An empty `project` stood in the path without an id: it scopes nothing, but links repeat it (1.2).
    """

    version: Version
    project: str | None
    words: tuple[str, ...]
    at_root: bool = False


def address_of(path: str) -> Address | None:
    """The parts of a path, None when it is outside both versions (1.1).

    Double and trailing slashes do not matter.
    """
    words = path.split("/")[1:]
    if path in ("", "/"):
        return Address(Version.V1, None, (), at_root=True)
    if words[0] not in tuple(Version):
        return None
    version, rest = Version(words[0]), words[1:]
    if len(rest) > 2 and rest[0].lower() in ("projects", "project"):
        project, below = rest[1], [word for word in rest[2:] if word]
        if below and below[0].lower() not in ("projectmembers", "projectmember"):
            return Address(version, project, tuple(below))
    return Address(version, None, tuple(word for word in rest if word))


def root_of(request: Request) -> str:
    """Scheme, host and port that links show, from `Host` and `X-Forwarded-*` (1.2).

    `X-Forwarded-Host` and `-Port` count only together with `X-Forwarded-Proto`.
    """
    headers = request.headers
    proto = headers.get("x-forwarded-proto")
    host = headers.get("host", "localhost")
    if proto is None:
        return f"http://{host}"
    forwarded = headers.get("x-forwarded-host")
    if forwarded is None:
        return f"{proto}://{host}"
    host = forwarded.partition(":")[0]
    port = headers.get("x-forwarded-port") or forwarded.partition(":")[2]
    usual = {"https": "443", "http": "80"}.get(proto)
    return f"{proto}://{host}" if not port or port == usual else f"{proto}://{host}:{port}"


def body_of(request: Request) -> dict[str, Any]:
    """The body as an object; whatever is no object counts as an empty one (1.7).

    Raises Refused 400 for anything that is neither JSON nor a form. The content type is looked at
    only to tell a form; text after the JSON value is ignored; of a repeated key the last counts.
    """
    if not request.body.strip():
        return {}
    try:
        text = request.body.decode("utf-8").lstrip()
    except UnicodeDecodeError:
        raise errors.unreadable_body() from None
    if "form-urlencoded" in request.headers.get("content-type", "").lower() and not text.startswith("{"):
        return dict(parse_qsl(text, keep_blank_values=True))
    try:
        value, _ = json.JSONDecoder().raw_decode(text)
    except ValueError:
        raise errors.unreadable_body() from None
    return value if isinstance(value, dict) else {}
