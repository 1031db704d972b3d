"""Recording: chained per subject, told through the outbox, and never changed again (I4, I5)."""

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, connection, transaction

from deploytickets import clock
from deploytickets.audit import chain, outbox
from deploytickets.audit.actors import Actor, ActorKind, Through
from deploytickets.audit.models import Event, OutboxRow, SealedRoot
from deploytickets.audit.queries import event_rows, history
from deploytickets.audit.sealing import seal
from deploytickets.audit.services import record

pytestmark = pytest.mark.django_db

ANNA = Actor(ActorKind.PERSON, "Anna", Through.API, user_id=7, address="10.0.0.7", token_id=3)


def note(key="DEPLOY-1", action="ticket.commented", **details):
    return record(action, subject_kind="ticket", subject_key=key, by=ANNA, now=clock.now(), **details)


def test_an_event_says_who_did_what_when_from_where_and_through_what():
    now = clock.now()
    record(
        "ticket.edited",
        subject_kind="ticket",
        subject_key="DEPLOY-1",
        by=ANNA,
        now=now,
        before={"version": "1.0.0"},
        after={"version": "1.0.1"},
        voided=["Olga"],
    )

    event = history("ticket", "DEPLOY-1").get()
    assert (event.by_name, event.by_user_id, event.address, event.through) == ("Anna", 7, "10.0.0.7", "api")
    assert (event.action, event.at) == ("ticket.edited", now)
    assert (event.before, event.after) == ({"version": "1.0.0"}, {"version": "1.0.1"})
    assert event.details == {"voided": ["Olga"]}


def test_events_are_numbered_and_chained_per_subject():
    for key in ("DEPLOY-1", "DEPLOY-2", "DEPLOY-1"):
        note(key)

    first, second = history("ticket", "DEPLOY-1")
    assert [first.number, second.number] == [1, 2]
    assert first.previous_hash == chain.START
    assert second.previous_hash == first.hash
    assert history("ticket", "DEPLOY-2").get().number == 1


def test_what_the_database_gives_back_is_what_was_hashed():
    note(
        text='陳美玲 😀 \\ " \n',
        number=10**15,
        yes=True,
        nothing=None,
        nested={"b": [1, {"a": "ü"}], "a": []},
    )
    note(long="x" * 10_000)

    assert list(chain.verify(event_rows())) == []


def test_a_secret_number_format_never_gets_in():
    with pytest.raises(TypeError):
        note(seconds=1.5)


@pytest.mark.parametrize(
    "change",
    [
        lambda: Event.objects.update(by_name="Nobody"),
        lambda: Event.objects.all()._raw_delete("default"),
        lambda: SealedRoot.objects.update(root="0" * 64),
        lambda: SealedRoot.objects.all()._raw_delete("default"),
    ],
    ids=["update event", "delete event", "update root", "delete root"],
)
def test_the_database_itself_refuses_to_change_or_delete_what_was_recorded(change):
    note()
    seal()

    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
        change()

    assert Event.objects.get().by_name == "Anna"
    assert SealedRoot.objects.count() == 1


def test_the_table_is_not_emptied_either():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    note()

    with (
        pytest.raises(DatabaseError, match="only grows"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("TRUNCATE audit_event CASCADE")


def test_an_event_that_is_put_into_the_outbox_waits_there_until_it_is_told():
    event = outbox.put(note())

    row = OutboxRow.objects.get()
    assert (row.event, row.delivered_at, row.attempts) == (event, None, 0)


def test_what_is_rolled_back_is_neither_recorded_nor_told():
    with transaction.atomic():
        outbox.put(note())
        transaction.set_rollback(True)

    assert not Event.objects.exists()
    assert not OutboxRow.objects.exists()


def test_two_writers_without_the_subjects_lock_cannot_both_take_a_number():
    event = note()
    event.pk = None
    event.hash = "f" * 64

    with pytest.raises(DatabaseError), transaction.atomic():
        event.save(force_insert=True)
    with pytest.raises(ObjectDoesNotExist):
        Event.objects.get(hash="f" * 64)
