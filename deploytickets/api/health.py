"""Two questions of whoever keeps the processes running: does it live, and can it serve?"""

from functools import cache

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from redis import Redis, RedisError

REDIS_WITHIN_S = 0.2


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked, so that a database that is away restarts nobody."""
    return HttpResponse("alive\n", content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 where the database answers and every migration is done, else 503.

    Redis is told, not required: without it everything works by the sweeps, only later.
    """
    database = _database()
    is_ready = database == "ok"
    return JsonResponse(
        {"ready": is_ready, "database": database, "redis": _redis()}, status=200 if is_ready else 503
    )


def _database() -> str:
    """ok, migrations pending, or away; no more, because everybody may ask."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        require_migrations()
    except MigrationsPending:
        return "migrations pending"
    except DatabaseError:
        return "away"
    return "ok"


class MigrationsPending(Exception):
    """The database lacks migrations that this process has."""


@cache
def require_migrations() -> None:
    """Raises MigrationsPending, DatabaseError; once it has returned it is not asked again.

    What is done stays done, and the graph of all migrations is much work for a question that
    everybody may ask.
    """
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise MigrationsPending


def _redis() -> str:
    client = Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=REDIS_WITHIN_S, socket_timeout=REDIS_WITHIN_S
    )
    try:
        client.ping()
    except (RedisError, OSError):
        return "away"
    finally:
        client.close()
    return "ok"
