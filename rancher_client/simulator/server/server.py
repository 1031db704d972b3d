"""`SimulatorServer`: the simulator on a loopback port of this process, for tests and demos."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import socket
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import uvicorn

from rancher_client.simulator.engine import Engine, Levers, Site, Timing

from .application import Application
from .faults import Faults
from .journal import Journal
from .protocols import BreakableHttp, BreakableWebSocket
from .seed import SeededProject, add_project, plant
from .simulator import BeforeAnswer, Simulator
from .state_file import read, restore, state_of, write
from .subscribe import PING_SECONDS

SAVE_SECONDS = 3.0
"""How often the state file is written while the server runs."""

KEEP_ALIVE_SECONDS = 30
"""An idle connection is closed after that (12.1)."""

START_LIMIT_SECONDS = 10.0


class NotLoopback(ValueError):
    """The simulator holds keys in the open and has controls without any: it listens on loopback only."""


def check_loopback(host: str) -> None:
    """Raises NotLoopback unless `host` is a loopback address or `localhost`."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise NotLoopback(f"The simulator listens on loopback addresses only, not on {host}.")


class SimulatorServer:
    """A running simulator; a context manager that starts and stops it.

    `speed` is virtual seconds per real second; with 0 time stands and `advance` moves it. `timing` and
    `site` say how long things take and what stands around; the defaults are simulated hosts, as in the
    recordings. `ping_seconds` is real time between the pings of a websocket. Everything here may be
    called from any thread.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        seed: Mapping[str, Any] | None = None,
        state_file: Path | None = None,
        speed: float = 1.0,
        timing: Timing | None = None,
        site: Site | None = None,
        access_control: bool = True,
        random_seed: int = 0,
        start: float | None = None,
        ping_seconds: float = PING_SECONDS,
    ) -> None:
        check_loopback(host)
        self._ping_seconds = ping_seconds
        self._address = (host, port)
        self._state_file = state_file
        engine = Engine(
            seed=random_seed,
            start=start if start is not None else time.time(),
            timing=timing or Timing.simulated_hosts(),
            site=site or Site.simulated_hosts(checks_health=True),
        )
        self.simulator = Simulator(engine, speed=speed, access_control=access_control)
        state = read(state_file) if state_file is not None else None
        if state is not None:
            simulator = self.simulator
            restore(
                state,
                simulator.loop,
                simulator.directory,
                simulator.certificates,
                simulator.audit_log,
                simulator.journal,
            )
        elif seed is not None:
            plant(self.simulator, seed)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._saver: threading.Thread | None = None
        self._stopping = threading.Event()
        self._socket: socket.socket | None = None
        self._port: int | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    # Running.

    def start(self) -> None:
        """Listen and serve in a thread of its own; returns when requests are answered."""
        self._socket = self._listen()
        config = uvicorn.Config(
            Application(self.simulator, ping_seconds=self._ping_seconds),
            http=BreakableHttp,
            ws=BreakableWebSocket,
            ws_ping_interval=None,
            ws_per_message_deflate=False,
            lifespan="on",
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="rancher-simulator", daemon=True)
        self._stopping.clear()
        self._thread.start()
        deadline = time.monotonic() + START_LIMIT_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the simulator did not start")
            self._stopping.wait(0.01)
        if self._state_file is not None:
            self._saver = threading.Thread(
                target=self._save_forever, name="rancher-simulator-state", daemon=True
            )
            self._saver.start()

    def stop(self) -> None:
        """Stop serving, close everything and write the state file."""
        self._stopping.set()
        if self._server is not None:
            self._server.should_exit = True
        if self._thread is not None:
            self._thread.join()
        if self._saver is not None:
            self._saver.join()
        if self._socket is not None:
            self._socket.close()
        self.save()

    def kill(self) -> None:
        """End as a killed server does: connections break, websockets without a close frame, no last save.

        With a state file, a new `SimulatorServer` on it goes on from the last save.
        """
        self._state_file = None
        self._in_loop(self._break_connections)
        self.stop()

    def save(self) -> None:
        """Write the state file now, if there is one."""
        if self._state_file is not None:
            simulator = self.simulator
            with self.engine_lock:
                state = state_of(
                    simulator.loop,
                    simulator.directory,
                    simulator.certificates,
                    simulator.audit_log,
                    simulator.journal,
                )
            write(self._state_file, state)

    # What tests ask and order.

    @property
    def port(self) -> int:
        """The port it listens on, or did until it was stopped."""
        if self._port is None:
            raise RuntimeError("the simulator was never started")
        return self._port

    @property
    def url(self) -> str:
        """`http://127.0.0.1:<port>`."""
        host = self._address[0]
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def engine_lock(self) -> threading.RLock:
        """Hold it while touching the engine from another thread."""
        return self.simulator.loop.lock

    @property
    def engine(self) -> Engine:
        """The engine of the moment; hold `engine_lock`."""
        return self.simulator.loop.engine

    @property
    def levers(self) -> Levers:
        """What the API cannot bring about; hold `engine_lock`."""
        return self.simulator.loop.engine.levers

    @property
    def journal(self) -> Journal:
        """All changing calls."""
        return self.simulator.journal

    @property
    def faults(self) -> Faults:
        """Faults to order."""
        return self.simulator.faults

    @property
    def before_answer(self) -> list[BeforeAnswer]:
        """Hooks called with request and answer, before the answer leaves."""
        return self.simulator.before_answer

    @property
    def now(self) -> float:
        """Virtual time, epoch seconds."""
        return self.simulator.loop.catch_up()

    def advance(self, seconds: float) -> float:
        """Move virtual time on and publish the changes; returns the virtual time."""
        with self.engine_lock:
            now = self.simulator.loop.skip(seconds)
        self._in_loop(self.simulator.tick)
        return now

    def add_project(self, name: str, hosts: int = 3) -> tuple[str, str, str]:
        """A new project with hosts: its id, and access and secret key of an environment key."""
        with self.engine_lock:
            made: SeededProject = add_project(self.simulator, name, hosts=hosts)
        return made.id, made.access_key, made.secret_key

    def close_websockets(self) -> None:
        """Close all open websockets properly."""
        self._in_loop(self.simulator.publisher.close_all)

    def break_websockets(self) -> None:
        """End all open websockets without a close frame."""
        self._in_loop(self.simulator.publisher.break_all)

    # Within.

    def _listen(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._address[0] else socket.AF_INET
        # With the protocol named, asyncio sends head and body of an answer at once instead of after 40 ms.
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(self._address)
        listening.listen(128)
        self._port = int(listening.getsockname()[1])
        return listening

    def _serve(self) -> None:
        if self._server is None or self._socket is None:
            raise RuntimeError("start() makes the server first")
        self._loop = asyncio.new_event_loop()
        try:
            self._loop.run_until_complete(self._server.serve(sockets=[self._socket]))
        finally:
            self._loop.close()

    def _in_loop(self, call: Any) -> None:
        """Run `call` in the loop's thread and wait for it: queues of sockets belong to that thread."""
        if threading.current_thread() is self._thread:
            call()
            return
        done = threading.Event()

        def run() -> None:
            try:
                call()
            finally:
                done.set()

        self._loop.call_soon_threadsafe(run)
        done.wait(START_LIMIT_SECONDS)

    def _break_connections(self) -> None:
        if self._server is not None:
            for connection in tuple(self._server.server_state.connections):
                connection.transport.abort()

    def _save_forever(self) -> None:
        while not self._stopping.wait(SAVE_SECONDS):
            self.save()


def seed_from(path: Path) -> dict[str, Any]:
    """The seed in a JSON file."""
    seed: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return seed
