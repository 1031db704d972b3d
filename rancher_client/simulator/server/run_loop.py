"""Virtual time: the engine follows real time at some speed, or is driven by a test.

The engine is not thread-safe: it lives in the event loop's thread, and whoever comes from another
thread goes through `SimulatorServer`, which holds `lock` meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from rancher_client.simulator.engine import Engine


class RunLoop:
    """Owns the engine and says what time it is for it. `speed` is virtual seconds per real second."""

    def __init__(
        self, engine: Engine, *, speed: float = 1.0, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.lock = threading.RLock()
        self._engine = engine
        self._speed = speed
        self._monotonic = monotonic
        self._base_real = monotonic()
        self._base_virtual = engine.now

    @property
    def engine(self) -> Engine:
        """The engine of the moment: `replace` may exchange it."""
        return self._engine

    @property
    def now(self) -> float:
        """Virtual time in epoch seconds, as far as it has been played."""
        return self._engine.now

    @property
    def speed(self) -> float:
        """Virtual seconds per real second; 0 = time stands unless `skip` moves it."""
        return self._speed

    @speed.setter
    def speed(self, value: float) -> None:
        with self.lock:
            self.catch_up()
            self._speed = value
            self._rebase()

    def catch_up(self) -> float:
        """Play everything that is due by now; returns the virtual time."""
        with self.lock:
            target = self._base_virtual + (self._monotonic() - self._base_real) * self._speed
            self._engine.advance(max(target, self._engine.now))
            return self._engine.now

    def skip(self, seconds: float) -> float:
        """Move virtual time on by `seconds` at once, playing all that falls into it."""
        with self.lock:
            now = self.catch_up()
            self._engine.advance(now + seconds)
            self._rebase()
            return self._engine.now

    def replace(self, engine: Engine) -> None:
        """Go on with another engine, e.g. one restored from a snapshot; time never goes back."""
        with self.lock:
            engine.advance(max(engine.now, self._engine.now))
            self._engine = engine
            self._rebase()

    def _rebase(self) -> None:
        self._base_real = self._monotonic()
        self._base_virtual = self._engine.now
