"""Containers in words, old and new side by side. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from deploytickets.access.naming import in_a_row
from deploytickets.deployments.queries import ContainerShown, Progress, ServiceProgress
from deploytickets.tickets.words import Word

HEALTHY = Word(gettext_lazy("healthy"), "circle-check", "ok")
UNKNOWN = Word(gettext_lazy("running, health unknown"), "circle-question-mark", "ok")
STARTING = Word(gettext_lazy("starting"), "circle-dashed", "moving")
UNHEALTHY = Word(gettext_lazy("unhealthy"), "activity", "bad")
STOPPED = Word(gettext_lazy("stopped"), "circle-stop", "idle")

BUSY = "In Progress"
"""Rancher's message about anything that is under way (rancher-1.6-api.md 5.3): it says nothing more."""

_STATES: dict[str, str | Promise] = {
    "stopping": gettext_lazy("stopping"),
    "removing": gettext_lazy("being removed"),
    "removed": gettext_lazy("removed"),
    "error": gettext_lazy("failed"),
    "erroring": gettext_lazy("failing"),
    "restarting": gettext_lazy("restarting"),
    "reconnecting": gettext_lazy("host away"),
    "disconnected": gettext_lazy("host away"),
}


@dataclass(frozen=True, slots=True)
class Tile:
    """One container. `note` is what Rancher says about it."""

    word: Word
    host: str
    restarts: int
    note: str


@dataclass(frozen=True, slots=True)
class Line:
    """One place of a service. `label` is its number, with the sidekick's name where it is one's."""

    ident: str
    label: str
    name: str
    old: Tile | None
    new: Tile | None

    @property
    def note(self) -> str:
        """What Rancher says, of the new container first."""
        return next((tile.note for tile in (self.new, self.old) if tile is not None and tile.note), "")


@dataclass(frozen=True, slots=True)
class Service:
    """One service's containers. `state` is said where nothing of it is to be seen."""

    name: str
    image_before: str
    image_after: str
    lines: Sequence[Line]
    state: str
    trouble: str

    @property
    def has_names(self) -> bool:
        """Does some line need more room than a number?"""
        return any(not line.label.isdecimal() for line in self.lines)


def services_of(progress: Progress) -> list[Service]:
    """The services of the attempt in their order."""
    return [_service(service) for service in progress.services]


def summary(progress: Progress, *, is_over: bool = False) -> str:
    """2 of 3 new healthy; 6 containers on 4 hosts. Once it is over there is nothing to count towards."""
    shown = [one for service in progress.services for one in service.containers]
    hosts = {one.host for one in shown if one.host}
    counted = {"healthy": progress.healthy, "wanted": progress.wanted}
    parts = [] if is_over else [_("%(healthy)s of %(wanted)s new healthy") % counted]
    if hosts:
        many = ngettext("%(n)s container", "%(n)s containers", len(shown)) % {"n": len(shown)}
        on = ngettext("on %(n)s host", "on %(n)s hosts", len(hosts)) % {"n": len(hosts)}
        parts.append(f"{many} {on}")
    return in_a_row(parts)


def hosts_of(progress: Progress | None, *, new: bool) -> list[str]:
    """The hosts on which containers of the new, or of the old version are, each once."""
    if progress is None:
        return []
    found = (one.host for service in progress.services for one in service.containers if one.is_new == new)
    return sorted({host for host in found if host})


def how_many(progress: Progress | None, *, new: bool) -> int:
    """How many containers of the new, or of the old version are there."""
    if progress is None:
        return 0
    return sum(one.is_new == new for service in progress.services for one in service.containers)


def _service(service: ServiceProgress) -> Service:
    return Service(
        service.name,
        service.image_before,
        service.image_after,
        list(_lines(service)),
        service.rancher_state,
        service.trouble,
    )


def _lines(service: ServiceProgress) -> Iterator[Line]:
    for slot in service.slots:
        shown = slot.new or slot.old
        number = slot.name.rpartition("-")[2]
        label = number if number.isdecimal() else slot.name
        if shown is not None and shown.config:
            label = f"{shown.config} {label}"
        yield Line(
            f"{service.name}-{slot.name}",
            label,
            slot.name,
            _tile(slot.old, service),
            _tile(slot.new, service),
        )


def _tile(container: ContainerShown | None, service: ServiceProgress) -> Tile | None:
    if container is None:
        return None
    note = "" if container.message == BUSY else container.message
    return Tile(_word(container, service), container.host, max(0, container.starts - 1), note)


def _word(container: ContainerShown, service: ServiceProgress) -> Word:
    if container.is_healthy:
        return HEALTHY if service.has_health_check else UNKNOWN
    if container.is_starting:
        return STARTING
    if container.state == "running":
        return UNHEALTHY
    if container.state == "stopped":
        return STOPPED if not container.is_new else Word(STOPPED.word, STOPPED.icon, "bad")
    said = _STATES.get(container.state, container.state)
    return Word(said, "circle-alert", "bad" if container.is_new else "idle")
