"""Deploy Tickets: ask for a deployment, agree, carry it out, watch, verify, finish it or roll it back."""

from deploytickets.celery import app as celery_app

__all__ = ["celery_app"]
