"""Write the whole audit log as JSON lines to standard output."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from deploytickets import clock
from deploytickets.audit import exports
from deploytickets.audit.actors import Actor, ActorKind, Through
from deploytickets.audit.services import record


class Command(BaseCommand):
    help = "Writes every event and every sealed root as JSON lines, for `verify_audit_log --export`."

    def handle(self, *args: Any, **options: Any) -> None:
        by = Actor(ActorKind.SYSTEM, "export_audit_log", Through.COMMAND)
        with transaction.atomic():
            record("audit.exported", subject_kind="audit", subject_key="log", by=by, now=clock.now())
        for line in exports.lines():
            self.stdout.write(line)
