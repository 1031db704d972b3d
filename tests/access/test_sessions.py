"""Sessions that have expired are not kept."""

from datetime import timedelta

import pytest
from celery import current_app
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from deploytickets.access.tasks import forget_ended_sessions

pytestmark = pytest.mark.django_db


def a_session(lasts: timedelta) -> str:
    session = SessionStore()
    session.set_expiry(lasts)
    session.create()
    return session.session_key or ""


def test_sessions_that_have_expired_are_deleted():
    a_session(-timedelta(minutes=1))
    open_one = a_session(timedelta(minutes=1))

    forget_ended_sessions()

    assert list(Session.objects.values_list("session_key", flat=True)) == [open_one]


def test_beat_sends_it_and_a_worker_knows_everything_that_beat_sends():
    current_app.loader.import_default_modules()
    sent = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert "access.forget_ended_sessions" in sent
    assert sent <= current_app.tasks.keys()
