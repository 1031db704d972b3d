"""One effect for a request that is sent twice with the same Idempotency-Key (I16).

`begin`, the effect and `remember` belong into one transaction: a repetition that comes meanwhile
waits for it, and one that fails leaves nothing behind.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from deploytickets.access.errors import KeyReused
from deploytickets.access.models import IdempotencyKey
from deploytickets.audit.errors import Invalid

LASTS = timedelta(hours=24)
_OPEN = 0
MAX_KEY = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to the request the first time."""

    status: int
    body: Any


def begin(*, user_id: int, key: str, request_digest: str, now: datetime) -> Answer | None:
    """The answer given before, or None: then cause the effect and `remember` its answer.

    Args:
        request_digest: SHA-256 of method, path and body, 64 hex digits.

    Raises:
        KeyReused: within 24 h the person used the key for another request.
        Invalid: the key is empty or too long.
    """
    assert transaction.get_connection().in_atomic_block, "begin() belongs into the effect's transaction"
    if not 0 < len(key) <= MAX_KEY or not key.isascii() or not key.isprintable():
        raise Invalid({"idempotency_key": _("An Idempotency-Key has 1 to 200 printable ASCII characters.")})
    IdempotencyKey.objects.filter(user_id=user_id, key=key, created_at__lte=now - LASTS).delete()
    # On PostgreSQL the second of two at once waits here for the first one's commit.
    row, is_new = IdempotencyKey.objects.select_for_update().get_or_create(
        user_id=user_id,
        key=key,
        defaults={"request_digest": request_digest, "status": _OPEN, "body": {}, "created_at": now},
    )
    if is_new:
        return None
    if row.request_digest != request_digest:
        raise KeyReused(
            _("This Idempotency-Key was used for another request. Nothing was done; take a new key.")
        )
    return Answer(row.status, row.body)


def remember(*, user_id: int, key: str, status: int, body: Any) -> None:
    """Keep the answer that goes with the effect, in the same transaction."""
    IdempotencyKey.objects.filter(user_id=user_id, key=key).update(status=status, body=body)


def forget_old(now: datetime) -> int:
    """Delete the keys that nobody may repeat any more; returns how many."""
    deleted, _per_model = IdempotencyKey.objects.filter(created_at__lte=now - LASTS).delete()
    return deleted
