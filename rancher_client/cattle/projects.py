"""Projects, which Rancher's UI calls environments, and who is in them (rancher-1.6-api.md 11).

An environment key sees its one project and may not make or change any; these calls want an account's key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rancher_client.cattle import collections, single
from rancher_client.cattle.fields import Fields
from rancher_client.cattle.resources import Member, Project
from rancher_client.cattle.session import SendBy, Session


def get(session: Session, project_id: str) -> Project:
    """One project. NotFound for one that the key is not a member of (1.2)."""
    return single.read(session, "projects", project_id, Project.parse, scoped=False)


def read_all(session: Session, *, of_everybody: bool = False) -> list[Project]:
    """The projects that the key is a member of; an environment key has just its own.

    `of_everybody`: for an admin's key, the other ones too; has no effect for any other key.
    """
    params = {"all": True} if of_everybody else {}
    return collections.read_all(session, "projects", parse=Project.parse, params=params, scoped=False)


def create(
    session: Session,
    name: str,
    *,
    description: str = "",
    template_id: str | None = None,
    members: Sequence[Member] = (),
    send_by: SendBy | None = None,
) -> Project:
    """Make a project; it becomes `active` a moment later. Names are not unique.

    With a template its infrastructure stacks start once the first host is there; until then nothing runs.
    Without `members` the key's account owns it. NotAllowed for an environment key.
    """
    body: dict[str, Any] = {"name": name, "description": description}
    if template_id is not None:
        body["projectTemplateId"] = template_id
    if members:
        body["members"] = [member.sent() for member in members]
    url = session.unscoped_url("projects")
    return session.change("POST", url, Project.parse, body=body, send_by=send_by)


def activate(session: Session, project_id: str, *, send_by: SendBy | None = None) -> Project:
    """Bring a deactivated project back. Its owners only."""
    return _act(session, project_id, "activate", send_by)


def deactivate(session: Session, project_id: str, *, send_by: SendBy | None = None) -> Project:
    """Shut a project: keys of it are refused from the next request on. Its owners only."""
    return _act(session, project_id, "deactivate", send_by)


def remove(session: Session, project_id: str, *, send_by: SendBy | None = None) -> Project:
    """Remove a project with everything in it. Its owners only."""
    return _act(session, project_id, "remove", send_by)


def members(session: Session, project_id: str) -> list[Member]:
    """Who is in a project, and as what."""
    path = ("projects", project_id, "projectmembers")
    return collections.read_all(session, *path, parse=Member.parse, scoped=False)


def set_members(
    session: Session, project_id: str, wanted: Sequence[Member], *, send_by: SendBy | None = None
) -> list[Member]:
    """Replace the whole list of members; returns it as read afterwards. Its owners only, else NotOffered.

    Rancher's own answer names them by bare numbers ("7" for "1a7"), which it would not take back (11).
    """
    url = session.unscoped_url("projects", project_id, action="setmembers")
    body = {"members": [member.sent() for member in wanted]}
    session.change("POST", url, _is_list, body=body, send_by=send_by)
    return members(session, project_id)


def _act(session: Session, project_id: str, action: str, send_by: SendBy | None) -> Project:
    return single.act(session, "projects", project_id, action, Project.parse, send_by=send_by, scoped=False)


def _is_list(body: Mapping[str, Any]) -> None:
    Fields(body, "list of members").mappings("data")
