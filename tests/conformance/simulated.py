"""The simulator as a target: a server of our own over real HTTP and websocket, with levers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from rancher_client.simulator.engine import Site
from rancher_client.simulator.server import SimulatorServer

from .target import Target

OLD = "docker:registry.example/shop:1.0.1"
NEW = "docker:registry.example/shop:1.0.2"
MISSING = "docker:registry.example/shop:no-such-tag"


def bare(image: str) -> str:
    """The reference without its prefix."""
    return image.partition(":")[2]


def number(rancher_id: str) -> int:
    """12 of 1i12."""
    return int(rancher_id[2:])


class SimulatorLever:
    """Moves the simulated world by its own levers."""

    def __init__(self, server: SimulatorServer) -> None:
        self._server = server

    def exit_container(self, container_id: str) -> None:
        with self._server.engine_lock:
            self._server.levers.container_exits(number(container_id))

    def break_health(self, image: str) -> None:
        with self._server.engine_lock:
            self._server.levers.image_health(bare(image), answers=False)

    def mend_health(self, image: str) -> None:
        with self._server.engine_lock:
            self._server.levers.image_health(bare(image), answers=True)

    def lose_host(self, host_id: str) -> None:
        with self._server.engine_lock:
            self._server.levers.lose_host(number(host_id))

    def regain_host(self, host_id: str) -> None:
        with self._server.engine_lock:
            self._server.levers.regain_host(number(host_id))


@contextmanager
def simulated_target() -> Iterator[Target]:
    """A project with three simulated hosts on a simulator of its own, with the proxy and health checks."""
    site = replace(Site.simulated_hosts(), websocket_proxy=True, docker_hosts=True, checks_health=True)
    with SimulatorServer(speed=10.0, site=site) as server:
        project, access_key, secret_key = server.add_project("conformance", hosts=3)
        with server.engine_lock:
            server.levers.image_exists(bare(MISSING), False)
        yield Target(
            url=server.url,
            access_key=access_key,
            secret_key=secret_key,
            project=project,
            old=OLD,
            new=NEW,
            unstartable={"imageUuid": MISSING},
            lever=SimulatorLever(server),
        )
