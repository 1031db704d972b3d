"""Deploy Tickets: ask for a deployment, agree to it, carry it out, watch it, verify it, finish or roll it back."""

from deploytickets.celery import app as celery_app

__all__ = ["celery_app"]
