"""API keys and settings, as far as a tool that deploys needs them (rancher-1.6-api.md 12).

Keys do not expire. To exchange one: `create_environment_key`, use it, `deactivate` the old one, `remove` it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rancher_client.cattle import single
from rancher_client.cattle.fields import Fields
from rancher_client.cattle.resources import ApiKey
from rancher_client.cattle.session import SendBy, Session


def create_environment_key(
    session: Session, name: str, *, description: str = "", send_by: SendBy | None = None
) -> ApiKey:
    """Make a key of the session's project, with the rights of a member. Any role but readonly may.

    `ApiKey.secret` is in this answer and nowhere else afterwards. Usable at once, `active` a moment later.
    """
    body = {"name": name, "description": description}
    return session.change("POST", session.url("apikeys"), ApiKey.parse, body=body, send_by=send_by)


def get(session: Session, key_id: str) -> ApiKey:
    """One key of the project, without its secret."""
    return single.read(session, "apikeys", key_id, ApiKey.parse)


def deactivate(session: Session, key_id: str, *, send_by: SendBy | None = None) -> ApiKey:
    """Shut a key: 401 from the next request on; open websockets go on (trap 56)."""
    return single.act(session, "apikeys", key_id, "deactivate", ApiKey.parse, send_by=send_by)


def activate(session: Session, key_id: str, *, send_by: SendBy | None = None) -> ApiKey:
    """Bring a deactivated key back."""
    return single.act(session, "apikeys", key_id, "activate", ApiKey.parse, send_by=send_by)


def remove(session: Session, key_id: str, *, send_by: SendBy | None = None) -> ApiKey:
    """Remove a deactivated key; NotOffered for an active one."""
    return single.act(session, "apikeys", key_id, "remove", ApiKey.parse, send_by=send_by)


def setting(session: Session, name: str) -> str | None:
    """A setting of the server ("rancher.server.version"), None where it is empty.

    A key that is no admin's sees some 20 of 650; NotFound for the others.
    """
    return session.read(session.unscoped_url("settings", name), _value)


def _value(body: Mapping[str, Any]) -> str | None:
    return Fields(body, "setting").text_or_none("value") or None
