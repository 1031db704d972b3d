"""Sealing every minute, exporting what was sealed, and proving it all whole by a command (I5)."""

import json
import logging
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from deploytickets import clock
from deploytickets.audit import append_only, chain, sealing
from deploytickets.audit.actors import SYSTEM
from deploytickets.audit.models import Event, SealedRoot
from deploytickets.audit.queries import history
from deploytickets.audit.services import record
from deploytickets.audit.tasks import seal_new_events

pytestmark = pytest.mark.django_db


@pytest.fixture
def exported(tmp_path, settings):
    settings.AUDIT_EXPORT_FILE = str(tmp_path / "roots.jsonl")
    return tmp_path / "roots.jsonl"


def some_events(count=3, key="DEPLOY-1"):
    for _ in range(count):
        record("ticket.commented", subject_kind="ticket", subject_key=key, by=SYSTEM, now=clock.now())


def verify(**options):
    out = StringIO()
    call_command("verify_audit_log", stdout=out, **options)
    return out.getvalue()


def tamper(sql):
    """What somebody does who owns the database."""
    with connection.cursor() as cursor:
        for statement in [
            *append_only.dropping(connection.vendor),
            sql,
            *append_only.creating(connection.vendor),
        ]:
            cursor.execute(statement)


def test_a_root_covers_what_no_root_covered_before(exported):
    some_events(3)
    seal_new_events()
    some_events(2)
    seal_new_events()

    first, second = SealedRoot.objects.all()
    ids = list(Event.objects.order_by("pk").values_list("pk", flat=True))
    assert (first.first_event_id, first.last_event_id) == (ids[0], ids[2])
    assert (second.first_event_id, second.last_event_id) == (ids[3], ids[4])
    assert second.previous_root == first.root


def test_where_nothing_is_new_nothing_is_sealed():
    assert sealing.seal() == []
    some_events()
    sealing.seal()
    assert sealing.seal() == []


def test_many_events_are_sealed_in_parts(monkeypatch):
    monkeypatch.setattr(sealing, "MOST_PER_ROOT", 2)
    some_events(5)

    assert len(sealing.seal()) == 3
    assert "3 sealed roots" in verify()


def test_roots_go_to_the_log_and_to_the_file(exported, caplog):
    some_events()
    with caplog.at_level(logging.INFO, logger="deploytickets.audit.sealing"):
        (root,) = sealing.seal()

    (line,) = exported.read_text().splitlines()
    assert json.loads(line)["root"] == root.root
    assert root.root in caplog.text


def test_a_root_that_was_not_exported_before_a_crash_is_exported_later(exported):
    some_events()
    sealing.seal()
    some_events()
    sealing.seal()
    first, second = exported.read_text().splitlines()
    exported.write_text(first + "\n" + second[:40])

    assert sealing.export_missing() == 1
    assert exported.read_text().splitlines() == [first, second[:40], second]
    assert sealing.export_missing() == 0
    assert "whole: 2 sealed roots" in verify(roots=exported)


def test_a_root_that_a_crash_kept_from_its_line_end_is_whole(exported):
    some_events()
    sealing.seal()
    exported.write_text(exported.read_text().rstrip())

    some_events()
    sealing.seal()

    assert "whole: 2 sealed roots" in verify(roots=exported)


def test_roots_that_two_sweeps_exported_at_once_count_once(exported):
    some_events()
    sealing.seal()
    some_events()
    sealing.seal()
    exported.write_text(exported.read_text() * 2)

    assert "whole: 2 sealed roots" in verify(roots=exported)


def test_a_file_that_was_moved_away_is_begun_anew(exported):
    some_events()
    sealing.seal()
    content = exported.read_text()
    exported.unlink()

    sealing.export_missing()

    assert exported.read_text() == content


def test_the_command_says_that_the_log_is_whole(exported):
    some_events()
    sealing.seal()

    assert "whole" in verify()
    assert "whole" in verify(roots=exported)


def test_the_command_names_the_place_that_was_changed(exported):
    some_events()
    sealing.seal()
    tamper("UPDATE audit_event SET by_name = 'Nobody' WHERE number = 2")

    out = StringIO()
    with pytest.raises(CommandError, match="not whole"):
        call_command("verify_audit_log", stdout=out)
    assert out.getvalue() == "ticket DEPLOY-1 #2: was changed after it was recorded\n"


def test_who_rewrites_the_database_completely_is_found_by_the_exported_roots(exported):
    some_events()
    sealing.seal()
    tamper("DELETE FROM audit_sealedroot")
    tamper("DELETE FROM audit_event")
    some_events(3, key="DEPLOY-2")
    sealing.seal()

    assert "whole" in verify()
    with pytest.raises(CommandError, match="not whole"):
        verify(roots=exported)


def test_an_export_is_proved_whole_without_the_database(tmp_path):
    some_events()
    sealing.seal()
    out = StringIO()
    call_command("export_audit_log", stdout=out)
    file = tmp_path / "log.jsonl"
    file.write_text(out.getvalue())
    tamper("DELETE FROM audit_sealedroot")
    tamper("DELETE FROM audit_event")

    assert "1 sealed roots" in verify(export=file)

    lines = out.getvalue().splitlines()
    file.write_text("\n".join([lines[0], *lines[2:]]))
    with pytest.raises(CommandError):
        verify(export=file)


def test_an_export_is_an_event_and_holds_it():
    some_events()

    for _time in range(2):
        out = StringIO()
        call_command("export_audit_log", stdout=out)

    events = history("audit", "log")
    assert [(event.action, event.through) for event in events] == [("audit.exported", "command")] * 2
    assert events[1].hash in out.getvalue()
    assert "whole" in verify()


def test_a_file_that_is_no_export_is_refused(tmp_path):
    file = tmp_path / "log.jsonl"
    file.write_text("[]\n")

    with pytest.raises(CommandError, match="neither an event nor a sealed root"):
        verify(export=file)
    with pytest.raises(CommandError, match="cannot be read"):
        verify(export=tmp_path / "nothing")


def test_a_signature_needs_the_servers_key(settings):
    some_events()
    sealing.seal()
    settings.SECRET_KEY = "another-secret-key-of-fifty-characters-and-some-more"

    with pytest.raises(CommandError):
        verify()


def test_the_arithmetic_needs_nothing_but_python():
    lines = Path(chain.__file__).read_text().splitlines()
    imported = {line.split()[1].split(".")[0] for line in lines if line.startswith(("import ", "from "))}

    assert imported <= {"hashlib", "hmac", "json", "collections", "dataclasses", "datetime", "typing"}
