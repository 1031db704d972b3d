"""GET of one row, and the rows behind a link of it (rancher-1.6-api.md 1.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rancher_client.simulator.engine import Ref

from . import actions_of_v1, collections, errors, rendering
from .access import Perspective
from .answers import Answer
from .directory import FIRST_ACCOUNT, FIRST_REGISTRY, Directory
from .host_access import HostAccess
from .ids import number_of
from .kinds import table_of, type_of
from .relationships import Relationship, Way, relationship, to_include
from .requests import Request
from .schemas import Role, Schema
from .tables import Tables, is_gone
from .tokens import with_registration

_WITHOUT_CAPABILITY = frozenset({"defaultNetworkId"})
"""Of the actions of hosts and projects the only one that needs none (host.json, project.json)."""

_UNSET_WHEN_INLINED: Mapping[str, Mapping[str, Any]] = {
    "container": {"healthcheckStates": None, "serviceIds": None},
    "host": {"instanceIds": None},
    "service": {"instanceIds": None, "linkedServices": None},
    "stack": {"serviceIds": None},
    "storagePool": {"hostIds": None, "volumeIds": None},
}
"""What an `include` does not fill in although the row itself shows it [run].

Source: the output filters that look up something for all rows of an answer at once (CachedOutputFilter).
"""


class Reader:
    """Answers GETs for the rows of the tables."""

    def __init__(self, tables: Tables, directory: Directory, host_access: HostAccess) -> None:
        self._tables = tables
        self._directory = directory
        self._host_access = host_access

    def resource(self, ref: Ref, request: Request, seen: Perspective) -> Answer:
        """One row, also a removed one."""
        view = self.found(ref, request, seen)
        asked = seen.asked_for
        return Answer(
            200,
            self.shown(ref, view, request, seen, included=asked != "project", as_account=asked == "account"),
        )

    def found(self, ref: Ref, request: Request, seen: Perspective) -> dict[str, Any]:
        """The fields of a row that a GET names, for itself or for what lies below it. Raises Refused 404.

        The server reads it as a list of one, so that a `marker` leads past it [run]; lists of projects are
        made by hand. Source: AbstractBaseResourceManager.getById, with the options of the request.
        """
        if seen.asked_for != "project" and collections.offset(request.parameter("marker")) > 0:
            raise errors.plain(404)
        return self.existing(ref, seen)

    def existing(self, ref: Ref, seen: Perspective) -> dict[str, Any]:
        """The fields of a row that the caller may see. Raises Refused 404."""
        view = self._tables.seen(ref, seen.access)
        if view is None:
            raise errors.plain(404)
        return view

    def shown(
        self,
        ref: Ref,
        view: dict[str, Any],
        request: Request,
        seen: Perspective,
        *,
        reloaded: bool = False,
        included: bool = True,
        as_account: bool = False,
    ) -> dict[str, Any]:
        """A row as the request wants to see it: with its first `include`, actions under their name.

        `reloaded`: the row was read anew after the call had changed it; see `offered`. Without `included`
        the request's `include` does not count. `as_account`: a project read as the account that it is has few
        links and no capability.
        """
        shown = self.rendered(
            ref,
            view,
            seen,
            include=request.parameter("include") if included else None,
            action_links=request.headers.get("x-api-action-links", "").lower() == "true",
            reloaded=reloaded or as_account,
        )
        if as_account and ref.kind == "project":
            shown["links"] = rendering.own_links(shown["links"], seen.schemas.get("account"))
        return shown

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
        if ref.kind == "host":
            view = {**view, "links": self._host_access.links_of(ref)}
        schema = self._schema_of(ref, view, seen)
        included = None
        if schema is not None and (name := to_include(schema, include)) is not None:
            inlined = self._inlined(ref, view, name, schema, seen)
            included = (name, inlined) if inlined is not None else None
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
        found = self._tables.keeper(ref.kind).offered(ref.kind, ref.number)
        offered = actions_of_v1.offered_by(ref.kind, found, seen.ruling)
        schema = self._schema_of(ref, view, seen)
        if schema is not None:
            offered &= schema.actions.keys()
        if ref.kind == "project" and (reloaded or not self.owns(ref, seen)):
            return offered & _WITHOUT_CAPABILITY
        lacking = ref.kind == "host" and reloaded and actions_of_v1.wants_capability(ref.kind, seen.ruling)
        return offered & _WITHOUT_CAPABILITY if lacking else offered

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

    def _schema_of(self, ref: Ref, view: dict[str, Any], seen: Perspective) -> Schema | None:
        return seen.ruling.get(type_of(ref.kind, view))

    def _inlined(self, ref: Ref, view: dict[str, Any], name: str, schema: Schema, seen: Perspective) -> Any:
        """The resources of a link, an object for a single one. None for none: the key is then absent."""
        found = relationship(schema, name, seen.ruling)
        if found is None:
            return None
        rows = [(r, v) for r, v in self.behind(ref, view, found, seen) if not is_gone(v)]
        shown = [
            self.rendered(r, {**v, **_UNSET_WHEN_INLINED.get(r.kind, {})}, seen, reloaded=True)
            for r, v in rows
        ]
        if not shown:
            return None
        return shown[0] if found.way is Way.REFERENCE else shown

    def behind(
        self, ref: Ref, view: dict[str, Any], found: Relationship, seen: Perspective
    ) -> list[tuple[Ref, dict[str, Any]]]:
        """The rows behind a link of a row, as far as the caller may see them."""
        if found.way is Way.REFERENCE:
            target = view.get(f"{found.name}Id")
            refs = [target] if isinstance(target, Ref) else []
        elif ref.kind in ("account", "project") and found.way is Way.CHILD:
            return self._owned_by(ref, found, seen)
        else:
            refs = [Ref(kind, number) for kind, number in self._related(ref, found.name)]
        return [(r, v) for r in refs if (v := self._tables.seen(r, seen.access)) is not None]

    def _owned_by(
        self, account: Ref, found: Relationship, seen: Perspective
    ) -> list[tuple[Ref, dict[str, Any]]]:
        table = table_of(found.element) if found.element is not None else None
        if table is None:
            return []
        rows = self._tables.listed(table.kind, table.only, seen.access)
        return [(ref, view) for ref, view in rows if view.get("accountId") == account]

    def _related(self, ref: Ref, link: str) -> list[tuple[str, int]]:
        try:
            return self._tables.keeper(ref.kind).related(ref.kind, ref.number, link)
        except KeyError:
            return []


def ref_of(schema: Schema, word: str) -> Ref:
    """The row a path names. Raises Refused 404 for an unreadable id or a type that nothing keeps.

    Accounts share letters and table with projects, pools with registries; the number tells which it is.
    """
    table, number = table_of(schema.id), number_of(word)
    if table is None or number is None:
        raise errors.plain(404)
    if table.kind == "account" and number < FIRST_ACCOUNT:
        return Ref("project", number)
    if table.kind == "storagePool" and number >= FIRST_REGISTRY:
        return Ref("registry", number)
    return Ref(table.kind, number)
