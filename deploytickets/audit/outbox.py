"""The rows that still have to be told to live pages and channels; drained by `notifications` (I17)."""

from deploytickets.audit.models import Event, OutboxRow


def put(event: Event) -> Event:
    """Ask for the event to be told, in the transaction that recorded it; returns the event."""
    OutboxRow.objects.create(event=event, put_at=event.at)
    return event
