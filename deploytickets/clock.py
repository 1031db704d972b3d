"""The one clock: the database's.

Deadlines, expiry, leases and windows compare database time with database time, so that the
clocks of the machines that run our processes may be wrong without harm (I20). Fetch `now` at the
edge (a task, a view, a service) and pass it in.
"""

from datetime import UTC, datetime

from django.db import connection


def now() -> datetime:
    """The database's present time, aware, in UTC, to the microsecond (SQLite: to the millisecond)."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # clock_timestamp moves on inside a transaction; now() and CURRENT_TIMESTAMP stand still.
            cursor.execute("SELECT clock_timestamp()")
            value: datetime = cursor.fetchone()[0]
            return value.astimezone(UTC)
        cursor.execute("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")
        return datetime.fromisoformat(cursor.fetchone()[0]).replace(tzinfo=UTC)
