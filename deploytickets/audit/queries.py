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
    rows: Iterator[dict[str, Any]] = Event.objects.order_by("pk").values(*columns).iterator(chunk_size=2000)
    return rows


def root_rows() -> Iterator[dict[str, Any]]:
    """Every sealed root as the columns that `chain.verify` reads, oldest first."""
    columns = (*chain.SEALED, "signature")
    rows: Iterator[dict[str, Any]] = SealedRoot.objects.order_by("pk").values(*columns).iterator()
    return rows
