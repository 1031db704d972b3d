"""Rancher 1.6 (API v2-beta): our verbs over `rancher_client.cattle`, and its resources in our types."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from deploytickets import clock
from deploytickets.drivers.base import (
    REMOVED,
    Accepted,
    Config,
    Configs,
    ContainerSeen,
    CreateOrder,
    Driver,
    HostSeen,
    ServiceSeen,
    StackSeen,
    Survey,
    UpgradeBlock,
    UpgradeOrder,
)
from deploytickets.drivers.marks import mark_of, marked
from deploytickets.drivers.names import NameBook, host_name
from deploytickets.tickets.plans import PRIMARY
from rancher_client.cattle import (
    Session,
    containers,
    history,
    hosts,
    resources,
    services,
    stacks,
    subscription,
)
from rancher_client.errors import NotFound, StreamEnded

GLOBAL_LABEL = "io.rancher.scheduler.global"
"""A service whose config has it runs once on every host that fits (rancher-1.6-api.md 4.4)."""

AUDITED_STARTS = 20
"""Rows of Rancher's audit log that are looked through for a lost start."""

NEVER_NULL = ("environment", "labels", "secrets")
"""Fields that Rancher may show as null and refuses to be sent as null (rancher-1.6-api.md 1.7)."""


class Rancher16Driver(Driver):
    """One project of a Rancher 1.6 server."""

    def __init__(
        self, session: Session, *, names: NameBook | None = None, now: Callable[[], datetime] = clock.now
    ) -> None:
        """`now`, the database's time, is asked before the first read of a survey. Nothing is sent yet.

        `names` is the project's book of names where several drivers share one.
        """
        self._session = session
        self._names = names or NameBook(session)
        self._now = now

    # Reads

    def survey(self) -> Survey:
        sent_at = self._now()
        found_stacks = stacks.read_all(self._session)
        found_hosts = hosts.read_all(self._session)
        self._names.take(found_stacks, found_hosts)
        found_services = services.read_all(self._session, with_containers=True)
        of_all = containers.read_all(self._session)
        return Survey(
            sent_at=sent_at,
            stacks=tuple(_stack_seen(stack) for stack in found_stacks),
            services=tuple(self._seen(service) for service in found_services),
            hosts=tuple(_host_seen(host) for host in found_hosts),
            standalone=tuple(self._container(one) for one in of_all if not one.service_ids),
        )

    def services(self) -> tuple[ServiceSeen, ...]:
        found = services.read_all(self._session, with_containers=True)
        listed = [container for service in found for container in service.containers or ()]
        self._names.make_sure((one.stack_id for one in found), (one.host_id for one in listed))
        return tuple(self._seen(service) for service in found)

    def observe(self, rancher_id: str) -> ServiceSeen | None:
        try:
            service = services.get(self._session, rancher_id)
        except NotFound:
            return None
        found = containers.of_service(self._session, rancher_id)
        self._names.make_sure([service.stack_id], (container.host_id for container in found))
        return self._seen(service, found)

    def find(self, stack_name: str, service_name: str) -> Sequence[ServiceSeen]:
        found = [
            service
            for stack in self.find_stacks(stack_name)
            for service in services.read_all(
                self._session, stack_id=stack.rancher_id, name=service_name, with_containers=True
            )
            if service.name == service_name
        ]
        listed = [container for service in found for container in service.containers or ()]
        self._names.make_sure((one.stack_id for one in found), (one.host_id for one in listed))
        return [self._seen(service) for service in found]

    def find_stacks(self, name: str) -> Sequence[StackSeen]:
        # A filter finds other spellings too: MySQL compares without regard to case (1.6).
        return [
            _stack_seen(stack)
            for stack in stacks.read_all(self._session, name=name)
            if stack.name == name and stack.state not in REMOVED
        ]

    def accepted_version(self, rancher_id: str, mark: str) -> str | None:
        """The version in the audit row of the accepted start with this mark; None without such a row.

        Source: rancher-1.6-api.md 9. The row is written inside the request, so a read that was begun
        after the answer was lost shows it if the start was accepted.
        """
        rows = history.audit_rows(
            self._session, rancher_id, event_type="api.service.upgrade", limit=AUDITED_STARTS
        )
        for row in rows:
            strategy = row.strategy
            if row.response_code != 202 or strategy is None:
                continue
            sent = [strategy.launch_config, *strategy.secondary_launch_configs]
            for config in sent:
                if config is not None and mark_of(resources.labels_of(config)) == mark:
                    return resources.version_of(config)
        return None

    @contextmanager
    def wake_ups(self) -> Iterator[Iterator[bool]]:
        with subscription.subscribe(self._session) as stream:
            yield _hints(stream)

    # Changes

    def start(self, order: UpgradeOrder, *, send_by: float) -> Accepted:
        """Ask for an in-service upgrade (rancher-1.6-api.md 5.1); returns when Rancher has answered 202."""
        may_send = _until(send_by)
        primary = order.configs.get(PRIMARY)
        sidekicks = [
            {**_sendable(config, order.mark), "name": name}
            for name, config in sorted(order.configs.items())
            if name != PRIMARY
        ]
        sidekicks += [{"name": name, "imageUuid": resources.NO_IMAGE} for name in order.removed_sidekicks]
        answer = services.upgrade(
            self._session,
            order.rancher_id,
            service_name=order.name,
            sidekicks=order.sidekicks,
            launch_config=None if primary is None else _sendable(primary, order.mark),
            secondary_launch_configs=sidekicks,
            batch_size=order.batch_size,
            interval_millis=order.interval_millis,
            start_first=order.start_first,
            send_by=may_send,
        )
        return _accepted(answer, order.configs)

    def create_stack(self, name: str, *, send_by: float) -> str:
        return stacks.create(self._session, name, send_by=_until(send_by)).id

    def create(self, order: CreateOrder, *, stack_rancher_id: str, send_by: float) -> Accepted:
        """POST a service that starts at once (rancher-1.6-api.md 4.1); a taken name is Invalid, NotUnique."""
        may_send = _until(send_by)
        fields = {name: value for name, value in order.settings.items() if name != "links"}
        fields |= {"name": order.name, "launchConfig": _sendable(order.configs[PRIMARY], order.mark)}
        sidekicks = [
            {**_sendable(config, order.mark), "name": name}
            for name, config in sorted(order.configs.items())
            if name != PRIMARY
        ]
        if sidekicks:
            fields["secondaryLaunchConfigs"] = sidekicks
        answer = services.create(self._session, fields, stack_id=stack_rancher_id, send_by=may_send)
        return _accepted(answer, order.configs)

    def finish(self, rancher_id: str, *, send_by: float) -> None:
        services.finish_upgrade(self._session, rancher_id, send_by=_until(send_by))

    def roll_back(self, rancher_id: str, *, send_by: float) -> None:
        services.roll_back(self._session, rancher_id, send_by=_until(send_by))

    def cancel(self, rancher_id: str, *, send_by: float) -> None:
        services.cancel_upgrade(self._session, rancher_id, send_by=_until(send_by))

    def remove(self, rancher_id: str, *, send_by: float) -> None:
        services.remove(self._session, rancher_id, send_by=_until(send_by))

    def set_links(self, rancher_id: str, links: Mapping[str, str], *, send_by: float) -> None:
        services.set_links(self._session, rancher_id, links, send_by=_until(send_by))

    # Rancher's resources in our types

    def _seen(
        self, service: resources.Service, containers: Sequence[resources.Container] | None = None
    ) -> ServiceSeen:
        configs = _by_our_names(service, service.configs())
        listed = service.containers if containers is None else containers
        return ServiceSeen(
            rancher_id=service.id,
            name=service.name,
            kind=service.kind,
            stack_rancher_id=service.stack_id or "",
            stack_name=self._names.stack(service.stack_id),
            state=service.state,
            transitioning=service.transitioning.value,
            message=service.transitioning_message or "",
            health_state=service.health_state or "",
            scale=service.scale or 0,
            is_global=_is_global(configs),
            configs=configs,
            upgrade=_upgrade_block(service),
            containers=None if listed is None else tuple(self._container(one) for one in listed),
            links=dict(service.linked_services),
            metadata=dict(service.metadata),
            is_system=service.is_system,
            retain_ip=service.retain_ip,
        )

    def _container(self, container: resources.Container) -> ContainerSeen:
        return ContainerSeen(
            rancher_id=container.id,
            name=container.name or container.id,
            config_name=container.sidekick or PRIMARY,
            version=container.version or "",
            state=container.state,
            health=container.health_state,
            image=container.image or "",
            unit=container.deployment_unit or "",
            host_rancher_id=container.host_id,
            host_name=self._names.host(container.host_id),
            start_count=container.start_count or 0,
            message=container.transitioning_message or "",
            ports=container.ports,
            created_at=container.created_at,
            mark=mark_of(container.labels),
        )


def _until(send_by: float) -> Callable[[], bool]:
    """May it still be sent? Asked of the monotonic clock, so that a clock set back opens nothing anew."""
    limit = time.monotonic() + (send_by - time.time())
    return lambda: time.monotonic() < limit


def _sendable(config: Config, mark: str) -> dict[str, Any]:
    """The config as a body takes it: marked, without the version of its own and without refused nulls."""
    kept = {
        name: value
        for name, value in config.items()
        if name != "version" and not (value is None and name in NEVER_NULL)
    }
    return marked(kept, mark)


def _accepted(answer: resources.Service, sent: Configs) -> Accepted:
    versions = {_own_name(answer, name): version for name, version in answer.versions().items()}
    return Accepted(answer.id, next((versions.get(name) or "" for name in sorted(sent)), ""))


def _own_name(service: resources.Service, name: str) -> str:
    return PRIMARY if name == service.name else name


def _by_our_names(service: resources.Service, configs: Mapping[str, Config]) -> Configs:
    return {_own_name(service, name): config for name, config in configs.items()}


def _hints(stream: subscription.Subscription) -> Iterator[bool]:
    try:
        for frame in stream:
            yield frame.name != subscription.PING
    except StreamEnded:
        return


def _stack_seen(stack: resources.Stack) -> StackSeen:
    return StackSeen(rancher_id=stack.id, name=stack.name, state=stack.state)


def _host_seen(host: resources.Host) -> HostSeen:
    """`state` shows the agent's where the host itself is active (rancher-1.6-api.md 7.1)."""
    return HostSeen(
        rancher_id=host.id,
        name=host_name(host),
        state=host.state,
        is_usable=host.state == "active" and host.agent_state in (None, "active"),
        labels=dict(host.labels),
    )


def _is_global(configs: Configs) -> bool:
    primary = configs.get(PRIMARY)
    return primary is not None and resources.labels_of(primary).get(GLOBAL_LABEL) == "true"


def _upgrade_block(service: resources.Service) -> UpgradeBlock | None:
    """With both strategies in it the in-service one counts (rancher-1.6-api.md 5.1)."""
    block = service.upgrade
    if block is None or (block.in_service is None and not block.is_to_service):
        return None
    if block.in_service is None:
        return UpgradeBlock(configs={}, previous={}, is_in_service=False)
    return UpgradeBlock(
        configs=_by_our_names(service, block.in_service.configs(service.name)),
        previous=_by_our_names(service, block.in_service.previous(service.name)),
    )
