"""GET of lists, and of what stands behind links (rancher-1.6-api.md 1.5, 1.6)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from rancher_client.simulator.engine import Ref

from . import collections, errors, relationships, rendering
from .access import Perspective
from .answers import Answer
from .collections import Query, Row
from .directory import Directory
from .host_access import STATS_LINKS, HostAccess
from .ids import format_id, number_of
from .key_certificates import CertificateAuthority, download
from .kinds import SERVICE_TYPES, STACK_TYPES, creatable_from, table_of, type_of
from .reading import Reader, ref_of
from .relationships import Relationship, Way
from .requests import Request
from .schemas import Role, Schema
from .tables import Tables, is_gone

_MADE_BY_HAND = "project"
"""The type whose lists, also those below its rows, show neither filters nor sort nor pages [run]."""

_WITH_CERTIFICATE = frozenset({"apiKey", "credential"})
"""Types by whose path a certificate is had: at `/credentials/` also one for a token or a registry's login."""

_FILTERS_WITHOUT_TABLE = frozenset({"identity"})
"""Types whose lists do not come from a table and show filters all the same."""


class Lister:
    """Answers GETs for lists and links."""

    def __init__(
        self,
        tables: Tables,
        directory: Directory,
        reader: Reader,
        host_access: HostAccess,
        authority: CertificateAuthority,
    ) -> None:
        self._authority = authority
        self._tables = tables
        self._directory = directory
        self._reader = reader
        self._host_access = host_access

    def collection(self, schema: Schema, request: Request, seen: Perspective) -> Answer:
        """The list of a type. A type that nothing keeps has an empty one."""
        if schema.id == "projectMember":
            return Answer(200, self._identities(seen.access.account, schema, request, seen))
        if schema.id == "processSummary":
            return Answer(200, self._process_summary(request, seen))
        query = Query.read(request.query_text, schema)
        table = table_of(schema.id)
        rows: list[Row] = []
        if table is not None:
            everything = (request.parameter("all") or "").lower() == "true"
            all_projects = everything and seen.access.role is Role.ADMIN
            rows = list(self._tables.listed(table.kind, table.only, seen.access, all_projects=all_projects))
        if schema.id == _MADE_BY_HAND:
            return Answer(200, self._by_hand(schema, collections.named(rows, query), request, seen))
        selected = collections.in_order(collections.select(rows, query), query)
        page = collections.page(selected, query)
        return Answer(200, self._list(schema, page, query, request, seen))

    def link(self, schema: Schema, number: str, word: str, request: Request, seen: Perspective) -> Answer:
        """What stands behind a link: one resource, a list, or a file."""
        found = relationships.relationship(schema, word, seen.ruling)
        if found is not None and found.way is Way.MAPPED:
            return self._beyond_pairs(schema, number, found, request, seen)
        ref = ref_of(schema, number)
        if word.lower() in STATS_LINKS:
            self._reader.found(ref, request, seen)
            return self._stats(ref, word, schema, seen)
        if schema.id in _WITH_CERTIFICATE and word.lower() == "certificate":
            return self._certificate(ref, schema, request, seen)
        if ref.kind == "stack" and word.lower() == "composeconfig":
            self._reader.found(ref, request, seen)
            return self._compose_zip(ref)
        if schema.id == _MADE_BY_HAND and word.lower() == "projectmembers":
            self._reader.found(ref, request, seen)
            defaults = {"projectId": format_id(ref)} if seen.access.project is None else None
            return Answer(200, self._identities(ref, None, request, seen, create_defaults=defaults))
        if found is None:
            raise errors.plain(404)
        if found.way is Way.REFERENCE:
            return self._reference(ref, found, request, seen)
        return self._below(ref, schema, found, request, seen)

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
            data=[self._reader.shown(ref, view, request, seen) for ref, view in own],
        )
        return Answer(200, listed)

    def made(
        self, schema: Schema, refs: Sequence[Ref], request: Request, seen: Perspective
    ) -> dict[str, Any]:
        """The rows that one POST made: a list that is neither filtered, sorted nor paged, whatever it asks.

        Source: gdapi: ParseCollectionAttributes.java, which reads the query of a GET alone.
        """
        rows = [(ref, self._tables.view(ref) or {}) for ref in refs]
        query = replace(Query.read("", schema), text=request.query_text)
        listed = self._list(schema, (rows, False), query, request, seen, plain=True)
        return listed | {"pagination": None}

    def _reference(self, ref: Ref, found: Relationship, request: Request, seen: Perspective) -> Answer:
        """The one row that a field names; whoever owns a row is shown as an account."""
        behind = self._reader.behind(ref, self._reader.found(ref, request, seen), found, seen)
        if not behind:
            raise errors.plain(404)
        return Answer(200, self._row(found.element, *behind[0], request, seen))

    def _beyond_pairs(
        self, schema: Schema, number: str, found: Relationship, request: Request, seen: Perspective
    ) -> Answer:
        """The rows beyond a table of pairs: paged, sorted, not filtered.

        Nobody asks for the row itself, so that one that is not there has an empty list.
        """
        element = None if found.element is None else seen.ruling.get(found.element)
        if element is None:
            raise errors.plain(404)
        if relationships.joined_twice(found, request.parameter("include"), element):
            raise errors.plain(409)
        rows: list[Row] = []
        if number_of(number) is not None:
            ref = ref_of(schema, number)
            rows = self._living(ref, self._tables.seen(ref, seen.access) or {}, found, seen)
        query = Query.read(request.query_text, schema)
        page = collections.page(collections.in_order(rows, query), query)
        return Answer(200, self._list(element, page, query, request, seen))

    def _below(
        self, ref: Ref, schema: Schema, found: Relationship, request: Request, seen: Perspective
    ) -> Answer:
        """The rows that point to a row: all of them, whatever the query asks.

        A link to rows of a type that the caller does not see fails.
        """
        view = self._reader.found(ref, request, seen)
        element = None if found.element is None else seen.ruling.get(found.element)
        if element is None:
            raise errors.plain(500)
        rows = sorted(self._living(ref, view, found, seen), key=lambda row: row[0].number)
        defaults = {}
        if found.back in element.fields and "POST" in element.collection_methods:
            defaults = {found.back: format_id(ref)}
        if schema.id == _MADE_BY_HAND:
            return Answer(200, self._by_hand(element, rows, request, seen, create_defaults=defaults))
        query = Query.read(request.query_text, schema)
        return Answer(
            200,
            self._list(element, (rows, False), query, request, seen, create_defaults=defaults, plain=True),
        )

    def _living(self, ref: Ref, view: dict[str, Any], found: Relationship, seen: Perspective) -> list[Row]:
        return [row for row in self._reader.behind(ref, view, found, seen) if not is_gone(row[1])]

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

    def _identities(
        self,
        project: Ref,
        schema: Schema | None,
        request: Request,
        seen: Perspective,
        *,
        create_defaults: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """The list of a project's members: people, not rows (11). With `schema` it shows filters.

        Source: ProjectMemberResourceManager.listInternal; outside a project the caller's own account stands
        in its place, which has none.
        """
        members = self._directory.identities_of(project.number)
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

    def _by_hand(
        self,
        schema: Schema,
        rows: Sequence[Row],
        request: Request,
        seen: Perspective,
        *,
        create_defaults: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        return collections.collection(
            resource_type=schema.id,
            url=seen.prefix.root + request.path,
            query=None,
            schema=None,
            data=[self._row(schema.id, r, dict(v), request, seen, plain=True) for r, v in rows],
            create_types=self._create_types(schema, seen),
            create_defaults=create_defaults,
        )

    def _list(
        self,
        schema: Schema,
        page: tuple[Sequence[Row], bool],
        query: Query,
        request: Request,
        seen: Perspective,
        *,
        create_defaults: Mapping[str, str] | None = None,
        plain: bool = False,
    ) -> dict[str, Any]:
        """A list of one page; the rows of a `plain` one were read without any options, even `include`."""
        rows, more = page
        return collections.collection(
            resource_type=self._shown_type(schema, seen),
            url=seen.prefix.root + request.path,
            query=query,
            schema=schema,
            data=[self._row(schema.id, r, dict(v), request, seen, plain=plain) for r, v in rows],
            more=more,
            paged=_has_table(schema),
            create_types=self._create_types(schema, seen),
            create_defaults=create_defaults,
        )

    def _create_types(self, schema: Schema, seen: Perspective) -> dict[str, str]:
        creatable = creatable_from(schema.id, seen.ruling)
        return {each.id: seen.prefix.url(f"/{each.path}") for each in creatable}

    def _row(
        self,
        type_id: str | None,
        ref: Ref,
        view: dict[str, Any],
        request: Request,
        seen: Perspective,
        *,
        plain: bool = False,
    ) -> dict[str, Any]:
        """A row found as one of a type."""
        return self._reader.shown(
            ref, view, request, seen, included=not plain, as_account=type_id == "account"
        )

    def _shown_type(self, schema: Schema, seen: Perspective) -> str:
        """Every list that a v1 request for services or environments leads to says `environment` [run].

        Source: ServiceManager.createCollection.
        """
        if seen.is_rerouted and seen.asked_for in STACK_TYPES | {"service"}:
            return type_of("stack", {}, seen.version)
        return schema.id

    def _certificate(self, ref: Ref, schema: Schema, request: Request, seen: Perspective) -> Answer:
        """A new certificate for whoever has both halves of a key; also of one that is removed [run]."""
        view = self._reader.found(ref, request, seen)
        name = self._directory.credentials[ref.number].certified_name
        if name is None or schema.id not in ("credential", view["kind"]):
            raise errors.plain(404)
        return download(self._authority.zipped(name), view["name"], format_id(ref, seen.version))

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


def _has_table(schema: Schema) -> bool:
    """Whether a type's rows stand in a table, whose columns are its filters; only then its list has pages.

    Source: AbstractJooqResourceManager.listInternal, processPaginationResult.
    """
    return bool(schema.filters) and schema.id not in _FILTERS_WITHOUT_TABLE
