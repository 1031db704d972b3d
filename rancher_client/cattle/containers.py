"""Containers (rancher-1.6-api.md 6.1, 6.2).

Whoever stops or removes a container of an `active` service sees it come back: reconcile does that. In
`upgraded` nobody does, and `finishupgrade` starts or remakes it (6.2). Changing calls raise what
`Session.change` raises.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rancher_client.cattle import collections, single
from rancher_client.cattle.resources import Container
from rancher_client.cattle.session import SendBy, Session


def get(session: Session, container_id: str) -> Container:
    """One container; a removed one can still be read for 48 h. Raises NotFound."""
    return single.read(session, "containers", container_id, Container.parse)


def read_all(session: Session) -> list[Container]:
    """All containers of the project, also those that no service made: they hold ports too."""
    return collections.read_all(session, "containers", parse=Container.parse)


def of_service(session: Session, service_id: str) -> list[Container]:
    """The containers of one service, old stopped ones included (trap 13)."""
    return collections.read_all(session, "services", service_id, "instances", parse=Container.parse)


def of_host(session: Session, host_id: str) -> list[Container]:
    """The containers on one host. A link, because `containers?hostId=` would bring all of them (trap 9)."""
    return collections.read_all(session, "hosts", host_id, "instances", parse=Container.parse)


def start(session: Session, container_id: str, *, send_by: SendBy | None = None) -> Container:
    """Start a `stopped` container, on the host that it was on."""
    return single.act(session, "containers", container_id, "start", Container.parse, send_by=send_by)


def stop(
    session: Session,
    container_id: str,
    *,
    patience: timedelta | None = None,
    send_by: SendBy | None = None,
) -> Container:
    """Stop a running container; after `patience` (Docker's 10 s if left out) it is killed.

    `patience` goes in whole seconds, rounded up.
    """
    body: dict[str, Any] = {}
    if patience is not None:
        body["timeout"] = -int(-patience.total_seconds() // 1)
    return single.act(
        session, "containers", container_id, "stop", Container.parse, body=body, send_by=send_by
    )


def restart(session: Session, container_id: str, *, send_by: SendBy | None = None) -> Container:
    """Stop and start a running container in place: the same container, `start_count` one higher."""
    return single.act(session, "containers", container_id, "restart", Container.parse, send_by=send_by)


def remove(session: Session, container_id: str, *, send_by: SendBy | None = None) -> Container:
    """Remove a container; a running one is stopped before.

    By DELETE, since the action `remove` is not offered while it runs. NotAllowed where no removal may start.
    """
    url = session.url("containers", container_id)
    parse = single.about(container_id, Container.parse)
    return session.change("DELETE", url, parse, send_by=send_by)
