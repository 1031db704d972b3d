"""A container starts: what each checkpoint on the way to running asks for (rancher-1.6-api.md 6.2, 5.6)."""

from __future__ import annotations

from . import (
    addresses,
    chosen_containers,
    dependencies,
    derived,
    health,
    images,
    instance_links,
    launch_configs,
    networks,
    output,
    ports,
    scheduling,
    volumes,
)
from .model import Container
from .world import World

CHECKPOINTS = (
    ("Waiting for dependencies", 0),
    ("Waiting for deployment unit instances to create", 16),
    ("Scheduling", 32),
    ("Networking", 48),
    ("Storage", 64),
    ("Starting", 84),
    ("Post-network", 100),
)
"""`transitioningMessage` and `transitioningProgress` on the way to running (6.2)."""

_DEPENDENCIES, _UNIT, _SCHEDULING, _NETWORKING, _STORAGE, _STARTING, _POST = range(len(CHECKPOINTS))


def begin(world: World, container: Container) -> None:
    """Begin at the first checkpoint, of one just created or of one that stood still."""
    container.state = "starting"
    container.checkpoint = 0
    instance_links.prepare(world, container)
    _at_checkpoint(world, container)


def go_on(world: World, container: Container) -> None:
    """Do what the present checkpoint is about and go on to the next one, or fail."""
    at = container.checkpoint
    if at == _DEPENDENCIES and container.service is None and not _has_its_dependencies(world, container):
        return
    if at == _UNIT and container.awaits_unit:
        # Its unit mates are created a moment later, and the next look is most of a beat away.
        container.awaits_unit = False
        world.plan_step(container, world.timing.look * world.random.uniform(0.4, 0.9))
        return
    if at == _SCHEDULING and not _allocate(world, container):
        return
    if at == _NETWORKING:
        instance_links.activate(world, container)
    if at == _STORAGE and _lacks_its_volume(world, container):
        return
    if at == _STORAGE and not _image_is_there(world, container):
        return
    if at == _STARTING and not _starts(world, container):
        return
    if at == _POST:
        _runs(world, container)
        return
    container.checkpoint += 1
    docker_needs = 0.0
    if container.checkpoint == _STARTING:
        behaviour = world.images.of(container.config.get("imageUuid"))
        docker_needs = world.timing.start if behaviour.start is None else behaviour.start
    _at_checkpoint(world, container, seconds=docker_needs)


def _at_checkpoint(world: World, container: Container, *, seconds: float = 0.0) -> None:
    """Say how far the start has come, and plan what it comes to after that many seconds more."""
    container.message, container.progress = CHECKPOINTS[container.checkpoint]
    world.plan_step(container, world.timing.checkpoint + seconds)


def _has_its_dependencies(world: World, container: Container) -> bool:
    """Whether those it lives on have a host; waits for them, or fails."""
    message = dependencies.missing(world, container) if container.waits_until is None else None
    awaited = dependencies.awaited(world, container) if message is None else None
    if awaited is not None:
        if container.waits_until is None:
            container.waits_until = world.now + dependencies.PATIENCE
        if world.now < container.waits_until and not dependencies.has_failed(awaited):
            world.plan_step(container, world.timing.checkpoint)
            return False
        message = "instance is not running : Dependencies readiness error"
    container.waits_until = None
    if message is not None:
        _fail(world, container, message)
    return message is None


def _allocate(world: World, container: Container) -> bool:
    """Reserve a host and the ports on it; a started-again container keeps its host.

    Of one that has its host already, only the scheduler service looks at the ports again
    (cattle:…/AllocatorServiceImpl.java, ensureResourcesReservedForStart, allocateInstanceInternal).
    """
    if container.host is not None:
        wanted = ports.parse_all(container.ports)
        held = scheduling.ports_held(world, container.host, but=container.id)
        if not world.site.scheduler_service or scheduling.free_of(wanted, held):
            return True
        _fail(world, container, scheduling.no_ports(world, wanted).message)
        return False
    outcome = scheduling.place(world, container)
    if isinstance(outcome, scheduling.NoPlace):
        _fail(world, container, outcome.message)
        return False
    # One allocation places all of a unit, so that nobody takes a port that a mate waits for
    # (cattle:…/AllocatorServiceImpl.java, getInstancesToAllocate).
    for mate in [container, *scheduling.unplaced_mates(world, container)]:
        world.put_on(mate, outcome.host)
        volumes.lay(world, mate, outcome.host)
    return True


def _lacks_its_volume(world: World, container: Container) -> bool:
    """Whether its root volume was removed, which nothing activates: its start waits at `Storage` [run].

    Source: cattle: InstanceStart.storage.
    """
    return derived.is_removed(world, "volume", container.id)


def _image_is_there(world: World, container: Container) -> bool:
    """Pull where needed; a failed pull is tried up to five times inside (5.6)."""
    image = container.config.get("imageUuid")
    reference = images.bare_reference(image)
    host = world.host_of(container)
    if host is None:
        return True
    is_there = reference in host.images and not launch_configs.pulls_always(container.config)
    if is_there or container.has_pulled:
        images.keep(host.images, reference)
        return True
    behaviour = world.images.of(image)
    container.message = f"Pulling {reference}"
    if behaviour.exists:
        container.has_pulled = True
        world.plan_step(container, world.timing.pull if behaviour.pull is None else behaviour.pull)
        return False
    container.failed_pulls += 1
    if container.failed_pulls >= world.timing.pull_tries:
        _fail(world, container, f"Error response from daemon: manifest for {reference} not found")
    else:
        world.plan_step(container, world.timing.pull_failure)
    return False


def _starts(world: World, container: Container) -> bool:
    """Docker starts the process, or refuses: start error, port really taken (7.4)."""
    behaviour = world.images.of(container.config.get("imageUuid"))
    if behaviour.start_error is not None:
        _fail(world, container, behaviour.start_error)
        return False
    if world.site.hosts_bind_ports and container.ports and container.host is not None:
        held = scheduling.ports_held(world, container.host, but=container.id)
        any_address = "0.0.0.0"  # noqa: S104  Docker's own words, nothing is bound
        taken = [p for p in ports.parse_all(container.ports) if not scheduling.free_of([p], held)]
        if taken:
            _fail(
                world,
                container,
                "Error response from daemon: driver failed programming external connectivity on endpoint "
                f"{container.name}: Bind for {taken[0].address or any_address}:{taken[0].public} failed: "
                "port is already allocated",
            )
            return False
    container.start_count += 1
    drawn = None
    if container.external_id is None:
        container.external_id = world.new_uuid()
        drawn = addresses.draw(world)
    if container.address is None and networks.gives_addresses(world, container):
        container.address = addresses.assign(world, container, drawn or addresses.draw(world))
        world.touch("ipAddress", derived.address_of_container(container.id))
    return True


def _runs(world: World, container: Container) -> None:
    container.state = "running"
    container.started = world.now
    output.began(container, world.now)
    if container.first_running is None:
        container.first_running = world.now
    health.start_checking(world, container)
    _publish(world, container)
    chosen_containers.choose(world, container)
    behaviour = world.images.of(container.config.get("imageUuid"))
    if behaviour.exits_after is not None:
        world.later(behaviour.exits_after, "container.exit", container.id, world.now)


def _publish(world: World, container: Container) -> None:
    """The first endpoint of its host, and of its service: from now on they have a list of them."""
    if all(port.public is None for port in ports.parse_all(container.ports)):
        return
    for row in (world.hosts.get(container.host or 0), world.services.get(container.service or 0)):
        if row is not None:
            row.has_published = True


def _fail(world: World, container: Container, message: str) -> None:
    """The start failed: stopping, already with the text, then erroring, error (5.6), or stopped again."""
    container.state = "stopping"
    container.failure = container.message = message
    world.plan_step(container, world.timing.error)
