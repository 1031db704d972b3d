"""Prove that the audit log, or an export of it, is what was recorded and sealed."""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from deploytickets.audit import chain, exports, queries, sealing

_SHOWN = 20


class Command(BaseCommand):
    help = (
        "Checks every event's hash and place in its chain, and every sealed root and its signature. "
        "Ends with status 1 and names the places when something was changed, removed, inserted or swapped."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--export", type=Path, help="check this file, made by export_audit_log, instead")
        parser.add_argument(
            "--roots", type=Path, help="check against the roots that were exported here (AUDIT_EXPORT_FILE)"
        )

    def handle(self, *args: Any, export: Path | None, roots: Path | None, **options: Any) -> None:
        rows: Iterable[Mapping[str, Any]]
        sealed: Sequence[Mapping[str, Any]]
        if export is not None:
            rows, sealed = _parse(export)
        else:
            rows, sealed = queries.event_rows(), list(queries.root_rows())
        if roots is not None:
            _none, sealed = _parse(roots)
        faults = list(islice(chain.verify(rows, sealed, key=sealing.sealing_key()), _SHOWN))
        for fault in faults:
            self.stdout.write(f"{fault.where}: {fault.what}")
        if faults:
            raise CommandError("The audit log is not whole.")
        self.stdout.write(f"The audit log is whole: {len(sealed)} sealed roots fit its events.")


def _parse(path: Path) -> tuple[Sequence[Mapping[str, Any]], Sequence[Mapping[str, Any]]]:
    try:
        return exports.parse(path.read_text(encoding="utf-8").splitlines())
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise CommandError(f"{path} is no export: {error}") from None
