"""Processes of services as explicit state: a run sits in a phase until a look lets it go on.

A run holds the service: only one is under way, a newly requested process waits until the former one
has given way (5.5, 5.6). A failed run is tried again after a back-off, without end (13.3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from . import health, looks, process_instances, service_logs
from .model import Run, Service
from .state_machines import SERVICE
from .world import World

STATE_CHANGED = "STATE_CHANGED"
RECORD_CHANGED = "Database record has been changed"
IN_PROGRESS = "In Progress"

_OVERTAKEN = {
    STATE_CHANGED: "State has changed, need to re-evaluate",
    RECORD_CHANGED: "Database state has changed, need to re-evaluate",
}
"""What the service log says of a run that gave way, by the message of the service."""

_WITHIN = {
    "reconcile": (".wait",),
    "starting": (".wait",),
    "healthy_before": (".wait",),
    "stop_leftovers": (".stopping",),
    "batch_stop": (".stopping",),
    "batch_deploy": (".starting.wait", ".starting"),
    "batch_start": (".starting.wait", ".starting"),
    "new_healthy": (".wait",),
    "all_healthy": (".wait",),
    "batch_healthy": (".wait",),
    "sleep": (".sleep",),
    "final_reconcile": (".wait",),
    "final_start": (".wait",),
}
"""The events of the service log that are open in a phase, the innermost first."""

LOOK = "look"
"""In the body of an update: the look that asks for it carries it out itself."""

_LOOK_EVENT = "service.trigger"


@dataclass(frozen=True, slots=True)
class Go:
    """On to another phase, at once."""

    phase: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Stay in the phase and look again at `at`; None = when a container has changed, or at the time-out."""

    at: float | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The run failed and is tried again later. `error` False = a time-out, shown as `yes`."""

    message: str
    error: bool = True
    container: int | None = None


@dataclass(frozen=True, slots=True)
class GiveWay:
    """The service's state has moved on: this run ends, the queued process begins."""

    message: str = STATE_CHANGED


@dataclass(frozen=True, slots=True)
class Done:
    """The process has ended well."""


Outcome = Go | Wait | Failed | GiveWay | Done
Phase = Callable[[World, Service, Run], Outcome]


@dataclass(frozen=True, slots=True)
class Program:
    """The phases of one process; a retry begins with `first` again."""

    first: str
    phases: Mapping[str, Phase]
    headline: str = ""
    event: str = ""


def request(
    world: World,
    service: Service,
    process: str,
    body: dict[str, Any] | None = None,
    *,
    told: Mapping[str, Any] | None = None,
) -> None:
    """Move the service into the process's transitional state and schedule the process.

    `told` is what the record of the process keeps as its data.

    The caller has checked that the process may start. Begin and end of a process are told of the stack
    as well (8).
    """
    service.state = SERVICE.processes[process].begin(service.state)
    service.failed = False
    service.message = IN_PROGRESS
    service.queued, service.queued_body = process, body or {}
    data = {**(told or {}), **({"system": True} if service.fields.get("system") else {})}
    process_instances.schedule(world, "service", service.id, service.project, f"service.{process}", data)
    world.touch("service", service.id)
    world.touch("stack", service.stack)
    run = service.run
    if run is None or run.retry_at is not None or process == "remove":
        service_logs.end(world, run.headline if run is not None else None)
        process_instances.leave(world, "service", service.id)
        service.run = None
        looks.plan(world, service, world.now + world.timing.process_start)
    else:
        # The run notices at its next look where its phase lets it (5.5).
        looks.plan(world, service, world.now)


def disturb(service: Service, *, former_scale: int | None = None) -> None:
    """A process-triggering field was PUT while a run is in the middle of its work."""
    run = service.run
    if run is not None:
        run.disturbed = True
        if run.former_scale is None:
            run.former_scale = former_scale


def retry_now(world: World, service: Service) -> None:
    """A failed run does not wait for its next try any longer."""
    run = service.run
    if run is not None and run.retry_at is not None:
        run.retry_at = world.now
        looks.plan(world, service, world.now)


def take_in(run: Run) -> None:
    """From here on the run works with what was PUT meanwhile."""
    run.disturbed = False
    run.former_scale = None


def step(world: World, programs: Mapping[str, Program], service: Service, beat: int) -> None:
    """Event: let the service's run go on as far as it can."""
    if beat != service.beat:
        return
    if service.run is None and not _begin(world, programs, service):
        return
    run = service.run
    if run is None:
        return
    if run.retry_at is not None and world.now < run.retry_at - 1e-9:
        return
    program = programs[run.process]
    if run.retry_at is not None:
        run.retry_at = None
        _recorded(world, service, run)
        take_in(run)
        enter(world, run, program.first)
    while True:
        outcome = program.phases[run.phase](world, service, run)
        if isinstance(outcome, Go):
            enter(world, run, outcome.phase)
            continue
        break
    if isinstance(outcome, Wait):
        looks.plan(world, service, _next_look(world, service, run) if outcome.at is None else outcome.at)
    elif isinstance(outcome, Failed):
        _fail(world, service, run, outcome)
    elif isinstance(outcome, GiveWay):
        _give_way(world, service, run, outcome.message)
    else:
        _finish(world, service, run)


def _next_look(world: World, service: Service, run: Run) -> float:
    """The beat of the time-out: changes of containers wake the run before (`looks.wake`)."""
    if has_moved_on(service, run):
        return world.next_beat(world.timing.look)
    return world.next_beat(world.timing.look, after=run.since + world.timing.wait_timeout - 1e-3)


def enter(world: World, run: Run, phase: str) -> None:
    """Set the phase and the moment it began."""
    run.phase = phase
    run.since = world.now
    run.waits_for = None


def has_moved_on(service: Service, run: Run) -> bool:
    """Whether somebody has moved the service out of the state this run works for."""
    return service.state != run.state


def _begin(world: World, programs: Mapping[str, Program], service: Service) -> bool:
    process = service.queued
    if process is None:
        return False
    service.queued = None
    program = programs[process]
    run = Run(
        process=process,
        phase=program.first,
        state=service.state,
        since=world.now,
        transaction=world.new_uuid(),
        body=service.queued_body,
    )
    service.run = run
    _recorded(world, service, run)
    run.look = bool(run.body.get(LOOK))
    if run.look:
        _open_log(world, service, run, _LOOK_EVENT, "Re-evaluating state")
    elif program.headline:
        _open_log(world, service, run, program.event, program.headline)
    return True


def end_look(world: World, service: Service, run: Run, program: Program) -> None:
    """The look is over; the process itself, which has waited for it, has its turn and tells of itself."""
    service_logs.end(world, run.headline)
    run.look = False
    run.transaction = world.new_uuid()
    _open_log(world, service, run, program.event, program.headline)


def _open_log(world: World, service: Service, run: Run, event: str, headline: str) -> None:
    """The head line of what the run does; it stays open until that ends."""
    line = service_logs.write(
        world, service, event, headline, transaction=run.transaction, sub_log=False, open_end=True
    )
    run.headline = line.id


def event_of(run: Run) -> str:
    """The event of the service log below which the run tells what it does now."""
    return _LOOK_EVENT if run.look else f"service.{run.process}"


def _finish(world: World, service: Service, run: Run) -> None:
    service_logs.end(world, run.headline)
    service.run = None
    if has_moved_on(service, run):
        process_instances.leave(world, "service", service.id, phase="DONE")
        looks.plan(world, service, world.now)
        return
    process_instances.end(world, "service", service.id)
    service.state = SERVICE.processes[run.process].end(service.state)
    if run.headline is not None:
        # Only what tells the log of itself takes back what failed before (cattle: ActivityLogImpl.close).
        service.failed = False
    if service.state == "removed":
        service.removed = world.now
    world.touch("service", service.id)
    world.touch("stack", service.stack)
    health.plan_look(world, service.stack)
    looks.call(world, service)


def _give_way(world: World, service: Service, run: Run, message: str) -> None:
    tell_exception(world, service, run, _OVERTAKEN[message])
    service_logs.end(world, run.headline)
    process_instances.leave(world, "service", service.id)
    service.run = None
    service.message = message
    world.touch("service", service.id)
    looks.plan(world, service, world.now)


def _fail(world: World, service: Service, run: Run, failure: Failed) -> None:
    service.failed = service.failed or failure.error
    service.message = failure.message
    level = "error" if failure.error else "info"
    tell_exception(world, service, run, failure.message, level=level, container=failure.container)
    world.touch("service", service.id)
    if has_moved_on(service, run):
        service_logs.end(world, run.headline)
        process_instances.leave(world, "service", service.id)
        service.run = None
        looks.plan(world, service, world.now)
        return
    reason = "UNKNOWN_EXCEPTION" if failure.error else "TIMEOUT"
    process_instances.fail(world, "service", service.id, failure.message, reason)
    run.tries += 1
    # Only the task that looks every so often picks a failed process up again (13.3).
    run.retry_at = world.next_beat(world.timing.retry_task, after=world.now + world.timing.pause(run.tries))
    looks.plan(world, service, run.retry_at)


def _recorded(world: World, service: Service, run: Run) -> None:
    process_instances.begin(world, "service", service.id, service.project, f"service.{run.process}")


def tell_exception(
    world: World, service: Service, run: Run, text: str, *, level: str = "info", container: int | None = None
) -> None:
    """Exceptions nest: the innermost event first (chapter 9; cattle: ActivityLogImpl.java, exception)."""
    for within in (*_WITHIN.get(run.phase, ()), ""):
        event = f"{event_of(run)}{within}.exception"
        service_logs.write(
            world, service, event, text, transaction=run.transaction, level=level, container=container
        )
