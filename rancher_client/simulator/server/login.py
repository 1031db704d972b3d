"""`/token`: whether access control is on, and logging in (rancher-1.6-api.md 1.3). Needs no key."""

from __future__ import annotations

from typing import Any

from rancher_client.simulator.engine import Ref

from . import errors
from .access import AccountKind, Caller
from .answers import Answer
from .collections import collection
from .directory import Directory
from .ids import format_id
from .requests import Prefix, Request, body_of

CALLER = Caller(Ref("account", 4), AccountKind.TOKEN, "token", None)
"""The account of the server's own that these answers are given to."""


def answer(request: Request, prefix: Prefix, directory: Directory) -> Answer:
    """GET: a list with one token that tells the state of access control; POST: a login.

    Raises Refused 401 for a wrong name or password.
    """
    if request.method == "GET":
        listed = collection(
            resource_type="token",
            url=prefix.root + request.path,
            query=None,
            schema=None,
            data=[_token(directory)],
        )
        return Answer(200, listed)
    login, _, password = str(body_of(request).get("code", "")).partition(":")
    found = directory.log_in(login, password)
    if found is None:
        raise errors.plain(401)
    account, jwt = found
    identifier = format_id(Ref("account", account.id))
    identity = {
        "externalId": identifier,
        "profilePicture": None,
        "name": account.name,
        "externalIdType": "rancher_id",
        "profileUrl": None,
        "login": account.login,
        "role": None,
        "projectId": None,
        "user": False,
        "id": f"rancher_id:{identifier}",
        "all": None,
    }
    known = {"accountId": identifier, "jwt": jwt, "user": account.login, "userType": account.kind}
    return Answer(201, {**_token(directory), **known, "userIdentity": identity})


def _token(directory: Directory) -> dict[str, Any]:
    security = directory.access_control
    return {
        "id": None,
        "type": "token",
        "links": {},
        "actions": {},
        "baseType": "token",
        "accountId": None,
        "authProvider": "localAuthConfig" if security else None,
        "code": None,
        "enabled": security,
        "jwt": None,
        "originalLogin": None,
        "redirectUrl": None,
        "security": security,
        "user": None,
        "userIdentity": None,
        "userType": None,
    }
