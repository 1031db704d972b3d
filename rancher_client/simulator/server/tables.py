"""One face for the rows of the engine, of the directory and of the audit log, and who may see them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from rancher_client.simulator.engine import Engine, Ref

from .access import Access
from .certificates import Certificates
from .directory import Directory
from .requests import Race

_GONE = ("removed", "purged", "purging")
_OF_THE_DIRECTORY = frozenset({"account", "credential", "projectMember", "registry"})


class Rows(Protocol):
    """What keeps rows: the engine, the directory, the audit log."""

    def ids(self, kind: str, *, project: int | None = None) -> list[int]: ...
    def view(self, kind: str, number: int, /) -> dict[str, Any] | None: ...
    def offered(self, kind: str, number: int, /) -> frozenset[str]: ...
    def create(self, kind: str, fields: dict[str, Any], *, project: int | None) -> int: ...
    def update(self, kind: str, number: int, fields: dict[str, Any], /) -> None: ...
    def act(self, kind: str, number: int, action: str, body: dict[str, Any], /) -> dict[str, Any] | None: ...
    def delete(self, kind: str, number: int, /) -> None: ...
    def related(self, kind: str, number: int, link: str, /) -> list[tuple[str, int]]: ...


class Tables:
    """Finds rows wherever they are kept, as far as an access may see them.

    `engine` is asked for each time: a restored snapshot is a new engine.
    """

    def __init__(
        self, engine: Callable[[], Engine], directory: Directory, certificates: Certificates, audit_log: Rows
    ) -> None:
        self._engine = engine
        self._directory = directory
        self._apart: dict[str, Rows] = {"auditLog": audit_log, "certificate": certificates}

    def keeper(self, kind: str) -> Rows:
        """Who keeps the rows of a kind."""
        if kind in _OF_THE_DIRECTORY:
            return self._directory
        return self._apart.get(kind) or self._engine()

    def process_summary(self) -> list[dict[str, Any]]:
        """How many processes run and wait, by name."""
        return self._engine().process_summary()

    def act(self, ref: Ref, action: str, body: dict[str, Any], race: Race) -> dict[str, Any] | None:
        """Start an action; the engine decides about those that overlap with another one. Raises Refused."""
        if ref.kind not in ("service", "stack"):
            return self.keeper(ref.kind).act(ref.kind, ref.number, action, body)
        return self._engine().act(
            ref.kind, ref.number, action, body, overlapping=race.overlapping, outcome=race.outcome
        )

    def create(self, kind: str, fields: dict[str, Any], *, project: int | None) -> list[int]:
        """Make a row, or the several containers that a `count` asks for; their numbers. Raises Refused."""
        if kind == "container":
            return self._engine().create_containers(fields, project=project)
        return [self.keeper(kind).create(kind, fields, project=project)]

    def update(self, ref: Ref, fields: dict[str, Any], race: Race) -> None:
        """Change fields. Raises Refused."""
        if ref.kind == "service":
            self._engine().update(ref.kind, ref.number, fields, overlapping=race.overlapping)
        else:
            self.keeper(ref.kind).update(ref.kind, ref.number, fields)

    def view(self, ref: Ref) -> dict[str, Any] | None:
        """The fields of a row, also of a removed one; None when there never was such a row."""
        return self.keeper(ref.kind).view(ref.kind, ref.number)

    def seen(self, ref: Ref, access: Access) -> dict[str, Any] | None:
        """The fields of a row if this access may see it."""
        view = self.view(ref)
        return view if view is not None and self._may_see(ref, view, access) else None

    def listed(
        self, kind: str, only: str | None, access: Access, *, all_projects: bool = False
    ) -> list[tuple[Ref, dict[str, Any]]]:
        """The rows of a list: visible, not removed, of the right `kind` field."""
        refs = self._candidates(kind, access)
        found = ((ref, self.seen(ref, access)) for ref in refs)
        rows = [(ref, view) for ref, view in found if view is not None and not is_gone(view)]
        if only is not None:
            rows = [(ref, view) for ref, view in rows if view["kind"] == only]
        if kind == "project" and access.project is None and not all_projects:
            own = set(self._directory.projects_of(access.caller.account.number))
            rows = [(ref, view) for ref, view in rows if ref.number in own]
        return rows

    def _candidates(self, kind: str, access: Access) -> list[Ref]:
        """A project is an account: the list of accounts has it where it is the caller's own.

        A registry is a pool and stands in their list (both are rows of `storage_pool`).
        """
        if kind in ("account", "project") and access.project is not None:
            return [Ref("project", access.project)]
        found = [Ref(kind, number) for number in self.keeper(kind).ids(kind, project=access.project)]
        if kind == "account" and access.sees_everything:
            found += [Ref("project", number) for number in self._engine().ids("project")]
        if kind == "storagePool":
            registries = self._directory.ids("registry", project=access.project)
            found += [Ref("registry", number) for number in registries]
        return found

    def _may_see(self, ref: Ref, view: Mapping[str, Any], access: Access) -> bool:
        if access.sees_everything:
            return True
        if ref.kind == "project":
            if access.project is not None:
                return ref.number == access.project
            return self._directory.role_in(access.caller.account.number, ref.number) is not None
        if ref.kind == "account":
            return ref == access.caller.account
        if ref.kind == "projectMember":
            if access.project is not None:
                return bool(view["projectId"].number == access.project)
            member_of = self._directory.projects_of(access.caller.account.number)
            return view["projectId"].number in member_of
        return bool(view.get("accountId") == access.account)


def is_gone(view: Mapping[str, Any]) -> bool:
    """Whether a row has left the lists (1.6); it stays readable by its id."""
    return view.get("state") in _GONE or view.get("removed") is not None
