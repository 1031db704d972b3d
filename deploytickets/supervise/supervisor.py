"""Start programs in order, restart those that die, stop all of them."""

import signal
import sys
import threading
import time
from dataclasses import dataclass
from types import FrameType

from deploytickets.supervise.processes import Child, Program

READY_WITHIN_S = 60.0
STOP_WITHIN_S = 10.0
LONGEST_PAUSE_S = 15.0


class NotReady(Exception):
    """A program died or did not get ready in time while everything was being started."""


@dataclass(slots=True)
class _Kept:
    program: Program
    child: Child
    started_at: float
    failures: int = 0
    restart_at: float | None = None


class Supervisor:
    """Keeps programs running until it is told to stop.

    Use `start` for each program in order, then `run_until_stopped`, and always `stop`.
    """

    def __init__(self) -> None:
        self._kept: list[_Kept] = []
        self._stopping = threading.Event()
        self._output = threading.Lock()
        self._width = 9

    def write(self, name: str, line: str) -> None:
        """One line of a program's output, prefixed by its name."""
        with self._output:
            sys.stdout.write(f"{name:>{self._width}} | {line}\n")
            sys.stdout.flush()

    def stop_on_signals(self) -> None:
        """Ctrl-C and SIGTERM ask for a clean stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def pid_of(self, name: str) -> int:
        """The process id of the program of that name, as it was last started."""
        return next(kept.child.pid for kept in self._kept if kept.program.name == name)

    def start(self, program: Program) -> None:
        """Start it and wait until it is ready.

        Raises:
            NotReady: it ended, or was not ready within a minute; its log says why.
        """
        kept = _Kept(program, Child(program, self.write), time.monotonic())
        self._kept.append(kept)
        until = time.monotonic() + READY_WITHIN_S
        while program.is_ready is not None and not program.is_ready():
            if self._stopping.wait(0.1):
                return
            if kept.child.exit_code is not None:
                raise NotReady(f"{program.name} ended with code {kept.child.exit_code} before it was ready.")
            if time.monotonic() > until:
                raise NotReady(f"{program.name} was not ready within {READY_WITHIN_S:.0f} s.")

    def run_to_end(self, program: Program) -> int | None:
        """Run a program that ends by itself; its exit code, None when a stop was asked for meanwhile."""
        child = Child(program, self.write)
        while child.exit_code is None:
            if self._stopping.wait(0.05):
                child.ask_to_stop()
                child.stop(STOP_WITHIN_S)
                return None
        child.stop(0)
        return child.exit_code

    def run_until_stopped(self) -> None:
        """Restart what dies, after a pause that doubles with each failure, until a stop is asked for."""
        while self.pause(0.3):
            pass

    def pause(self, seconds: float) -> bool:
        """Look after the programs, then wait; False when a stop was asked for."""
        self.look_after()
        return not self._stopping.wait(seconds)

    def look_after(self) -> None:
        """One round: notice what ended, restart what is due."""
        now = time.monotonic()
        for kept in self._kept:
            if kept.restart_at is not None:
                if now >= kept.restart_at:
                    kept.child, kept.started_at, kept.restart_at = Child(kept.program, self.write), now, None
            elif kept.child.exit_code is not None:
                kept.failures = 1 if now - kept.started_at > LONGEST_PAUSE_S * 2 else kept.failures + 1
                pause = min(0.5 * 2 ** (kept.failures - 1), LONGEST_PAUSE_S)
                ended = f"ended with code {kept.child.exit_code}"
                self.write(kept.program.name, f"{ended}; starting it again in {pause:g} s")
                kept.child.stop(0)
                kept.restart_at = now + pause

    def stop(self) -> None:
        """Ask all to stop, last started first, and wait; whatever does not go in 10 s is killed."""
        self._stopping.set()
        for kept in reversed(self._kept):
            kept.child.ask_to_stop()
        until = time.monotonic() + STOP_WITHIN_S
        for kept in reversed(self._kept):
            kept.child.stop(max(0.0, until - time.monotonic()))

    def _asked_to_stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping.set()
