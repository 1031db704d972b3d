"""How a request is let in: by name and password, or by a token that another server gives for them.

What may be sent where:

* The password goes to the registry itself when it asks for Basic authentication, and to a token server when
  it asks for a token. Nowhere else.
* A token server is one at the registry's own host and port, or one that the caller has named. Another one
  that a registry points to is asked nothing, not even without a password: which machines we call is no
  registry's to say.
* Nothing that was asked over TLS goes on without it.
* A token is for reading one repository, whatever wider one the registry proposes, and goes to the registry
  only.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from rancher_client.addresses import origin_of, server_address
from rancher_client.errors import Unusable
from rancher_client.registry.challenges import Challenge
from rancher_client.registry.reference import DOCKER_HUBS_API
from rancher_client.strict_json import json_in

TOKEN_HOSTS: Mapping[str, Collection[str]] = {DOCKER_HUBS_API: ("auth.docker.io",)}
"""Token servers that are known to belong to a registry at another host."""

LIFE_IF_NOT_TOLD = 60
"""Seconds that a token lasts when its server does not say (docs/spec/auth/token.md)."""

LONGEST_LIFE = 3600
"""Seconds after which a new token is asked for, whatever its server says."""

_EARLY = 5
"""Seconds before its end at which a token is no longer used: the request has to arrive."""

_MOST_REMEMBERED = 1000
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,16384}=*")  # RFC 6750, 2.1


@dataclass(frozen=True, slots=True)
class Admission:
    """A value for the header Authorization. `until` is monotonic time."""

    header: str = field(repr=False)
    is_token: bool
    until: float


class Admissions:
    """What let us in, by repository; safe to share between threads."""

    def __init__(self) -> None:
        self._known: dict[str, Admission] = {}
        self._lock = threading.Lock()

    def known(self, repository: str, *, now: float) -> Admission | None:
        """What let us in there before and still does at `now`."""
        with self._lock:
            found = self._known.get(repository)
        return found if found and now < found.until else None

    def remember(self, repository: str, admission: Admission, *, now: float) -> None:
        """Use it from now on."""
        with self._lock:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known = {name: known for name, known in self._known.items() if now < known.until}
                while len(self._known) >= _MOST_REMEMBERED:
                    del self._known[next(iter(self._known))]
            self._known[repository] = admission


def token_address(
    challenge: Challenge, repository: str, *, registry: SplitResult, token_hosts: Collection[str]
) -> str:
    """Where the token that a registry wants is given.

    Raises Unusable, with code "TokenServer", where that is no address that may be asked; see above.
    """
    realm = challenge.parameters.get("realm", "")
    try:
        parts = urlsplit(realm)
        server_address(urlunsplit(parts._replace(query="")), of="a token server")
        origin = origin_of(parts)
    except ValueError:
        raise _refused("The registry names no address to get a token from.") from None
    own = origin_of(registry)
    if origin[0] == "http" and own[0] == "https":
        raise _refused("The registry sends us to a token server without TLS.")
    may_ask = {own[1:], *(_host(name, origin[0]) for name in token_hosts)}
    if origin[1:] not in may_ask:
        raise _refused(
            f"The registry sends us to {parts.netloc[:200]} for a token, which nobody named to us."
        )
    query = parse_qsl(parts.query)
    query += [("service", challenge.parameters["service"])] if "service" in challenge.parameters else []
    query += [("scope", f"repository:{repository}:pull")]
    return urlunsplit(parts._replace(query=urlencode(query)))


def token_in(body: bytes, *, asked_at: float) -> Admission:
    """The token in a token server's 2xx answer (docs/spec/auth/token.md, "Token Response Fields").

    `asked_at` is the monotonic time before the asking: the other machine's clock is not believed.
    Raises Unusable where there is none.
    """
    value = json_in(body)
    given = value if isinstance(value, dict) else {}
    token = given.get("token") or given.get("access_token")
    life = given.get("expires_in", LIFE_IF_NOT_TOLD)
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise Unusable("The token server's answer holds no token.")
    if isinstance(life, bool) or not isinstance(life, int | float) or not life >= 0:
        raise Unusable("The token server says no number of seconds for how long its token lasts.")
    return Admission(f"Bearer {token}", is_token=True, until=asked_at + min(life, LONGEST_LIFE) - _EARLY)


def checked_token_host(name: str) -> str:
    """`name` when it is a host, with or without a port; raises ValueError otherwise."""
    parts = server_address(f"https://{name}", of="a token server")
    if parts.path:
        raise ValueError(f"{name!r} is no host, with or without a port.")
    return name


def _host(name: str, scheme: str) -> tuple[str, int]:
    return origin_of(urlsplit(f"{scheme}://{name}"))[1:]


def _refused(text: str) -> Unusable:
    return Unusable(text, code="TokenServer")
