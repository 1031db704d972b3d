"""A process that the supervisor keeps: its command, how to see that it is ready, and its life."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Program:
    """What to run. `is_ready` is asked until it says yes; a program without it counts as ready at once."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    is_ready: Callable[[], bool] | None = None


class Child:
    """One running instance of a program, in a process group of its own."""

    def __init__(self, program: Program, write: Callable[[str, str], None]) -> None:
        self.program = program
        self._process = subprocess.Popen(  # noqa: S603  (commands are ours, no shell)
            list(program.command),
            env={**os.environ, **program.environment, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_the_supervisor,
        )
        assert self._process.stdout is not None
        self._reader = threading.Thread(
            target=_copy, args=(program.name, self._process.stdout, write), daemon=True
        )
        self._reader.start()

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask_to_stop(self) -> None:
        if self.exit_code is None:
            self._signal(signal.SIGTERM)

    def stop(self, timeout_s: float) -> None:
        """Wait for the end that was asked for; afterwards nothing of its group is left."""
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self._process.wait()
        # Whatever it had started and left behind goes too.
        self._signal(signal.SIGKILL)
        self._reader.join(2)

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self._process.pid, number)
        except (ProcessLookupError, PermissionError):
            return


def _die_with_the_supervisor() -> None:
    """Ask the kernel for SIGTERM when the supervisor dies, even by kill -9: no orphan is left."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == 1:
        sys.exit(1)


def _copy(name: str, stream: IO[bytes], write: Callable[[str, str], None]) -> None:
    with stream:
        for line in stream:
            write(name, line.decode(errors="replace").rstrip())
