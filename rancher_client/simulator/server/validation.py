"""Bodies checked, converted and filled up by the schema (rancher-1.6-api.md 1.7, chapter 2).

The order is the server's: first the fields of the body as they stand in it, then the schema's for
defaults and required ones, so that of two faults the same one is told
(cattle: gdapi/validation/ValidationHandler.java).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from rancher_client.simulator.engine import Ref

from . import conversion, errors
from .ids import number_of
from .kinds import reference_to
from .schemas import Field, Schema, SchemaSet

Operation = Literal["create", "update"]
Exists = Callable[[Ref], bool]
"""Whether a reference in a body leads to a row that the caller may see."""


def checked(
    body: Mapping[str, Any], schema: Schema, operation: Operation, schemas: SchemaSet, exists: Exists
) -> dict[str, Any]:
    """The fields of `body` that `operation` may write, converted; on create with defaults filled in.

    Unknown fields and fields closed to the operation are dropped without a word, and so is a null for a
    field with a default: on create the default takes its place, on update the field stays as it is.
    Defaults are filled in for closed fields as well (`launchConfig.system`). Raises Refused 422.
    """
    fields: dict[str, Any] = {}
    for name, sent in body.items():
        described = schema.fields.get(name)
        if described is None or not _is_open(described, operation) or name == "id":
            continue
        if sent is None and not described.nullable and described.default is not None:
            continue
        value = _converted(name, described.type, sent, schemas, exists)
        for item in value if isinstance(value, list) else [value]:
            _check_limits(described, item, in_list=isinstance(value, list))
        fields[name] = value
    if operation == "create":
        _fill_up(fields, schema)
    return fields


def _is_open(described: Field, operation: Operation) -> bool:
    return described.create if operation == "create" else described.update


def _fill_up(fields: dict[str, Any], schema: Schema) -> None:
    """Put in the defaults of what was not sent; an empty list is as good as none where one is required."""
    for name, described in schema.fields.items():
        if name not in fields and described.default is not None:
            fields[name] = described.default
        is_missing = name not in fields or (described.container == "array" and fields[name] == [])
        if described.required and described.create and is_missing:
            raise errors.invalid_field("MissingRequired", name)


def _converted(name: str, type_id: str, value: Any, schemas: SchemaSet, exists: Exists) -> Any:
    """A value as its type wants it: containers item by item, nested types by their own schema."""
    if value is None:
        return None
    head, bracket, rest = type_id.partition("[")
    element = rest[:-1] if bracket else type_id
    if head == "map":
        if not isinstance(value, Mapping):
            raise errors.invalid_field("InvalidFormat", name)
        return {str(key): _converted(name, element, item, schemas, exists) for key, item in value.items()}
    if head == "array":
        items = value if isinstance(value, list) else [value]
        return [_converted(name, element, item, schemas, exists) for item in items]
    if head == "reference":
        return _reference(name, element, value, exists)
    if type_id in conversion.SIMPLE:
        return conversion.simple(name, type_id, value)
    schema = schemas.get(type_id)
    if schema is None:
        return value
    return checked(value if isinstance(value, Mapping) else {}, schema, "create", schemas, exists)


def _reference(name: str, type_id: str, value: Any, exists: Exists) -> Ref:
    number = number_of(value)
    if number is None or not exists(reference_to(type_id, number)):
        raise errors.invalid_field("InvalidReference", name)
    return reference_to(type_id, number)


def _check_limits(described: Field, value: Any, *, in_list: bool) -> None:
    """The limits of one value, or of each item of a list; all but numbers are looked at as text."""
    name = described.name
    if value is None:
        if in_list or (not described.nullable and described.default is None):
            raise errors.invalid_field("NotNullable", name)
        return
    if isinstance(value, int | float) and not isinstance(value, bool):
        if described.minimum is not None and value < described.minimum:
            raise errors.invalid_field("MinLimitExceeded", name)
        if described.maximum is not None and value > described.maximum:
            raise errors.invalid_field("MaxLimitExceeded", name)
    text = conversion.text_of(value)
    if described.min_length is not None and len(text) < described.min_length:
        raise errors.invalid_field("MinLengthExceeded", name)
    if described.max_length is not None and len(text) > described.max_length:
        raise errors.invalid_field("MaxLengthExceeded", name)
    if described.options and text not in described.options:
        raise errors.invalid_field("InvalidOption", name)
    if described.valid_chars is not None and not _made_of(text, described.valid_chars):
        raise errors.invalid_field("InvalidCharacters", name)


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
