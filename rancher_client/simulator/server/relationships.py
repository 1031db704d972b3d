"""What a link leads to: one row, the rows that point back, or rows beyond a table of pairs.

A link is made of a foreign key of the database, or of a table of pairs between two others; which of them it
is decides how its list is read (1.6, lists below a row).
Source: cattle: DefaultObjectMetaDataManager.java, AbstractObjectResourceManager.getLinkInternal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from .ids import base_type
from .schemas import Role, Schema, SchemaSet, Version, links_of, schemas_for


class Way(Enum):
    """How the rows behind a link are found."""

    REFERENCE = auto()
    """The row names the other one in a field (`stack` by `stackId`)."""
    CHILD = auto()
    """The others name the row in a field (`services` of a stack). Neither filter, sort nor page counts."""
    MAPPED = auto()
    """A table of pairs stands between (`instances` of a service). Sort and page count, filters do not."""


@dataclass(frozen=True, slots=True)
class Relationship:
    """A link of one type. `element` is None when the caller sees no such type."""

    name: str
    way: Way
    element: str | None
    back: str
    """The field of a child that names the row."""
    pairs: str | None = None
    """The table of pairs of a mapped one."""


_MAPPED: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "credential": {"instances": ("instance", "credentialInstanceMap")},
    "host": {
        "clusters": ("host", "clusterHostMap"),
        "hostLabels": ("label", "hostLabelMap"),
        "hosts": ("host", "clusterHostMap"),
        "instances": ("instance", "instanceHostMap"),
        "ipAddresses": ("ipAddress", "hostIpAddressMap"),
        "storagePools": ("storagePool", "storagePoolHostMap"),
    },
    "instance": {
        "credentials": ("credential", "credentialInstanceMap"),
        "hosts": ("host", "instanceHostMap"),
        "instanceLabels": ("label", "instanceLabelMap"),
        "services": ("service", "serviceExposeMap"),
    },
    "ipAddress": {"hosts": ("host", "hostIpAddressMap")},
    "label": {"hosts": ("host", "hostLabelMap"), "instances": ("instance", "instanceLabelMap")},
    "service": {
        "consumedbyservices": ("service", "serviceConsumeMap"),
        "consumedservices": ("service", "serviceConsumeMap"),
        "instances": ("instance", "serviceExposeMap"),
    },
    "storagePool": {
        "hosts": ("host", "storagePoolHostMap"),
        "images": ("image", "imageStoragePoolMap"),
        "volumes": ("volume", "volumeStoragePoolMap"),
    },
    "volume": {"storagePools": ("storagePool", "volumeStoragePoolMap")},
}
"""Links through a table of pairs: the type they lead to, and the table. Source: Keys.java, *_map tables."""

_NAMED_OTHERWISE = {"privatePorts": "port", "publicPorts": "port", "targetInstanceLinks": "instanceLink"}
"""Children whose link is not called as their list (cattle: core-model/defaults.properties)."""

_OF_TYPES_NOBODY_SEES: Mapping[str, frozenset[str]] = {
    "account": frozenset(
        {
            "deploymentUnits",
            "dynamicSchemas",
            "healthcheckInstances",
            "hostLabelMaps",
            "instanceLabelMaps",
            "nics",
            "resourcePools",
            "serviceIndexes",
            "zones",
        }
    ),
    "host": frozenset({"hostIpAddressMaps", "hostLabelMaps", "instanceHostMaps", "storagePoolHostMaps"}),
    "instance": frozenset(
        {
            "credentialInstanceMaps",
            "healthcheckInstances",
            "instanceHostMaps",
            "instanceLabelMaps",
            "nics",
        }
    ),
    "label": frozenset({"hostLabelMaps", "instanceLabelMaps"}),
    "network": frozenset({"nics"}),
    "service": frozenset({"deploymentUnits", "dynamicSchemas", "serviceIndexes"}),
    "storagePool": frozenset({"imageStoragePoolMaps", "storagePoolHostMaps", "volumeStoragePoolMaps"}),
    "volume": frozenset({"volumeStoragePoolMaps"}),
}
"""Children in the database whose type is in no schema (Keys.java)."""

_REFERENCES_NOBODY_SEES = frozenset({"agent", "image", "serviceIndex", "subnet", "zone"})
"""Rows that a field names which callers do not see: their links lead nowhere, unlike those of children."""

_AMBIGUOUS: Mapping[str, frozenset[str]] = {
    "account": frozenset({"accountLinks", "auditLogs", "externalEvents", "projectMembers"}),
    "service": frozenset({"serviceConsumeMaps"}),
}
"""Two foreign keys lead to one link: the server finds neither."""


def relationship(schema: Schema, word: str, schemas: SchemaSet) -> Relationship | None:
    """The link that a path's word names, as it is written or all in lower case; None for an unknown one.

    `schemas` are the caller's: a link to children of a type that they lack is still a link, one to a row in
    a field that they lack is none.
    """
    kind = base_type(schema.id)
    whole = schemas_for(Version.V2_BETA, Role.ADMIN).get(schema.id) or schema
    name = _named(whole, kind, word)
    if name is None or name in _AMBIGUOUS.get(kind, ()):
        return None
    back = f"{kind}Id"
    pointer = whole.fields.get(f"{name}Id")
    if pointer is not None and pointer.container == "reference":
        seen = pointer.name in schema.fields
        return Relationship(name, Way.REFERENCE, pointer.element, back) if seen else None
    if name in _REFERENCES_NOBODY_SEES:
        return None
    mapped = _MAPPED.get(kind, {}).get(name)
    if mapped is not None:
        element, pairs = mapped
        return Relationship(name, Way.MAPPED, element, back, pairs)
    found = schemas.get(_NAMED_OTHERWISE.get(name, "")) or schemas.at_path(name)
    return Relationship(name, Way.CHILD, found.id if found is not None else None, back)


def to_include(schema: Schema, word: str | None) -> str | None:
    """The link that an `include` names, in whatever case, as answers write it; None if unknown [run]."""
    if word is None:
        return None
    return next((link for link in links_of(schema) if link.lower() == word.lower()), None)


def joined_twice(below: Relationship, include: str | None, element: Schema) -> bool:
    """Whether an `include` would join the table of pairs that the link has joined already.

    The database then cannot tell the two apart, which is answered 409 (`DataAccessException`) [run].
    """
    name = to_include(element, include)
    if name is None or below.pairs is None:
        return False
    mapped = _MAPPED.get(base_type(element.id), {}).get(name)
    return mapped is not None and mapped[1] == below.pairs


def _named(whole: Schema, kind: str, word: str) -> str | None:
    """The link of this name, whoever sees it: one of the whole type, as v2-beta has it, or one that nobody
    sees. What only a schema of v1 calls a link (`environments`) is none."""
    unseen = _OF_TYPES_NOBODY_SEES.get(kind, ())
    return next((name for name in (*whole.links, *sorted(unseen)) if word in (name, name.lower())), None)
