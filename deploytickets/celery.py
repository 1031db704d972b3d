"""The Celery application: messages are hints, the database is the truth.

Tasks take milliseconds, acknowledge early and may be lost, late, doubled or reordered; whatever
a lost message would have started is found by the sweeps that beat sends (I12).
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploytickets.settings")

app = Celery("deploytickets")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
