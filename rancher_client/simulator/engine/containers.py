"""The life of one container once it is made: start, stop, fail, remove (rancher-1.6-api.md 6, 5.6)."""

from __future__ import annotations

from typing import Any

from . import (
    chosen_containers,
    derived,
    health,
    instance_links,
    labels,
    looks,
    name_service,
    networks,
    output,
    process_instances,
    purging,
    starting,
    triggers,
    volumes,
)
from .model import BAD, GONE, LOST, RUNS, Container
from .refusals import Refused, method_not_allowed
from .state_machines import CONTAINER
from .world import World

_AT_REST = frozenset({"running", "stopped", "error", "removed"})
"""States in which a process of the container has just ended when it is told of."""
_ROWS_BESIDE = {
    "creating": ("volume", "serviceExposeMap"),
    "running": ("volume",),
    "stopped": ("volume",),
    "removed": ("volume", "serviceExposeMap"),
}
"""States in which the rows beside have just become what they are then."""
_MOVES_ITS_VOLUME = frozenset({"running", "stopped", "removed"})
_ASIDE = {"updating-running": "running", "updating-stopped": "stopped", "migrating": "running"}
"""The states of processes that do nothing, and what follows each; nobody looks at a service for them."""


def is_going(container: Container) -> bool:
    """Whether the container is on its way out and no longer counts."""
    return container.state in GONE or container.remove_after_stop


def is_bad(container: Container) -> bool:
    """Whether its creation failed; such a container is made again, never started again (5.6)."""
    return container.state in BAD or (container.state == "stopping" and _was_in_creation(container))


def begin(world: World, container: Container) -> None:
    """Begin the creation of a `requested` container, or begin it anew."""
    world.plan_step(container, world.timing.create)


def start(world: World, container: Container) -> None:
    """Start a stopped container again: same id, same host, its ports asked for anew (7.4)."""
    _start_again(world, container)
    notify(world, container)


def stop(world: World, container: Container, *, remove: bool = False) -> None:
    """Send the stop signal; `remove` takes the container away once it stopped.

    A removal that comes during the stop of a restart has its turn when that is over: it stops what has just
    begun to start [run].
    """
    container.remove_after_stop |= remove
    if container.state in ("stopping", "erroring"):
        return
    _enter(container, "stopping")
    _plan_stop(world, container)
    # Health is looked at again only when it has stopped: a stop that hangs leaves it as it was (5.6).
    _show(world, container)


def remove(world: World, container: Container) -> None:
    """Take the container away, stopping it before if it runs."""
    if container.state in GONE:
        return
    if container.state in ("running", "starting", "restarting", "creating", "stopping"):
        stop(world, container, remove=True)
        return
    _begin_removal(world, container)
    notify(world, container)


def restart(world: World, container: Container) -> None:
    """Restart: stop, and start again as what had stopped before, without a state of rest between them.

    Its health stays as it was until it runs again (cattle: InstanceRestart, InstanceStopPostAction,
    InstanceHealthcheckRegister).
    """
    _enter(container, "restarting")
    container.is_restarting = True
    world.plan_step(container, world.timing.restart)
    notify(world, container)


def exit_by_itself(world: World, number: int, started: float) -> None:
    """Event: the process of a container ended; Rancher learns of it a little later."""
    world.later(world.timing.exit_noticed, "container.exit_noticed", number, started)


def exit_noticed(world: World, number: int, started: float) -> None:
    """Event: Rancher sees that the container does not run any more."""
    container = world.containers[number]
    if container.state not in RUNS or container.started != started:
        return
    if container.state in _ASIDE:
        world.later(world.timing.exit_noticed, "container.exit_noticed", number, started)
        return
    output.ended(container, world.now, "exited")
    instance_links.deactivate(world, container)
    container.state = "stopped"
    process_instances.at_once(
        world, "container", number, container.project, "instance.stop", {"containerNoOpEvent": True}
    )
    notify(world, container)


def unanswered(world: World, number: int, step_number: int) -> None:
    """Event: the agent has answered neither the start nor its repetition (13.3).

    By now so many pings have failed that it is known to be lost.
    """
    container = world.containers[number]
    if container.step == step_number:
        _give_start_up(world, container)


def step(world: World, number: int, step_number: int) -> None:
    """Event: the next step of a container's present process."""
    container = world.containers[number]
    if container.step != step_number:
        return
    if container.state in _ASIDE:
        container.state = _ASIDE[container.state]
        _show(world, container)
        return
    if container.state == "starting" and container.remove_after_stop:
        stop(world, container)
        return
    if container.state in ("starting", "stopping") and not _agent_allows(world, container):
        return
    if container.state == "requested":
        container.state = "creating"
        networks.join(world, container)
        world.plan_step(container, world.timing.create)
    elif container.state == "creating":
        _created(world, container)
    elif container.state == "starting":
        starting.go_on(world, container)
    elif container.state == "stopping":
        instance_links.deactivate(world, container)
        if _was_in_creation(container):
            _begin_error(world, container)
        else:
            _stopped(world, container)
    elif container.state == "erroring":
        container.state = "error"
        if container.remove_after_stop:
            world.plan_step(container, world.timing.checkpoint)
    elif container.state == "error":
        remove(world, container)
    elif container.state == "restarting":
        container.starts_after_stop = True
        stop(world, container)
        return
    elif container.state == "removing":
        _removed(world, container)
    elif container.state == "purging":
        container.state = "purged"
        instance_links.plan_forgetting(world, container)
    notify(world, container)


def resume_on(world: World, host: int) -> None:
    """The host answers again: what waited for it goes on."""
    for container in world.on_host(host):
        if container.state in ("starting", "stopping"):
            world.plan_step(container, world.timing.checkpoint)


def let_go_on(world: World, host: int) -> None:
    """The host's agent is known to be lost: containers stop without it when their process is tried again."""
    pause = world.next_beat(world.timing.retry_task) - world.now
    for container in world.on_host(host):
        if container.state == "stopping":
            world.plan_step(container, pause)


def resume_stop(world: World, container: Container) -> None:
    """A stop that hung is reported after all."""
    if container.state == "stopping":
        _plan_stop(world, container)


def lose(world: World, container: Container) -> None:
    """The container's host was removed: nothing needs to be stopped any more."""
    output.ended(container, world.now, "stopped")
    _begin_removal(world, container)
    notify(world, container)


def act(world: World, container: Container, action: str, body: dict[str, Any]) -> None:
    """One action of the API on a container (6.2); its state allows it."""
    if action == "stop":
        stop(world, container, remove=bool(body.get("remove")))
    elif action in ("start", "create"):
        start(world, container)
    elif action == "restart":
        restart(world, container)
    elif action == "remove":
        remove(world, container)
    elif action == "error":
        container.failure = None
        _begin_error(world, container)
        notify(world, container)
    elif action == "purge":
        _enter(container, "purging")
        world.plan_step(container, world.timing.remove)
        process_instances.follow(world, container)
        world.touch("container", container.id)
    elif action in ("update", "migrate"):
        container.failure = None
        _enter(container, CONTAINER.processes[action].begin(container.state))
        world.plan_step(container, world.timing.update_container)
        _show(world, container)
    else:
        raise Refused(501, "HostApiProxyDisabled", message="HostApiProxyDisabled")


def delete(world: World, container: Container) -> None:
    """DELETE: stops before what runs; refused where neither removal nor stop may begin (1.7).

    Of one that stops already nothing becomes: the stop that would remove it finds the former one done when
    its turn comes (cattle: InstanceManager.deleteInternal, AbstractStatesBasedProcessState.isDone) [run].
    """
    if container.state in GONE or container.state == "stopping":
        return
    if not {"remove", "stop"} & CONTAINER.offered(container.state):
        raise method_not_allowed()
    remove(world, container)


def notify(world: World, container: Container) -> None:
    """Tell all who look at this container: websocket, its service's health and reconcile, its host."""
    _show(world, container)
    has_restarted = container.state == "running" and container.is_restarting
    if has_restarted or container.state in ("stopped", "removed"):
        container.is_restarting = False
        triggers.of_container(world, container)
    service = world.service_of(container)
    if service is None:
        return
    looks.wake(world, service)
    if container.state in _AT_REST:
        health.plan_look(world, service.stack)
    if container.state == "error":
        looks.call(world, service)
    if container.state == "stopping":  # its start has failed
        world.later(0.0, "service.run", service.id, service.beat)


def tell_health(world: World, container: Container) -> None:
    """Tell all who look at this container that its health has changed."""
    notify(world, container)
    triggers.of_container(world, container)


def _start_again(world: World, container: Container) -> None:
    container.failure = container.started = None
    container.starts_again = True
    container.starts_after_stop = False
    starting.begin(world, container)


def _enter(container: Container, state: str) -> None:
    """A process begins: what the former one said is over (cattle: GenericResourceProcessState.setState)."""
    container.state, container.message = state, None


def _begin_removal(world: World, container: Container) -> None:
    _enter(container, "removing")
    world.plan_step(container, world.timing.remove)


def _begin_error(world: World, container: Container) -> None:
    _enter(container, "erroring")
    world.plan_step(container, world.timing.error)


def _was_in_creation(container: Container) -> bool:
    """Whether it stops because of a start that was part of its creation: only then it ends in `error`.

    One that was started again is stopped again, and says why (cattle: InstanceStart.handleStartError).
    """
    return container.failure is not None and not container.starts_again


def _show(world: World, container: Container) -> None:
    process_instances.follow(world, container)
    world.touch("container", container.id)
    if container.host is not None:
        world.touch("host", container.host)
    if container.service is not None:
        world.touch("service", container.service)
    for kind in _ROWS_BESIDE.get(container.state, ()):
        for row in derived.of_owner(world, kind, container):
            world.touch(*row)
    if container.host is not None and container.state in _MOVES_ITS_VOLUME:
        world.touch("storagePool", container.host)


def _plan_stop(world: World, container: Container) -> None:
    behaviour = world.images.of(container.config.get("imageUuid"))
    if _is_on_lost_host(world, container):
        world.plan_step(container, world.timing.checkpoint)
    elif behaviour.stop_hangs if container.stop_hangs is None else container.stop_hangs:
        world.plan_nothing(container)
    else:
        world.plan_step(container, _stop_seconds(world, container))


def _stop_seconds(world: World, container: Container) -> float:
    """The application's reaction to the signal, at most the stop timeout: then Docker kills (5.3)."""
    behaviour = world.images.of(container.config.get("imageUuid"))
    wanted = world.timing.stop if behaviour.stop is None else behaviour.stop
    limit = container.config.get("stopTimeout")
    drain = float(container.config.get("drainTimeoutMs") or 0) / 1000
    return drain + min(wanted, float(limit) if isinstance(limit, (int, float)) else world.timing.stop_kill)


def _agent_allows(world: World, container: Container) -> bool:
    """Whether a start or a stop goes on by what is known of the host's agent; a start may be given up."""
    host = world.host_of(container)
    if host is None or host.connected:
        return True
    is_lost = _is_on_lost_host(world, container)
    if container.state == "stopping":
        return is_lost
    if is_lost:
        _give_start_up(world, container)
    else:
        world.later(world.timing.agent_timeout, "container.unanswered", container.id, container.step)
    return False


def _is_on_lost_host(world: World, container: Container) -> bool:
    """Whether Rancher knows that no agent will answer for it.

    Then a container *stops* at once: nobody is asked (cattle: IgnoreReconnectionAgentHandler).
    """
    host = world.host_of(container)
    return host is not None and host.agent_state in LOST


def _give_start_up(world: World, container: Container) -> None:
    """A start on a lost host waits for it, unless somebody else may take over.

    A container that never ran, or has a check, is removed (cattle: InstanceStart.handleReconnecting).
    """
    if container.first_running is None or isinstance(container.config.get("healthCheck"), dict):
        stop(world, container, remove=True)


def _created(world: World, container: Container) -> None:
    container.failure = volumes.look_up(world, container)
    if container.failure is not None:
        _begin_removal(world, container)
        container.message = container.failure
        return
    name_service.settle(container)
    instance_links.name_own(world, container)
    if container.service is None and container.config.get("labels") is not None:
        # Lost where no map was sent to put it into (cattle: InstancePreCreate.setEnvironmentLabel).
        container.labels["io.rancher.environment.uuid"] = world.projects[container.project].uuid
        labels.note(world, container.project, container.labels)
    if not container.start_after_create:
        container.state = "stopped"
        return
    starting.begin(world, container)


def _stopped(world: World, container: Container) -> None:
    output.ended(container, world.now, "stopped")
    if container.starts_after_stop:
        _start_again(world, container)
    elif container.remove_after_stop:
        _begin_removal(world, container)
    else:
        container.state = "stopped"


def _removed(world: World, container: Container) -> None:
    container.state = "removed"
    container.removed = world.now
    purging.plan(world, "container", container)
    world.forget(container)
    instance_links.remove(world, container)
    chosen_containers.forget(world, container)
    service = world.service_of(container)
    if service is not None:
        service.containers.remove(container.id)
