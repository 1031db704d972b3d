"""The certificates that a project keeps for its load balancers (rancher-1.6-api.md 12).

Rows as the engine's and the directory's: the same methods, so that requests need not know who keeps a kind.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from rancher_client.simulator.engine import Ref, Refused

from . import errors
from .certificate_fields import described
from .directory_rows import SETTLES, Row
from .ids import drawn_uuid

_PROCESSES = {
    "create": ("activating", "active"),
    "remove": ("removing", "removed"),
    "update": ("updating-active", "active"),
}
_OFFERED = {"activating": frozenset({"remove"}), "active": frozenset({"remove", "update"})}
_WRITTEN = ("name", "description", "cert", "certChain")
_STARTS_UPDATE = ("cert", "key")


@dataclass(slots=True)
class Certificate(Row):
    """A certificate of a project or account. `key` is whatever was sent as such: nobody looks at it."""

    owner_kind: str = "project"
    owner: int = 0
    cert: str = ""
    certChain: str | None = None
    key: str = ""
    read: dict[str, Any] = field(default_factory=dict)
    """What the server read out of it (`certificate_fields.described`)."""

    @property
    def account(self) -> Ref:
        """The project or account that it belongs to."""
        return Ref(self.owner_kind, self.owner)

    def offered(self) -> frozenset[str]:
        """The actions whose process may start from the present state."""
        return _OFFERED.get(self.state, frozenset())

    def begin(self, action: str, now: float) -> None:
        """Start a process: transitional state now, its end a moment later."""
        self.state, self.settles_to = _PROCESSES[action]
        self.settles_at = now + SETTLES


class Certificates:
    """Keeps them. `clock` tells the virtual time."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._rows: dict[int, Certificate] = {}

    def check_name(self, name: object, account: Ref, *, number: int | None = None) -> None:
        """Raises Refused 422 for the name of another certificate of the account that is not removed."""
        rows = [row for row in map(self._settled, self._rows) if row.account == account and row.id != number]
        if name is not None and any(row.name == name and row.removed is None for row in rows):
            raise errors.invalid_field("NotUnique", "name")

    def key(self, number: int) -> str:
        """The private key, which answers to POST show and no others."""
        return self._rows[number].key

    def ids(self, kind: str, *, project: int | None = None) -> list[int]:
        """The numbers of all, or of those of one project."""
        wanted = None if project is None else Ref("project", project)
        return [row.id for row in self._rows.values() if wanted in (None, row.account)]

    def view(self, kind: str, number: int, /) -> dict[str, Any] | None:
        """The fields by their REST names, without the private key; None when there is no such row."""
        if number not in self._rows:
            return None
        row = self._settled(number)
        own = {"kind": kind, "accountId": row.account, "cert": row.cert, "certChain": row.certChain}
        return row.shown() | row.read | own

    def offered(self, kind: str, number: int, /) -> frozenset[str]:
        """The actions that may start now."""
        return self._settled(number).offered()

    def create(self, kind: str, fields: dict[str, Any], *, project: int | None) -> int:
        """A new one for `fields["owner"]`, from what `with_data` gave; `activating` at first."""
        owner: Ref = fields["owner"]
        number, now = max(self._rows, default=0) + 1, self._clock()
        made = drawn_uuid(random.Random(f"certificate {number} {now}"))  # noqa: S311  no secret
        row = Certificate(id=number, uuid=made, created=now, owner_kind=owner.kind, owner=owner.number)
        self._rows[number] = row
        self._write(row, fields)
        row.begin("create", now)
        return number

    def update(self, kind: str, number: int, fields: dict[str, Any], /) -> None:
        """Change what was sent; another certificate or key starts a process (`scheduleUpdate`)."""
        row = self._settled(number)
        changed = any(name in fields and fields[name] != getattr(row, name) for name in _STARTS_UPDATE)
        self._write(row, fields)
        if changed:
            row.begin("update", self._clock())

    def act(self, kind: str, number: int, action: str, body: dict[str, Any], /) -> dict[str, Any] | None:
        """Start a process; the caller has checked that it is offered. The body changes nothing."""
        self._settled(number).begin(action, self._clock())
        return None

    def delete(self, kind: str, number: int, /) -> None:
        """Remove; once more is no fault. Raises Refused 405 while it is being updated."""
        row = self._settled(number)
        if row.state in ("removing", "removed"):
            return
        if "remove" not in row.offered():
            raise errors.plain(405)
        row.begin("remove", self._clock())

    def related(self, kind: str, number: int, link: str, /) -> list[tuple[str, int]]:
        """Nothing but the account stands behind a link of one."""
        raise KeyError(link)

    def saved(self) -> list[dict[str, Any]]:
        """A JSON-able copy."""
        return [asdict(row) for row in self._rows.values()]

    def restore(self, saved: Iterable[Mapping[str, Any]]) -> None:
        """Take over what `saved` wrote."""
        self._rows = {row["id"]: Certificate(**row) for row in saved}

    def _settled(self, number: int) -> Certificate:
        row = self._rows[number]
        row.settle(self._clock())
        return row

    def _write(self, row: Certificate, fields: Mapping[str, Any]) -> None:
        for name in (*_WRITTEN, "key"):
            if name in fields:
                setattr(row, name, fields[name])
        row.read = fields["data"]["fields"]


def with_data(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a POST or PUT with what is read out of the certificate, as the server's filter adds it.

    Raises Refused 422 InvalidFormat, also for a PUT that sends no certificate.
    """
    return {**fields, "data": {"fields": described(fields.get("cert"))}}


def check_unused(number: int, balancers: Iterable[Mapping[str, Any]]) -> None:
    """Raises Refused 405 for the certificate that load balancers have as their default.

    Those that only list it do not hold it: the server's filter looks for them in the wrong list.
    Source: cattle: LoadBalancerServiceCertificateRemoveFilter.java [run].
    """
    configs = [(balancer["name"], balancer.get("lbConfig") or {}) for balancer in balancers]
    users = [name for name, config in configs if config.get("defaultCertificateId") == number]
    if users:
        text = f"Certificate is in use by load balancer services: {','.join(users)}"
        raise Refused(405, "InvalidAction", message=text)
