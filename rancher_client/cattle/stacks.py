"""Stacks: shells that hold services, and what the compose executor makes of text (rancher-1.6-api.md 3).

A deployment is more exact when it drives the services themselves (3.4): a stack's `upgrade` says `upgraded`
although a service failed, waits on errors without end, and knows no batches. Creating from compose text is
the comfortable way to make what is missing.

Changing calls raise what `Session.change` raises; NotOffered means that the state does not allow it now. All
return as soon as Rancher has answered.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from rancher_client.cattle import collections, single
from rancher_client.cattle.bodies import of_bearable_size
from rancher_client.cattle.fields import Fields
from rancher_client.cattle.resources import ComposeTexts, Stack
from rancher_client.cattle.session import ApiVersion, SendBy, Session


def get(session: Session, stack_id: str) -> Stack:
    """One stack; raises NotFound and what `Session.read` raises."""
    return single.read(session, _collection(session), stack_id, Stack.parse)


def read_all(session: Session, *, name: str | None = None) -> list[Stack]:
    """The stacks of the project, or those of that name (compared as the database likes)."""
    filters = {} if name is None else {"name": name}
    return collections.read_all(session, _collection(session), parse=Stack.parse, params=filters)


def create(
    session: Session,
    name: str,
    *,
    description: str = "",
    external_id: str | None = None,
    texts: ComposeTexts | None = None,
    answers: Mapping[str, str] | None = None,
    start: bool = True,
    send_by: SendBy | None = None,
) -> Stack:
    """Make a stack: empty, or with the services that compose texts describe (3.1).

    An empty one becomes `active` at once. With texts it is `activating` until every service has started, or
    goes to `error` with the reason in `transitioning_message`; what was made before that stays in it.
    Without a running compose executor both hang in `activating`.

    The name is unique in the project: a repeat is refused as Invalid with code NotUnique. On an unknown
    outcome look it up by name and `external_id` (13.4).

    Args:
        texts: docker-compose.yml and rancher-compose.yml, variables and Go templates still in them.
        answers: values for the variables; Rancher takes an unset one for an empty text (10.4).
        start: whether services made from texts start; they stay `inactive` otherwise.

    Raises UnsafeBody for texts that are too large.
    """
    body: dict[str, Any] = {"name": name, "description": description}
    if external_id is not None:
        body["externalId"] = external_id
    if texts is not None:
        body |= texts.sent() | {"environment": dict(answers or {}), "startOnCreate": start}
    url = session.url(_collection(session))
    return session.change("POST", url, Stack.parse, body=of_bearable_size(body), send_by=send_by)


def upgrade(
    session: Session,
    stack_id: str,
    texts: ComposeTexts,
    *,
    answers: Mapping[str, str] | None = None,
    external_id: str,
    send_by: SendBy | None = None,
) -> Stack:
    """Bring the stack's services to what the texts say (3.4, with a table of what it changes and what not).

    Does nothing to a stack that was made without texts, though it says `upgraded`. `upgraded` does not mean
    that all came up (trap 24): look at each service. An error keeps it `upgrading`, with the reason as
    message, and is tried again: `cancel_upgrade` ends that.

    Args:
        answers: put over those that the stack has; one left out keeps its value.
        external_id: always sent, since Rancher empties what is left out (trap 71). A fresh one with every
            attempt tells afterwards whose upgrade it was.
    """
    body = {**texts.sent(), "environment": dict(answers or {}), "externalId": external_id}
    return _act(session, stack_id, "upgrade", send_by, of_bearable_size(body))


def finish_upgrade(session: Session, stack_id: str, *, send_by: SendBy | None = None) -> Stack:
    """Finish every `upgraded` service of an `upgraded` stack. One that takes 3 s makes it take 50 s (3.4)."""
    return _act(session, stack_id, "finishupgrade", send_by)


def roll_back(session: Session, stack_id: str, *, send_by: SendBy | None = None) -> Stack:
    """Roll every `upgraded` service back, and the stack's answers and `external_id` with them.

    Services that the upgrade created stay. A service stuck in `upgrading` blocks it for ever: roll that one
    back by itself (3.4).
    """
    return _act(session, stack_id, "rollback", send_by)


def cancel_upgrade(session: Session, stack_id: str, *, send_by: SendBy | None = None) -> Stack:
    """End a stack's `upgrading` or `finishing-upgrade`; takes up to 90 s. Its services go on (trap 43)."""
    return _act(session, stack_id, "cancelupgrade", send_by)


def activate_services(session: Session, stack_id: str, *, send_by: SendBy | None = None) -> Stack:
    """Start every inactive service of the stack; its own state does not move."""
    return _act(session, stack_id, "activateservices", send_by)


def deactivate_services(session: Session, stack_id: str, *, send_by: SendBy | None = None) -> Stack:
    """Stop all services of the stack. Invalid, and none is stopped, when one of them cannot be."""
    return _act(session, stack_id, "deactivateservices", send_by)


def export(session: Session, stack_id: str, *, service_ids: Collection[str] = ()) -> ComposeTexts:
    """Compose texts of what the stack, or some of its services, is *now* (3.2).

    Variables are filled in, so the texts may hold secrets. Changes nothing, though it is a POST.
    """
    url = session.url(_collection(session), stack_id, action="exportconfig")
    body = {"serviceIds": list(service_ids)}
    return session.change("POST", url, ComposeTexts.parse, body=body)


def update(
    session: Session,
    stack_id: str,
    *,
    name: str | None = None,
    description: str | None = None,
    send_by: SendBy | None = None,
) -> Stack:
    """Rename or describe a stack. A PUT changes neither texts nor answers (3.1)."""
    given = {"name": name, "description": description}
    fields = {key: value for key, value in given.items() if value is not None}
    return single.update(session, _collection(session), stack_id, fields, Stack.parse, send_by=send_by)


def remove(session: Session, stack_id: str, *, send_by: SendBy | None = None) -> Stack:
    """Remove a stack; its services and containers follow a little later (3.2)."""
    return _act(session, stack_id, "remove", send_by)


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

    Without it a mount like `store:/data` is a volume of the host, shared by whoever names it alike. v1 has no
    volume templates: NotFound.
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


def _collection(session: Session) -> str:
    """Where stacks are: in v1 they are called environments (1.8)."""
    return "environments" if session.api_version is ApiVersion.V1 else "stacks"


def _act(
    session: Session,
    stack_id: str,
    action: str,
    send_by: SendBy | None,
    body: Mapping[str, Any] | None = None,
) -> Stack:
    path = (_collection(session), stack_id, action)
    return single.act(session, *path, Stack.parse, body=body, send_by=send_by)


def _id(body: Mapping[str, Any]) -> str:
    return Fields(body, "volume template").text("id")


def _name(body: Mapping[str, Any]) -> str:
    return Fields(body, "volume template").text("name")
