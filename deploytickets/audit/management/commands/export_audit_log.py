"""Write the whole audit log as JSON lines to standard output."""

from typing import Any

from django.core.management.base import BaseCommand

from deploytickets.audit import exports


class Command(BaseCommand):
    help = "Writes every event and every sealed root as JSON lines, for `verify_audit_log --export`."

    def handle(self, *args: Any, **options: Any) -> None:
        for line in exports.lines():
            self.stdout.write(line)
