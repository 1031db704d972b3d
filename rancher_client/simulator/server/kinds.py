"""What stands behind the types of the API: which table, and which rows of it.

Several types share a table: `/services` lists all kinds of services, `/loadbalancerservices` some of
the same rows (rancher-1.6-api.md 4.1); a stack is called environment in v1 (1.8).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rancher_client.simulator.engine import Ref

from .schemas import Schema, SchemaSet, Version

SERVICE_TYPES = frozenset(
    {
        "service",
        "composeService",
        "dnsService",
        "externalService",
        "kubernetesService",
        "loadBalancerService",
        "networkDriverService",
        "scalingGroup",
        "storageDriverService",
    }
)

SERVICES_OF_V1 = frozenset(
    {"service", "composeService", "dnsService", "externalService", "kubernetesService", "loadBalancerService"}
)
"""The kinds of services that v1 has; others look there like a service, or are not found by their type."""

STACK_TYPES = frozenset({"stack", "composeProject", "kubernetesStack"})


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one kind; `only` narrows them to those whose field `kind` has this value."""

    kind: str
    only: str | None = None


_TABLES = {
    "account": Table("account"),
    "apiKey": Table("credential", "apiKey"),
    "auditLog": Table("auditLog"),
    "certificate": Table("certificate"),
    "container": Table("container"),
    "credential": Table("credential"),
    "environment": Table("stack"),
    "genericObject": Table("pullTask"),
    "healthcheckInstanceHostMap": Table("healthcheckInstanceHostMap"),
    "host": Table("host"),
    "instance": Table("container"),
    "instanceLink": Table("instanceLink"),
    "ipAddress": Table("ipAddress"),
    "label": Table("label"),
    "network": Table("network"),
    "physicalHost": Table("physicalHost"),
    "port": Table("port"),
    "processExecution": Table("processExecution"),
    "processInstance": Table("processInstance"),
    "project": Table("project"),
    "projectMember": Table("projectMember"),
    "pullTask": Table("pullTask"),
    "registrationToken": Table("credential", "registrationToken"),
    "registry": Table("registry"),
    "registryCredential": Table("credential", "registryCredential"),
    "secret": Table("secret"),
    "service": Table("service"),
    "serviceConsumeMap": Table("serviceConsumeMap"),
    "serviceExposeMap": Table("serviceExposeMap"),
    "serviceLog": Table("serviceLog"),
    "stack": Table("stack"),
    "storagePool": Table("storagePool"),
    "subnet": Table("subnet"),
    "volume": Table("volume"),
    "volumeTemplate": Table("volumeTemplate"),
} | {name: Table("service", name) for name in SERVICE_TYPES - {"service"}}

_CHILDREN = {
    "account": ("project",),
    "backup": ("snapshotBackupInput",),
    "container": ("launchConfig", "virtualMachine"),
    "credential": ("apiKey", "password", "registrationToken", "registryCredential", "sshKey"),
    "externalEvent": (
        "externalDnsEvent",
        "externalHostEvent",
        "externalServiceEvent",
        "externalStoragePoolEvent",
        "externalVolumeEvent",
    ),
    "genericObject": ("pullTask", "register"),
    "instance": ("container",),
    "launchConfig": ("secondaryLaunchConfig",),
    "network": ("defaultNetwork", "hostOnlyNetwork"),
    "physicalHost": ("machine",),
    "service": (
        "composeService",
        "dnsService",
        "externalService",
        "kubernetesService",
        "loadBalancerService",
        "networkDriverService",
        "storageDriverService",
    ),
    "stack": ("composeProject", "kubernetesStack"),
    "storagePool": ("registry",),
}
"""The types made of others (cattle: CoreModelConfig.java, SystemServicesConfig.java)."""


def table_of(type_id: str) -> Table | None:
    """The rows behind a type; None for a type that is in the schemas but that nothing here keeps."""
    return _TABLES.get(type_id)


def reference_to(type_id: str, number: int) -> Ref:
    """A reference to a row of a type, by the kind that its table keeps."""
    table = table_of(type_id)
    return Ref(table.kind if table else type_id, number)


def type_of(kind: str, view: Mapping[str, Any], version: Version = Version.V2_BETA) -> str:
    """The concrete type a row shows (`loadBalancerService`, `apiKey`; a stack is `environment` in v1)."""
    if kind in ("service", "credential"):
        return str(view["kind"])
    if kind == "stack" and version is Version.V1:
        return "environment"
    return kind


def creatable_from(type_id: str, schemas: SchemaSet) -> tuple[Schema, ...]:
    """The types that `createTypes` of a collection names, as far as this role may create them.

    Only lists of types that have others below them name any (AbstractBaseResourceManager.createCollection).
    """
    children = _CHILDREN.get(type_id)
    if children is None:
        return ()
    found = (schemas.get(name) for name in sorted((type_id, *children)))
    return tuple(schema for schema in found if schema and "POST" in schema.collection_methods)
