"""Who a key is and what it may do (rancher-1.6-api.md 1.3 and 11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rancher_client.cattle.fields import Fields
from rancher_client.cattle.resources import Project
from rancher_client.cattle.session import Session

DEPLOYING = frozenset({"upgrade", "finishupgrade", "rollback"})
"""Actions of a service without which nothing can be deployed."""


@dataclass(frozen=True, slots=True)
class Access:
    """What a key turned out to be.

    Attributes:
        kind: "project" for an environment key, "user" or "admin" for an account's; None if not told.
        account_id: the account that the key belongs to.
        rancher_version: "v1.6.30", or None where the server keeps it to itself.
        project: the session's project, or None when the session has none.
        missing: actions of `DEPLOYING` that the key may not use in the project.
    """

    kind: str | None
    account_id: str | None
    rancher_version: str | None
    project: Project | None
    missing: frozenset[str]


def check_key(session: Session) -> Access:
    """Find out what the session's key is and may do; changes nothing.

    A wrong key raises KeyRefused even where access control is off, because every request of a session asks
    for enforced authentication (1.3). A project that the key does not reach raises NotFound or NotAllowed.
    A role shows in what its schema leaves out: a readonly key has no `upgrade` there (11).
    """
    answer = session.answer(session.unscoped_url("projects"))
    project: Project | None = None
    missing: frozenset[str] = frozenset()
    if session.project is not None:
        project = session.read(session.unscoped_url("projects", session.project), Project.parse)
        offered = session.read(session.url("schemas", "service"), _resource_actions)
        missing = DEPLOYING - offered
    return Access(
        kind=answer.headers.get("x-api-account-kind"),
        account_id=answer.headers.get("x-api-user-id"),
        rancher_version=answer.headers.get("x-rancher-version"),
        project=project,
        missing=missing,
    )


def _resource_actions(body: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(Fields(body, "schema").mapping("resourceActions"))
