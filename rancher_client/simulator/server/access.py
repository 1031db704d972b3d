"""Who asks, and with which eyes: callers, project scope and the role it gives."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rancher_client.simulator.engine import Ref

from .kinds import STACK_TYPES
from .requests import Prefix
from .schemas import Role, SchemaSet, Version, schemas_for


class AccountKind(StrEnum):
    """`X-API-ACCOUNT-KIND`: what the account behind a key is (1.3)."""

    ADMIN = "admin"
    USER = "user"
    PROJECT = "project"
    TOKEN = "token"  # noqa: S105 - the kind of the account that serves logins


@dataclass(frozen=True, slots=True)
class Caller:
    """The account behind the key of a request. `auth_type` as the audit log writes it."""

    account: Ref
    kind: AccountKind
    name: str
    auth_type: str | None = "BasicAuth"


@dataclass(frozen=True, slots=True)
class Access:
    """A caller in a scope: which rows it sees, and with the schemas of which role.

    `project` is None outside every project: then an admin sees all rows, a plain user its own account's.
    """

    caller: Caller
    project: int | None
    role: Role

    @property
    def sees_everything(self) -> bool:
        """An admin outside every project (1.3)."""
        return self.project is None and self.role is Role.ADMIN

    @property
    def account(self) -> Ref:
        """`X-API-ACCOUNT-ID`: the project in a scoped path, else the caller's account."""
        return Ref("project", self.project) if self.project is not None else self.caller.account


_V2_KINDS = frozenset({"service", "stack"})


@dataclass(frozen=True, slots=True)
class Perspective:
    """Everything that rendering a resource depends on besides the resource.

    `rerouted`: v1 requests for stacks and services are in truth handled with v2-beta schemas and renamed
    on the way out (1.8); the websocket below `/v1` knows only the v1 schemas (8). `asked_for` is the type
    the path names: what lies behind its links is seen with the schemas of that request.
    """

    access: Access
    prefix: Prefix
    rerouted: bool = True
    asked_for: str = ""

    @property
    def version(self) -> Version:
        """The version the request came by."""
        return self.prefix.version

    @property
    def schemas(self) -> SchemaSet:
        """The schemas the caller sees."""
        return schemas_for(self.prefix.version, self.access.role)

    def schemas_of(self, kind: str) -> SchemaSet:
        """The schemas that rule rows of this kind."""
        if self.is_rerouted or (self.version is Version.V1 and self.rerouted and kind in _V2_KINDS):
            return schemas_for(Version.V2_BETA, self.access.role)
        return self.schemas

    @property
    def is_rerouted(self) -> bool:
        """Whether the whole request is a v1 one for stacks or services (RequestReRouterHandler)."""
        asked = self.asked_for
        v1 = self.version is Version.V1 and self.rerouted
        return v1 and (asked in _V2_KINDS | STACK_TYPES or asked.endswith("Service"))

    @property
    def id_version(self) -> Version:
        """The version whose form references to other rows take in the fields."""
        return Version.V2_BETA if self.rerouted else self.version
