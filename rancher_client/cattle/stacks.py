"""Stacks as shells that hold services; Rancher's own stack actions are not used (rancher-1.6-api.md 3.4)."""

from __future__ import annotations

from rancher_client.cattle import collections
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


def remove(session: Session, stack_id: str, *, send_by: SendBy | None = None) -> Stack:
    """Remove a stack; its services and containers follow a little later (3.2)."""
    url = session.url("stacks", stack_id, action="remove")
    return session.change("POST", url, Stack.parse, send_by=send_by)
