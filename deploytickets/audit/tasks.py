"""The audit log's part of the sweeps."""

from celery import shared_task

from deploytickets.audit import sealing


@shared_task(name="audit.seal_new_events", ignore_result=True)
def seal_new_events() -> None:
    """Seal and export what is new; may run twice, late or never."""
    sealing.seal()
