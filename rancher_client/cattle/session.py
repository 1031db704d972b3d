"""One key on one Rancher 1.6 server: how requests are made, whatever they are about.

Source for everything about Rancher here: rancher-1.6-api.md 1.1 to 1.3, 2, 12.1 and 13.4.
"""

from __future__ import annotations

import base64
import json
import re
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlunsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from rancher_client.addresses import server_address
from rancher_client.cattle import answers
from rancher_client.exchange import about, exchange, tried_again
from rancher_client.retry import PATIENT, Backoff
from rancher_client.transport import Call, DeadlineAdapter


class ApiVersion(StrEnum):
    """The two versions of the API (1.1). They differ in names, not in behaviour (1.8)."""

    V2_BETA = "v2-beta"
    """What the 1.6 UI, command line and compose executor speak."""
    V1 = "v1"
    """What old playbooks speak; stacks are called environments there, and have ids like 1e7."""


SendBy = datetime | Callable[[], bool]
"""Until when a changing call may be sent: an aware time, compared with this machine's clock, or a question
that answers True as long as it may. Prefer the question, asked of the monotonic clock, where the time was
given by another machine's clock."""

Params = Mapping[str, str | int | bool]

_T = TypeVar("_T")
_PATH_PART = re.compile(r"[0-9A-Za-z][0-9A-Za-z!._:-]{0,127}")


@dataclass(frozen=True, slots=True)
class Answer:
    """A 2xx answer: its decoded body and its headers, names in lower case."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str]


class Session:
    """Makes requests with one key; safe to share between threads.

    A request is over after `total_timeout`, a read after `read_timeout`, whatever the server does:
    connecting, sending, a trickled body, second tries of a read. Reads share a pool of connections and are
    tried again with back-off. A changing call is made once, on a fresh connection of its own, since Rancher
    closes idle ones after 30 s (12.1).
    Redirects are not followed, environment proxies, .netrc and cookies not used, certificates always checked.

    The header `X-ENFORCE-AUTHENTICATION` goes with every request: without it a server whose access control
    is off takes a wrong or revoked key for the administrator (1.3).
    """

    def __init__(
        self,
        base_url: str,
        access_key: str,
        secret_key: str,
        *,
        project: str | None = None,
        api_version: ApiVersion | str = ApiVersion.V2_BETA,
        ca_bundle: str | None = None,
        connect_timeout: timedelta = timedelta(seconds=5),
        total_timeout: timedelta = timedelta(seconds=30),
        read_timeout: timedelta | None = None,
        user_agent: str = "rancher-client",
        max_bytes: int = 32 * 1024 * 1024,
        backoff: Backoff = PATIENT,
    ) -> None:
        """Remember the key; nothing is sent.

        Args:
            base_url: `https://rancher.example:8443`, with or without `/v1` or `/v2-beta` at its end.
            project: Rancher's project id ("1a5"); needed for all but `check_key`, `projects`, `keys` and
                `processes`.
            api_version: "v1" or "v2-beta".
            read_timeout: for reads, where they are to be given up sooner than a changing call.
            ca_bundle: path of a PEM file to trust instead of the usual authorities.
            max_bytes: size of the largest answer that is read, after unpacking.

        Raises:
            ValueError: the address carries a credential, query or unknown scheme, there is no such version,
                or the user agent would be taken for a browser's (1.1).
        """
        if "mozilla" in user_agent.lower():
            raise ValueError("Rancher answers a user agent with 'mozilla' in it like a browser.")
        self.base_url = _checked_base(base_url)
        self.project = None if project is None else checked_part(project)
        self.api_version = ApiVersion(api_version)
        self.ca_bundle = ca_bundle
        self.connect_timeout = connect_timeout
        self.total_timeout = total_timeout
        self.read_timeout = read_timeout or total_timeout
        self.user_agent = user_agent
        self.max_bytes = max_bytes
        self.backoff = backoff
        key = base64.b64encode(f"{access_key}:{secret_key}".encode()).decode()
        self._headers = {
            "Authorization": f"Basic {key}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "Cache-Control": "no-cache",
            "User-Agent": user_agent,
            "X-API-No-Challenge": "true",
            "X-ENFORCE-AUTHENTICATION": "true",
        }
        self._reading = DeadlineAdapter(connections=8)

    def __repr__(self) -> str:
        return f"<Session {self.base_url} project={self.project}>"

    def __getstate__(self) -> object:
        raise TypeError("A session holds a key and connections; it is not copied or stored.")

    def close(self) -> None:
        """Give the pooled connections back. The session can be used again afterwards."""
        self._reading.close()

    def in_project(self, project: str) -> Session:
        """The same key and connections, scoped to `project`."""
        return self._with(project=checked_part(project))

    def in_version(self, api_version: ApiVersion | str) -> Session:
        """The same key, connections and project in the other version of the API."""
        return self._with(api_version=ApiVersion(api_version))

    def url(self, *parts: str, action: str | None = None, params: Params | None = None) -> str:
        """The address of a resource below the project, built from our own base and ids (1.2)."""
        if self.project is None:
            raise ValueError("This session has no project; see in_project().")
        return self._url(("projects", self.project, *parts), action, params)

    def unscoped_url(self, *parts: str, action: str | None = None, params: Params | None = None) -> str:
        """The address of a resource outside any project."""
        return self._url(parts, action, params)

    def websocket_url(self, *parts: str, params: Params) -> str:
        """The same as `url`, for a websocket."""
        return re.sub(r"^http", "ws", self.url(*parts, params=params))

    def websocket_root(self) -> str:
        """Our own base for a websocket that lies outside both versions of the API (6.3)."""
        return re.sub(r"^http", "ws", self.base_url)

    def websocket_headers(self) -> dict[str, str]:
        """Headers that identify us in a websocket's handshake. They hold the key: never log them."""
        wanted = ("Authorization", "X-API-No-Challenge", "X-ENFORCE-AUTHENTICATION")
        return {name: self._headers[name] for name in wanted}

    def tls(self) -> ssl.SSLContext:
        """The same trust as `requests` has, for a websocket."""
        return ssl.create_default_context(cafile=self.ca_bundle or DEFAULT_CA_BUNDLE_PATH)

    def read(self, url: str, parse: Callable[[Mapping[str, Any]], _T]) -> _T:
        """GET `url` and parse the body; tried again while it may help and the time lasts.

        Raises Unreachable, OutcomeUnknown, Unusable or a Refused; see `rancher_client.errors`.
        """
        answer = self.answer(url)
        with about("GET", url, answer.status):
            return parse(answer.body)

    def answer(self, url: str) -> Answer:
        """GET `url` with its headers; raises as `read` does."""
        deadline = time.monotonic() + self.read_timeout.total_seconds()
        return tried_again(
            lambda: self._exchange(self._reading, "GET", url, None, Call(deadline)),
            deadline=deadline,
            backoff=self.backoff,
        )

    def change(
        self,
        method: str,
        url: str,
        parse: Callable[[Mapping[str, Any]], _T],
        *,
        body: Mapping[str, Any] | None = None,
        send_by: SendBy | None = None,
    ) -> _T:
        """Send a POST, PUT or DELETE once, on a connection of its own, and parse the answer.

        `send_by` is asked after TCP and TLS stand, right before the first byte.

        Raises:
            NotSent: `send_by` was over.
            Unreachable, Refused: surely not accepted.
            OutcomeUnknown, Unusable: it may have been; read before anything else.
        """
        call = Call(time.monotonic() + self.total_timeout.total_seconds(), _question(send_by))
        adapter = DeadlineAdapter(connections=1)
        try:
            answer = self._exchange(adapter, method, url, body or {}, call)
        finally:
            adapter.close()
        with about(method, url, answer.status):
            return parse(answer.body)

    def _with(self, **changed: object) -> Session:
        other = object.__new__(Session)
        other.__dict__.update(self.__dict__, **changed)
        return other

    def _url(self, parts: tuple[str, ...], action: str | None, params: Params | None) -> str:
        path = "/".join(quote(checked_part(part), safe="!:") for part in parts)
        url = f"{self.base_url}/{self.api_version}/{path}"
        if action is not None:
            return f"{url}/?action={checked_part(action)}"
        query = {name: _query_value(value) for name, value in (params or {}).items()}
        return f"{url}?{urlencode(query)}" if query else url

    def _exchange(
        self, adapter: DeadlineAdapter, method: str, url: str, body: Mapping[str, Any] | None, call: Call
    ) -> Answer:
        headers = dict(self._headers)
        data = None
        if body is not None:
            headers |= {"Content-Type": "application/json", "Connection": "close"}
            data = json.dumps(body, separators=(",", ":")).encode()
        reply = exchange(
            adapter,
            method,
            url,
            call,
            headers=headers,
            data=data,
            connect_timeout=self.connect_timeout,
            ca_bundle=self.ca_bundle,
            max_bytes=self.max_bytes,
        )
        if not 200 <= reply.status < 300:
            wait = reply.retry_after
            raise answers.error_for(reply.status, reply.body, method=method, url=url, retry_after=wait)
        with about(method, url, reply.status):
            return Answer(reply.status, answers.decoded(reply.body), reply.headers)


def checked_part(part: str) -> str:
    """`part` when it can stand in a path; an empty id would be answered unscoped (trap 60).

    Raises ValueError otherwise.
    """
    if not _PATH_PART.fullmatch(part):
        raise ValueError(f"{part!r} is no id or name of Rancher's.")
    return part


def _checked_base(base_url: str) -> str:
    parts = server_address(base_url, of="a Rancher server")
    path = re.sub(r"/(v1|v2-beta)$", "", parts.path.rstrip("/"))
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def _question(send_by: SendBy | None) -> Callable[[], bool] | None:
    if isinstance(send_by, datetime):
        limit = send_by
        return lambda: datetime.now(UTC) < limit
    return send_by


def _query_value(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
