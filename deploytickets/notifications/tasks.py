"""Delivery of the outbox by the worker."""

from celery import shared_task

from deploytickets.notifications import services


@shared_task(name="notifications.sweep_outbox", ignore_result=True)
def sweep_outbox() -> None:
    """Tell what a lost wake-up, a killed process or an absent Redis left untold (F4, F11)."""
    while services.drain():
        pass
    services.forget_delivered()
