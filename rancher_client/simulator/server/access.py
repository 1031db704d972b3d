"""Who asks, and with which eyes: callers, project scope and the role it gives."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rancher_client.simulator.engine import Ref

from .kinds import SERVICES_OF_V1, STACK_TYPES
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


_REROUTED = SERVICES_OF_V1 | STACK_TYPES | {"environment"}
"""What a v1 request may ask for in order to be handled as one of v2-beta (RequestReRouterHandler.java)."""


@dataclass(frozen=True, slots=True)
class Perspective:
    """Everything that rendering a resource depends on besides the resource.

    `asked_for` is the type the path names; the websocket asks for none (8).
    """

    access: Access
    prefix: Prefix
    asked_for: str = ""

    @property
    def version(self) -> Version:
        """The version the request came by."""
        return self.prefix.version

    @property
    def schemas(self) -> SchemaSet:
        """The schemas the caller sees."""
        return schemas_for(self.prefix.version, self.access.role)

    @property
    def ruling(self) -> SchemaSet:
        """The schemas that rule the whole request, and all that it leads to.

        A v1 request for stacks or services is in truth handled with those of v2-beta, and renamed on the way
        out (1.8); a service that another v1 request leads to is seen with those of v1.
        """
        return schemas_for(Version.V2_BETA, self.access.role) if self.is_rerouted else self.schemas

    @property
    def is_rerouted(self) -> bool:
        """Whether the request is a v1 one for stacks or services."""
        return self.version is Version.V1 and self.asked_for in _REROUTED
