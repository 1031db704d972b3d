#!/usr/bin/env python3
"""Django's command line for operators: migrate, createsuperuser, and the processes' own commands."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploytickets.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as wrong:
        sys.exit(f"{wrong}. docs/operations.md lists the settings and what they mean.")


if __name__ == "__main__":
    main()
