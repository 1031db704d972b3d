"""What no API call can bring about: the world outside Rancher, moved by hand.

There are no scenarios: a lever changes hosts, images, containers or health checks, and the engine's
own rules do the rest.
"""

from __future__ import annotations

from typing import Any

from . import containers, executor, health, hosts, output
from .images import Behaviour, bare_reference
from .launch_configs import Config
from .model import RUNS, Container, Host
from .refusals import not_found
from .timing import ComposeExecutor
from .world import World


class Levers:
    """Moves the simulated world; numbers are those of the engine (`12` for `1i12`)."""

    def __init__(self, world: World) -> None:
        self._world = world

    def container_exits(self, container: int) -> None:
        """The container's process ends by itself."""
        row = self._container(container)
        if row.state in RUNS:
            self._world.later(self._world.timing.exit_noticed, "container.exit_noticed", row.id, row.started)

    def container_says(self, container: int, text: str, stream: str = output.STDOUT) -> None:
        """The container writes a line of its own to "stdout" or "stderr", if it runs."""
        row = self._container(container)
        if stream not in (output.STDOUT, output.STDERR):
            raise ValueError(f"There is no stream {stream!r}.")
        if row.state in RUNS:
            row.said.append([self._world.now, stream, text])

    def lose_host(self, host: int) -> None:
        """The agent's connection breaks: `reconnecting` after some pings, `disconnected` later (7.1)."""
        hosts.lose_connection(self._world, self._host(host))

    def give_up_host(self, host: int) -> None:
        """The agent's connection breaks, and Rancher says `disconnected` without waiting for pings."""
        hosts.give_up(self._world, self._host(host))

    def regain_host(self, host: int) -> None:
        """The agent is back."""
        hosts.regain_connection(self._world, self._host(host))

    def close_registry(self, prefix: str) -> None:
        """From now on an unknown image whose reference begins with `prefix` does not exist."""
        self._world.images.close(prefix)

    def open_registry(self, prefix: str) -> None:
        """Undo `close_registry`."""
        self._world.images.open(prefix)

    def image(self, reference: str, **behaviour: Any) -> Behaviour:
        """Change how an image behaves: fields of `Behaviour`, e.g. `exits_after=2.0`.

        Containers that run already notice changes of health and of a hanging stop.
        """
        changed = self._world.images.change(reference, **behaviour)
        for container in self._world.containers.values():
            if bare_reference(container.config.get("imageUuid")) == bare_reference(reference):
                self._notice(container)
        return changed

    def image_exists(self, reference: str, exists: bool = True) -> None:
        """Push an image to its registry, or take it away."""
        self.image(reference, exists=exists)

    def start_fails(self, reference: str, message: str | None) -> None:
        """Hosts refuse to start the image with this text; None = they start it again."""
        self.image(reference, start_error=message)

    def health(self, container: int, answers: bool | None) -> None:
        """The container's health check answers or not; None = as its image does."""
        row = self._container(container)
        row.answers_health = answers
        self._notice(row)

    def health_reported(self, container: int, healthy: bool) -> None:
        """The hosts that check the container report at once, whatever its application would answer.

        As the server takes such reports (cattle: ServiceEventCreate, HealthcheckServiceImpl.shouldUpdate).
        """
        row = self._container(container)
        if health.report(self._world, row, healthy=healthy):
            containers.tell_health(self._world, row)

    def image_health(self, reference: str, answers: bool) -> None:
        """The health check of every container of the image answers or not."""
        self.image(reference, answers_health=answers)

    def stop_hangs(self, container: int, hangs: bool | None = True) -> None:
        """The host never reports the container's stop; None = as its image does."""
        row = self._container(container)
        row.stop_hangs = hangs
        self._notice(row)

    def compose_executor(self, stands: ComposeExecutor | str) -> None:
        """The compose executor runs from now on, is away, or is forgotten as if it had never run (3.1)."""
        moved = {
            ComposeExecutor.RUNNING: executor.start,
            ComposeExecutor.AWAY: executor.stop,
            ComposeExecutor.UNREGISTERED: executor.forget,
        }
        moved[ComposeExecutor(stands)](self._world)

    def store_configs(self, service: int, launch_config: Config | None, sidekicks: list[Config]) -> None:
        """Rewrite a service's configs without a process, as an upgrade that could not be scheduled (13.4)."""
        row = self._world.services.get(service)
        if row is None:
            raise not_found()
        row.launch_config, row.sidekicks = launch_config, sidekicks
        self._world.touch("service", row.id)

    def _notice(self, container: Container) -> None:
        health.recheck(self._world, container)
        hangs = self._world.images.of(container.config.get("imageUuid")).stop_hangs
        if not (hangs if container.stop_hangs is None else container.stop_hangs):
            containers.resume_stop(self._world, container)

    def _container(self, number: int) -> Container:
        row = self._world.containers.get(number)
        if row is None:
            raise not_found()
        return row

    def _host(self, number: int) -> Host:
        row = self._world.hosts.get(number)
        if row is None:
            raise not_found()
        return row
