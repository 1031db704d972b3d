"""Who did what by the API: one row for every call that is no GET (rancher-1.6-api.md chapter 9)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rancher_client.simulator.engine import Ref

from . import errors

_NAMES_IN_UI = {"project": "environment", "environment": "stack"}
"""Event names are those of the UI."""

_NEVER_LOGGED = frozenset(
    {"adminAccountPassword", "newSecret", "oldSecret", "password", "secretValue", "serviceAccountPassword"}
)
"""Keys that neither object of a row has, whatever the type. Source: AuditServiceImpl.putInAsString."""


@dataclass(slots=True)
class Row:
    """One call, accepted or refused."""

    id: int
    created: float
    account: tuple[str, int]
    by: tuple[str, int]
    auth_type: str | None
    client_ip: str
    event: str
    resource_type: str
    resource_id: str | None
    request: str
    response: str
    status: int


class AuditLog:
    """All rows, read like those of the engine."""

    def __init__(self) -> None:
        self._rows: dict[int, Row] = {}

    def add(
        self,
        *,
        now: float,
        account: Ref,
        by: Ref,
        auth_type: str | None,
        client_ip: str,
        type_id: str,
        verb: str,
        resource_id: str | None,
        request: Mapping[str, Any],
        response: Mapping[str, Any],
        status: int,
    ) -> None:
        """Write a row, inside the request. `resource_id` is None for a refused call."""
        number = len(self._rows) + 1
        self._rows[number] = Row(
            id=number,
            created=now,
            account=(account.kind, account.number),
            by=(by.kind, by.number),
            auth_type=auth_type,
            client_ip=client_ip,
            event=f"api.{_NAMES_IN_UI.get(type_id, type_id)}.{verb}",
            resource_type=type_id,
            resource_id=resource_id,
            request=_text(request, type_id),
            response=_text(response, type_id),
            status=status,
        )

    def ids(self, kind: str, *, project: int | None = None) -> list[int]:
        """The numbers of all rows, or of those of one project."""
        rows = self._rows.values()
        return [row.id for row in rows if project is None or row.account == ("project", project)]

    def view(self, kind: str, number: int) -> dict[str, Any] | None:
        """A row by its REST names."""
        row = self._rows.get(number)
        if row is None:
            return None
        by = Ref(*row.by)
        identity = f"1i!rancher_id:{by.number}"
        return {
            "kind": "auditLog",
            "accountId": Ref(*row.account),
            "authType": row.auth_type,
            "authenticatedAsAccountId": by,
            "authenticatedAsIdentityId": identity,
            "clientIp": row.client_ip,
            "created": row.created,
            "description": None,
            "eventType": row.event,
            "requestObject": row.request,
            "resourceId": row.resource_id,
            "resourceType": row.resource_type,
            "responseCode": row.status,
            "responseObject": row.response,
            "links": {"authenticatedAsIdentity": f"/identities/{identity}"},
        }

    def offered(self, kind: str, number: int) -> frozenset[str]:
        """Nothing can be done to a row."""
        return frozenset()

    def create(self, kind: str, fields: dict[str, Any], *, project: int | None) -> int:
        """Refused: only calls write rows."""
        raise errors.plain(405)

    def update(self, kind: str, number: int, fields: dict[str, Any]) -> None:
        """Refused: rows do not change."""
        raise errors.plain(405)

    def act(self, kind: str, number: int, action: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """Refused: rows have no actions."""
        raise errors.plain(405)

    def delete(self, kind: str, number: int) -> None:
        """Refused: rows end by age alone."""
        raise errors.plain(405)

    def related(self, kind: str, number: int, link: str) -> list[tuple[str, int]]:
        """Rows have no lists behind them."""
        raise KeyError(link)

    def saved(self) -> list[dict[str, Any]]:
        """A JSON-able copy."""
        return [asdict(row) for row in self._rows.values()]

    def restore(self, saved: list[dict[str, Any]]) -> None:
        """Take over what `saved` wrote."""
        rows = (Row(**{**row, "account": tuple(row["account"]), "by": tuple(row["by"])}) for row in saved)
        self._rows = {row.id: row for row in rows}


def request_of_upgrade(
    body: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, Any]:
    """The `requestObject` of an accepted service upgrade: the body as the filter left it.

    It has the new `version` in every config sent and the former configs beside them. `before` and
    `after` are the service's fields around the call.
    """
    strategy = dict(body.get("inServiceStrategy") or {})
    if strategy:
        if strategy.get("launchConfig") is not None:
            strategy["launchConfig"] = after["launchConfig"]
        sent = {config.get("name") for config in strategy.get("secondaryLaunchConfigs") or ()}
        stored = after.get("secondaryLaunchConfigs") or ()
        strategy["secondaryLaunchConfigs"] = [config for config in stored if config.get("name") in sent]
        strategy["previousLaunchConfig"] = before["launchConfig"]
        strategy["previousSecondaryLaunchConfigs"] = before.get("secondaryLaunchConfigs") or []
        strategy["fullUpgrade"] = True
    return {"inServiceStrategy": strategy or None, "toServiceStrategy": body.get("toServiceStrategy")}


def _text(value: Mapping[str, Any], type_id: str) -> str:
    """JSON without top-level keys that end in `Config` or hold a secret; references as bare numbers."""
    hidden = _NEVER_LOGGED | ({"value"} if type_id == "secret" else frozenset())
    kept = {key: item for key, item in value.items() if not key.endswith("Config") and key not in hidden}
    return json.dumps(_plain(kept), separators=(",", ":"), ensure_ascii=False).replace("/", "\\/")


def _plain(value: Any) -> Any:
    if isinstance(value, Ref):
        return value.number
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
