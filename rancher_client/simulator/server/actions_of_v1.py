"""Actions that a row seen with the schemas of v1 offers otherwise than the same row in v2-beta (1.8).

An action is offered where its process may start, and one without a process in every state. The schemas of v1
are older than the server: they name some actions whose process is gone, and say of others differently what
they want. Source: cattle: AbstractObjectResourceManager.addActions, resources/content/schema/v1.
"""

from __future__ import annotations

from collections.abc import Mapping

from .schemas import SchemaSet, Version

_WITHOUT_PROCESS: Mapping[str, frozenset[str]] = {
    "container": frozenset({"setlabels"}),
    "pullTask": frozenset({"activate", "deactivate", "purge", "update"}),
    "service": frozenset({"cancelrollback"}),
}
"""Offered in every state, a removed row's too, and 404 when called [run]."""

_CAPABILITY_NOBODY_HAS: Mapping[str, frozenset[str]] = {"ipAddress": frozenset({"associate", "disassociate"})}
"""Never offered [run]."""

_NO_CAPABILITY_WANTED = frozenset({"host"})
"""Kinds whose actions v1 offers to whoever sees them, also on a row read anew [run]."""


def offered_by(kind: str, offered: frozenset[str], schemas: SchemaSet) -> frozenset[str]:
    """What a row offers whose processes offer `offered`, seen with `schemas`."""
    if schemas.version is not Version.V1:
        return offered
    return (offered | _WITHOUT_PROCESS.get(kind, frozenset())) - _CAPABILITY_NOBODY_HAS.get(kind, frozenset())


def has_no_process(kind: str, action: str, schemas: SchemaSet) -> bool:
    """Whether nothing stands behind an action that is offered."""
    return schemas.version is Version.V1 and action in _WITHOUT_PROCESS.get(kind, frozenset())


def wants_capability(kind: str, schemas: SchemaSet) -> bool:
    """Whether a row of this kind offers some actions only with a capability."""
    return schemas.version is not Version.V1 or kind not in _NO_CAPABILITY_WANTED
