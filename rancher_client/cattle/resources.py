"""What Rancher 1.6 answers, as frozen values. Source: rancher-1.6-api.md 1.5, 3.1, 4.1, 5.3, 6.1, 7.1, 9.

`parse` takes a decoded body and raises Unusable where a field has another type than the contract says.
States stay texts, since a state that we do not know must be shown and not refused (13.5, row 2).
Launch configs stay the mappings that came, because an upgrade sends them back complete (trap 1); they may
hold secrets, so no value here shows one in its `repr`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from rancher_client.cattle.fields import Fields
from rancher_client.errors import Unusable

LaunchConfig = Mapping[str, Any]
"""One config as Rancher stores it: only the keys stored, with the nested `type` (1.5)."""

LAUNCH_CONFIG_LABEL = "io.rancher.service.launch.config"
"""On every container of a service: which of its configs it was made from."""

PRIMARY_LAUNCH_CONFIG = "io.rancher.service.primary.launch.config"
"""Value of that label for the primary; a sidekick's container carries the sidekick's name."""

NO_IMAGE = "rancher/none"
"""The image that removes a sidekick (5.2) or stands in a service made by a selector (4.1)."""


class Transitioning(StrEnum):
    """Whether something is under way; `error` means the newest try failed, not that it is over (trap 7)."""

    YES = "yes"
    NO = "no"
    ERROR = "error"


class ServiceState(StrEnum):
    """The states of a service (4.3). There is no `error` among them."""

    REQUESTED = "requested"
    REGISTERING = "registering"
    INACTIVE = "inactive"
    ACTIVATING = "activating"
    ACTIVE = "active"
    UPDATING_ACTIVE = "updating-active"
    UPDATING_INACTIVE = "updating-inactive"
    DEACTIVATING = "deactivating"
    RESTARTING = "restarting"
    UPGRADING = "upgrading"
    UPGRADED = "upgraded"
    CANCELING_UPGRADE = "canceling-upgrade"
    CANCELED_UPGRADE = "canceled-upgrade"
    ROLLING_BACK = "rolling-back"
    FINISHING_UPGRADE = "finishing-upgrade"
    REMOVING = "removing"
    REMOVED = "removed"
    PURGING = "purging"
    PURGED = "purged"


def version_of(config: LaunchConfig) -> str | None:
    """The uuid that tells one stored config from the next ("0" from creation on), or None where none is
    stored.
    """
    version = config.get("version")
    if version is None or isinstance(version, str):
        return version
    raise Unusable("Rancher's launch config has a field 'version' that is not a text.")


def image_of(config: LaunchConfig) -> str | None:
    """The image as Rancher stores it, with its `docker:` prefix."""
    image = config.get("imageUuid")
    if image is None or isinstance(image, str):
        return image
    raise Unusable("Rancher's launch config has a field 'imageUuid' that is not a text.")


def labels_of(config: LaunchConfig) -> Mapping[str, str]:
    """The labels of a config, empty when it has none."""
    return Fields(config, "launch config").texts_by_name("labels")


def _by_name(
    service_name: str, primary: LaunchConfig | None, sidekicks: Iterable[LaunchConfig]
) -> Mapping[str, LaunchConfig]:
    named = {} if primary is None else {service_name: primary}
    named |= {Fields(config, "sidekick").text("name"): config for config in sidekicks}
    for config in named.values():
        _check(config)
    return named


def _check(config: LaunchConfig) -> None:
    """Raises Unusable where what everybody reads of a config has another type than the contract says."""
    fields = Fields(config, "launch config")
    fields.text_or_none("version")
    fields.text_or_none("imageUuid")
    fields.mapping_or_none("labels")
    fields.mapping_or_none("environment")
    fields.mapping_or_none("healthCheck")
    fields.texts("ports")


def _actions(fields: Fields) -> frozenset[str]:
    return frozenset(fields.mapping("actions"))


def _transitioning(fields: Fields) -> Transitioning:
    value = fields.text_or_none("transitioning") or "no"
    try:
        return Transitioning(value)
    except ValueError:
        raise Unusable("Rancher's field 'transitioning' is none of yes, no, error.") from None


@dataclass(frozen=True, slots=True)
class InServiceStrategy:
    """What the last `upgrade` asked for and what stood before it (5.1, 5.2 step 6)."""

    batch_size: int | None
    interval_millis: int | None
    start_first: bool
    launch_config: LaunchConfig | None = field(repr=False)
    secondary_launch_configs: tuple[LaunchConfig, ...] = field(repr=False)
    previous_launch_config: LaunchConfig | None = field(repr=False)
    previous_secondary_launch_configs: tuple[LaunchConfig, ...] = field(repr=False)

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From `upgrade.inServiceStrategy`."""
        fields = Fields(body, "upgrade strategy")
        return cls(
            batch_size=fields.number_or_none("batchSize"),
            interval_millis=fields.number_or_none("intervalMillis"),
            start_first=fields.flag("startFirst"),
            launch_config=fields.mapping_or_none("launchConfig"),
            secondary_launch_configs=fields.mappings("secondaryLaunchConfigs"),
            previous_launch_config=fields.mapping_or_none("previousLaunchConfig"),
            previous_secondary_launch_configs=fields.mappings("previousSecondaryLaunchConfigs"),
        )

    def configs(self, service_name: str) -> Mapping[str, LaunchConfig]:
        """The configs asked for, by name; the primary goes by the service's name. Untouched ones are in it
        too.
        """
        return _by_name(service_name, self.launch_config, self.secondary_launch_configs)

    def previous(self, service_name: str) -> Mapping[str, LaunchConfig]:
        """The configs that a rollback of Rancher's returns to, by name."""
        return _by_name(service_name, self.previous_launch_config, self.previous_secondary_launch_configs)


@dataclass(frozen=True, slots=True)
class UpgradeBlock:
    """A service's field `upgrade`: its last upgrade, whoever's. Written late and never cleared (5.1, trap
    12).
    """

    in_service: InServiceStrategy | None
    is_to_service: bool

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From `upgrade`, which is not null."""
        fields = Fields(body, "upgrade")
        in_service = fields.mapping_or_none("inServiceStrategy")
        return cls(
            in_service=None if in_service is None else InServiceStrategy.parse(in_service),
            is_to_service=fields.mapping_or_none("toServiceStrategy") is not None,
        )


@dataclass(frozen=True, slots=True)
class PublicEndpoint:
    """A port that a host publishes for a container. Fields are None where Rancher leaves them out."""

    port: int | None
    ip_address: str | None
    host_id: str | None
    instance_id: str | None
    service_id: str | None

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From an entry of `publicEndpoints`."""
        fields = Fields(body, "public endpoint")
        return cls(
            port=fields.number_or_none("port"),
            ip_address=fields.text_or_none("ipAddress"),
            host_id=fields.text_or_none("hostId"),
            instance_id=fields.text_or_none("instanceId"),
            service_id=fields.text_or_none("serviceId"),
        )


@dataclass(frozen=True, slots=True)
class Container:
    """One container (6.1). An old one waiting for finish is `stopped` and still listed (5.3)."""

    id: str
    name: str | None
    state: str
    transitioning: Transitioning
    transitioning_message: str | None
    transitioning_progress: int | None
    health_state: str | None
    host_id: str | None
    image: str | None
    version: str | None
    labels: Mapping[str, str] = field(repr=False)
    deployment_unit: str | None
    create_index: int | None
    start_count: int | None
    ports: tuple[str, ...]
    service_ids: tuple[str, ...]
    primary_ip: str | None
    external_id: str | None
    has_health_check: bool
    is_system: bool
    created_at: datetime | None
    first_running_at: datetime | None
    actions: frozenset[str]

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From a `container` or any other instance; its variables are not kept."""
        fields = Fields(body, "container")
        return cls(
            id=fields.text("id"),
            name=fields.text_or_none("name"),
            state=fields.text("state"),
            transitioning=_transitioning(fields),
            transitioning_message=fields.message("transitioningMessage"),
            transitioning_progress=fields.number_or_none("transitioningProgress"),
            health_state=fields.text_or_none("healthState"),
            host_id=fields.text_or_none("hostId"),
            image=fields.text_or_none("imageUuid"),
            version=fields.text_or_none("version"),
            labels=fields.texts_by_name("labels"),
            deployment_unit=fields.text_or_none("deploymentUnitUuid"),
            create_index=fields.number_or_none("createIndex"),
            start_count=fields.number_or_none("startCount"),
            ports=fields.texts("ports"),
            service_ids=fields.texts("serviceIds"),
            primary_ip=fields.text_or_none("primaryIpAddress"),
            external_id=fields.text_or_none("externalId"),
            has_health_check=fields.mapping_or_none("healthCheck") is not None,
            is_system=fields.flag("system"),
            created_at=fields.time_or_none("created"),
            first_running_at=fields.time_or_none("firstRunning"),
            actions=_actions(fields),
        )

    @property
    def sidekick(self) -> str | None:
        """Name of the sidekick it was made from; None for one of the primary config or of no service."""
        name = self.labels.get(LAUNCH_CONFIG_LABEL)
        return None if name == PRIMARY_LAUNCH_CONFIG else name


@dataclass(frozen=True, slots=True)
class Service:
    """One service of any kind (4.1). `scale` means nothing for a global one."""

    id: str
    name: str
    kind: str
    uuid: str | None
    state: str
    transitioning: Transitioning
    transitioning_message: str | None
    health_state: str | None
    project_id: str | None
    stack_id: str | None
    scale: int | None
    current_scale: int | None
    launch_config: LaunchConfig | None = field(repr=False)
    secondary_launch_configs: tuple[LaunchConfig, ...] = field(repr=False)
    upgrade: UpgradeBlock | None
    actions: frozenset[str]
    metadata: Mapping[str, Any] = field(repr=False)
    description: str | None
    external_id: str | None
    linked_services: Mapping[str, str]
    instance_ids: tuple[str, ...]
    public_endpoints: tuple[PublicEndpoint, ...]
    scale_policy: Mapping[str, Any] | None
    lb_config: Mapping[str, Any] | None = field(repr=False)
    retain_ip: bool
    start_on_create: bool
    selector_container: str | None
    selector_link: str | None
    is_system: bool
    created_at: datetime | None
    removed_at: datetime | None
    containers: tuple[Container, ...] | None
    """Its containers where the read asked for them (`include=instances`), else None; old ones included."""

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From a `service`, `loadBalancerService` or any other kind."""
        fields = Fields(body, "service")
        upgrade = fields.mapping_or_none("upgrade")
        return cls(
            id=fields.text("id"),
            name=fields.text("name"),
            kind=fields.text("type"),
            uuid=fields.text_or_none("uuid"),
            state=fields.text("state"),
            transitioning=_transitioning(fields),
            transitioning_message=fields.message("transitioningMessage"),
            health_state=fields.text_or_none("healthState"),
            project_id=fields.text_or_none("accountId"),
            stack_id=fields.text_or_none("stackId"),
            scale=fields.number_or_none("scale"),
            current_scale=fields.number_or_none("currentScale"),
            launch_config=fields.mapping_or_none("launchConfig"),
            secondary_launch_configs=fields.mappings("secondaryLaunchConfigs"),
            upgrade=None if upgrade is None else UpgradeBlock.parse(upgrade),
            actions=_actions(fields),
            metadata=fields.mapping("metadata"),
            description=fields.message("description"),
            external_id=fields.text_or_none("externalId"),
            linked_services=fields.texts_by_name("linkedServices"),
            instance_ids=fields.texts("instanceIds"),
            public_endpoints=fields.parsed("publicEndpoints", PublicEndpoint.parse),
            scale_policy=fields.mapping_or_none("scalePolicy"),
            lb_config=fields.mapping_or_none("lbConfig"),
            retain_ip=fields.flag("retainIp"),
            start_on_create=fields.flag("startOnCreate"),
            selector_container=fields.text_or_none("selectorContainer"),
            selector_link=fields.text_or_none("selectorLink"),
            is_system=fields.flag("system"),
            created_at=fields.time_or_none("created"),
            removed_at=fields.time_or_none("removed"),
            containers=fields.parsed("instances", Container.parse) if fields.has("instances") else None,
        )

    def configs(self) -> Mapping[str, LaunchConfig]:
        """All stored configs by name; the primary goes by the service's own name, which no sidekick may
        have.
        """
        return _by_name(self.name, self.launch_config, self.secondary_launch_configs)

    def versions(self) -> Mapping[str, str | None]:
        """The `version` of each config by name, as 13.5 compares them."""
        return {name: version_of(config) for name, config in self.configs().items()}


@dataclass(frozen=True, slots=True)
class Stack:
    """One stack (3.1). Its `dockerCompose` is the text of its creation, not what runs (trap 25): not kept."""

    id: str
    name: str
    uuid: str | None
    state: str
    transitioning: Transitioning
    transitioning_message: str | None
    health_state: str | None
    project_id: str | None
    external_id: str | None
    description: str | None
    service_ids: tuple[str, ...]
    is_system: bool
    is_from_compose: bool
    created_at: datetime | None
    actions: frozenset[str]

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From a `stack`."""
        fields = Fields(body, "stack")
        return cls(
            id=fields.text("id"),
            name=fields.text("name"),
            uuid=fields.text_or_none("uuid"),
            state=fields.text("state"),
            transitioning=_transitioning(fields),
            transitioning_message=fields.message("transitioningMessage"),
            health_state=fields.text_or_none("healthState"),
            project_id=fields.text_or_none("accountId"),
            external_id=fields.text_or_none("externalId"),
            description=fields.message("description"),
            service_ids=fields.texts("serviceIds"),
            is_system=fields.flag("system"),
            is_from_compose=bool(fields.text_or_none("dockerCompose")),
            created_at=fields.time_or_none("created"),
            actions=_actions(fields),
        )


@dataclass(frozen=True, slots=True)
class Host:
    """One host (7.1). Only an `active` one gets containers."""

    id: str
    name: str | None
    hostname: str | None
    state: str
    agent_state: str | None
    agent_ip: str | None
    labels: Mapping[str, str]
    info: Mapping[str, Any] = field(repr=False)
    memory: int | None
    milli_cpu: int | None
    instance_ids: tuple[str, ...]
    public_endpoints: tuple[PublicEndpoint, ...]
    actions: frozenset[str]

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From a `host`."""
        fields = Fields(body, "host")
        return cls(
            id=fields.text("id"),
            name=fields.text_or_none("name"),
            hostname=fields.text_or_none("hostname"),
            state=fields.text("state"),
            agent_state=fields.text_or_none("agentState"),
            agent_ip=fields.text_or_none("agentIpAddress"),
            labels=fields.texts_by_name("labels"),
            info=fields.mapping("info"),
            memory=fields.number_or_none("memory"),
            milli_cpu=fields.number_or_none("milliCpu"),
            instance_ids=fields.texts("instanceIds"),
            public_endpoints=fields.parsed("publicEndpoints", PublicEndpoint.parse),
            actions=_actions(fields),
        )


@dataclass(frozen=True, slots=True)
class Project:
    """One project, which Rancher's UI calls an environment (11)."""

    id: str
    name: str | None
    state: str
    health_state: str | None
    uuid: str | None

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From a `project`."""
        fields = Fields(body, "project")
        return cls(
            id=fields.text("id"),
            name=fields.text_or_none("name"),
            state=fields.text("state"),
            health_state=fields.text_or_none("healthState"),
            uuid=fields.text_or_none("uuid"),
        )


@dataclass(frozen=True, slots=True)
class RegistrationToken:
    """What a new host needs in order to join (7.2). Everything in it is a secret; null until `active`."""

    id: str
    state: str
    image: str | None
    command: str | None = field(repr=False)
    registration_url: str | None = field(repr=False)

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From a `registrationToken`."""
        fields = Fields(body, "registration token")
        return cls(
            id=fields.text("id"),
            state=fields.text("state"),
            image=fields.text_or_none("image"),
            command=fields.text_or_none("command"),
            registration_url=fields.text_or_none("registrationUrl"),
        )


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One changing request somebody made (9): the second witness when an answer was lost.

    `request` is the body after Rancher's own filter; it holds variables in clear, so it is never shown. It is
    None where the row keeps none or one that is no JSON object.
    """

    id: str
    event_type: str
    resource_type: str | None
    resource_id: str | None
    response_code: int | None
    created_at: datetime | None
    client_ip: str | None
    auth_type: str | None
    account_id: str | None
    identity: str | None
    request: Mapping[str, Any] | None = field(repr=False)

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From an `auditLog`."""
        fields = Fields(body, "audit row")
        return cls(
            id=fields.text("id"),
            event_type=fields.text("eventType"),
            resource_type=fields.text_or_none("resourceType"),
            resource_id=fields.text_or_none("resourceId"),
            response_code=fields.number_or_none("responseCode"),
            created_at=fields.time_or_none("created"),
            client_ip=fields.text_or_none("clientIp"),
            auth_type=fields.text_or_none("authType"),
            account_id=fields.text_or_none("authenticatedAsAccountId"),
            identity=fields.text_or_none("authenticatedAsIdentityId"),
            request=_object_in(fields.text_or_none("requestObject")),
        )

    @property
    def strategy(self) -> InServiceStrategy | None:
        """What an `upgrade` asked for, with the version Rancher gave it if it was accepted; else None."""
        sent = (self.request or {}).get("inServiceStrategy")
        return InServiceStrategy.parse(sent) if isinstance(sent, dict) else None


@dataclass(frozen=True, slots=True)
class ServiceLog:
    """One line of what Rancher did for a service (9). Kept for 24 h."""

    id: str
    service_id: str | None
    instance_id: str | None
    event_type: str | None
    description: str | None
    level: str | None
    is_below_another: bool
    transaction_id: str | None
    created_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From a `serviceLog`."""
        fields = Fields(body, "service log")
        return cls(
            id=fields.text("id"),
            service_id=fields.text_or_none("serviceId"),
            instance_id=fields.text_or_none("instanceId"),
            event_type=fields.text_or_none("eventType"),
            description=fields.message("description"),
            level=fields.text_or_none("level"),
            is_below_another=fields.flag("subLog"),
            transaction_id=fields.text_or_none("transactionId"),
            created_at=fields.time_or_none("created"),
            ended_at=fields.time_or_none("endTime"),
        )


def _object_in(text: str | None) -> Mapping[str, Any] | None:
    try:
        value = json.loads(text or "null")
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
