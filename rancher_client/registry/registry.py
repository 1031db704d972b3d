"""One registry, asked with one name and password or with none."""

from __future__ import annotations

import base64
import time
from collections.abc import Collection
from datetime import timedelta
from urllib.parse import urlunsplit

from rancher_client.addresses import server_address
from rancher_client.errors import KeyRefused, NotFound, RancherError, Unusable
from rancher_client.exchange import Reply, about, exchange, tried_again
from rancher_client.registry.answers import (
    ACCEPTED,
    Manifest,
    error_for,
    manifest_in,
    next_query,
    tags_in,
)
from rancher_client.registry.challenges import challenges_in
from rancher_client.registry.reference import checked_repository, is_digest, is_tag
from rancher_client.registry.sign_in import (
    TOKEN_HOSTS,
    Admission,
    Admissions,
    checked_token_host,
    token_address,
    token_in,
)
from rancher_client.retry import PATIENT, Backoff
from rancher_client.transport import Call, DeadlineAdapter

TAGS_A_PAGE = 100
"""What is asked for; a registry may give fewer, or all at once (Debian's does)."""

MOST_TAGS = 100_000
"""A longer list is no answer."""

LARGEST_ANSWER = 4 * 1024 * 1024
"""Bytes; the registry itself takes no larger manifest (distribution:registry/handlers/manifests.go)."""


class Registry:
    """Reads tags and digests; safe to share between threads.

    A question is over after `total_timeout`, with all that it takes: a token, further pages, second tries.
    Redirects are not followed, environment proxies, .netrc, cookies and Docker's own config.json not used,
    certificates always checked. Name and password are sent only when asked for, and only where `sign_in`
    says.
    """

    def __init__(
        self,
        address: str,
        username: str = "",
        password: str = "",
        *,
        token_hosts: Collection[str] = (),
        ca_bundle: str | None = None,
        connect_timeout: timedelta = timedelta(seconds=5),
        total_timeout: timedelta = timedelta(seconds=30),
        user_agent: str = "rancher-client",
        max_bytes: int = LARGEST_ANSWER,
        backoff: Backoff = PATIENT,
    ) -> None:
        """Remember what is given; nothing is sent.

        Args:
            address: `https://registry.example:5000`; a reference knows it as `registry_address`. Over http a
                password would go in the clear.
            username: who asks; empty for nobody in particular.
            token_hosts: hosts ("auth.example" or "auth.example:8443") that may be asked for a token besides
                the registry's own. Docker Hub's is known.
            ca_bundle: path of a PEM file to trust instead of the usual authorities.
            max_bytes: size of the largest answer that is read.

        Raises:
            ValueError: the address carries a credential, path, query or unknown scheme, a token host is no
                host, or the name holds a colon, which Basic authentication cannot carry.
        """
        parts = server_address(address, of="a registry")
        if parts.path.rstrip("/") not in ("", "/v2"):
            raise ValueError("The address of a registry has no path; it belongs to the repository's name.")
        if ":" in username:
            raise ValueError("A name with a colon cannot be sent to a registry.")
        self._origin = parts._replace(path="")
        self.address = urlunsplit(self._origin)
        self.token_hosts = frozenset(
            {*map(checked_token_host, token_hosts), *TOKEN_HOSTS.get(parts.hostname or "", ())}
        )
        self.ca_bundle = ca_bundle
        self.connect_timeout = connect_timeout
        self.total_timeout = total_timeout
        self.max_bytes = max_bytes
        self.backoff = backoff
        key = base64.b64encode(f"{username}:{password}".encode()).decode()
        self._basic = f"Basic {key}" if username else None
        self._headers = {"Accept-Encoding": "identity", "User-Agent": user_agent}
        self._admissions = Admissions()
        self._connections = DeadlineAdapter(connections=8)
        self._to_token_servers = DeadlineAdapter(connections=2)

    def __repr__(self) -> str:
        return f"<Registry {self.address}>"

    def __getstate__(self) -> object:
        raise TypeError("A registry holds a password and connections; it is not copied or stored.")

    def close(self) -> None:
        """Give the pooled connections back. The registry can be asked again afterwards."""
        self._connections.close()
        self._to_token_servers.close()

    def tags(self, repository: str) -> tuple[str, ...]:
        """All tags of a repository, in the registry's order, each once.

        Raises NotFound where the registry does not know the repository, NotAllowed where it does not let us
        see it, KeyRefused where it or its token server does not take name and password, Unreachable,
        OutcomeUnknown, Throttled or Unusable where there is no telling, and ValueError for a name that can
        be none. So do the other questions.
        """
        deadline = self._deadline()
        path = f"{checked_repository(repository)}/tags/list"
        tags: dict[str, None] = {}
        query: str | None = f"n={TAGS_A_PAGE}"
        seen: set[str] = set()
        while query is not None:
            seen.add(query)
            url = f"{self.address}/v2/{path}?{query}"
            reply = self._read("GET", url, repository, deadline, accept="application/json")
            with about("GET", url, reply.status):
                before = len(tags)
                tags |= dict.fromkeys(tags_in(reply.body))
                query = next_query(reply)
                if query is not None and (query in seen or len(tags) == before):
                    raise Unusable("The registry's pages of tags have no end.")
                if len(tags) > MOST_TAGS:
                    raise Unusable(f"The registry lists more than {MOST_TAGS} tags.")
        return tuple(tags)

    def manifest(self, repository: str, wanted: str) -> Manifest:
        """What a tag, or a digest, stands for at this moment. Raises as `tags` does."""
        if not (is_tag(wanted) or is_digest(wanted)):
            raise ValueError(f"{wanted!r} is neither a tag nor a digest.")
        deadline = self._deadline()
        url = f"{self.address}/v2/{checked_repository(repository)}/manifests/{wanted}"
        found = self._manifest("HEAD", url, repository, wanted, deadline)
        return found or self._whole_manifest(url, repository, wanted, deadline)

    def digest(self, repository: str, tag: str) -> str:
        """The digest that a tag stands for at this moment, as Docker shows it. Raises as `tags` does."""
        return self.manifest(repository, tag).digest

    def has_tag(self, repository: str, tag: str) -> bool:
        """Whether the registry has the tag. Raises as `tags` does, but for NotFound, which is a no."""
        try:
            self.manifest(repository, tag)
        except NotFound:
            return False
        return True

    def _deadline(self) -> float:
        return time.monotonic() + self.total_timeout.total_seconds()

    def _manifest(
        self, method: str, url: str, repository: str, wanted: str, deadline: float
    ) -> Manifest | None:
        """None where only the body of a GET can tell: a refused HEAD comes without a word about why."""
        try:
            reply = self._read(method, url, repository, deadline, accept=ACCEPTED)
        except RancherError as error:
            if method == "HEAD" and error.status in (400, 403, 404, 405):
                return None
            raise
        with about(method, url, reply.status):
            return manifest_in(reply, asked=wanted, has_body=method == "GET")

    def _whole_manifest(self, url: str, repository: str, wanted: str, deadline: float) -> Manifest:
        found = self._manifest("GET", url, repository, wanted, deadline)
        assert found is not None  # a body always tells, or `manifest_in` has raised
        return found

    def _read(self, method: str, url: str, repository: str, deadline: float, *, accept: str) -> Reply:
        """A 2xx answer; asked for again while that may help and the time lasts."""
        return tried_again(
            lambda: self._let_in(method, url, repository, deadline, accept),
            deadline=deadline,
            backoff=self.backoff,
        )

    def _let_in(self, method: str, url: str, repository: str, deadline: float, accept: str) -> Reply:
        """A 2xx answer; where the registry wants to know who asks, it is told, once."""
        admission = self._admissions.known(repository, now=time.monotonic())
        reply = self._sent(method, url, admission, deadline, accept)
        if reply.status == 401:
            admission = self._admitted(reply, method, url, repository, deadline)
            reply = self._sent(method, url, admission, deadline, accept)
            if reply.status != 401:
                self._admissions.remember(repository, admission, now=time.monotonic())
        if not 200 <= reply.status < 300:
            has_token = admission is not None and admission.is_token
            raise error_for(reply, method=method, url=url, has_token=has_token)
        return reply

    def _admitted(self, reply: Reply, method: str, url: str, repository: str, deadline: float) -> Admission:
        """What a registry that answers 401 wants to see; a token rather than the password itself."""
        offered = {found.scheme: found for found in challenges_in(reply.headers.get("www-authenticate", ""))}
        if "bearer" in offered:
            with about(method, url, reply.status):
                where = token_address(
                    offered["bearer"], repository, registry=self._origin, token_hosts=self.token_hosts
                )
            return self._token(where, deadline)
        if "basic" in offered and self._basic:
            return Admission(self._basic, is_token=False, until=float("inf"))
        text = "The registry wants to know who asks, in a way or with a name that we do not have."
        raise KeyRefused(text, method=method, url=url, status=reply.status)

    def _token(self, url: str, deadline: float) -> Admission:
        asked_at = time.monotonic()
        reply = self._exchange(self._to_token_servers, "GET", url, self._basic, deadline, "application/json")
        if not 200 <= reply.status < 300:
            raise error_for(reply, method="GET", url=url)
        with about("GET", url, reply.status):
            return token_in(reply.body, asked_at=asked_at)

    def _sent(
        self, method: str, url: str, admission: Admission | None, deadline: float, accept: str
    ) -> Reply:
        header = admission.header if admission else None
        return self._exchange(self._connections, method, url, header, deadline, accept)

    def _exchange(
        self,
        adapter: DeadlineAdapter,
        method: str,
        url: str,
        authorization: str | None,
        deadline: float,
        accept: str,
    ) -> Reply:
        headers = {**self._headers, "Accept": accept}
        if authorization is not None:
            headers["Authorization"] = authorization
        return exchange(
            adapter,
            method,
            url,
            Call(deadline),
            headers=headers,
            connect_timeout=self.connect_timeout,
            ca_bundle=self.ca_bundle,
            max_bytes=self.max_bytes,
        )
