"""GET: resources, lists and links (rancher-1.6-api.md 1.5, 1.6)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from rancher_client.simulator.engine import Ref

from . import collections, errors, rendering
from .access import Perspective
from .answers import Answer
from .collections import Query, Row
from .directory import Directory
from .host_access import STATS_LINKS, HostAccess
from .ids import format_id, number_of
from .kinds import SERVICE_TYPES, STACK_TYPES, creatable_from, table_of, type_of
from .requests import Request
from .schemas import Role, Schema
from .tables import Tables, is_gone
from .tokens import with_registration

_WITHOUT_TABLE = frozenset({"account", "project", "projectMember"})
"""Types whose lists do not come from a table: no pagination, no filters (1.6)."""

_WITHOUT_CAPABILITY = frozenset({"defaultNetworkId"})
"""Of the actions of hosts and projects the only one that needs none (host.json, project.json)."""

_UNSET_WHEN_INLINED: Mapping[str, Mapping[str, Any]] = {
    "container": {"serviceIds": None},
    "stack": {"serviceIds": None},
}
"""What an `include` does not fill in although the row itself shows it [run]."""


class Reader:
    """Answers GETs for the rows of the tables."""

    def __init__(self, tables: Tables, directory: Directory, host_access: HostAccess) -> None:
        self._tables = tables
        self._directory = directory
        self._host_access = host_access

    def resource(self, ref: Ref, request: Request, seen: Perspective) -> Answer:
        """One row, also a removed one."""
        view = self._tables.seen(ref, seen.access)
        if view is None:
            raise errors.plain(404)
        return Answer(200, self.shown(ref, view, request, seen))

    def shown(
        self,
        ref: Ref,
        view: dict[str, Any],
        request: Request,
        seen: Perspective,
        *,
        reloaded: bool = False,
    ) -> dict[str, Any]:
        """A row as the request wants to see it: with its first `include`, actions under their name.

        `reloaded`: the row was read anew after the call had changed it; see `offered`.
        """
        return self.rendered(
            ref,
            view,
            seen,
            include=request.parameter("include"),
            action_links=request.headers.get("x-api-action-links", "").lower() == "true",
            reloaded=reloaded,
        )

    def rendered(
        self,
        ref: Ref,
        view: dict[str, Any],
        seen: Perspective,
        *,
        include: str | None = None,
        action_links: bool = False,
        reloaded: bool = False,
    ) -> dict[str, Any]:
        """A row as a resource. An unknown `include` is ignored."""
        if ref.kind == "credential":
            view = with_registration(view, seen.prefix, self._directory.settings)
        if ref.kind == "project":
            view = {**view, "members": self._directory.members_shown(ref.number)}
        if ref.kind == "host":
            view = {**view, "links": self._host_access.links_of(ref)}
        schema = self._schema_of(ref, view, seen)
        included = None
        if include is not None and schema is not None and include in schema.links:
            inlined = self._inlined(ref, view, include, schema, seen)
            included = (include, inlined) if inlined is not None else None
        offered = self.offered(ref, view, seen, reloaded=reloaded)
        return rendering.resource(ref, view, offered, seen, included=included, action_links=action_links)

    def offered(
        self, ref: Ref, view: dict[str, Any], seen: Perspective, *, reloaded: bool = False
    ) -> frozenset[str]:
        """The actions that may start now, without those that a project's owner alone may start.

        Some actions need a capability, which the server notes down beside the row while it looks for
        it. A row read anew after a change has none: the answers to a PUT, to the start of a process
        and to a DELETE do not show them.
        Source: AbstractObjectResourceManager.isValidAction, AbstractJooqResourceManager.addCapabilities.
        """
        offered = self._tables.keeper(ref.kind).offered(ref.kind, ref.number)
        schema = self._schema_of(ref, view, seen)
        if schema is not None:
            offered &= schema.actions.keys()
        if ref.kind == "project" and (reloaded or not self.owns(ref, seen)):
            return offered & _WITHOUT_CAPABILITY
        return offered & _WITHOUT_CAPABILITY if ref.kind == "host" and reloaded else offered

    def owns(self, project: Ref, seen: Perspective) -> bool:
        """Whether the caller may change the project itself: its owner or an admin (11).

        Within the project's own scope, whichever way it was chosen, nobody may [run].
        """
        if seen.access.project is not None:
            return False
        if seen.access.role is Role.ADMIN:
            return True
        account = seen.access.caller.account
        own_role = None
        if account.kind == "account":
            own_role = self._directory.role_in(account.number, project.number)
        return own_role is Role.OWNER

    def collection(self, schema: Schema, request: Request, seen: Perspective) -> Answer:
        """The list of a type. A type that nothing keeps has an empty one."""
        if schema.id == "projectMember":
            return Answer(200, self._identities(seen.access.account, request, seen))
        if schema.id == "processSummary":
            return Answer(200, self._process_summary(request, seen))
        table = table_of(schema.id)
        rows: list[Row] = []
        if table is not None:
            everything = (request.parameter("all") or "").lower() == "true"
            all_projects = everything and seen.access.role is Role.ADMIN
            rows = list(self._tables.listed(table.kind, table.only, seen.access, all_projects=all_projects))
        return Answer(200, self._list(schema, rows, request, seen))

    def link(self, ref: Ref, word: str, schema: Schema, request: Request, seen: Perspective) -> Answer:
        """What stands behind a link: one resource, a list, or a file."""
        view = self._tables.seen(ref, seen.access)
        if view is None:
            raise errors.plain(404)
        if word.lower() in STATS_LINKS:
            return self._stats(ref, word, schema, seen)
        if ref.kind == "stack" and word.lower() == "composeconfig":
            return self._compose_zip(ref)
        name = next((link for link in schema.links if link.lower() == word.lower()), None)
        if name is None:
            raise errors.plain(404)
        if ref.kind == "project" and name == "projectMembers":
            outside = seen.access.project is None
            defaults = {"projectId": format_id(ref)} if outside else None
            return Answer(200, self._identities(ref, request, seen, create_defaults=defaults))
        single, refs = self._behind(ref, view, name, schema)
        found = [(r, v) for r in refs if (v := self._tables.seen(r, seen.access)) is not None]
        if single:
            if not found:
                raise errors.plain(404)
            return Answer(200, self.shown(*found[0], request, seen))
        element = self._element(name, seen) or schema
        rows = [row for row in found if not is_gone(row[1])]
        return Answer(200, self._list(element, rows, request, seen, below=(schema, ref)))

    def _stats(self, ref: Ref, word: str, schema: Schema, seen: Perspective) -> Answer:
        """The way to statistics (6.4): of a service's or a host's containers, or of a project's hosts.

        Of services, the type by whose name the path goes has to be one of the two that have any.
        """
        if schema.id in SERVICE_TYPES - {"service", "loadBalancerService"}:
            raise errors.plain(404)
        keeper = self._tables.keeper(ref.kind)
        link = {"host": "instances", "service": "instances", "project": "hosts"}.get(ref.kind)
        related = keeper.related(ref.kind, ref.number, link) if link is not None else []
        return Answer(
            200, self._host_access.stats(ref, word, [Ref(kind, number) for kind, number in related], seen)
        )

    def members(self, project: Ref, request: Request, seen: Perspective) -> Answer:
        """The rows of a project's members, which only `setmembers` shows (11)."""
        refs = [Ref("projectMember", number) for number in self._directory.ids("projectMember")]
        found = ((ref, self._tables.view(ref) or {}) for ref in refs)
        own = [(ref, view) for ref, view in found if view["projectId"] == project and not is_gone(view)]
        listed = collections.collection(
            resource_type="project",
            url=seen.prefix.root + request.path,
            query=None,
            schema=None,
            data=[self.shown(ref, view, request, seen) for ref, view in own],
        )
        return Answer(200, listed)

    def _identities(
        self,
        project: Ref,
        request: Request,
        seen: Perspective,
        *,
        create_defaults: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """The list of a project's members: people, not rows (11).

        Source: ProjectMemberResourceManager.listInternal; outside a project the caller's own account stands
        in its place, which has none.
        """
        members = self._directory.identities_of(project.number)
        schema = seen.schemas.get("projectMember")
        return collections.collection(
            resource_type="projectMember",
            url=seen.prefix.root + request.path,
            query=None if schema is None else Query.read(request.query_text, schema),
            schema=schema,
            paged=False,
            data=[rendering.identity(member, project, seen) for member in members],
            create_defaults=create_defaults,
        )

    def _process_summary(self, request: Request, seen: Perspective) -> dict[str, Any]:
        """How many processes run and wait, by name: counted, not rows (ProcessSummaryManager)."""
        counted = [{"type": "processSummary", **each} for each in self._tables.process_summary()]
        return collections.collection(
            resource_type="processSummary",
            url=seen.prefix.root + request.path,
            query=None,
            schema=None,
            data=[rendering.typed(each) for each in counted],
        )

    def _list(
        self,
        schema: Schema,
        rows: Sequence[Row],
        request: Request,
        seen: Perspective,
        *,
        below: tuple[Schema, Ref] | None = None,
    ) -> dict[str, Any]:
        """A list; `below`: the row whose link leads to it, which a new row of the list would belong to."""
        url = seen.prefix.root + request.path
        if schema.id in _WITHOUT_TABLE and schema.id != "account":
            data = [self.shown(ref, dict(view), request, seen) for ref, view in rows]
            return collections.collection(
                resource_type=schema.id, url=url, query=None, schema=None, data=data
            )
        query = Query.read(request.query_text, schema)
        selected = collections.select(rows, query, schema)
        shown, more = collections.page(selected, query)
        creatable = (seen.schemas_of("service").get(t) for t in creatable_from(schema.id, seen.schemas))
        return collections.collection(
            resource_type=self._shown_type(schema, seen),
            url=url,
            query=query,
            schema=schema,
            data=[self._row(schema, ref, dict(view), request, seen) for ref, view in shown],
            more=more,
            create_types={s.id: seen.prefix.url(f"/{s.path}") for s in creatable if s is not None},
            create_defaults=_defaults_below(schema, *below) if below is not None else None,
        )

    def _row(
        self, schema: Schema, ref: Ref, view: dict[str, Any], request: Request, seen: Perspective
    ) -> dict[str, Any]:
        """One row of a list. A project among the accounts is only an account: few links, no capability."""
        shown = self.shown(ref, view, request, seen, reloaded=schema.id == "account")
        if ref.kind == "project" and schema.id == "account":
            shown["links"] = rendering.own_links(shown["links"], seen.schemas.get("account"))
        return shown

    def _shown_type(self, schema: Schema, seen: Perspective) -> str:
        """Every list that a v1 request for services or environments leads to says `environment` [run].

        Source: ServiceManager.createCollection.
        """
        if seen.is_rerouted and seen.asked_for in STACK_TYPES | {"service"}:
            return type_of("stack", {}, seen.version)
        return schema.id

    def _schema_of(self, ref: Ref, view: dict[str, Any], seen: Perspective) -> Schema | None:
        return seen.schemas_of(ref.kind).get(type_of(ref.kind, view))

    def _inlined(self, ref: Ref, view: dict[str, Any], name: str, schema: Schema, seen: Perspective) -> Any:
        """The resources of a link, an object for a single one. None for none: the key is then absent."""
        single, refs = self._behind(ref, view, name, schema)
        found = [(r, v) for r in refs if (v := self._tables.seen(r, seen.access)) and not is_gone(v)]
        shown = [self.rendered(r, {**v, **_UNSET_WHEN_INLINED.get(r.kind, {})}, seen) for r, v in found]
        if not shown:
            return None
        return shown[0] if single else shown

    def _behind(self, ref: Ref, view: dict[str, Any], name: str, schema: Schema) -> tuple[bool, list[Ref]]:
        """The rows behind a link, and whether it leads to a single one."""
        pointer = schema.fields.get(f"{name}Id")
        if pointer is not None and pointer.container == "reference":
            target = view.get(pointer.name)
            return True, [target] if isinstance(target, Ref) else []
        try:
            related = self._tables.keeper(ref.kind).related(ref.kind, ref.number, name)
        except KeyError:
            related = []
        return False, [Ref(kind, number) for kind, number in related]

    def _element(self, link: str, seen: Perspective) -> Schema | None:
        """The type of the rows behind a link, read from its name (`consumedservices` are services)."""
        word = link.lower().removeprefix("consumedby").removeprefix("consumed").removeprefix("target")
        return seen.schemas_of("container").at_path(word)

    def _compose_zip(self, ref: Ref) -> Answer:
        """Both compose texts of a stack as `compose.zip` (3.2)."""
        exported = self._tables.keeper("stack").act("stack", ref.number, "exportconfig", {}) or {}
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("docker-compose.yml", exported.get("dockerComposeConfig") or "")
            archive.writestr("rancher-compose.yml", exported.get("rancherComposeConfig") or "")
        headers = (
            ("Content-Disposition", "attachment; filename=compose.zip"),
            ("Content-Encoding", "zip"),
            ("Cache-Control", "private"),
        )
        return Answer(200, content=file.getvalue(), content_type="application/zip", headers=headers)


def ref_of(schema: Schema, word: str) -> Ref:
    """The row a path names. Raises Refused 404 for an unreadable id or a type that nothing keeps."""
    table, number = table_of(schema.id), number_of(word)
    if table is None or number is None:
        raise errors.plain(404)
    return Ref(table.kind, number)


def _defaults_below(element: Schema, above: Schema, ref: Ref) -> dict[str, str] | None:
    """What a new row of a list below a row would need: the reference back [run].

    Source: cattle: AbstractObjectResourceManager.getChildLink.
    """
    back = f"{above.id}Id"
    if "POST" in element.collection_methods and back in element.fields:
        return {back: format_id(ref)}
    return None
