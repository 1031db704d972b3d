"""A small installation to try the engine on: one project, three hosts, one stack."""

from __future__ import annotations

from collections import Counter
from typing import Any

from rancher_client.simulator.engine import Engine, Site, Timing

START = 1_500_000_000.0
OLD = "sim:registry/shop:1"
NEW = "sim:registry/shop:2"


def upgrade_body(
    image: str = NEW,
    *,
    batch: int = 1,
    interval: int = 1000,
    start_first: bool = False,
    sidekicks: list[dict[str, Any]] | None = None,
    **config: Any,
) -> dict[str, Any]:
    """The body of an upgrade POST with a new primary config."""
    strategy: dict[str, Any] = {
        "batchSize": batch,
        "intervalMillis": interval,
        "startFirst": start_first,
        "launchConfig": {"imageUuid": image, **config},
    }
    if sidekicks is not None:
        strategy["secondaryLaunchConfigs"] = sidekicks
    return {"inServiceStrategy": strategy}


class Lab:
    """Builds what a test needs and tells what has become of it."""

    def __init__(
        self, *, seed: int = 1, hosts: int = 3, timing: Timing | None = None, site: Site | None = None
    ) -> None:
        self.engine = Engine(
            seed=seed,
            start=START,
            timing=timing or Timing.simulated_hosts(),
            site=site or Site.simulated_hosts(checks_health=True),
        )
        self.project = self.engine.create("project", {"name": "Default", "state": "active"}, project=None)
        self.hosts = [self.engine.create("host", {}, project=self.project) for _ in range(hosts)]
        self.stack = self.engine.create("stack", {"name": "shop"}, project=self.project)
        self.wait(1)

    def service(
        self,
        name: str = "web",
        *,
        scale: int = 1,
        start: bool = True,
        settle: float = 20,
        sidekicks: list[dict[str, Any]] | None = None,
        fields: dict[str, Any] | None = None,
        **config: Any,
    ) -> int:
        """A service of image 1, started and given time to come up."""
        number = self.engine.create(
            "service",
            {
                "name": name,
                "stackId": self.stack,
                "scale": scale,
                "startOnCreate": start,
                "launchConfig": {"imageUuid": OLD, **config},
                "secondaryLaunchConfigs": sidekicks or [],
                **(fields or {}),
            },
            project=self.project,
        )
        self.wait(settle)
        return number

    def wait(self, seconds: float) -> None:
        """Let virtual time pass."""
        self.engine.advance(self.engine.now + seconds)

    def until(self, service: int, state: str, *, within: float = 300) -> float:
        """Let time pass until the service is in the state; returns how long it took."""
        began = self.engine.now
        while self.state(service) != state:
            due = self.engine.due_at()
            assert due is not None, f"nothing more will happen, {self.state(service)} instead of {state}"
            assert due <= began + within, f"still {self.view(service)['state']} after {within} s"
            self.engine.advance(due)
        return self.engine.now - began

    def view(self, service: int) -> dict[str, Any]:
        """The service as the API shows it."""
        found = self.engine.view("service", service)
        assert found is not None
        return found

    def state(self, service: int) -> str:
        """The service's state."""
        return str(self.view(service)["state"])

    def container(self, number: int) -> dict[str, Any]:
        """A container as the API shows it."""
        found = self.engine.view("container", number)
        assert found is not None
        return found

    def ids(self, service: int) -> list[int]:
        """The numbers of the service's containers."""
        return [number for _, number in self.engine.related("service", service, "instances")]

    def containers(self, service: int, **wanted: Any) -> list[dict[str, Any]]:
        """The service's containers, those whose fields have the wanted values."""
        views = [self.container(number) | {"id": number} for number in self.ids(service)]
        return [view for view in views if all(view[key] == value for key, value in wanted.items())]

    def generations(self, service: int) -> Counter[tuple[str, str]]:
        """How many containers of each generation are in each state: ('new', 'running'): 3."""
        return Counter(
            ("old" if view["version"] == "0" else "new", view["state"]) for view in self.containers(service)
        )

    def upgrade(self, service: int, body: dict[str, Any] | None = None) -> None:
        """Start an upgrade to image 2."""
        self.engine.act("service", service, "upgrade", body or upgrade_body())

    def act(self, service: int, action: str) -> None:
        """One of the actions without a body."""
        self.engine.act("service", service, action, {})
