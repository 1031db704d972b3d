"""The schemas as each role sees them: what may be read, written, called and filtered.

The data beside this module are whole answers of `GET .../schemas` of a live server, links made
relative (rancher-1.6-api.md 1.9). A role *is* a schema: what it may not do is absent (chapter 11).
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any


class Version(StrEnum):
    """The two versions of the API (1.1)."""

    V1 = "v1"
    V2_BETA = "v2-beta"


class Role(StrEnum):
    """Whose eyes a schema is seen with. `UNSCOPED_USER` is a plain account key outside a project."""

    ADMIN = "admin"
    OWNER = "owner"
    MEMBER = "member"
    RESTRICTED = "restricted"
    READONLY = "readonly"
    ENVIRONMENT_KEY = "env"
    UNSCOPED_USER = "unscoped-user"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a type, as the schema describes it."""

    name: str
    type: str
    create: bool
    update: bool
    nullable: bool
    required: bool
    default: Any
    options: tuple[str, ...]
    minimum: int | None
    maximum: int | None
    min_length: int | None
    max_length: int | None
    valid_chars: str | None

    @classmethod
    def read(cls, name: str, raw: Mapping[str, Any]) -> Field:
        """The field `name` from its entry in `resourceFields`."""
        return cls(
            name=name,
            type=raw["type"],
            create=raw["create"],
            update=raw["update"],
            nullable=raw.get("nullable", False),
            required=raw.get("required", False),
            default=raw.get("default"),
            options=tuple(raw.get("options") or ()),
            minimum=raw.get("min"),
            maximum=raw.get("max"),
            min_length=raw.get("minLength"),
            max_length=raw.get("maxLength"),
            valid_chars=raw.get("validChars"),
        )

    @property
    def container(self) -> str | None:
        """`array` or `map` for `array[...]` and `map[...]`, `reference` for a reference, else None."""
        head, bracket, _ = self.type.partition("[")
        return head if bracket else None

    @property
    def element(self) -> str:
        """What stands between the brackets of the type, or the type itself."""
        _, bracket, rest = self.type.partition("[")
        return rest[:-1] if bracket else self.type


@dataclass(frozen=True, slots=True)
class Schema:
    """One type. `raw` is the recorded answer with relative links."""

    id: str
    plural: str
    fields: Mapping[str, Field]
    filters: Mapping[str, tuple[str, ...]]
    links: tuple[str, ...]
    actions: Mapping[str, str | None]
    collection_methods: frozenset[str]
    resource_methods: frozenset[str]
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Schema:
        """A type from one entry of the `schemas` collection."""
        return cls(
            id=raw["id"],
            plural=raw["pluralName"],
            fields=MappingProxyType({n: Field.read(n, f) for n, f in raw["resourceFields"].items()}),
            filters=MappingProxyType({n: tuple(f["modifiers"]) for n, f in raw["collectionFilters"].items()}),
            links=tuple(sorted(raw["includeableLinks"])),
            actions=MappingProxyType({n: a["input"] for n, a in raw["resourceActions"].items()}),
            collection_methods=frozenset(raw["collectionMethods"]),
            resource_methods=frozenset(raw["resourceMethods"]),
            raw=raw,
        )

    @property
    def path(self) -> str:
        """The collection's path below the prefix: always lower-case (1.2)."""
        return self.plural.lower()


class SchemaSet:
    """All types of one version as one role sees them."""

    def __init__(self, version: Version, role: Role, schemas: Iterable[Schema]) -> None:
        self.version = version
        self.role = role
        self._by_id = {schema.id: schema for schema in schemas}
        self._by_path = {schema.path: schema for schema in self._by_id.values()}
        self._by_path |= {schema.id.lower(): schema for schema in self._by_id.values()}

    def __iter__(self) -> Iterator[Schema]:
        return iter(self._by_id.values())

    def get(self, type_id: str) -> Schema | None:
        """The type of exactly this id, None when the role does not see it."""
        return self._by_id.get(type_id)

    def at_path(self, word: str) -> Schema | None:
        """The type a path's word names: any case, plural or singular (1.1)."""
        return self._by_path.get(word.lower())


@cache
def schemas_for(version: Version, role: Role) -> SchemaSet:
    """The schemas of `version` as `role` sees them."""
    base = "admin" if role is Role.ADMIN else "owner"
    raw: list[dict[str, Any]] = _recorded(f"{version}-{base}")
    if role not in (Role.ADMIN, Role.OWNER):
        raw = _with_differences(raw, _recorded("roles-against-owner")[f"{version} {role}"])
    return SchemaSet(version, role, map(Schema.read, raw))


@cache
def _links_as_written() -> Mapping[str, str]:
    everywhere = schemas_for(Version.V2_BETA, Role.ADMIN)
    return {link.lower(): link for schema in everywhere for link in schema.links}


def links_of(schema: Schema) -> tuple[str, ...]:
    """The links of a type by the names that answers give them.

    A v1 schema writes in lower case what answers write in camel case, and names one link that there is no
    longer (`environments` of an account) [run].
    """
    names = _links_as_written()
    return tuple(names[link.lower()] for link in schema.links if link.lower() in names)


@cache
def _recorded(name: str) -> Any:
    file = resources.files(__package__).joinpath("recorded", f"{name}.json.gz")
    return json.loads(gzip.decompress(file.read_bytes()))


def _with_differences(owner: list[dict[str, Any]], differences: Mapping[str, Any]) -> list[dict[str, Any]]:
    absent = set(differences.get("types_absent", ()))
    changes = differences.get("types", {})
    seen = [_changed(raw, changes.get(raw["id"], {})) for raw in owner if raw["id"] not in absent]
    return sorted([*seen, *differences.get("types_added", {}).values()], key=lambda raw: raw["id"])


def _changed(raw: dict[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    changed = dict(raw)
    for key, value in change.items():
        if key == "resourceFields":
            kept = {n: f for n, f in raw[key].items() if n not in value.get("absent", ())}
            overlaid = {n: {**f, **value.get("changed", {}).get(n, {})} for n, f in kept.items()}
            changed[key] = overlaid
        elif key == "resourceActions":
            kept = {n: a for n, a in raw[key].items() if n not in value.get("absent", ())}
            added = {n: {"input": None, "output": raw["id"]} for n in value.get("added", ())}
            changed[key] = kept | added
        else:
            changed[key] = value
    return changed
