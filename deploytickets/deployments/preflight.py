"""What stands in the way of a plan, and what people should know before they approve it. Pure.

Each finding is a fact {"code", "name", "level", …} of `tickets.findings`, where its words are. A
service that one of our own tickets holds is a reason to queue and never found here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from deploytickets.deployments.health import WITHOUT_CONTAINERS
from deploytickets.deployments.launch_configs import versions_run
from deploytickets.deployments.scheduling import hosts_for, ports_of
from deploytickets.drivers.base import Configs, HostSeen, ServiceSeen, Survey
from deploytickets.drivers.marks import mark_of
from deploytickets.inventory.ports import Holder, HostPort, holders
from deploytickets.inventory.stages import StageBefore
from deploytickets.inventory.versions import is_newer, is_older
from deploytickets.tickets.findings import finding
from deploytickets.tickets.plans import PlanContent, PlannedAction, PlannedService

STARTABLE = frozenset({"active", "updating-active"})
"""Where an upgrade may be sent (rancher-1.6-api.md 13.5 step 1)."""

UNDER_WAY = frozenset(
    {"upgrading", "canceling-upgrade", "canceled-upgrade", "finishing-upgrade", "rolling-back"}
)
UNFINISHED = "upgraded"
AWAY = frozenset({"reconnecting", "disconnecting", "disconnected", "finishing-reconnect"})
"""States of a host whose agent is not connected (rancher-1.6-api.md 7.1)."""

PULL_LABEL = "io.rancher.container.pull_image"
"""With "always" a host fetches the image for every new container (rancher-1.6-api.md 4.2)."""

Finding = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _World:
    """What all checks look at."""

    content: PlanContent
    survey: Survey
    held_by_us: Mapping[tuple[str, str], str]
    holders: tuple[Holder, ...]

    def seen(self, service: PlannedService) -> ServiceSeen | None:
        """The planned service as it was surveyed; None where it is still to be made."""
        return next((seen for seen in self.survey.services if seen.rancher_id == service.rancher_id), None)

    def is_ours(self, service: PlannedService) -> bool:
        """Does one of our tickets hold it?"""
        return (self.content.stack_name, service.name) in self.held_by_us


def findings_of(
    content: PlanContent,
    survey: Survey,
    *,
    repository: str,
    held_by_us: Mapping[tuple[str, str], str],
    stage_before: StageBefore | None,
) -> list[Finding]:
    """Everything found, blockers first, otherwise in the order of the plan's services.

    `repository` is the application's image repository: its tags are the versions that run now.
    """
    world = _World(content, survey, held_by_us, tuple(holders(survey)))
    found = [*_versions(content, repository), *_stage_before(content, stage_before), *_nothing_to_do(content)]
    for service in content.services:
        for check in _CHECKS:
            found.extend(check(service, world))
    found.extend(_hosts_away(world))
    return sorted(found, key=lambda one: one["level"] != "blocker")


# The plan as a whole


def _versions(content: PlanContent, repository: str) -> Iterator[Finding]:
    configs = [config for service in content.services for config in service.starts_from.values()]
    running = versions_run(configs, repository)
    if running == [content.version]:
        yield finding("already-running", version=content.version, environment=content.environment)
    newest = _newest(running)
    if newest is not None and is_older(content.version, newest):
        yield finding(
            "older-than-running", version=content.version, running=newest, environment=content.environment
        )


def _newest(versions: Iterable[str]) -> str | None:
    newest: str | None = None
    for version in versions:
        if newest is None or is_newer(version, newest):
            newest = version
    return newest


def _stage_before(content: PlanContent, before: StageBefore | None) -> Iterator[Finding]:
    if before is not None and not before.is_finished_there:
        yield finding("not-finished-before", version=content.version, environment=before.environment)


def _nothing_to_do(content: PlanContent) -> Iterator[Finding]:
    if all(service.action is PlannedAction.UNCHANGED for service in content.services):
        yield finding("nothing-to-do", environment=content.environment)


def _hosts_away(world: _World) -> Iterator[Finding]:
    for host in world.survey.hosts:
        if host.state not in AWAY:
            continue
        held_up = [
            service.name
            for service in world.content.services
            if service.action is PlannedAction.UPGRADED and _runs_on(world.seen(service), host)
        ]
        for name in held_up:
            yield finding(
                "host-away-with-containers",
                about=f"{host.name}:{name}",
                host=host.name,
                state=host.state,
                service=name,
            )
        if not held_up:
            yield finding("host-away", about=host.name, host=host.name, state=host.state)


def _runs_on(seen: ServiceSeen | None, host: HostSeen) -> bool:
    return seen is not None and any(
        container.host_rancher_id == host.rancher_id for container in seen.containers or ()
    )


# Service by service


def _state(service: PlannedService, world: _World) -> Iterator[Finding]:
    seen = world.seen(service)
    if seen is None or service.action is not PlannedAction.UPGRADED or world.is_ours(service):
        return
    name = service.name
    if seen.state in UNDER_WAY or seen.state == UNFINISHED:
        mark = next((mark for mark in map(_mark, seen.configs.values()) if mark), "")
        if mark:
            yield finding("attempt-unknown", about=name, service=name, mark=mark, state=seen.state)
        elif seen.state == UNFINISHED:
            yield finding("foreign-upgrade-unfinished", about=name, service=name)
        else:
            yield finding("foreign-upgrade-open", about=name, service=name, state=seen.state)
    elif seen.state not in STARTABLE:
        yield finding("service-not-upgradable", about=name, service=name, state=seen.state)


def _mark(config: Mapping[str, Any]) -> str:
    return mark_of(config.get("labels"))


def _kind(service: PlannedService, world: _World) -> Iterator[Finding]:
    name = service.name
    if service.action is PlannedAction.UNCHANGED:
        yield finding("nothing-to-change", about=name, service=name)
    elif service.action is PlannedAction.CREATED:
        yield finding("created", about=name, service=name)
    if service.removed_sidekicks:
        sidekicks = ", ".join(service.removed_sidekicks)
        yield finding("sidekicks-removed", about=name, service=name, sidekicks=sidekicks)
    if service.is_global and service.action is not PlannedAction.UNCHANGED:
        yield finding("global-service", about=name, service=name, wanted=service.scale)


def _health(service: PlannedService, world: _World) -> Iterator[Finding]:
    if (service.settings or {}).get("type") in WITHOUT_CONTAINERS:
        return
    if service.action is not PlannedAction.UNCHANGED and not service.has_health_check:
        yield finding("no-health-check", about=service.name, service=service.name)


def _manner(service: PlannedService, world: _World) -> Iterator[Finding]:
    if service.action is not PlannedAction.UPGRADED:
        return
    name, seen = service.name, world.seen(service)
    if service.start_first and seen is not None and seen.retain_ip:
        yield finding("start-first-with-retain-ip", about=name, service=name)
    if not service.start_first and 1 < service.scale <= service.batch_size:
        yield finding("too-big-a-batch", about=name, service=name, wanted=service.scale)


def _same_image(service: PlannedService, world: _World) -> Iterator[Finding]:
    """Containers are made anew from an image that hosts may have in an older form (trap 18)."""
    for name, config in service.wanted.items():
        before = service.starts_from.get(name)
        if before is None or before.get("imageUuid") != config.get("imageUuid"):
            continue
        if (config.get("labels") or {}).get(PULL_LABEL) != "always":
            yield finding("image-not-pulled", about=service.name, service=service.name)
            return


def _placing(service: PlannedService, world: _World) -> Iterator[Finding]:
    """Hosts and fixed ports (rancher-1.6-api.md 7.3, 7.4)."""
    if service.action is PlannedAction.UNCHANGED or (not service.scale and not service.is_global):
        return
    name, environment = service.name, world.content.environment
    unit = _unit_after(service)
    hosts = hosts_for(unit, world.survey.hosts)
    if not hosts:
        yield finding("no-usable-host", about=name, service=name, environment=environment)
        return
    for port in ports_of(unit):
        yield from _port(service, port, hosts, world)


def _port(
    service: PlannedService, port: HostPort, hosts: tuple[HostSeen, ...], world: _World
) -> Iterator[Finding]:
    name, number = service.name, str(port)
    about = f"{name}:{number}"
    others = _held(port, hosts, world, lambda holder: not _is_own(holder, service, world))
    own = _held(port, hosts, world, lambda holder: _is_own(holder, service, world))
    free = [host for host in hosts if host.rancher_id not in others]
    usable = len(free) - _promised(port, service, world)
    wanted = len(hosts) if service.is_global else service.scale
    if not free:
        held_by = [f"{holder.name} ({holder.host_name})" for holder in others.values()]
        yield finding("port-taken", about=about, service=name, port=number, holders=", ".join(held_by))
        return
    if usable < wanted:
        yield finding(
            "too-few-hosts", about=about, service=name, port=number, wanted=wanted, usable=max(usable, 0)
        )
        return
    is_upgrade = service.action is PlannedAction.UPGRADED
    spare = [host for host in free if host.rancher_id not in own]
    if is_upgrade and service.start_first and len(spare) < min(service.batch_size, wanted):
        yield finding("start-first-needs-ports", about=about, service=name, port=number)
        return
    yield finding("port-fixed", about=about, service=name, port=number, usable=usable, wanted=wanted)


def _held(
    port: HostPort, hosts: Iterable[HostSeen], world: _World, counts: Callable[[Holder], bool]
) -> dict[str, Holder]:
    """One holder of the port for each host where there is one that counts."""
    ids = [host.rancher_id for host in hosts]
    found = {
        holder.host_rancher_id: holder
        for holder in world.holders
        if holder.port.collides_with(port) and counts(holder)
    }
    return {host_id: found[host_id] for host_id in ids if host_id in found}


def _is_own(holder: Holder, service: PlannedService, world: _World) -> bool:
    return (holder.stack, holder.service) == (world.content.stack_name, service.name)


def _promised(port: HostPort, service: PlannedService, world: _World) -> int:
    """Hosts that services made before this one by the same plan will take for the same port."""
    before = world.content.services[: world.content.services.index(service)]
    return sum(
        other.scale
        for other in before
        if other.action is PlannedAction.CREATED
        and any(port.collides_with(theirs) for theirs in ports_of(other.wanted))
    )


def _unit_after(service: PlannedService) -> Configs:
    """All configs of the service as they will be."""
    kept = {
        name: config for name, config in service.starts_from.items() if name not in service.removed_sidekicks
    }
    return {**kept, **service.wanted}


_CHECKS: tuple[Callable[[PlannedService, _World], Iterator[Finding]], ...] = (
    _state,
    _kind,
    _placing,
    _manner,
    _same_image,
    _health,
)
