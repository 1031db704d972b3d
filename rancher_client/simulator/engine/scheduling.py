"""Where a container goes: candidates, labels, fixed ports (rancher-1.6-api.md chapter 7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from . import dependencies, launch_configs, ports, volumes
from .model import Container, Host, Service
from .ports import Port
from .world import World

AFFINITY = "io.rancher.scheduler.affinity:"
PORT_HOLDERS = frozenset({"starting", "restarting", "running"})
"""States in which a container holds its ports; a stopped old one does not (7.4)."""
_ABOUT = frozenset({"container", "container_label", "host_label"})
"""What a rule may be about. Names of `volumes` are looked for by `volumes`, and say nothing of hosts."""
_BEFORE_RUNNING = frozenset({"requested", "creating", "starting"})


@dataclass(frozen=True, slots=True)
class Placed:
    """The container fits on this host."""

    host: int


@dataclass(frozen=True, slots=True)
class NoPlace:
    """No host fits; `message` is what the container says from now on."""

    message: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One affinity label: what about (`host_label`, `container_label`, `container`), how, values."""

    about: str
    negated: bool
    soft: bool
    value: str

    @property
    def suffix(self) -> str:
        return ("_soft" if self.soft else "") + ("_ne" if self.negated else "")

    def pairs(self) -> list[tuple[str, str]]:
        """The `k=v` pairs of the comma list, lower-cased."""
        pairs = []
        for part in self.value.lower().split(","):
            key, _, value = part.strip().partition("=")
            pairs.append((key, value))
        return pairs

    def complaint(self) -> str:
        """The part of the placement message about this rule (7.4)."""
        word = "not " if self.negated else ""
        if self.about == "host_label":
            key, value = self.pairs()[0]
            return f"needs host with label {key}{self.suffix}: {value}"
        if self.about == "container_label":
            return f"host must {word}have a container with label {self.value.lower()}"
        return f"host must {word}have a container with name or uuid {self.value}"


@dataclass(slots=True)
class Request:
    """What one unit asks of a host."""

    project: int
    ports: list[Port] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    only: int | None = None
    """The one host possible: requestedHostId, a unit mate already placed, a global service's host."""
    marked_do_not_count: bool = False


def rules_of(labels: dict[str, str], macros: dict[str, str]) -> list[Rule]:
    """The affinity rules among the labels, macros of 7.3 filled in."""
    rules = []
    for name, value in labels.items():
        if not name.startswith(AFFINITY):
            continue
        about = name[len(AFFINITY) :]
        negated = about.endswith("_ne")
        about = about.removesuffix("_ne")
        soft = about.endswith("_soft")
        about = about.removesuffix("_soft")
        if about not in _ABOUT:
            continue
        for macro, text in macros.items():
            value = value.replace("${" + macro + "}", text)
        rules.append(Rule(about, negated, soft, value))
    return rules


def may_get_containers(host: Host) -> bool:
    """Only active hosts with an active agent get containers (7.1)."""
    return host.state in ("active", "updating-active") and host.agent_state == "active"


def usable_hosts(world: World, project: int) -> list[Host]:
    """The hosts of a project that may get containers."""
    return [host for host in world.hosts.values() if host.project == project and may_get_containers(host)]


def fits_labels(world: World, host: Host, rules: Iterable[Rule], *, soft: bool = False) -> bool:
    """Whether the host fulfils the hard rules (or, with `soft`, the soft ones)."""
    return all(_fulfils(world, host, rule) for rule in rules if rule.soft == soft)


def ports_held(
    world: World, host: int, *, without_marked: bool = False, but: int | None = None
) -> list[Port]:
    """The public ports that Rancher's own records say are held on the host."""
    held: list[Port] = []
    for container in world.on_host(host):
        if container.id == but or container.state not in PORT_HOLDERS:
            continue
        if without_marked and container.marked:
            continue
        held += ports.parse_all(container.ports)
    return held


def free_of(wanted: list[Port], held: list[Port]) -> bool:
    """Whether none of the wanted ports is held."""
    return not any(port.collides(other) for port in wanted for other in held)


def place(world: World, container: Container) -> Placed | NoPlace:
    """Choose a host for a container that has none."""
    asked = _request(world, container)
    twice = _asked_twice(asked.ports)
    if twice is not None and not world.site.scheduler_service:
        return NoPlace(f"Allocation failed: Port {twice} requested more than once.")
    hosts = usable_hosts(world, asked.project)
    if asked.only is not None:
        hosts = [host for host in hosts if host.id == asked.only]
        if not hosts:
            return NoPlace(f"Allocation failed: valid host(s) [{asked.only}]")
    if not hosts:
        return NoPlace("Allocation failed: No healthy hosts with sufficient resources available")
    if container.service is None and asked.only is None:
        beside = dependencies.place(world, container, hosts)
        if isinstance(beside, str):
            return NoPlace(f"Allocation failed: {beside}")
        hosts = beside
    with_volumes = volumes.place(world, [container, *unplaced_mates(world, container)], hosts)
    if isinstance(with_volumes, str):
        return NoPlace(f"Allocation failed: {with_volumes}")
    hosts = with_volumes
    fitting = [host for host in hosts if fits_labels(world, host, asked.rules)]
    free = [
        host
        for host in fitting
        if not asked.ports
        or free_of(
            asked.ports,
            ports_held(world, host.id, without_marked=asked.marked_do_not_count, but=container.id),
        )
    ]
    if not free:
        return NoPlace(_complaint(world, asked, labels_fit=bool(fitting)))
    preferred = [host for host in free if fits_labels(world, host, asked.rules, soft=True)] or free
    return Placed(_choose(world, preferred).id)


def _asked_twice(asked: list[Port]) -> str | None:
    """The first public port that a unit asks for again, whatever its address; two such fit no host.

    Two without a number are taken for the same [run]. Only who looks after ports itself sees it
    (cattle: PortsConstraintProvider.appendConstraints).
    """
    seen: set[str] = set()
    for port in asked:
        name = f"{'null' if port.public is None else port.public}/{port.protocol}"
        if name in seen:
            return name
        seen.add(name)
    return None


def no_ports(world: World, wanted: list[Port]) -> NoPlace:
    """The refusal of a host whose ports are held by somebody else."""
    return NoPlace(_complaint(world, Request(0, ports=wanted), labels_fit=True))


def global_hosts(world: World, service: Service) -> list[Host]:
    """The hosts on which a global service has a unit: active and matching by host label."""
    rules = rules_of(launch_configs.labels(service.launch_config), macros(world, service))
    about_hosts = [rule for rule in rules if rule.about == "host_label"]
    return [host for host in usable_hosts(world, service.project) if fits_labels(world, host, about_hosts)]


def macros(world: World, service: Service | None) -> dict[str, str]:
    """The macros a scheduling label may use (7.3); a container of its own fills in nothing."""
    if service is None:
        return dict.fromkeys(("stack_name", "project_name", "service_name"), "")
    stack = world.stacks[service.stack].name
    return {"stack_name": stack, "project_name": stack, "service_name": f"{stack}/{service.name}"}


def _request(world: World, container: Container) -> Request:
    asked = Request(container.project, marked_do_not_count=not world.site.scheduler_service)
    asked.ports = ports.parse_all(container.ports)
    filled_in = macros(world, world.service_of(container))
    asked.rules = rules_of(container.labels, filled_in)
    if container.config.get("requestedHostId") is not None:
        return _request_of_one_host(world, asked, int(container.config["requestedHostId"]))
    for mate in _unit_mates(world, container):
        if mate.host is None:
            asked.ports += ports.parse_all(mate.ports)
            asked.rules += rules_of(mate.labels, filled_in)
        elif mate.managed:
            asked.only = mate.host
    return asked


def _request_of_one_host(world: World, asked: Request, host: int) -> Request:
    """Who names the host, as a global service does, is asked about no labels, of ports by a scheduler only.

    Cattle: AllocatorServiceImpl.populateConstraints leaves out what is not critical.
    """
    return Request(asked.project, ports=asked.ports if world.site.scheduler_service else [], only=host)


def _unit_mates(world: World, container: Container) -> list[Container]:
    """The other containers of the same unit: all of a unit go to one host (7.3).

    What a marked one that has no place asked for counts on; one that is placed is left where it is
    (cattle: AllocatorDaoImpl.getUnmappedDeploymentUnitInstances).
    """
    service = world.service_of(container)
    if service is None:
        return []
    return [
        other
        for other in world.containers_of(service)
        if other.unit == container.unit and other.id != container.id
    ]


def unplaced_mates(world: World, container: Container) -> list[Container]:
    """The containers of the same unit that have no host yet; a failed one gets none any more."""
    return [
        mate for mate in _unit_mates(world, container) if mate.host is None and mate.state in _BEFORE_RUNNING
    ]


def _choose(world: World, hosts: list[Host]) -> Host:
    """With the scheduler service the least loaded host, chance among equals; without it chance alone."""
    if not world.site.scheduler_service:
        return world.random.choice(hosts)
    load = {host.id: world.load_of(host.id) for host in hosts}
    least = min(load.values())
    return world.random.choice([host for host in hosts if load[host.id] == least])


def _fulfils(world: World, host: Host, rule: Rule) -> bool:
    if rule.about == "host_label":
        own = {key.lower(): str(value).lower() for key, value in host.labels.items()}
        hit = any(own.get(key) == value for key, value in rule.pairs())
        return hit != rule.negated
    present = [
        container for container in world.on_host(host.id) if container.state in PORT_HOLDERS | {"stopping"}
    ]
    if rule.about == "container_label":
        hit = any(
            str(container.labels.get(key, "")).lower() == value
            for container in present
            for key, value in ((k.lower(), v) for k, v in rule.pairs())
        )
    else:
        names = {name.strip().lower() for name in rule.value.split(",")}
        hit = any((container.name or "").lower() in names or container.uuid in names for container in present)
    return hit != rule.negated


def _complaint(world: World, asked: Request, *, labels_fit: bool) -> str:
    """The message of 7.4, in the words of whoever decides about ports here."""
    complaints = [rule.complaint() for rule in asked.rules if not rule.soft]
    wanted = [port for port in asked.ports if port.public is not None]
    if not world.site.scheduler_service:
        if labels_fit:
            complaints = []
        if wanted:
            complaints.insert(0, f"host needs ports {', '.join(port.wanted for port in wanted)} available")
        return "Allocation failed: " + " ".join(complaints)
    reserved = [f"{port.public}:{port.private}/{port.protocol} portReservation" for port in wanted]
    if labels_fit:
        resources = ", ".join(["instanceReservation: 1", *reserved])
        return f"Allocation failed: No healthy hosts meet the resource constraints: [{resources}]."
    if reserved:
        complaints.insert(0, f"Host must satisfy resource constraints: [{', '.join(reserved)}].")
    return "Allocation failed: " + " ".join(complaints)
