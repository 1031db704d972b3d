"""Stacks as shells that hold services; Rancher's own stack actions are not used (rancher-1.6-api.md 3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rancher_client.cattle import collections
from rancher_client.cattle.fields import Fields
from rancher_client.cattle.resources import Stack
from rancher_client.cattle.session import SendBy, Session


def get(session: Session, stack_id: str) -> Stack:
    """One stack; raises NotFound and what `Session.read` raises."""
    return session.read(session.url("stacks", stack_id), Stack.parse)


def read_all(session: Session, *, name: str | None = None) -> list[Stack]:
    """The stacks of the project, or those of that name (compared as the database likes)."""
    filters = {} if name is None else {"name": name}
    return collections.read_all(session, "stacks", parse=Stack.parse, params=filters)


def create(
    session: Session,
    name: str,
    *,
    description: str = "",
    external_id: str | None = None,
    send_by: SendBy | None = None,
) -> Stack:
    """Make an empty stack. It becomes `active` at once, unless the compose executor is away (3.1).

    The name is unique in the project: a repeat is refused as Invalid with code NotUnique. On an unknown
    outcome look it up by name and `external_id` (13.4).
    """
    body: dict[str, str] = {"name": name, "description": description}
    if external_id is not None:
        body["externalId"] = external_id
    return session.change("POST", session.url("stacks"), Stack.parse, body=body, send_by=send_by)


def create_volume_template(
    session: Session,
    stack_id: str,
    name: str,
    *,
    driver: str | None = None,
    driver_options: Mapping[str, str] | None = None,
    is_external: bool = False,
    is_per_container: bool = False,
    send_by: SendBy | None = None,
) -> str:
    """Announce a named volume of a stack; made when the first container mounts it. Returns its id.

    Without it a mount like `store:/data` is a volume of the host, shared by whoever names it alike.
    """
    body: dict[str, Any] = {
        "name": name,
        "stackId": stack_id,
        "external": is_external,
        "perContainer": is_per_container,
    }
    if driver is not None:
        body["driver"] = driver
    if driver_options:
        body["driverOpts"] = dict(driver_options)
    return session.change("POST", session.url("volumetemplates"), _id, body=body, send_by=send_by)


def volume_templates(session: Session, stack_id: str) -> list[str]:
    """The names of the stack's volume templates."""
    filters = {"stackId": stack_id}
    return collections.read_all(session, "volumetemplates", parse=_name, params=filters)


def remove(session: Session, stack_id: str, *, send_by: SendBy | None = None) -> Stack:
    """Remove a stack; its services and containers follow a little later (3.2)."""
    url = session.url("stacks", stack_id, action="remove")
    return session.change("POST", url, Stack.parse, send_by=send_by)


def _id(body: Mapping[str, Any]) -> str:
    return Fields(body, "volume template").text("id")


def _name(body: Mapping[str, Any]) -> str:
    return Fields(body, "volume template").text("name")
