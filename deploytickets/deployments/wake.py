"""Asking a worker to come soon, once the present transaction has committed. A mere hint (I12)."""

from functools import cache, partial
from typing import Any

from celery import Task, current_app
from django.conf import settings
from django.db import transaction
from kombu.connection import ConnectionPool

from deploytickets.notifications.gate import REDIS

TIMEOUT_SECONDS = 0.2
"""What a click waits for a broker that is away or hangs, in each of connecting and sending (F12, F14)."""

CONNECTIONS = 20


def wake(task: "Task[Any, Any]", *args: Any) -> None:
    """Send the task after the commit; its failure is logged, not raised, and the sweep goes on without it."""
    transaction.on_commit(partial(_send, task, args))


def _send(task: "Task[Any, Any]", args: tuple[Any, ...]) -> None:
    if not REDIS.is_open:
        return
    with (
        REDIS.trying(f"Waking {task.name}"),
        _pool(settings.REDIS_URL).acquire(block=True, timeout=TIMEOUT_SECONDS) as connection,
    ):
        producer = current_app.amqp.Producer(connection, auto_declare=False)
        task.apply_async(args=args, producer=producer, retry=False, ignore_result=True)


@cache
def _pool(url: str) -> ConnectionPool:
    """Connections of their own: those of a worker wait much longer for an answer."""
    options = {
        "socket_connect_timeout": TIMEOUT_SECONDS,
        "socket_timeout": TIMEOUT_SECONDS,
        "max_retries": 0,
    }
    return current_app.connection_for_write(url, transport_options=options).Pool(CONNECTIONS)
