"""A resource of the API back into the view it was rendered from: the inverse of `server.rendering`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rancher_client.simulator.engine import Ref
from rancher_client.simulator.server.ids import number_of
from rancher_client.simulator.server.kinds import table_of
from rancher_client.simulator.server.rendering import SHOWN_WHEN_SET
from rancher_client.simulator.server.schemas import Field, Role, SchemaSet, Version, schemas_for


def view_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """The field values of a resource by their REST names: references as `Ref`, dates as epoch seconds.

    Read with the schemas of an owner in v2-beta, which show an environment key all that it may see. Fields
    without a value are left out. Raises LookupError for a type that those schemas do not have.
    """
    schemas = schemas_for(Version.V2_BETA, Role.OWNER)
    schema = schemas.get(str(body["type"]))
    if schema is None:
        raise LookupError(f"There is no schema of {body['type']!r}.")
    values = {
        name: _date(body.get(f"{name}TS")) if field.type == "date" else _value(field, body.get(name), schemas)
        for name, field in schema.fields.items()
        if name != "id"
    } | {
        name: _without_schema(body.get(name))
        for name in SHOWN_WHEN_SET.get(schema.id, ())
        if name not in schema.fields
    }
    return {"kind": str(body["type"])} | {name: value for name, value in values.items() if value is not None}


def _without_schema(value: Any) -> Any:
    """A value that no schema describes: in a list of what hosts say, each names its host."""
    if isinstance(value, list):
        return [_without_schema(item) for item in value]
    if isinstance(value, Mapping) and "hostId" in value:
        return {**value, "hostId": _reference("host", value["hostId"])}
    return value


def _date(millis: Any) -> float | None:
    return millis / 1000 if isinstance(millis, int | float) else None


def _value(field: Field, value: Any, schemas: SchemaSet) -> Any:
    if field.container == "array" and isinstance(value, list):
        return [_single(field.element, item, schemas) for item in value]
    if field.container == "map" and isinstance(value, Mapping):
        return {key: _single(field.element, item, schemas) for key, item in value.items()}
    if field.container == "reference":
        return _reference(field.element, value)
    return _single(field.type, value, schemas)


def _single(type_id: str, value: Any, schemas: SchemaSet) -> Any:
    if type_id.startswith("reference["):
        return _reference(type_id[len("reference[") : -1], value)
    schema = schemas.get(type_id)
    if schema is None or not isinstance(value, Mapping):
        return value
    return {
        name: _value(field, value[name], schemas) for name, field in schema.fields.items() if name in value
    }


def _reference(type_id: str, value: Any) -> Ref | None:
    number = number_of(value)
    table = table_of(type_id)
    return Ref(table.kind if table else type_id, number) if number is not None else None
