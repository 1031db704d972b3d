"""The part of access in the sweeps."""

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore

from deploytickets import clock
from deploytickets.access import idempotency


@shared_task(name="access.forget_old_keys", ignore_result=True)
def forget_old_keys() -> None:
    """Delete the stored answers that nobody may ask for again (I16)."""
    idempotency.forget_old(clock.now())


@shared_task(name="access.forget_ended_sessions", ignore_result=True)
def forget_ended_sessions() -> None:
    """Delete the sessions that have expired; those signed out of are gone already."""
    SessionStore.clear_expired()
