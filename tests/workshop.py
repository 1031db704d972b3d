"""A project on a simulated Rancher of the test's own, over real HTTP; its time stands unless it is moved."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from deploytickets.drivers.base import ServiceSeen
from deploytickets.drivers.rancher16 import Rancher16Driver
from rancher_client.cattle import Session, hosts, services, stacks
from rancher_client.simulator.server import SimulatorServer

START = 1_795_404_000.0
IMAGE = "docker:registry.abc.net/shop:1.0.0"
HEALTH_CHECK = {
    "port": 8080,
    "requestLine": "GET /healthz HTTP/1.0",
    "interval": 2000,
    "responseTimeout": 2000,
    "healthyThreshold": 2,
    "unhealthyThreshold": 3,
    "initializingTimeout": 60000,
    "reinitializingTimeout": 60000,
    "strategy": "recreate",
}


@dataclass(frozen=True)
class Workshop:
    """One project: what somebody does in Rancher by hand, and the driver on it."""

    server: SimulatorServer
    project: str
    access_key: str
    secret_key: str = field(repr=False)

    @property
    def session(self) -> Session:
        """A session of somebody else's."""
        return Session(self.server.url, self.access_key, self.secret_key, project=self.project)

    @property
    def driver(self) -> Rancher16Driver:
        """Ours. The time of its surveys is Rancher's virtual one."""
        return Rancher16Driver(self.session, now=lambda: datetime.fromtimestamp(self.server.now, UTC))

    def advance(self, seconds: float) -> None:
        """Let time pass in Rancher."""
        self.server.advance(seconds)

    def stack(self, name: str = "shop") -> str:
        """The id of the stack of that name, which is made where it is missing."""
        found = stacks.read_all(self.session, name=name)
        made = found[0] if found else stacks.create(self.session, name)
        self.advance(1)
        return made.id

    def service(
        self,
        name: str = "web",
        *,
        stack: str = "shop",
        scale: int = 1,
        image: str = IMAGE,
        sidekicks: Mapping[str, Mapping[str, Any]] | None = None,
        fields: Mapping[str, Any] | None = None,
        **config: Any,
    ) -> str:
        """The id of a service made by hand, started and settled; `config` is that of its launch config."""
        wanted: dict[str, Any] = {
            "type": "service",
            "name": name,
            "scale": scale,
            "startOnCreate": True,
            "launchConfig": {"imageUuid": image, **config},
            **(fields or {}),
        }
        if sidekicks:
            wanted["secondaryLaunchConfigs"] = [{"name": kick, **of} for kick, of in sidekicks.items()]
        made = services.create(self.session, wanted, stack_id=self.stack(stack))
        self.advance(30)
        return made.id

    def upgrade_by_hand(self, rancher_id: str, image: str, **config: Any) -> None:
        """Somebody upgrades the service in Rancher's own UI."""
        found = services.get(self.session, rancher_id)
        services.upgrade(
            self.session,
            rancher_id,
            service_name=found.name,
            sidekicks=[str(one["name"]) for one in found.secondary_launch_configs],
            launch_config={**(found.launch_config or {}), "imageUuid": image, **config},
            batch_size=1,
            interval_millis=100,
            start_first=False,
        )

    def finish_by_hand(self, rancher_id: str) -> None:
        """Somebody finishes the upgrade in Rancher's own UI."""
        services.finish_upgrade(self.session, rancher_id)
        self.advance(10)

    def read(self, rancher_id: str) -> ServiceSeen:
        """The service as our driver sees it."""
        seen = self.driver.observe(rancher_id)
        assert seen is not None
        return seen

    def lose_a_host(self) -> str:
        """The connection to one host breaks, long enough to be `disconnected`; the host's id."""
        lost = hosts.read_all(self.session)[0].id
        with self.server.engine_lock:
            self.server.levers.lose_host(int(lost[2:]))
        self.advance(300)
        return lost


@contextmanager
def workshop(*, host_count: int = 3) -> Iterator[Workshop]:
    """A new project with hosts on a simulator of its own."""
    with SimulatorServer(speed=0, start=START) as server:
        made = Workshop(server, *server.add_project("prod", hosts=host_count))
        server.advance(1)
        yield made
