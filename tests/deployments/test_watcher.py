"""What the watcher follows, with events and without, beside others and instead of Redis."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from deploytickets.catalog.models import RancherServer
from deploytickets.deployments import watcher
from deploytickets.deployments.look import Looker
from deploytickets.deployments.models import Lease
from deploytickets.tickets.models import Ticket
from rancher_client.errors import Throttled, Unreachable
from tests.builders import history, reloaded
from tests.deployments.company import Company, let_pass, services_of, upgrade_of


@contextmanager
def watching(name: str = "one") -> Iterator[watcher.Watcher]:
    """A watcher in a thread of this process."""
    made = watcher.Watcher(name)
    thread = threading.Thread(target=made.run, name=name)
    thread.start()
    try:
        yield made
    finally:
        made.stop()
        thread.join(timeout=40)
        assert not thread.is_alive()


def wait_until(condition: Callable[[], bool], *, seconds: float = 30, play: Callable[[], None] | None = None):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        if play is not None:
            play()
        threading.Event().wait(0.05)


def test_a_look_reads_one_list_and_writes_what_is_new(company: Company):
    company.make_service(scale=3)
    ticket = company.begin(company.approved(company.a_placement("web")))
    asked: list[int] = []
    looker = Looker(company.environment, company.driver, asked.append)

    assert looker.look() is True
    for _second in range(25):
        company.play(1)
        looker.look()

    row = services_of(ticket)["web"]
    assert (row.phase, row.healthy, row.wanted) == ("upgraded", 3, 3)
    assert asked[-1:] == [upgrade_of(ticket).pk], "the end is left to a reconcile, which is asked for"
    assert reloaded(ticket).state == "deploying"


def test_an_absence_is_told_at_once_and_taken_back_by_the_next_look(company: Company):
    company.make_service()
    ticket = company.begin(company.approved(company.a_placement("web")))
    looker = Looker(company.environment, company.driver, lambda _upgrade: None)
    looker.look()

    looker.note_absence(Unreachable("refused"))
    assert reloaded(ticket).rancher_away_since is not None
    assert upgrade_of(ticket).unobserved_because is not None

    looker.look()
    assert reloaded(ticket).rancher_away_since is None
    assert upgrade_of(ticket).unobserved_because is None


def test_an_absence_beyond_the_deadline_is_left_to_a_reconcile(company: Company):
    company.make_service()
    ticket = company.begin(company.approved(company.a_placement("web")))
    let_pass(24 * 3600)
    due_at = upgrade_of(ticket).look_again_at

    Looker(company.environment, company.driver, lambda _upgrade: None).note_absence(Unreachable("refused"))

    assert reloaded(ticket).state == "deploying"
    assert upgrade_of(ticket).look_again_at == due_at, "however often the watcher tries, the sweep comes"


def test_what_does_not_change_is_not_written_again(company: Company, django_assert_max_num_queries):
    company.make_service()
    company.verifying(company.a_placement("web"))
    looker = Looker(company.environment, company.driver, lambda _upgrade: None)
    looker.look()
    looker.look()

    with django_assert_max_num_queries(2):
        assert looker.look() is False


def test_a_ticket_goes_its_whole_way_with_redis_stopped_from_beginning_to_end(company: Company, settings):
    """Nothing but the database and Rancher: the watcher sweeps and makes the steps itself (F12)."""
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    company.make_service()
    ticket = company.approved(company.a_placement("web"))

    with watching():
        wait_until(lambda: reloaded(ticket).state == "verifying", play=lambda: company.play(1))
        company.finish(ticket)
        wait_until(lambda: reloaded(ticket).state == "finished", play=lambda: company.play(1))


@pytest.mark.parametrize("action", ["finishupgrade", "rollback"])
def test_f33_what_somebody_does_in_rancher_is_noticed_by_its_event(company: Company, action: str):
    web = company.make_service()
    ticket = company.verifying(company.a_placement("web"))
    ended = {"finishupgrade": "finished", "rollback": "rolled_back"}[action]

    with watching():
        company.act(web, action)
        wait_until(lambda: reloaded(ticket).state == ended, play=lambda: company.play(1))

    last = next(event for event in reversed(history(ticket)) if event.action.startswith("ticket."))
    assert last.by_kind == "outside"


def test_only_one_of_two_watchers_is_active_and_the_other_takes_over(company: Company):
    with watching("one") as one:
        wait_until(lambda: one.is_active)
        with watching("two") as two:
            assert watcher.take_lease("three", None) is None
            one.stop()
            wait_until(lambda: two.is_active, seconds=20)

    assert Lease.objects.get(name="watcher").number == 2


@pytest.mark.django_db
def test_a_paused_holder_finds_its_lease_gone():
    number = watcher.take_lease("one", None)
    assert number is not None
    watcher.give_back(number)

    assert watcher.take_lease("two", None) == number + 1
    assert watcher.take_lease("one", number) is None


def test_looks_take_at_most_a_tenth_of_the_time():
    assert watcher.pause_after(0.01, is_moving=True) == 0.4
    assert watcher.pause_after(1.0, is_moving=True) == pytest.approx(9.0)
    assert watcher.pause_after(0.01, is_moving=False) == 5.0


def test_after_a_night_of_failures_it_still_tries_and_never_sooner_than_asked():
    assert watcher.backoff(1) == 1.0
    assert watcher.backoff(2000) == 30.0
    assert watcher.backoff(1, Throttled("later", retry_after=timedelta(seconds=90))) == 90.0


def test_f23_a_key_that_was_replaced_is_used_by_the_watcher(company: Company, caplog):
    caplog.set_level("INFO")
    company.make_service()
    ticket = company.verifying(company.a_placement("web"))
    server = RancherServer.objects.get()
    good, server.credentials = server.credentials, {"access_key": "gone", "secret_key": "gone"}
    server.save()

    with watching():
        wait_until(lambda: "No look at prod" in caplog.text)
        server.credentials = good
        server.save()
        before = upgrade_of(ticket).touched_at
        wait_until(lambda: upgrade_of(ticket).touched_at > before, seconds=15)


def test_every_watched_ticket_is_touched_while_nothing_happens(company: Company):
    company.make_service()
    ticket: Ticket = company.verifying(company.a_placement("web"))
    before = upgrade_of(ticket).touched_at

    with watching():
        wait_until(lambda: upgrade_of(ticket).touched_at > before, seconds=15)
