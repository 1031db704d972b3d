"""A lever for a Rancher whose hosts it simulates itself (rancher-1.6.md says how such a server is set up).

Everything goes through doors that hosts use: a container's end is told as the host's agent would, by
`containerevents` (cattle: ContainerEventCreate.java); health as a health check on a host would, by
`serviceevents` with the key of a container's agent (ServiceEventFilter.java); a host is lost and found by
the processes `agent.disconnect` and `agent.reconnect`, which the server runs itself when pings stay away
(PingMonitorImpl.java). A simulated host cannot fall silent: lost, it still does what it is told.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rancher_client.cattle import Session

from .health_checks import Door, HealthChecks, Key


@dataclass(frozen=True, slots=True)
class Keys:
    """What it takes beside the API: the super administrator's key, and the agent's key of each host by id."""

    administrator: Key = field(repr=False)
    agents: Mapping[str, Key] = field(repr=False)

    @classmethod
    def read(cls, path: Path, administrator: str) -> Keys:
        """From a file `{"hosts": [{"id", "agent_access_key", "agent_secret_key"}]}` and `access:secret`."""
        access, _, secret = administrator.partition(":")
        agents = {
            host["id"]: (host["agent_access_key"], host["agent_secret_key"])
            for host in json.loads(path.read_text(encoding="utf-8"))["hosts"]
        }
        return cls((access, secret), agents)


class SimulatedHostsLever:
    """Moves the hosts that a Rancher simulates."""

    def __init__(self, door: Door, keys: Keys, checks: HealthChecks) -> None:
        self._door, self._keys, self._checks = door, keys, checks

    def exit_container(self, container_id: str) -> None:
        """The host keeps it for running and tells so within 15 s; who reads must read before that."""
        container = self._door.get(f"containers/{container_id}", self._keys.administrator)
        host = self._door.get(f"hosts/{container['hostId']}", self._keys.administrator)
        event = {
            "reportedHostUuid": host["data"]["fields"]["reportedUuid"],
            "externalId": container["externalId"],
            "externalFrom": container["imageUuid"],
            "externalTimestamp": int(time.time()),
            "externalStatus": "die",
        }
        self._door.post("containerevents", self._keys.agents[container["hostId"]], event)

    def break_health(self, image: str) -> None:
        self._checks.silent.add(image)

    def mend_health(self, image: str) -> None:
        self._checks.silent.discard(image)

    def lose_host(self, host_id: str) -> None:
        self._act_on_agent(host_id, "disconnect")

    def regain_host(self, host_id: str) -> None:
        self._act_on_agent(host_id, "reconnect")

    def _act_on_agent(self, host_id: str, action: str) -> None:
        agent_id = self._door.get(f"hosts/{host_id}", self._keys.administrator)["agentId"]
        self._door.post(f"agents/{agent_id}/?action={action}", self._keys.administrator)


@contextmanager
def simulated_hosts(session: Session, keys: Keys, *, image: str) -> Iterator[SimulatedHostsLever]:
    """A lever on the session's project, with health checks that report as long as it is held."""
    door = Door(session.base_url)
    checks = HealthChecks(door, session, str(session.project), keys.administrator, image)
    checks.start()
    try:
        yield SimulatedHostsLever(door, keys, checks)
    finally:
        checks.stop()
