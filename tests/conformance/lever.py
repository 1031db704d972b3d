"""What no API call can bring about, as one small interface; ids and images are Rancher's.

`SimulatorLever` (simulated.py) moves our simulator, `SimulatedHostsLever` (simulated_hosts.py) a Rancher that
simulates its hosts. Under both every health check answers unless its image was broken.
"""

from __future__ import annotations

from typing import Protocol


class Lever(Protocol):
    """Moves the world outside Rancher."""

    def exit_container(self, container_id: str) -> None:
        """The process of a container ends by itself."""

    def break_health(self, image: str) -> None:
        """No container of this image answers its health check any more."""

    def mend_health(self, image: str) -> None:
        """They answer again."""

    def lose_host(self, host_id: str) -> None:
        """The connection to a host's agent breaks."""

    def regain_host(self, host_id: str) -> None:
        """The agent is back."""


class UndoneLever:
    """A lever whose user need not put anything back: `undo` does."""

    def __init__(self, lever: Lever) -> None:
        self._lever = lever
        self._broken: set[str] = set()
        self._lost: set[str] = set()

    def exit_container(self, container_id: str) -> None:
        self._lever.exit_container(container_id)

    def break_health(self, image: str) -> None:
        self._broken.add(image)
        self._lever.break_health(image)

    def mend_health(self, image: str) -> None:
        self._lever.mend_health(image)
        self._broken.discard(image)

    def lose_host(self, host_id: str) -> None:
        self._lost.add(host_id)
        self._lever.lose_host(host_id)

    def regain_host(self, host_id: str) -> None:
        self._lever.regain_host(host_id)
        self._lost.discard(host_id)

    def undo(self) -> frozenset[str]:
        """Mend and regain what is still broken and lost; the hosts regained."""
        for image in tuple(self._broken):
            self.mend_health(image)
        lost = frozenset(self._lost)
        for host_id in lost:
            self.regain_host(host_id)
        return lost
