"""The append-only log of what happened, and the rows that still have to be told to others."""

from django.db import models


class Event(models.Model):
    """One thing that happened to one subject; hash-chained per subject, never updated or deleted (I5).

    `number` counts from 1 per subject without a gap; `hash` covers the event and `previous_hash`.
    `before`, `after` and `details` hold no secrets.
    """

    subject_kind = models.CharField(max_length=40)
    subject_key = models.CharField(max_length=160)
    number = models.PositiveIntegerField()
    action = models.CharField(max_length=60)
    at = models.DateTimeField()
    by_kind = models.CharField(max_length=10)
    by_name = models.CharField(max_length=150)
    by_user_id = models.BigIntegerField(null=True)
    through = models.CharField(max_length=10)
    address = models.CharField(max_length=45, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    details = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_key", "number"], name="event_number_once"
            ),
        ]
        indexes = [
            models.Index(fields=["at"], name="event_at"),
            models.Index(fields=["by_user_id", "at"], name="event_by_user"),
        ]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.subject_key} #{self.number} {self.action}"


class OutboxRow(models.Model):
    """A committed event that live pages and channels must still hear of (I17)."""

    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="outbox_row")
    put_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(
                fields=["put_at"], name="outbox_undelivered", condition=models.Q(delivered_at__isnull=True)
            ),
        ]


class SealedRoot(models.Model):
    """The Merkle root over all events up to `last_event_id` that no earlier root covers, signed, exported."""

    sealed_at = models.DateTimeField()
    first_event_id = models.BigIntegerField()
    last_event_id = models.BigIntegerField(unique=True)
    root = models.CharField(max_length=64)
    previous_root = models.CharField(max_length=64)
    signature = models.CharField(max_length=64)

    class Meta:
        ordering = ["pk"]
