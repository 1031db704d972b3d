"""Makes the demo's database: the company, and tickets that really went their way.

`python -m deploytickets.supervise.seed FOLDER RANCHER_PORT`. Nothing is written past the services:
the tickets are filed, approved, carried out on the simulated Rancher (on its virtual clock),
verified and finished as any others. Run again on a seeded folder it only tells the product where
Rancher listens today.
"""

import json
import logging
import os
import secrets
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploytickets.settings")
django.setup()

from django.conf import settings
from django.core.management import call_command

from deploytickets import celery_app, clock
from deploytickets.access import administration, tokens
from deploytickets.access.models import User
from deploytickets.audit.actors import Actor, ActorKind, Through
from deploytickets.catalog.models import RancherServer
from deploytickets.deployments import services as deployments
from deploytickets.deployments import tasks as deployment_tasks
from deploytickets.deployments.models import Upgrade
from deploytickets.drivers import access_check
from deploytickets.inventory import tasks as inventory_tasks
from deploytickets.supervise import company, ports
from deploytickets.supervise.folder import DataFolder
from deploytickets.tickets import findings
from deploytickets.tickets import services as tickets
from deploytickets.tickets.models import Ticket
from deploytickets.tickets.transitions import State
from rancher_client.simulator.engine import Site, Timing
from rancher_client.simulator.server import SimulatorServer

SERVER = "rancher"
DEMO = Actor(ActorKind.SYSTEM, "demo", Through.COMMAND)
ROUNDS = 200
ROUND_S = 3.0
"""How often a ticket of the seed is looked at, and how much of Rancher's time passes in between."""


class SeedFailed(Exception):
    """A ticket of the seed did not get where it should."""


def main(folder: DataFolder, rancher_port: int) -> None:
    """Seed the folder, or point a seeded one at today's port of Rancher."""
    if not settings.DEMO:
        raise SeedFailed("Demo people exist in demo mode only.")
    address = f"http://{ports.LOOPBACK}:{rancher_port}"
    call_command("migrate", verbosity=0, interactive=False)
    if folder.seeded.exists():
        _point_at(address, json.loads(folder.seeded.read_text())["rancher_key"])
        return
    key = (secrets.token_hex(10).upper(), secrets.token_urlsafe(30))
    folder.simulator_state.unlink(missing_ok=True)
    with SimulatorServer(
        port=rancher_port,
        seed=company.rancher(*key),
        state_file=folder.simulator_state,
        speed=0,
        timing=Timing.ordinary(),
        site=Site(),
        start=clock.now().timestamp() - 3600,
    ) as rancher:
        rancher.advance(90)
        _found(address, key)
        made = _employ()
        _tickets(rancher)
    folder.seeded.touch(mode=0o600)
    folder.seeded.write_text(json.dumps({**made, "rancher_key": list(key)}))


def _point_at(address: str, key: list[str]) -> None:
    if RancherServer.objects.get(name=SERVER).base_url != address:
        administration.change_server(
            by=DEMO, name=SERVER, base_url=address, access_key=key[0], secret_key=key[1]
        )


def _found(address: str, key: tuple[str, str]) -> None:
    """The server, environments, applications and placements."""
    administration.add_server(by=DEMO, name=SERVER, base_url=address, access_key=key[0], secret_key=key[1])
    reached = access_check.check(base_url=address, access_key=key[0], secret_key=key[1])
    projects = {project.name: project.rancher_id for project in reached.projects}
    for position, environment in enumerate(company.ENVIRONMENTS, start=1):
        administration.add_environment(
            by=DEMO,
            name=environment.name,
            server=SERVER,
            rancher_id=projects[environment.name],
            position=position,
            **environment.policy,
        )
    for application in company.APPLICATIONS:
        docker_compose, rancher_compose = application.compose or ("", "")
        administration.add_application(
            by=DEMO,
            name=application.name,
            team=application.team,
            repository=f"https://git.abc.net/{application.team}/{application.image}",
            image_repository=f"{company.REGISTRY}/{application.image}",
            checklist=list(application.checklist),
            docker_compose=docker_compose,
            rancher_compose=rancher_compose,
        )
        for environment in company.ENVIRONMENTS:
            administration.add_placement(
                by=DEMO,
                application=application.name,
                environment=environment.name,
                stack_name=application.stack,
                strategy="stack" if application.compose else "service",
                service_names=list(application.service_names),
                **application.placement,
            )


def _employ() -> dict[str, Any]:
    """The people with their roles, and a token for each who acts in the story."""
    told: list[dict[str, str]] = []
    texts: dict[str, str] = {}
    for person in company.PEOPLE:
        administration.create_person(
            by=DEMO,
            username=person.username,
            password=person.password,
            display_name=person.display_name,
            language=person.language,
            is_demo=True,
        )
        for environment, role in person.roles.items():
            administration.grant(by=DEMO, username=person.username, role=role, environment=environment)
        told.append({"username": person.username, "password": person.password, "about": person.about})
        _, texts[person.username] = tokens.issue(
            by=_as(person.username), name="demo story", scopes=list(tokens.Scope), lasts=timedelta(days=30)
        )
    return {"people": told, "tokens": texts}


def _as(username: str) -> Actor:
    user = User.objects.get(username=username)
    return Actor(ActorKind.PERSON, str(user), Through.COMMAND, user_id=user.pk)


def _tickets(rancher: SimulatorServer) -> None:
    """DEPLOY-97 to DEPLOY-110, in several states."""
    way = _Way(rancher)
    way.look_around()
    way.finished("shop-web", "release/2.4.1", "prod", "ben", ["otto", "olga"], "Faster search page.")
    way.finished("order-worker", "release/3.1.0", "stage", "ben", ["olga"], "Retries with back-off.")
    way.rolled_back("invoice-api", "release/1.8.2", "prod", "anna", ["otto", "olga"], "PDFs come out empty.")
    way.finished("JavaService1", "release/1.0.1", "dev", "anna", ["otto"], "Card payments by token.")
    way.finished("JavaService1", "release/1.0.1", "stage", "anna", ["otto"], "Card payments by token.")
    way.finished("shop-web", "release/2.5.0", "dev", "mei", ["olga"], "New check-out.")
    way.finished("shop-web", "release/2.5.0", "stage", "mei", ["olga"], "New check-out.")

    key = way.planned("search-index", "release/0.9.1", "prod", "mei", "Index by title.")
    tickets.reject(key, by=_as("otto"), reason="Please let stage run it for a week first.")
    key = way.planned("auth-service", "release/5.0.3", "dev", "ben", "Back to the version of prod.")
    deployments.cancel(key, by=_as("ben"), reason="Fixed in 5.1.0 instead.")
    tomorrow = clock.now() + timedelta(hours=22)
    key = way.planned("search-index", "release/0.9.1", "stage", "mei", "Index by title.", at=tomorrow)
    way.approved(key, ["lena"])

    key = way.planned("order-worker", "release/3.2.0", "stage", "ben", "Batches of fifty orders.")
    way.approved(key, ["olga"])
    way.until(key, lambda ticket: ticket.state == State.DEPLOYING and way.moves(ticket))
    key = way.planned("auth-service", "release/5.1.0", "stage", "anna", "Passkeys.")
    way.approved(key, ["otto"])
    way.until(key, lambda ticket: ticket.state == State.VERIFYING)
    tickets.verify(key, by=_as("anna"), role="developer", works=True, note="Signed in with a passkey.")
    way.planned("auth-service", "release/5.1.0", "prod", "anna", "Passkeys, after stage.")
    way.planned("invoice-api", "release/1.9.0", "prod", "mei", "Invoices in two languages.")


class _Way:
    """Takes tickets along their way: the sweeps run here, not in a worker, Rancher's clock in between."""

    def __init__(self, rancher: SimulatorServer) -> None:
        self._rancher = rancher
        celery_app.conf.task_always_eager = True

    def look_around(self) -> None:
        """What runs where, so that the next plans and the board know it."""
        inventory_tasks.sweep_inventory()

    def sweep(self) -> None:
        deployment_tasks.sweep_plans()
        deployment_tasks.sweep_approved()
        # Rancher's clock runs ahead of ours here: every upgrade is looked at, due or not.
        for number in Upgrade.objects.filter(settled_at__isnull=True).values_list("pk", flat=True):
            deployment_tasks.reconcile_upgrade(number)

    def until(self, key: str, reached: Callable[[Ticket], bool]) -> None:
        """Sweep and let some of Rancher's time pass, again and again.

        Raises:
            SeedFailed: not reached; says how the ticket stands.
        """
        for _ in range(ROUNDS):
            ticket = Ticket.objects.get(key=key)
            if reached(ticket):
                return
            self.sweep()
            self._rancher.advance(ROUND_S)
        why = ticket.waits_for or ticket.failure or ticket.plan_problem
        raise SeedFailed(f"{key} is {ticket.state}: {why}")

    def planned(
        self, application: str, branch: str, environment: str, by: str, description: str, at: Any = None
    ) -> str:
        ticket = deployments.file(
            by=_as(by),
            application=application,
            branch=branch,
            environment=environment,
            description=description,
            scheduled_for=at,
        )
        self.until(ticket.key, lambda ticket: bool(ticket.plan_digest))
        return ticket.key

    def approved(self, key: str, approvers: list[str]) -> None:
        for name in approvers:
            ticket = Ticket.objects.get(key=key)
            warnings = findings.names_of(ticket.findings, findings.Level.WARNING)
            deployments.approve(key, by=_as(name), plan_digest=ticket.plan_digest, accept=warnings)

    def verified(self, key: str, developer: str, ops: str) -> None:
        self.until(key, lambda ticket: ticket.state == State.VERIFYING)
        tickets.verify(key, by=_as(developer), role="developer", works=True)
        if Ticket.objects.get(key=key).environment.ops_verifies:
            tickets.verify(key, by=_as(ops), role="ops", works=True)

    def finished(
        self, application: str, branch: str, environment: str, by: str, approvers: list[str], description: str
    ) -> None:
        key = self.planned(application, branch, environment, by, description)
        self.approved(key, approvers)
        self.verified(key, by, approvers[0])
        deployments.finish(key, by=_as(approvers[0]))
        self.until(key, lambda ticket: ticket.state == State.FINISHED)
        self.look_around()

    def rolled_back(
        self, application: str, branch: str, environment: str, by: str, approvers: list[str], reason: str
    ) -> None:
        key = self.planned(application, branch, environment, by, "Smaller files.")
        self.approved(key, approvers)
        self.until(key, lambda ticket: ticket.state == State.VERIFYING)
        tickets.verify(key, by=_as(by), role="developer", works=False, note=reason)
        deployments.roll_back(key, by=_as(approvers[0]), reason=reason)
        self.until(key, lambda ticket: ticket.state == State.ROLLED_BACK)

    @staticmethod
    def moves(ticket: Ticket) -> bool:
        """Something of it has begun in Rancher."""
        return ticket.upgrades.filter(services__phase="upgrading").exists()


if __name__ == "__main__":
    logging.captureWarnings(True)
    try:
        main(DataFolder(Path(sys.argv[1])), int(sys.argv[2]))
    except SeedFailed as failed:
        sys.exit(str(failed))
