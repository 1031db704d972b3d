"""Make the first administrator, or another one."""

import argparse
import getpass
import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from deploytickets.access import administration
from deploytickets.access.roles import Role
from deploytickets.audit.actors import Actor, ActorKind, Through
from deploytickets.audit.errors import DomainError


class Command(BaseCommand):
    help = (
        "Creates a person with the role admin everywhere. The password is asked for, "
        "or taken from the environment variable ADMIN_PASSWORD."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="", help="the name that others see")
        parser.add_argument("--email", default="")

    def handle(self, *args: Any, username: str, name: str, email: str, **options: Any) -> None:
        by = Actor(ActorKind.SYSTEM, "create_admin", Through.COMMAND)
        password = os.environ.get("ADMIN_PASSWORD") or getpass.getpass("Password: ")
        try:
            with transaction.atomic():
                administration.create_person(
                    by=by, username=username, display_name=name, email=email, password=password
                )
                administration.grant(by=by, username=username, role=Role.ADMIN)
        except DomainError as error:
            raise CommandError(str(error.sentence)) from None
        self.stdout.write(f"{username} is an administrator now.")
