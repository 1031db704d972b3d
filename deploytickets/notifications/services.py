"""Telling live pages what was committed: state changes from the outbox, progress directly (I17).

Nothing here raises because Redis is away: what was not told stays in the outbox for the sweep.
"""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.db.models import F

from deploytickets import clock
from deploytickets.audit.models import OutboxRow
from deploytickets.notifications import streams
from deploytickets.notifications.gate import REDIS

AT_ONCE = 200
"""Rows that one drain takes, so that it ends soon even after a long absence of Redis."""

KEPT_FOR = timedelta(days=2)
"""How long a delivered row stays, for looking back."""


def publish_progress(environment_id: int, ticket_keys: Iterable[str]) -> None:
    """Tell the pages of these tickets, and the board once, that something moved; after the commit."""
    keys = sorted(set(ticket_keys))
    if not keys:
        return
    entries = [{"topic": streams.topic_of(key), "kind": streams.PROGRESS} for key in keys]
    entries.append({"topic": streams.BOARD, "kind": streams.PROGRESS, "environment": str(environment_id)})
    # What is not told now is not kept: the next progress, or a look, replaces it.
    transaction.on_commit(partial(_publish, entries))


def tell_soon() -> None:
    """Deliver the outbox once the present transaction has committed; its failure costs only time."""
    transaction.on_commit(drain)


def drain() -> int:
    """Deliver what was committed and not yet told, oldest first; how many rows that were.

    At least once: a row is marked after Redis took it, so a crash between tells it twice.
    """
    if not REDIS.is_open:
        return 0
    rows = list(
        OutboxRow.objects.filter(delivered_at__isnull=True).select_related("event").order_by("pk")[:AT_ONCE]
    )
    if not rows:
        return 0
    entries = []
    for row in rows:
        event = row.event
        topic = streams.topic_of(event.subject_key) if event.subject_kind == "ticket" else event.subject_kind
        entries.append({"topic": topic, "kind": streams.STATE, "event": str(event.pk)})
    if any(row.event.subject_kind == "ticket" for row in rows):
        entries.append({"topic": streams.BOARD, "kind": streams.STATE})
    ids = [row.pk for row in rows]
    if not streams.publish(entries):
        OutboxRow.objects.filter(pk__in=ids).update(attempts=F("attempts") + 1)
        return 0
    OutboxRow.objects.filter(pk__in=ids).update(delivered_at=clock.now(), attempts=F("attempts") + 1)
    return len(rows)


def forget_delivered() -> int:
    """Remove rows that were delivered long ago; how many."""
    old = OutboxRow.objects.filter(delivered_at__lt=clock.now() - KEPT_FOR)
    count, _ = old.delete()
    return count


def _publish(entries: list[dict[str, str]]) -> None:
    streams.publish(entries)
