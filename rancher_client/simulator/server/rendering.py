"""Rows as JSON resources (rancher-1.6-api.md 1.5; v1 forms 1.8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from rancher_client.simulator.engine import Ref

from .access import Perspective
from .ids import base_type, format_id, letters, number_of
from .kinds import SERVICES_OF_V1, reference_to, type_of
from .schemas import Field, Schema, SchemaSet, Version, links_of

_OF_SERVICES = ("instanceIds", "linkedServices", "secondaryLaunchConfigs")
SHOWN_WHEN_SET = {
    "account": ("identity",),
    "container": ("healthcheckStates", "internalVolumes", "primaryNetworkId"),
    **dict.fromkeys(SERVICES_OF_V1, _OF_SERVICES),
    "registrationToken": ("windowsCommand",),
}
"""Fields that no schema has and answers show all the same as soon as there is a value [run]."""

_EXTRA_LINKS = {
    "apiKey": ("certificate",),
    "container": ("stats", "containerStats"),
    "stack": ("composeConfig",),
}
_WITH_EVERY_LIST = frozenset({"project", "projectMember"})
"""They link to every list there is (ProjectResourceManager.addLinks)."""

_NEVER_SHOWN = {"container": ("count", "instanceLinks", "networkIds")}
"""In the schema, but in no answer of a live server [run]."""

_FIRST = ("name", "state")


def iso(epoch: float) -> str:
    """`2017-05-02T09:31:07Z`: UTC, whole seconds."""
    return datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def resource(
    ref: Ref,
    view: Mapping[str, Any],
    offered: Iterable[str],
    seen: Perspective,
    *,
    included: tuple[str, Any] | None = None,
    action_links: bool = False,
) -> dict[str, Any]:
    """One row as the caller sees it; keys in the order of the wire.

    `included` is the inlined link of `include=`: its name and resources.
    """
    type_id = type_of(ref.kind, view)
    schemas = seen.ruling
    schema = schemas.get(type_id) or schemas.get(base_type(type_id))
    if schema is None:
        raise LookupError(f"role {seen.access.role} has no schema for {type_id}")
    shown_type = "environment" if schema.id == "stack" and seen.version is Version.V1 else schema.id
    path = f"/{schema.path}/{format_id(ref, seen.version)}"
    if ref.kind == "stack" and seen.version is Version.V1:
        path = f"/environments/{format_id(ref)}"
    own_url = seen.prefix.url(path)
    if ref.kind == "auditLog":
        view = _logged(view, seen)
    body: dict[str, Any] = {"id": format_id(ref, seen.version), "type": shown_type}
    body["links"] = _links(ref, view, schema, own_url, seen)
    actions = {name: f"{own_url}/?action={name.lower()}" for name in schema.actions if name in set(offered)}
    if not action_links:
        body["actions"] = actions
    body["baseType"] = base_type(shown_type)
    if action_links:
        body["actionLinks"] = actions
    values = _values(schema, view, schemas, seen)
    if included is not None:
        values[included[0]] = included[1]
    body |= _ordered(values)
    return _as_v1(ref, view, body, seen) if seen.version is Version.V1 else body


def identity(member: Mapping[str, Any], project: Ref, seen: Perspective) -> dict[str, Any]:
    """A member of a project as the list of a project's members shows it (11).

    `member` has `externalId`, `name`, `login` and `role`. The id is the account's, with words before it.
    What a request for a project leads to links to every list, as projects do.
    """
    number = f"1i!rancher_id:{member['externalId']}"
    own_url = seen.prefix.url(f"/identities/{number}")
    schema = seen.schemas.get("identity")
    return {
        "id": number,
        "type": "identity",
        "links": {"self": own_url} | (_every_list(own_url, seen) if seen.asked_for == "project" else {}),
        "actions": {},
        "baseType": "identity",
        "name": member["name"],
        "all": None,
        "externalId": member["externalId"],
        "externalIdType": "rancher_id",
        "login": member["login"],
        "profilePicture": None,
        "profileUrl": None,
        "projectId": format_id(project),
        "role": member["role"],
    } | ({"user": False} if schema is not None and "user" in schema.fields else {})


def setting(name: str, value: str, seen: Perspective) -> dict[str, Any]:
    """A setting, whose id is its name (chapter 12); only admins see where it comes from.

    An empty one is shown as null [run].
    """
    body: dict[str, Any] = {
        "id": name,
        "type": "activeSetting",
        "links": {"self": seen.prefix.url(f"/activesettings/{name}")},
        "actions": {},
        "baseType": "setting",
        "name": name,
        "activeValue": value or None,
    }
    schema = seen.schemas.get("activeSetting")
    if schema is not None and "inDb" in schema.fields:
        body |= {"inDb": False, "source": "Default Settings" if value else None}
    return body | {"value": value or None}


def _logged(view: Mapping[str, Any], seen: Perspective) -> Mapping[str, Any]:
    """A row of the audit log with the id and the link of what it is about, as the version writes them.

    A type that the caller does not see stands in the link as it is called (AuditLogOutPutFilter.java).
    """
    type_id, number = view["resourceType"], number_of(view["resourceId"])
    if number is None:
        return view
    schema = seen.schemas.get(type_id)
    written = f"1{letters(type_id, seen.version)}{number}"
    path = type_id if schema is None else schema.path
    return {**view, "resourceId": written, "links": {"resource": f"/{path}/{written}", **view["links"]}}


def typed(output: Mapping[str, Any]) -> dict[str, Any]:
    """What is no row, the output of a handler for one, as a resource without id; its `type` is among it."""
    rest = {key: value for key, value in output.items() if key != "type"}
    type_id = output.get("type")
    return {"id": None, "type": type_id, "links": {}, "actions": {}, "baseType": type_id, **rest}


def schema_resource(schema: Schema, seen: Perspective) -> dict[str, Any]:
    """A schema as `GET /schemas/<type>` shows it, links below the prefix of the request."""
    links = {name: seen.prefix.url(path) for name, path in schema.raw["links"].items()}
    return {**schema.raw, "links": links}


def nested(type_id: str, value: Any, schemas: SchemaSet) -> Any:
    """A value of a typed field: `type` first, then only the keys stored that the role's schema has."""
    schema = schemas.get(type_id)
    if schema is None or not isinstance(value, Mapping) or _stays_raw(type_id, value):
        return _json(value)
    kept = {n: _value(f, value[n], schemas) for n, f in schema.fields.items() if n in value}
    return {"type": type_id, **kept}


def _stays_raw(type_id: str, value: Mapping[str, Any]) -> bool:
    """An upgrade that names another service is shown as it is stored, without types [run]."""
    to_service = value.get("toServiceStrategy") or {}
    return type_id == "serviceUpgrade" and to_service.get("toServiceId") is not None


def _values(schema: Schema, view: Mapping[str, Any], schemas: SchemaSet, seen: Perspective) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, described in schema.fields.items():
        if name == "id" or name in _NEVER_SHOWN.get(schema.id, ()):
            continue
        value = _value(described, view.get(name), schemas)
        if value is None and described.type == "boolean" and not described.nullable:
            value = False
        values[name] = value
        if described.type == "date" and value is not None:
            values[f"{name}TS"] = round(view[name] * 1000)
    for name in SHOWN_WHEN_SET.get(schema.id, ()):
        if name not in schema.fields and view.get(name) is not None:
            values[name] = _json(view[name])
    return values


def _value(described: Field, value: Any, schemas: SchemaSet) -> Any:
    if value is None:
        return None
    if described.type == "date":
        return iso(value)
    if described.container == "reference" and isinstance(value, int):
        return _json(reference_to(described.element, value))
    if described.container == "array" and isinstance(value, list):
        return [nested(described.element, item, schemas) for item in value]
    if described.container == "map" and isinstance(value, Mapping):
        return {key: _in_map(described.element, item, schemas) for key, item in value.items()}
    return nested(described.type, value, schemas)


def _in_map(element: str, value: Any, schemas: SchemaSet) -> Any:
    """A value in a map, which may be one of references (`dataVolumeMounts`)."""
    if element.startswith("reference[") and isinstance(value, int):
        return _json(reference_to(element[len("reference[") : -1], value))
    return nested(element, value, schemas)


def _json(value: Any) -> Any:
    if isinstance(value, Ref):
        return format_id(value)
    if isinstance(value, Mapping):
        return {key: _json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    return value


def _ordered(values: Mapping[str, Any]) -> dict[str, Any]:
    first = {name: values[name] for name in _FIRST if name in values}
    return first | dict(sorted(values.items()))


def _links(
    ref: Ref, view: Mapping[str, Any], schema: Schema, own_url: str, seen: Perspective
) -> dict[str, str | None]:
    links: dict[str, str | None] = {"self": own_url}
    for name in links_of(schema):
        pointer = schema.fields.get(f"{name}Id")
        if pointer is not None and pointer.container == "reference" and view.get(pointer.name) is None:
            continue
        links[name] = f"{own_url}/{name.lower()}"
    if schema.id in ("service", "loadBalancerService"):
        links["containerStats"] = f"{own_url}/containerstats"
    if ref.kind in _WITH_EVERY_LIST:
        links |= {name: url for name, url in _every_list(own_url, seen).items() if name not in links}
    for name in _EXTRA_LINKS.get(schema.id, ()):
        links[name] = f"{own_url}/{name.lower()}"
    if ref.kind == "project":  # the link repeats the project (StatsOutputFilter.java)
        links["hostStats"] = f"{own_url}/projects/{format_id(ref)}/hoststats"
    for name, target in view.get("links", {}).items():
        links[name] = seen.prefix.url(target)
    return links


def own_links(links: Mapping[str, str | None], schema: Schema | None) -> dict[str, str | None]:
    """Of a project's links those that every account has, and the statistics of its hosts."""
    kept = {"self", "hostStats", *(links_of(schema) if schema is not None else ())}
    return {name: url for name, url in links.items() if name in kept}


def _every_list(own_url: str, seen: Perspective) -> dict[str, str]:
    return {s.plural: f"{own_url}/{s.path}" for s in seen.schemas if "GET" in s.collection_methods}


def _as_v1(ref: Ref, view: Mapping[str, Any], body: dict[str, Any], seen: Perspective) -> dict[str, Any]:
    """The renaming of 1.8, with its oddities: links of an environment keep the v2-beta id."""
    if ref.kind == "stack":
        body["links"]["composeConfig"] = None
        body |= {"kind": "environment", "serviceIds": None}
    if ref.kind == "container":  # InstanceOutputFilter.filter
        body.pop("healthcheckStates", None)
        if "serviceIds" in body:
            body["serviceIds"] = None
    stack = view.get("stackId")
    if body["type"] in SERVICES_OF_V1 and stack is not None:
        environment = format_id(stack, Version.V1)
        links = {name: url for name, url in body["links"].items() if name != "stack"}
        last = {name: links.pop(name) for name in ("containerStats",) if name in links}
        word = "environment" if seen.is_rerouted else "environments"
        links["environment"] = seen.prefix.url(f"/{word}/{environment}")
        body["links"] = links | last
        body["environmentId"] = environment
    return body
