"""Pull tasks: is an image there for the hosts, and may they have it (rancher-1.6-api.md 9.1).

A cheap and exact look before an upgrade, and it takes the time of pulling out of it. A task can be neither
changed nor removed; finished ones stay in the list.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rancher_client.cattle import single
from rancher_client.cattle.resources import PullTask
from rancher_client.cattle.session import SendBy, Session


def create(
    session: Session,
    image: str,
    *,
    only_cached: bool = False,
    labels: Mapping[str, str] | None = None,
    send_by: SendBy | None = None,
) -> PullTask:
    """Have all hosts that fit pull `image` (without `docker:`), with the project's registry credential.

    Args:
        only_cached: touch no registry, merely look whether the hosts have it.
        labels: scheduling labels as a launch config has them (7.3); which hosts fit.
    """
    body: dict[str, Any] = {"image": image, "mode": "cached" if only_cached else "all"}
    if labels:
        body["labels"] = dict(labels)
    return session.change("POST", session.url("pulltasks"), PullTask.parse, body=body, send_by=send_by)


def get(session: Session, task_id: str) -> PullTask:
    """How far a pull task is; `active` means over, not pulled: see `PullTask.failures` (trap 74)."""
    return single.read(session, "pulltasks", task_id, PullTask.parse)
