"""What keepers of processes ask: does it live, can it serve?"""

import pytest
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client, override_settings

from deploytickets.api import health
from deploytickets.supervise import ports


@pytest.fixture(autouse=True)
def _nobody_has_asked_yet():
    """A process remembers that its migrations are done."""
    health.require_migrations.cache_clear()
    yield
    health.require_migrations.cache_clear()


def test_it_lives_without_asking_the_database(django_assert_num_queries, db):
    with django_assert_num_queries(0):
        answer = Client().get("/healthz")

    assert (answer.status_code, answer.content) == (200, b"alive\n")


def test_it_is_ready_with_a_database_that_has_every_migration_although_redis_is_away(db):
    with override_settings(REDIS_URL=f"redis://127.0.0.1:{ports.choose(20000)}/0"):
        answer = Client().get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"ready": True, "database": "ok", "redis": "away"})


def test_it_is_not_ready_while_a_migration_is_missing(db):
    MigrationRecorder.Migration.objects.filter(app="tickets").delete()

    answer = Client().get("/readyz")

    assert (answer.status_code, answer.json()["database"]) == (503, "migrations pending")


def test_it_asks_for_migrations_until_they_are_done_and_then_only_whether_the_database_answers(
    db, django_assert_num_queries
):
    missing = MigrationRecorder.Migration.objects.filter(app="tickets")
    rows = list(missing)
    missing.delete()
    assert Client().get("/readyz").status_code == 503
    MigrationRecorder.Migration.objects.bulk_create(rows)
    assert Client().get("/readyz").status_code == 200

    with django_assert_num_queries(1):
        assert Client().get("/readyz").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_it_lives_but_is_not_ready_without_a_database():
    connection = connections["default"]
    name, engine = dict(connection.settings_dict), connection
    connection.close()
    if engine.vendor == "sqlite":
        connection.settings_dict["NAME"] = "/no/such/folder/db.sqlite3"
    else:
        connection.settings_dict["NAME"] = "no_such_database"
    try:
        assert Client().get("/healthz").status_code == 200
        answer = Client().get("/readyz")
    finally:
        connection.close()
        connection.settings_dict.update(name)

    assert (answer.status_code, answer.json()["ready"], answer.json()["database"]) == (503, False, "away")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_nobody_has_to_sign_in_and_nothing_can_be_posted(db, path):
    assert Client().post(path).status_code == 405
