"""Reading the audit log."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from deploytickets.audit import chain
from deploytickets.audit.models import Event, SealedRoot


def history(subject_kind: str, subject_key: str) -> QuerySet[Event]:
    """What happened to one subject, oldest first."""
    return Event.objects.filter(subject_kind=subject_kind, subject_key=subject_key).order_by("number")


def event_rows() -> Iterator[dict[str, Any]]:
    """Every event as the columns that `chain.verify` reads, in the order of recording."""
    columns = ("id", "hash", *chain.COVERED)
    return Event.objects.order_by("pk").values(*columns).iterator(chunk_size=2000)


def root_rows() -> Iterator[dict[str, Any]]:
    """Every sealed root as the columns that `chain.verify` reads, oldest first."""
    return SealedRoot.objects.order_by("pk").values(*chain.SEALED, "signature").iterator(chunk_size=2000)
