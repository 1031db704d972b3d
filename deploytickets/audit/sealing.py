"""Sealing: a signed Merkle root over all new events, kept in the database and exported out of it.

A chain alone does not stop whoever owns the database from writing it anew; roots that left the
machine do. They go to the log, and as JSON lines to AUDIT_EXPORT_FILE where that is set.
"""

import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.crypto import salted_hmac

from deploytickets import clock
from deploytickets.audit import chain
from deploytickets.audit.models import Event, SealedRoot

log = logging.getLogger(__name__)

MOST_PER_ROOT = 10_000


def sealing_key() -> bytes:
    """The key that signs roots, derived from SECRET_KEY."""
    return salted_hmac("deploytickets.audit.sealing", "roots", algorithm="sha256").digest()


def seal() -> list[SealedRoot]:
    """Seal every event that no root covers yet, in roots of at most MOST_PER_ROOT, and export them."""
    sealed = []
    while (root := _seal_next()) is not None:
        log.info("sealed audit log: %s", as_line(_row(root)))
        sealed.append(root)
    export_missing()
    return sealed


def export_missing() -> int:
    """Append to AUDIT_EXPORT_FILE the roots that it does not hold yet; returns how many.

    What the last line of the file says decides, so that a crash between commit and export loses
    nothing, and a file that was moved away is begun anew.
    """
    if not settings.AUDIT_EXPORT_FILE:
        return 0
    path = Path(settings.AUDIT_EXPORT_FILE)
    last, is_cut_short = _last_exported(path)
    missing = SealedRoot.objects.filter(last_event_id__gt=last).order_by("pk")
    lines = [as_line(_row(root)) + "\n" for root in missing]
    if lines:
        with path.open("a", encoding="ascii") as file:
            file.writelines(["\n"] * is_cut_short + lines)
            file.flush()
            os.fsync(file.fileno())
    return len(lines)


def as_line(row: Mapping[str, Any]) -> str:
    """One event or root as a line of an export."""
    return chain.canonical(row).decode()


@transaction.atomic
def _seal_next() -> SealedRoot | None:
    now = clock.now()
    if connection.vendor == "postgresql":
        # Waits for every transaction that has taken a number and not committed: a lower number cannot
        # appear after the root. On SQLite there is one writer at a time anyway.
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE audit_event IN SHARE ROW EXCLUSIVE MODE")
    before = SealedRoot.objects.order_by("-pk").first()
    last_id = before.last_event_id if before else 0
    events = list(
        Event.objects.filter(pk__gt=last_id).order_by("pk").values_list("pk", "hash")[:MOST_PER_ROOT]
    )
    if not events:
        return None
    root = SealedRoot(
        sealed_at=now,
        first_event_id=events[0][0],
        last_event_id=events[-1][0],
        root=chain.merkle_root([digest for _pk, digest in events]),
        previous_root=before.root if before else chain.START,
    )
    root.signature = chain.signature(_row(root), sealing_key())
    root.save(force_insert=True)
    return root


def _row(root: SealedRoot) -> dict[str, Any]:
    return {name: getattr(root, name) for name in (*chain.SEALED, "signature")}


def _last_exported(path: Path) -> tuple[int, bool]:
    """The last root that the file holds whole, and whether a crash cut its last line short."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 4096))
            tail = file.read()
    except FileNotFoundError:
        return 0, False
    is_cut_short = bool(tail) and not tail.endswith(b"\n")
    for line in reversed(tail.splitlines()):
        try:
            return int(json.loads(line)["last_event_id"]), is_cut_short
        except (ValueError, KeyError, TypeError):
            # A line that a crash cut short is written again, on a line of its own.
            continue
    return 0, is_cut_short
