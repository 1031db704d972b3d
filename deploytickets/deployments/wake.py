"""Asking a worker to come soon, once the present transaction has committed. A mere hint (I12)."""

import logging
from functools import partial
from typing import Any

from celery import Task
from django.db import transaction

from deploytickets.notifications.gate import REDIS

log = logging.getLogger(__name__)


def wake(task: "Task[Any, Any]", *args: Any) -> None:
    """Send the task after the commit; at most 200 ms, and its failure is logged, not raised (F12)."""
    transaction.on_commit(partial(_send, task, args))


def _send(task: "Task[Any, Any]", args: tuple[Any, ...]) -> None:
    if not REDIS.is_open:
        return
    with REDIS.trying(f"Waking {task.name}"):
        task.apply_async(args=args, retry=False, ignore_result=True)
