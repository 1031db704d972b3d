"""Rows that no engine moves: accounts, keys, registration tokens, registries, members, logins and settings.

Their states and the actions offered in them are those of the server (rancher-1.6-api.md 11, 12).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rancher_client.simulator.engine import Ref

from .access import AccountKind
from .schemas import Role

SETTLES = 0.02
"""Seconds a key or token needs from one state to the next: it worked 10 ms after the 201 [run]."""

_OFFERED = {
    "registering": frozenset({"activate", "deactivate", "remove"}),
    "activating": frozenset({"deactivate"}),
    "active": frozenset({"deactivate", "update"}),
    "inactive": frozenset({"activate", "remove", "update"}),
    "removed": frozenset({"purge"}),
}
_OF_ACCOUNTS = {"active": frozenset({"upgrade"})}
"""What accounts offer besides."""

_PROCESSES = {
    "activate": ("activating", "active"),
    "create": ("registering", "active"),
    "deactivate": ("deactivating", "inactive"),
    "remove": ("removing", "removed"),
    "upgrade": ("upgrading", "active"),
}
USABLE = ("registering", "activating", "active")

DEFAULT_SETTINGS = {
    "account.version": "2",
    "agent.image": "rancher/agent:v1.2.11",
    "api.host": "",
    "registry.default": "",
    "registry.whitelist": "",
    "rancher.server.version": "v1.6.30",
    "ui.pl": "rancher",
}
"""The settings of a new server (12)."""


@dataclass(slots=True)
class Row:
    """A row with a life: `state` becomes `settles_to` at `settles_at` (virtual epoch seconds)."""

    id: int
    uuid: str
    created: float | None
    """None for the row that came with the server."""
    name: str | None = None
    description: str | None = None
    state: str = "active"
    settles_to: str | None = None
    settles_at: float = 0.0
    removed: float | None = None

    def offered(self) -> frozenset[str]:
        """The actions whose process may start from the present state."""
        return _OFFERED.get(self.state, frozenset())

    def begin(self, action: str, now: float) -> None:
        """Start a process: transitional state now, its end a moment later."""
        self.state, self.settles_to = _PROCESSES[action]
        self.settles_at = now + SETTLES

    def settle(self, now: float) -> None:
        """Finish the process whose time has come."""
        if self.settles_to is not None and now >= self.settles_at:
            self.state, self.settles_to = self.settles_to, None
            if self.state == "removed":
                self.removed = self.settles_at

    def shown(self) -> dict[str, Any]:
        """The fields that every row has."""
        moving = self.settles_to is not None
        return {
            "name": self.name,
            "description": self.description,
            "state": self.state,
            "created": self.created,
            "removed": self.removed,
            "uuid": self.uuid,
            "transitioning": "yes" if moving else "no",
            "transitioningMessage": "In Progress" if moving else None,
            "transitioningProgress": None,
        }


@dataclass(slots=True)
class Account(Row):
    """A user, an admin, or one of the server's own accounts."""

    kind: str = AccountKind.USER
    login: str | None = None
    password: str | None = None
    external_id: str | None = None
    version: str | None = "2"

    def offered(self) -> frozenset[str]:
        """What every row offers, and the upgrade of an account of an older server."""
        return Row.offered(self) | _OF_ACCOUNTS.get(self.state, frozenset())

    def shown(self) -> dict[str, Any]:
        """The row as an account; the identity has its number."""
        return Row.shown(self) | {
            "kind": self.kind,
            "version": self.version,
            "identity": f"1i!rancher_id:{self.id}",
            "externalId": self.external_id,
            "externalIdType": "rancher_id" if self.external_id is not None else None,
        }


@dataclass(slots=True)
class Credential(Row):
    """An API key or a registration token of an account or a project, or the login of a registry.

    `secret` is a keyed hash, and empty for a login without one.
    """

    kind: str = "apiKey"
    owner_kind: str = "project"
    owner: int = 0
    public: str | None = ""
    """The access key, or the user name at the registry, which may be left out."""
    secret: str = ""
    registry: int | None = None
    """The registry that it is a login of; None for keys and tokens."""

    @property
    def account(self) -> Ref:
        """The account or project it belongs to."""
        return Ref(self.owner_kind, self.owner)

    @property
    def certified_name(self) -> str | None:
        """Whom a certificate names: the access key or the user; None where one of two halves is missing."""
        return self.public if self.secret else None


@dataclass(slots=True)
class Registry(Row):
    """A Docker registry of a project, as the UI keeps them (12)."""

    project: int = 0
    address: str = ""


@dataclass(slots=True)
class Member(Row):
    """An account's role in a project."""

    project: int = 0
    account: int = 0
    role: str = Role.MEMBER


@dataclass(slots=True)
class Login:
    """A token given at login (1.3)."""

    account: int
    until: float


def belongs_to(row: Row, project: int) -> bool:
    """Whether a row is one of a project; an account is none of any."""
    if isinstance(row, Credential):
        return row.account == Ref("project", project)
    return isinstance(row, Member | Registry) and row.project == project
