"""The part of access in the sweeps."""

from celery import shared_task

from deploytickets import clock
from deploytickets.access import idempotency


@shared_task(name="access.forget_old_keys", ignore_result=True)
def forget_old_keys() -> None:
    """Delete the stored answers that nobody may ask for again (I16)."""
    idempotency.forget_old(clock.now())
