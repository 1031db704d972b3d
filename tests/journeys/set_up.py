"""Fills the database of what a journey starts: `python -m tests.journeys.set_up ADDRESS KEY SECRET`.

Runs as a process of its own, under the environment of that product: the tests never touch its database.
"""

import sys

import django

django.setup()

from django.core.management import call_command

from deploytickets.access import administration
from deploytickets.audit.actors import Actor, ActorKind, Through
from deploytickets.catalog.models import Environment
from deploytickets.drivers import access_check
from deploytickets.inventory.services import take_survey
from deploytickets.supervise import company

SHELL = Actor(ActorKind.SYSTEM, "journeys", Through.COMMAND)
WANTED = ("shop-web", "auth-service", "order-worker")
POLICIES = {
    "dev": {"approvals_required": 1},
    "stage": {"approvals_required": 1},
    "prod": {"approvals_required": 2},
}


def main(address: str, access_key: str, secret_key: str) -> None:
    """Server, environments, three applications, and the people of the demo company."""
    call_command("migrate", verbosity=0, interactive=False)
    keys = {"access_key": access_key, "secret_key": secret_key}
    administration.add_server(by=SHELL, name="rancher", base_url=address, **keys)
    projects = {one.name: one.rancher_id for one in access_check.check(base_url=address, **keys).projects}
    for position, (name, policy) in enumerate(POLICIES.items()):
        administration.add_environment(
            by=SHELL, name=name, server="rancher", rancher_id=projects[name], position=position, **policy
        )
    for application in company.APPLICATIONS:
        if application.name in WANTED:
            _add(application)
    for environment in Environment.objects.all():
        take_survey(environment.pk)
    for person in company.PEOPLE:
        administration.create_person(
            by=SHELL, username=person.username, password=person.password, display_name=person.display_name
        )
        for environment, role in person.roles.items():
            administration.grant(by=SHELL, username=person.username, role=role, environment=environment)


def _add(application: company.DemoApplication) -> None:
    administration.add_application(
        by=SHELL,
        name=application.name,
        team=application.team,
        image_repository=f"{company.REGISTRY}/{application.image}",
        checklist=list(application.checklist),
    )
    for environment in POLICIES:
        administration.add_placement(
            by=SHELL,
            application=application.name,
            environment=environment,
            stack_name=application.stack,
            service_names=list(application.service_names),
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
