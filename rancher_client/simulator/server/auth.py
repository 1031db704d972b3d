"""Authentication and scope: from headers and path to an access (rancher-1.6-api.md 1.2, 1.3)."""

from __future__ import annotations

import base64
import binascii

from rancher_client.simulator.engine import Ref

from . import errors
from .access import Access, AccountKind, Caller
from .directory import Directory
from .ids import number_of
from .requests import Address, Request
from .schemas import Role
from .tables import Tables

CHALLENGE = 'Basic realm="Enter API access key and secret key as username and password"'
_BEARER_USER = "x-api-bearer="


class Authenticator:
    """Says who a request is from and in which project it moves."""

    def __init__(self, directory: Directory, tables: Tables) -> None:
        self._directory = directory
        self._tables = tables

    def caller(self, request: Request) -> Caller:
        """The account behind the request. Raises Refused 401.

        With access control off everybody without a good key is silently admin, unless the request
        insists with `X-ENFORCE-AUTHENTICATION`; a good key keeps its own rights (1.3).
        """
        owner, auth_type = self._owner(request)
        if owner is not None:
            return self._caller_of(owner, auth_type)
        insists = request.headers.get("x-enforce-authentication", "").lower() == "true"
        if self._directory.access_control or insists:
            raise errors.plain(401)
        return self._caller_of(Ref("account", self._directory.admin().id), "AdminAuth")

    def challenges(self, request: Request) -> bool:
        """Whether a 401 carries `WWW-Authenticate`."""
        quiet = request.headers.get("x-api-no-challenge", "").lower() == "true"
        return self._directory.access_control and not quiet

    def access(self, caller: Caller, request: Request, address: Address) -> Access:
        """The access of a caller in the project of the path, the header, the query or the login.

        Raises Refused 403 for a project that is unknown, unreadable, removed or not the caller's.
        """
        wanted = (
            address.project
            or request.headers.get("x-api-project-id")
            or request.parameter("projectId")
            or _project_of_bearer(request)
        )
        if wanted:
            number = number_of(wanted)
            role = None if number is None else self._role(caller, number)
            if number is None or role is None:
                raise errors.plain(403)
            return Access(caller, number, role)
        if caller.kind is AccountKind.PROJECT:
            return Access(caller, caller.account.number, Role.ENVIRONMENT_KEY)
        return Access(caller, None, Role.ADMIN if caller.kind is AccountKind.ADMIN else Role.UNSCOPED_USER)

    def _role(self, caller: Caller, project: int) -> Role | None:
        view = self._tables.view(Ref("project", project))
        if view is None or view.get("state") in ("removing", "removed", "purged"):
            return None
        if caller.kind is AccountKind.PROJECT:
            return Role.ENVIRONMENT_KEY if caller.account.number == project else None
        if caller.kind is AccountKind.ADMIN:
            return Role.OWNER
        return self._directory.role_in(caller.account.number, project)

    def _owner(self, request: Request) -> tuple[Ref | None, str]:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._directory.owner_of_login(value.strip()), "TokenAuth"
        if scheme.lower() == "basic":
            user, password = _basic(value)
            if user.startswith(_BEARER_USER):
                return self._directory.owner_of_login(password), "TokenAuth"
            return self._directory.owner_of_key(user, password), "BasicAuth"
        return self._directory.owner_of_login(request.cookies.get("token", "")), "TokenAuth"

    def _caller_of(self, owner: Ref, auth_type: str) -> Caller:
        view = self._tables.view(owner) or {}
        kind = AccountKind.PROJECT if owner.kind == "project" else AccountKind(view["kind"])
        return Caller(owner, kind, view.get("name") or "", auth_type)


def _project_of_bearer(request: Request) -> str | None:
    """The project in the user name of a login sent as Basic, `x-api-bearer=1a5` (1.3)."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    user = _basic(value)[0] if scheme.lower() == "basic" else ""
    return user.removeprefix(_BEARER_USER) if user.startswith(_BEARER_USER) else None


def _basic(value: str) -> tuple[str, str]:
    """User and password of a Basic header; empty ones for an unreadable value, which fit no key."""
    try:
        user, _, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password
