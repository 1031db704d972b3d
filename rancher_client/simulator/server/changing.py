"""POST, PUT and DELETE, in the order of checks of rancher-1.6-api.md chapter 2."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rancher_client.simulator.engine import KEEPS_CONFIGS, Ref, Refused

from . import actions_of_v1, errors, rendering
from .access import AccountKind, Perspective
from .answers import Answer, Done
from .audit_log import request_of_upgrade
from .certificates import Certificates, check_unused, with_data
from .collections import listed_alone
from .directory import Directory
from .host_access import HostAccess
from .ids import number_of
from .kinds import SERVICE_TYPES, table_of, type_of
from .listing import Lister
from .reading import Reader, ref_of
from .requests import Request
from .schemas import Role, Schema
from .tables import Tables
from .validation import checked

METADATA_LIMIT = 1024 * 1024
"""Characters of a service's metadata (12.1)."""

_ROLLBACK_RESTORES = frozenset({"service", "dnsService", "externalService"})
"""Types below whose addresses a rollback sets the configs back (ServiceRollbackValidationFilter.java)."""

_READ_BY_A_FILTER = SERVICE_TYPES | {"stack"}
"""Types of which a filter reads the row before a PUT or DELETE, and fails where there is none.

Source: ServiceValidationFilter.java, StackValidationFilter.java; for certificates, at a DELETE,
CertificateCreateValidationFilter.java.
"""

_ANSWERED_AT_ONCE = frozenset(
    {
        ("account", "deactivate"),
        ("host", "evacuate"),
        ("processInstance", "replay"),
        ("project", "setmembers"),
        ("service", "addservicelink"),
        ("service", "removeservicelink"),
        ("service", "setservicelinks"),
        ("stack", "activateservices"),
        ("stack", "addoutputs"),
        ("stack", "deactivateservices"),
        ("stack", "exportconfig"),
    }
)
"""Actions with a handler instead of a process: they answer 200 instead of 202 (1.7)."""

_NEED_THE_HOST = frozenset({"console", "dockersocket", "execute", "proxy"})
"""Actions that lead into a host or container. Nothing can be entered: 501, as without the proxy (6.3)."""


class Writer:
    """Answers everything that is no GET."""

    def __init__(
        self,
        tables: Tables,
        directory: Directory,
        certificates: Certificates,
        reader: Reader,
        lister: Lister,
        host_access: HostAccess,
    ) -> None:
        self._tables = tables
        self._directory = directory
        self._certificates = certificates
        self._reader = reader
        self._lister = lister
        self._host_access = host_access

    def create(self, schema: Schema, body: Mapping[str, Any], request: Request, seen: Perspective) -> Answer:
        """POST on a collection: 201 with the new row in its first state, or the list of several.

        A `type` in the body chooses nothing: at `/services` all become plain services (trap 78).
        """
        table = table_of(schema.id)
        if "POST" not in schema.collection_methods:
            raise errors.plain(405)
        if table is None:
            self._checked(body, schema, "create", seen)
            raise errors.plain(405)  # a type that nothing here keeps
        if body.get("name", "") is None and table.kind in ("service", "stack"):
            raise errors.plain(500)
        if table.kind == "certificate":
            self._certificates.check_name(body.get("name"), seen.access.account)
        fields = self._checked(_in_v2_words(body), schema, "create", seen)
        if table.kind == "certificate":
            fields = with_data(fields)
        if table.kind == "service":
            fields["kind"] = schema.id
        if table.kind == "credential":
            account = body.get("accountId") if seen.access.project is None else None
            fields |= {"kind": schema.id, "owner": self._owner(account, seen)}
        if table.kind == "registry" and seen.access.project is None:
            raise errors.plain(405)
        owned = fields | {"owner": seen.access.account} if table.kind == "certificate" else fields
        number, *others = self._tables.create(table.kind, owned, project=seen.access.project)
        if others:
            refs = [Ref(table.kind, each) for each in (number, *others)]
            listed = self._lister.made(schema, refs, request, seen)
            return Answer(201, listed, done=Done("create", schema.id, request=fields))
        if table.kind == "project":
            self._make_members(number, fields.get("members"), seen)
        ref = Ref(table.kind, number)
        done = Done("create", schema.id, ref, fields)
        return Answer(201, self._shown(ref, request, seen, reloaded=True), done=done)

    def act(
        self,
        schema: Schema,
        word: str,
        action: str | None,
        body: Mapping[str, Any],
        request: Request,
        seen: Perspective,
    ) -> Answer:
        """POST of an action on one row; a POST without one is not known."""
        if action is None:
            raise errors.plain(405)
        if action not in schema.actions:
            raise errors.invalid_action()
        ref, before = self._row(schema, word, seen)
        races = ref.kind in ("service", "stack") and request.race.overlapping
        if not races and action not in self._reader.offered(ref, before, seen):
            raise errors.action_not_available()
        input_type = schema.actions[action]
        input_schema = seen.ruling.get(input_type) if input_type else None
        fields = self._checked(body, input_schema, "create", seen) if input_schema is not None else {}
        self._guard_infrastructure(ref, before, seen)
        if (ref.kind, action) == ("certificate", "remove"):
            check_unused(ref.number, self._balancers(seen))
        if actions_of_v1.has_no_process(ref.kind, action, seen.ruling):
            raise errors.plain(404)
        if (ref.kind, action) == ("container", "logs"):
            access = self._host_access.logs(ref.number, fields, seen)
            done = Done(action, "container", ref, {"action": action} | fields)
            return Answer(200, rendering.typed(access), done=done)
        if action == "proxy" and before.get("primaryIpAddress") is None:
            raise errors.plain(404)  # nowhere to lead to (cattle: ContainerProxyActionHandler.java)
        if action in _NEED_THE_HOST:
            raise Refused(501, "HostApiProxyDisabled", message="HostApiProxyDisabled")
        status = 200 if (ref.kind, action) in _ANSWERED_AT_ONCE else 202
        if (ref.kind, action) == ("project", "setmembers"):
            return self._set_members(ref, body, request, seen)
        if (ref.kind, action) == ("service", "rollback") and schema.id not in _ROLLBACK_RESTORES:
            fields = fields | {KEEPS_CONFIGS: True}
        output = self._tables.act(ref, action, fields, request.race)
        logged: Mapping[str, Any] = {"action": action} | fields
        if (ref.kind, action) == ("service", "upgrade"):
            logged = request_of_upgrade(fields, before, self._tables.view(ref) or before)
        done = Done(action, type_of(ref.kind, before), ref, logged)
        if output is not None:
            return Answer(status, rendering.typed(output), done=done)
        return Answer(status, self._shown(ref, request, seen, reloaded=status == 202), done=done)

    def update(
        self, schema: Schema, word: str, body: Mapping[str, Any], request: Request, seen: Perspective
    ) -> Answer:
        """PUT: a merge of the fields that may be changed."""
        if "PUT" not in schema.resource_methods:
            raise errors.plain(405)
        if schema.id == "certificate":
            self._certificates.check_name(body.get("name"), seen.access.account, number=number_of(word))
        fields = self._checked(body, schema, "update", seen)
        if schema.id == "certificate":
            fields = with_data(fields)
        ref, view = self._row(schema, word, seen, filtered=_READ_BY_A_FILTER)
        self._guard_infrastructure(ref, view, seen)
        if ref.kind == "project" and not self._reader.owns(ref, seen):
            raise errors.forbidden("You must be a project owner to update the name or description.")
        self._tables.update(ref, fields, request.race)
        done = Done("update", type_of(ref.kind, view), ref, fields)
        changed = any(view.get(name) != value for name, value in fields.items())
        return Answer(200, self._shown(ref, request, seen, reloaded=changed), done=done)

    def delete(self, schema: Schema, word: str, request: Request, seen: Perspective) -> Answer:
        """DELETE: the process `remove`."""
        if "DELETE" not in schema.resource_methods:
            raise errors.plain(405)
        ref, view = self._row(schema, word, seen, filtered=_READ_BY_A_FILTER | {"certificate"})
        self._guard_infrastructure(ref, view, seen)
        if ref.kind == "project" and not self._reader.owns(ref, seen):
            raise errors.plain(403)
        if ref.kind == "certificate":
            check_unused(ref.number, self._balancers(seen))
        self._tables.keeper(ref.kind).delete(ref.kind, ref.number)
        shown = self._shown(ref, request, seen, reloaded=True)
        if ref.kind == "project":
            shown = listed_alone(shown, seen.prefix.root + request.path)
        return Answer(200, shown, done=Done("delete", type_of(ref.kind, view), ref))

    def _row(
        self, schema: Schema, word: str, seen: Perspective, *, filtered: frozenset[str] = frozenset()
    ) -> tuple[Ref, dict[str, Any]]:
        """The row a path names; 404 for none, but 500 for a type among `filtered`."""
        number = number_of(word)
        table = table_of(schema.id)
        exists = number is not None and table is not None and self._tables.view(Ref(table.kind, number))
        if not exists and schema.id in filtered:
            raise errors.plain(500)
        ref = ref_of(schema, word)
        return ref, self._reader.existing(ref, seen)

    def _shown(
        self, ref: Ref, request: Request, seen: Perspective, *, reloaded: bool = False
    ) -> dict[str, Any]:
        view = self._tables.view(ref)
        if view is None:
            raise LookupError(f"{ref} vanished while it was changed")
        if ref.kind == "certificate" and request.method == "POST":
            view = view | {"key": self._certificates.key(ref.number)}
        shown = self._reader.shown(ref, view, request, seen, reloaded=reloaded)
        self._directory.secrets_of_this_answer.clear()
        return shown

    def _balancers(self, seen: Perspective) -> list[dict[str, Any]]:
        return [view for _, view in self._tables.listed("service", "loadBalancerService", seen.access)]

    def _checked(
        self, body: Mapping[str, Any], schema: Schema, operation: Any, seen: Perspective
    ) -> dict[str, Any]:
        fields = checked(
            body, schema, operation, seen.ruling, lambda ref: self._tables.seen(ref, seen.access) is not None
        )
        if schema.id in SERVICE_TYPES and len(json.dumps(body.get("metadata"))) > METADATA_LIMIT:
            raise errors.invalid_field("MaxLimitExceeded", "metadata limit is 1MB")
        return fields

    def _guard_infrastructure(self, ref: Ref, view: Mapping[str, Any], seen: Perspective) -> None:
        """Restricted members may not touch infrastructure services and stacks (11)."""
        if seen.access.role is Role.RESTRICTED and ref.kind in ("service", "stack") and view.get("system"):
            raise errors.forbidden(f"Cannot update system {ref.kind}")

    def _owner(self, account: object, seen: Perspective) -> Ref:
        """Whose a new key is: the project in scope, the account named, else the caller's own (12)."""
        number = number_of(account)
        if number is None:
            return seen.access.account
        project = Ref("project", number)
        if self._tables.seen(project, seen.access) is not None:
            return project
        if seen.access.caller.kind is AccountKind.ADMIN and number in self._directory.accounts:
            return Ref("account", number)
        return seen.access.account

    def _make_members(self, project: int, members: Any, seen: Perspective) -> None:
        if members:
            self._directory.set_members(project, members)
        elif seen.access.caller.account.kind == "account":
            self._directory.add_member(project, seen.access.caller.account.number, Role.OWNER)

    def _set_members(self, ref: Ref, body: Mapping[str, Any], request: Request, seen: Perspective) -> Answer:
        members = body.get("members")
        if not isinstance(members, list):
            raise errors.invalid_field("MissingRequired", "members")
        self._directory.set_members(ref.number, members)
        answer = self._lister.members(ref, request, seen)
        return Answer(200, answer.body, done=Done("setmembers", "project", ref, {"action": "setmembers"}))


def _in_v2_words(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """A v1 body with `environmentId` in the words of v2-beta (1.8)."""
    if "environmentId" in body and "stackId" not in body:
        return {**body, "stackId": body["environmentId"]}
    return body
