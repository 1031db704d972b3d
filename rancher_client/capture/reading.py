"""What a live Rancher says of one project, whole, as it says it (rancher-1.6-api.md 1.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rancher_client.cattle import Session
from rancher_client.cattle.collections import read_all

Body = Mapping[str, Any]

LISTS = {"host": "hosts", "stack": "stacks", "service": "services", "container": "containers"}
"""The lists that a copy needs, by kind of row, those that others refer to first."""


def resources(session: Session) -> dict[str, list[Body]]:
    """The session's project and all of its rows, by kind.

    Raises what a session's reads raise; the lists are read one after the other, so that what changes
    meanwhile may be seen on one side only.
    """
    found: dict[str, list[Body]] = {"project": [session.read(session.url(), dict)]}
    for kind, path in LISTS.items():
        found[kind] = list(read_all(session, path, parse=dict))
    return found
