"""`/localauthconfigs`: whether access control is on, and who the administrator is (rancher-1.6-api.md 1.3).

Source: LocalAuthConfigManager. Only admins see the type.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .answers import Answer, Done
from .collections import collection
from .directory import Directory

_SECURITY = "api.security.enabled"
_PROVIDER = "api.auth.provider.configured"
_ACCESS_MODE = "api.auth.local.access.mode"


def shown(url: str, directory: Directory) -> Answer:
    """GET: one row that tells the state and no names."""
    access_mode = directory.settings.get(_ACCESS_MODE)
    row = _config("", "", None, access_mode, enabled=directory.access_control)
    listed = collection(resource_type="localAuthConfig", url=url, query=None, schema=None, data=[row])
    return Answer(200, listed)


def set_up(body: Mapping[str, Any], directory: Directory) -> Answer:
    """POST: switch access control on or off; a user name makes the administrator one who can log in.

    The answer repeats the password, as a live server does [run].
    """
    enabled = body.get("enabled")
    username, name, password = (body.get(key) for key in ("username", "name", "password"))
    directory.access_control = bool(enabled)
    directory.settings[_SECURITY] = "true" if enabled else "false"
    if enabled is None:
        directory.settings[_PROVIDER] = "none"
        return Answer(201, _config("", "", "", body.get("accessMode"), enabled=False), done=_done())
    if username:
        directory.make_administrator(str(username), str(password or ""), name)
    directory.settings[_PROVIDER] = "localAuthConfig"
    directory.settings[_ACCESS_MODE] = str(body.get("accessMode") or "")
    answer = _config(username, name, password, body.get("accessMode"), enabled=bool(enabled))
    return Answer(201, answer, done=_done())


def _done() -> Done:
    return Done("create", "localAuthConfig")


def _config(username: Any, name: Any, password: Any, access_mode: Any, *, enabled: bool) -> dict[str, Any]:
    return {
        "id": None,
        "type": "localAuthConfig",
        "links": {},
        "actions": {},
        "baseType": "localAuthConfig",
        "accessMode": access_mode,
        "enabled": enabled,
        "name": name,
        "password": password,
        "username": username,
    }
