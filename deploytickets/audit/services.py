"""Writing the audit log: called by every service function, inside its transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from deploytickets.audit import chain
from deploytickets.audit.actors import Actor
from deploytickets.audit.models import Event


def record(
    action: str,
    *,
    subject_kind: str,
    subject_key: str,
    by: Actor,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    **details: Any,
) -> Event:
    """Append one event to its subject's chain, in the caller's transaction (I4).

    The caller holds the lock of the subject's row; otherwise of two writers at once the second
    fails on the constraint `event_number_once`. `before`, `after` and `details` are JSON values
    without floats and without secrets.
    """
    newest = (
        Event.objects.filter(subject_kind=subject_kind, subject_key=subject_key)
        .order_by("-number")
        .values_list("number", "hash")
        .first()
    )
    number, previous_hash = (newest[0] + 1, newest[1]) if newest else (1, chain.START)
    event = Event(
        subject_kind=subject_kind,
        subject_key=subject_key,
        number=number,
        action=action,
        at=now,
        by_kind=by.kind.value,
        by_name=by.name,
        by_user_id=by.user_id,
        through=by.through.value,
        address=by.address,
        before=None if before is None else dict(before),
        after=None if after is None else dict(after),
        details=details,
        previous_hash=previous_hash,
    )
    event.hash = chain.event_hash({name: getattr(event, name) for name in chain.COVERED})
    event.save(force_insert=True)
    return event
