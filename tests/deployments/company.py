"""A company on a simulated Rancher: its services, its people, its tickets; and time that a test moves.

Rancher's time is the simulator's, moved by `play`; the database's is real, so `let_pass` moves what
is written in the rows into the past instead.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import requests
from django.db.models import DateTimeField

from deploytickets.access.models import User
from deploytickets.access.roles import Role
from deploytickets.catalog.models import Environment, Placement
from deploytickets.deployments import planning, reconcile, services, starting
from deploytickets.deployments.models import Intent, ServiceUpgrade, Upgrade
from deploytickets.drivers import open_for
from deploytickets.drivers.base import Driver
from deploytickets.tickets import services as tickets
from deploytickets.tickets.models import Ticket, VerifyingRole
from rancher_client.simulator.server import SimulatorServer
from tests import builders
from tests.builders import actor_of, reloaded

REPOSITORY = "sim:registry/shop"
IMAGE = "registry/shop"


class Company:
    def __init__(self, simulator: SimulatorServer) -> None:
        self.simulator = simulator
        self.outsiders: set[int] = set()
        self.project, access, secret = simulator.add_project("prod", hosts=3)
        self.key = (access, secret)
        simulator.advance(1)
        self.server = builders.a_server(base_url=simulator.url, access_key=access, secret_key=secret)
        self.environment: Environment = builders.an_environment(
            "prod", server=self.server, rancher_id=self.project
        )
        self.developer: User = builders.a_person(Role.DEVELOPER, name="dora")
        self.ops: User = builders.a_person(Role.OPS, name="oskar")
        self.stack = self.post("/stacks", {"name": "shop"})["id"]
        self.play(5)

    # Rancher

    @property
    def driver(self) -> Driver:
        return open_for(self.environment)

    def call(self, method: str, path: str, body: Any = None) -> requests.Response:
        """A request of somebody outside, with the environment's key."""
        url = f"{self.simulator.url}/v2-beta/projects/{self.project}{path}"
        before = len(self.simulator.journal)
        answer = requests.request(method, url, json=body, auth=self.key, timeout=10)
        if method != "GET":
            self.outsiders |= set(range(before + 1, len(self.simulator.journal) + 1))
        return answer

    def get(self, path: str) -> Any:
        response = self.call("GET", path)
        assert response.status_code == 200, response.text
        return response.json()

    def post(self, path: str, body: Any = None) -> Any:
        response = self.call("POST", path, body)
        assert response.status_code in (200, 201, 202), response.text
        return response.json()

    def act(self, service_id: str, action: str, body: Any = None) -> Any:
        """Somebody presses a button in Rancher's own UI."""
        return self.post(f"/services/{service_id}/?action={action}", body)

    def make_service(self, name: str = "web", *, version: str = "1.0.0", **fields: Any) -> str:
        config = {
            "imageUuid": f"docker:{IMAGE}:{version}",
            "environment": {"SECRET": "canary", "LOG": "info"},
            "labels": {"team": "shop"},
            **fields.pop("config", {}),
        }
        body = {
            "name": name,
            "stackId": self.stack,
            "scale": 2,
            "startOnCreate": True,
            "launchConfig": config,
            **fields,
        }
        made: str = self.post("/services", body)["id"]
        self.play(30)
        assert self.get(f"/services/{made}")["state"] == "active"
        return made

    def play(self, seconds: float) -> None:
        """Let time pass in Rancher."""
        self.simulator.advance(seconds)

    # Tickets

    def another_of_ops(self) -> User:
        return builders.a_person(Role.OPS)

    def a_placement(self, *names: str, application: str = "Shop", **fields: Any) -> Placement:
        made = builders.an_application(application, image_repository=IMAGE)
        fields = {"stack_name": "shop", "service_names": list(names), **fields}
        return builders.a_placement(made, self.environment, **fields)

    def file(self, placement: Placement, version: str = "1.0.1", **fields: Any) -> Ticket:
        """A ticket with a plan from the environment as it stands."""
        ticket = tickets.file(
            by=actor_of(self.developer),
            application=placement.application.name,
            environment=self.environment.name,
            version=version,
            **fields,
        )
        planning.refresh(ticket.key, self.driver)
        return reloaded(ticket)

    def approve(self, ticket: Ticket) -> Ticket:
        names = [finding["name"] for finding in ticket.findings if finding["level"] == "warning"]
        tickets.approve(ticket.key, by=actor_of(self.ops), plan_digest=ticket.plan_digest, accept=names)
        return reloaded(ticket)

    def approved(self, placement: Placement, version: str = "1.0.1", **fields: Any) -> Ticket:
        return self.approve(self.file(placement, version, **fields))

    def begin(self, ticket: Ticket) -> Ticket:
        """The worker comes for the approved ticket."""
        starting.begin(ticket.key, self.driver)
        return reloaded(ticket)

    def step(self, ticket: Ticket) -> Ticket:
        """The worker comes for the started one."""
        upgrade = Upgrade.objects.filter(ticket=ticket).latest("pk")
        reconcile.step(upgrade.pk, self.driver)
        return reloaded(ticket)

    def carry_on(self, ticket: Ticket, *, until: Callable[[Ticket], bool], rounds: int = 60) -> Ticket:
        """Rancher plays and the worker comes by turns, until that is so."""
        for _round in range(rounds):
            ticket = self.step(ticket)
            if until(ticket):
                return ticket
            self.play(1)
            let_pass(1)
        shown = list(services_of(ticket).values())
        raise AssertionError(f"{ticket.key} stays {ticket.state}: {shown} {ticket.failure}")

    def reach(self, ticket: Ticket, state: str, **fields: Any) -> Ticket:
        return self.carry_on(ticket, until=lambda one: one.state == state, **fields)

    def verifying(self, placement: Placement, version: str = "1.0.1") -> Ticket:
        """A ticket that was carried out up to its verification."""
        return self.reach(self.begin(self.approved(placement, version)), "verifying")

    def verify(self, ticket: Ticket) -> Ticket:
        for person, role in ((self.developer, VerifyingRole.DEVELOPER), (self.ops, VerifyingRole.OPS)):
            tickets.verify(ticket.key, by=actor_of(person), role=role, works=True)
        return reloaded(ticket)

    def finish(self, ticket: Ticket) -> Ticket:
        """Verified and Finish pressed."""
        services.finish(self.verify(ticket).key, by=actor_of(self.ops))
        return reloaded(ticket)

    def roll_back(self, ticket: Ticket) -> Ticket:
        services.roll_back(ticket.key, by=actor_of(self.ops))
        return reloaded(ticket)


def services_of(ticket: Ticket) -> Mapping[str, ServiceUpgrade]:
    """The services of the newest attempt by name."""
    rows: Sequence[ServiceUpgrade] = Upgrade.objects.filter(ticket=ticket).latest("pk").services.all()
    return {row.name: row for row in rows}


def upgrade_of(ticket: Ticket) -> Upgrade:
    return Upgrade.objects.filter(ticket=ticket).latest("pk")


def let_pass(seconds: float) -> None:
    """Everything that was written about upgrades was written so much earlier."""
    for model in (Upgrade, ServiceUpgrade, Intent):
        times = [field.name for field in model._meta.get_fields() if isinstance(field, DateTimeField)]
        for row in model.objects.all():
            moved = {
                name: getattr(row, name) - timedelta(seconds=seconds)
                for name in times
                if getattr(row, name) is not None
            }
            model.objects.filter(pk=row.pk).update(**moved)
