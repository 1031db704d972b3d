"""Lists: filters, sort, pages and the collection around the rows (rancher-1.6-api.md 1.6).

What a query asks for is read by the type in the path, also where the rows behind a link have another one
(gdapi: ParseCollectionAttributes.java); how much of it counts depends on the link (`relationships.Way`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from rancher_client.simulator.engine import Ref

from . import errors
from .ids import number_of
from .schemas import Schema

DEFAULT_LIMIT = 100
MAX_LIMIT = 3000

Row = tuple[Ref, Mapping[str, Any]]

_COMPARISONS = frozenset({"eq", "ne", "lt", "lte", "gt", "gte"})

_FORMATTED_ID = "resourceId"
"""The column of audit log and processes that holds ids of any type; its filter wants them formatted."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter of the query; `type_id` is the type of its field."""

    field: str
    modifier: str
    value: str
    type_id: str

    def echo(self) -> dict[str, str | None]:
        """How `filters` of the answer shows it: ids as the number they were read as."""
        value: str | None = self.value
        if self.type_id.startswith("reference[") or self.field == _FORMATTED_ID:
            number = number_of(self.value)
            readable = None if self.field == _FORMATTED_ID else self.value
            value = readable if number is None else str(number)
        elif self.type_id == "date" and not self.value:
            value = None
        return {"value": value, "modifier": self.modifier}


@dataclass(frozen=True, slots=True)
class Query:
    """What a list request asks for. `order` is None unless the sort field is known."""

    conditions: tuple[Condition, ...]
    sort: str | None
    descending: bool
    limit: int
    offset: int
    text: str

    @classmethod
    def read(cls, text: str, schema: Schema) -> Query:
        """The query string of a list whose path names the type `schema`.

        Unknown filters, modifiers and sorts are ignored, and so are those of fields that the caller does not
        see, although the schema may name them as filters (`removeTime`).
        """
        pairs = parse_qsl(text, keep_blank_values=True)
        first = dict(reversed(pairs))
        sort = first.get("sort")
        return cls(
            conditions=_conditions(pairs, schema),
            sort=sort if sort in schema.filters and sort in schema.fields else None,
            descending=first.get("order", "").lower() == "desc",
            limit=_limit(first.get("limit")),
            offset=offset(first.get("marker")),
            text=text,
        )


def select(rows: Iterable[Row], query: Query) -> list[Row]:
    """The rows that meet every condition. Raises Refused 500 for a date that is none, rows or not [run]."""
    for condition in query.conditions:
        if condition.type_id == "date" and condition.modifier in _COMPARISONS:
            _moment(condition.value)
    return [row for row in rows if all(_meets(row, each) for each in query.conditions)]


def named(rows: Iterable[Row], query: Query) -> list[Row]:
    """The projects of an id, a uuid or a name, which are all that their list looks at, whatever the modifier.

    Source: ProjectResourceManager.listInternal.
    """
    wanted = {c.field: c.value for c in reversed(query.conditions) if c.value.strip()}
    if "id" in wanted:
        return [row for row in rows if str(row[0].number) == wanted["id"]]
    if "uuid" in wanted:
        return [row for row in rows if row[1].get("uuid") == wanted["uuid"]]
    if "name" in wanted:
        return [row for row in rows if str(row[1].get("name")).lower() == wanted["name"].lower()]
    return list(rows)


def in_order(rows: Iterable[Row], query: Query) -> list[Row]:
    """The rows sorted as the query asks; by id without a sort."""
    ordered = sorted(rows, key=lambda row: row[0].number)
    if query.sort is not None:
        name = query.sort
        ordered.sort(key=lambda row: _sort_key(_stored(row, name)), reverse=query.descending)
    return ordered


def page(rows: Sequence[Row], query: Query) -> tuple[Sequence[Row], bool]:
    """The page that limit and marker ask for, and whether more rows follow it."""
    end = query.offset + query.limit
    return rows[query.offset : end], len(rows) > end


def collection(
    *,
    resource_type: str,
    url: str,
    query: Query | None,
    schema: Schema | None,
    data: list[dict[str, Any]],
    more: bool = False,
    paged: bool = True,
    create_types: Mapping[str, str] | None = None,
    create_defaults: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The answer around `data`.

    Without `query` it is a list made by hand, which shows neither filters nor sorting; one that is not
    `paged` shows them, though it does not come from a table (1.6).
    """
    filters: Mapping[str, tuple[str, ...]] = schema.filters if schema is not None else {}
    body: dict[str, Any] = {
        "type": "collection",
        "resourceType": resource_type,
        "links": {"self": url},
        "createTypes": dict(create_types or {}),
        "actions": {},
        "data": data,
        "sortLinks": {},
        "pagination": None,
        "sort": None,
        "filters": {},
        "createDefaults": dict(create_defaults or {}),
    }
    if query is None:
        return body
    body["sortLinks"] = {name: _with(url, query, sort=name) for name in sorted(filters)}
    if paged:
        body["pagination"] = {
            "first": None,
            "previous": None,
            "next": _with_marker(url, query) if more else None,
            "limit": query.limit,
            "total": None,
            "partial": more,
        }
    if query.sort is not None:
        reverse = "asc" if query.descending else "desc"
        body["sort"] = {
            "name": query.sort,
            "reverse": _with(url, query, sort=query.sort, order=reverse),
            "order": "desc" if query.descending else "asc",
        }
    asked_for = {condition.field for condition in query.conditions}
    body["filters"] = {name: _echo(name, query) for name in sorted(asked_for | filters.keys())}
    return body


def listed_alone(resource: dict[str, Any], url: str) -> dict[str, Any]:
    """One resource as the list of itself, which is how the DELETE of a project is answered [run]."""
    return collection(resource_type=resource["type"], url=url, query=None, schema=None, data=[resource])


def _echo(name: str, query: Query) -> list[dict[str, str | None]] | None:
    return [c.echo() for c in query.conditions if c.field == name] or None


def _conditions(pairs: Iterable[tuple[str, str]], schema: Schema) -> tuple[Condition, ...]:
    """Known filters with known modifiers. Of two different modifiers on one field only one is used:
    the one that the schema names first (`ne` beat `prefix` in either order)."""
    found: dict[str, list[Condition]] = {}
    for key, value in pairs:
        name, underscore, modifier = key.rpartition("_")
        if not underscore:
            name, modifier = key, "eq"
        described = schema.fields.get(name)
        if described is not None and modifier in schema.filters.get(name, ()):
            found.setdefault(name, []).append(Condition(name, modifier, value, described.type))
    used: list[Condition] = []
    for name, conditions in found.items():
        strongest = min((c.modifier for c in conditions), key=schema.filters[name].index)
        used += [c for c in conditions if c.modifier == strongest]
    return tuple(used)


def _limit(text: str | None) -> int:
    if text is None or not re.fullmatch(r"-?\d+", text):
        return DEFAULT_LIMIT
    limit = int(text)
    return limit if 0 < limit <= MAX_LIMIT else MAX_LIMIT


def offset(marker: str | None) -> int:
    """How many rows a marker leaves out; what cannot be read leaves out none."""
    readable = re.fullmatch(r"m(\d+)", marker or "")
    return int(readable[1]) if readable else 0


def _stored(row: Row, name: str) -> Any:
    ref, view = row
    return ref.number if name == "id" else view.get(name)


def _meets(row: Row, condition: Condition) -> bool:
    stored = _stored(row, condition.field)
    match condition.modifier:
        case "null":
            return stored is None
        case "notnull":
            return stored is not None
        case "prefix" | "like" | "notlike":
            return stored is not None and _matches_text(str(stored), condition)
    wanted = _wanted(condition, stored)
    if stored is None or wanted is None:
        return False
    match condition.modifier:
        case "eq":
            return bool(stored == wanted)
        case "ne":
            return bool(stored != wanted)
        case "lt":
            return bool(stored < wanted)
        case "lte":
            return bool(stored <= wanted)
        case "gt":
            return bool(stored > wanted)
        case "gte":
            return bool(stored >= wanted)
    return True


def _matches_text(stored: str, condition: Condition) -> bool:
    if condition.modifier == "prefix":
        return stored.startswith(condition.value)
    pattern = "".join({"%": ".*", "_": "."}.get(char, re.escape(char)) for char in condition.value)
    matches = re.fullmatch(pattern, stored, re.DOTALL) is not None
    return matches if condition.modifier == "like" else not matches


def _wanted(condition: Condition, stored: Any) -> Any:
    """The value to compare with, None when nothing can match it.

    Reference fields want the formatted id, the row's own id the plain number.
    """
    text, type_id = condition.value, condition.type_id
    if condition.field == _FORMATTED_ID:
        number = number_of(text)
        own = stored.number if isinstance(stored, Ref) else number_of(stored)
        return stored if number is not None and number == own else None
    if condition.field == "id" or type_id == "int":
        return int(text) if re.fullmatch(r"-?\d+", text) else None
    if type_id.startswith("reference["):
        number = number_of(text)
        return stored._replace(number=number) if isinstance(stored, Ref) and number is not None else None
    if type_id == "boolean":
        return text.lower() in ("true", "1")
    return _moment(text) if type_id == "date" else text


def _moment(text: str) -> float:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except ValueError:
        raise errors.plain(500) from None


def _sort_key(value: Any) -> tuple[int, Any]:
    """Nulls first; rows of one field have values of one type."""
    if value is None:
        return (0, 0)
    return (1, value.number if isinstance(value, Ref) else value)


def _with_marker(url: str, query: Query) -> str:
    kept = _kept(query.text, ("marker",))
    return f"{url}?{'&'.join([*kept, f'marker=m{query.offset + query.limit}'])}"


def _with(url: str, query: Query, **parameters: str) -> str:
    kept = _kept(query.text, ("marker", "order", "sort"))
    return f"{url}?{'&'.join([*kept, *(f'{name}={value}' for name, value in parameters.items())])}"


def _kept(text: str, without: tuple[str, ...]) -> list[str]:
    return [part for part in text.split("&") if part and part.partition("=")[0] not in without]
