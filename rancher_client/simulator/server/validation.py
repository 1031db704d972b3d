"""Bodies checked, converted and filled up by the schema (rancher-1.6-api.md 1.7, chapter 2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

from rancher_client.simulator.engine import Ref

from . import errors
from .ids import number_of
from .kinds import table_of
from .schemas import Field, Schema, SchemaSet

Operation = Literal["create", "update"]
Exists = Callable[[Ref], bool]
"""Whether a reference in a body leads to a row that the caller may see."""

_TRUE = frozenset({"true", "yes", "y", "on", "1"})


def checked(
    body: Mapping[str, Any], schema: Schema, operation: Operation, schemas: SchemaSet, exists: Exists
) -> dict[str, Any]:
    """The fields of `body` that `operation` may write, converted; on create with defaults filled in.

    Unknown fields and fields closed to the operation are dropped without a word; defaults are filled in
    for closed fields as well (`launchConfig.system`). Raises Refused 422.
    """
    fields: dict[str, Any] = {}
    for described in schema.fields.values():
        is_open = described.create if operation == "create" else described.update
        if is_open and described.name in body:
            value = _converted(described, body[described.name], schemas, exists)
            _check_limits(described, value)
            fields[described.name] = value
        elif operation == "create":
            if described.required and is_open:
                raise errors.invalid_field("MissingRequired", described.name)
            if described.default is not None:
                fields[described.name] = described.default
    return fields


def _converted(described: Field, value: Any, schemas: SchemaSet, exists: Exists) -> Any:
    if value is None:
        return _null(described)
    if described.container == "array":
        items = value if isinstance(value, list) else [value]
        return [None if item is None else _single(described, item, schemas, exists) for item in items]
    if described.container == "map":
        if not isinstance(value, Mapping):
            raise errors.invalid_field("InvalidFormat", described.name)
        return {
            str(key): None if item is None else _single(described, item, schemas, exists)
            for key, item in value.items()
        }
    return _single(described, value, schemas, exists)


def _null(described: Field) -> Any:
    if described.nullable:
        return None
    if described.type == "boolean":
        return False
    if described.default is None:
        raise errors.invalid_field("NotNullable", described.name)
    return described.default


def _single(described: Field, value: Any, schemas: SchemaSet, exists: Exists) -> Any:
    """One value, or one element of a list or map; `described.element` is its type."""
    name, kind = described.name, described.element
    if kind.startswith("reference["):
        return _reference(name, kind[len("reference[") : -1], value, exists)
    if described.container == "reference":
        return _reference(name, kind, value, exists)
    convert = _CONVERTERS.get(kind)
    if convert is not None:
        return convert(name, value)
    schema = schemas.get(kind)
    if schema is None:
        return value
    return checked(value if isinstance(value, Mapping) else {}, schema, "create", schemas, exists)


def _reference(name: str, type_id: str, value: Any, exists: Exists) -> Ref:
    number = number_of(value)
    table = table_of(type_id)
    if number is None or not exists(Ref(table.kind if table else type_id, number)):
        raise errors.invalid_field("InvalidReference", name)
    return Ref(table.kind if table else type_id, number)


def _integer(name: str, value: Any) -> int:
    try:
        return int(float(value)) if not isinstance(value, str) else int(value.strip())
    except (TypeError, ValueError, OverflowError):
        raise errors.invalid_field("InvalidFormat", name) from None


def _boolean(name: str, value: Any) -> bool:
    return str(value).strip().lower() in _TRUE


def _string(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | Mapping):
        raise errors.invalid_field("InvalidFormat", name)
    return str(value)


def _date(name: str, value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) / 1000
    try:
        return datetime.fromisoformat(str(value).replace("Z", "+00:00")).timestamp()
    except ValueError:
        raise errors.invalid_field("InvalidDateFormat", name) from None


_CONVERTERS: Mapping[str, Callable[[str, Any], Any]] = {
    "boolean": _boolean,
    "date": _date,
    "enum": _string,
    "int": _integer,
    "password": _string,
    "string": _string,
}


def _check_limits(described: Field, value: Any) -> None:
    name = described.name
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str):
            if described.min_length is not None and len(item) < described.min_length:
                raise errors.invalid_field("MinLengthExceeded", name)
            if described.max_length is not None and len(item) > described.max_length:
                raise errors.invalid_field("MaxLengthExceeded", name)
            if described.options and item not in described.options:
                raise errors.invalid_field("InvalidOption", name)
            if described.valid_chars is not None and not _made_of(item, described.valid_chars):
                raise errors.invalid_field("InvalidCharacters", name)
        elif isinstance(item, int) and not isinstance(item, bool):
            if described.minimum is not None and item < described.minimum:
                raise errors.invalid_field("MinLimitExceeded", name)
            if described.maximum is not None and item > described.maximum:
                raise errors.invalid_field("MaxLimitExceeded", name)


def _made_of(text: str, valid_chars: str) -> bool:
    """Whether `text` holds only characters of a class as schemas write it, e.g. `a-zA-Z0-9-`."""
    allowed: set[str] = set()
    rest = valid_chars
    while rest:
        if len(rest) >= 3 and rest[1] == "-":
            allowed.update(map(chr, range(ord(rest[0]), ord(rest[2]) + 1)))
            rest = rest[3:]
        else:
            allowed.add(rest[0])
            rest = rest[1:]
    return allowed.issuperset(text)
