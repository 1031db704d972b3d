"""An admin's connection test: does the server answer, is the key right, what may it do and where.

The only call to Rancher that a page waits for. It changes nothing, and no answer of it, good or bad,
holds the key.
"""

import ipaddress
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from deploytickets.drivers.errors import reason_of
from deploytickets.drivers.explain import sentence
from deploytickets.drivers.opening import open_session, session_of
from rancher_client.cattle import Session, access, projects
from rancher_client.errors import RancherError

if TYPE_CHECKING:
    from deploytickets.catalog.models import RancherServer

HIDDEN = "••••••"


@dataclass(frozen=True, slots=True)
class ProjectFound:
    """A project of Rancher's that the key reaches. `missing`: actions it may not use there."""

    rancher_id: str
    name: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Connection:
    """What the test found. `problem` is a whole sentence, "" when the connection is good."""

    problem: str
    reason: dict[str, Any] | None = None
    rancher_version: str = ""
    key_kind: str = ""
    projects: tuple[ProjectFound, ...] = ()

    @property
    def is_good(self) -> bool:
        return not self.problem


def check(*, base_url: str, access_key: str, secret_key: str, ca_bundle: str = "") -> Connection:
    """Try the address with the key. Never raises for anything that server or network do.

    A wrong key is found out even where Rancher's access control is off, which would otherwise take it
    for the administrator's (rancher-1.6-api.md 1.3).
    """
    try:
        session = open_session(base_url, access_key, secret_key, ca_bundle)
    except ValueError:
        return _bad({"code": "address"}, access_key, secret_key)
    code = _refused_address(session.base_url)
    if code:
        return _bad({"code": code}, access_key, secret_key)
    try:
        found = access.check_key(session)
        reached = tuple(_project(session, project) for project in projects.read_all(session))
    except RancherError as error:
        return _bad(reason_of(error), access_key, secret_key)
    except OSError:
        return _bad({"code": "ca-bundle"}, access_key, secret_key)
    finally:
        session.close()
    return Connection(
        problem="",
        rancher_version=found.rancher_version or "",
        key_kind=found.kind or "",
        projects=reached,
    )


def projects_of(server: "RancherServer") -> list[ProjectFound]:
    """The projects that the server's stored key reaches. Raises the tree of `drivers.errors`."""
    return [
        ProjectFound(project.id, project.name or project.id)
        for project in projects.read_all(session_of(server))
    ]


def _project(session: Session, project: Any) -> ProjectFound:
    missing = access.check_key(session.in_project(project.id)).missing
    return ProjectFound(project.id, project.name or project.id, tuple(sorted(missing)))


def _refused_address(base_url: str) -> str:
    """A code when the address leads where no Rancher is: cloud metadata, multicast, nowhere.

    Private addresses and loopback are allowed: an admin enters them, and that is where Rancher is.
    """
    host = urlsplit(base_url).hostname
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        return "name-unknown"
    addresses = [ipaddress.ip_address(text.partition("%")[0]) for text in found]
    if any(one.is_link_local or one.is_multicast or one.is_unspecified for one in map(_plain, addresses)):
        return "address-forbidden"
    return ""


def _plain(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An IPv4 address written as IPv6 is meant as IPv4."""
    return (isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped) or address


def _bad(reason: dict[str, Any], *secrets: str) -> Connection:
    """The sentence for the reason, with the key taken out should a server have echoed it."""
    told = {name: _without(secrets, value) for name, value in reason.items()}
    return Connection(problem=sentence(told), reason=told)


def _without(secrets: tuple[str, ...], value: Any) -> Any:
    if not isinstance(value, str):
        return value
    for secret in secrets:
        if secret:
            value = value.replace(secret, HIDDEN)
    return value
