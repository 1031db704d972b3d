"""What runs of a placement, since when, and by whom."""

from dataclasses import replace
from datetime import timedelta

import pytest

from deploytickets import clock
from deploytickets.audit.models import Event
from deploytickets.catalog.models import Placement
from deploytickets.inventory import services
from deploytickets.inventory.models import RunningVersion
from deploytickets.tickets.transitions import Action
from tests.builders import approved_ticket, moved
from tests.drivers.orders import soon, upgrade_of
from tests.workshop import HEALTH_CHECK, Workshop

pytestmark = pytest.mark.django_db

NEW = "docker:registry.abc.net/shop:1.0.1"


def _observed(rancher: Workshop, placement: Placement) -> RunningVersion:
    """What is remembered after a look at Rancher now."""
    seen = rancher.driver.services()
    services.observe_running(placement.environment, seen, clock.now())
    return RunningVersion.objects.get(placement=placement)


def _drifts() -> list[Event]:
    return list(Event.objects.filter(action="running.drifted"))


def test_version_and_health_are_read_from_the_containers(rancher: Workshop, shop: Placement) -> None:
    rancher.service("web", scale=3, healthCheck=HEALTH_CHECK)

    row = _observed(rancher, shop)

    assert (row.version, row.healthy, row.wanted, row.state) == ("1.0.0", 3, 3, "active")
    assert row.has_health_check
    assert row.unhealthy_since is None
    assert [(one["name"], one["version"], one["healthy"]) for one in row.services] == [("web", "1.0.0", 3)]


def test_at_first_it_runs_since_its_oldest_container_was_made(rancher: Workshop, shop: Placement) -> None:
    web = rancher.service("web")
    (container,) = rancher.read(web).containers or ()

    assert _observed(rancher, shop).since == container.created_at


def test_nothing_there_is_no_version(rancher: Workshop, shop: Placement) -> None:
    row = _observed(rancher, shop)

    assert (row.version, row.healthy, row.wanted, row.state, row.since) == ("", 0, 0, "", None)


def test_the_old_version_counts_until_its_last_container_has_stopped(
    rancher: Workshop, shop: Placement
) -> None:
    web = rancher.service("web", scale=3)
    _observed(rancher, shop)
    rancher.driver.start(upgrade_of(rancher.read(web), interval_millis=30_000), send_by=soon())
    rancher.advance(20)
    during = _observed(rancher, shop)
    rancher.advance(600)
    after = _observed(rancher, shop)

    assert (during.version, during.state) == ("1.0.0", "upgrading")
    assert (after.version, after.state, after.kept) == ("1.0.1", "upgraded", 3)


def test_a_version_that_no_ticket_brought_is_recorded_as_drift_by_outside(
    rancher: Workshop, shop: Placement
) -> None:
    web = rancher.service("web")
    _observed(rancher, shop)
    rancher.upgrade_by_hand(web, NEW)
    rancher.advance(60)

    row = _observed(rancher, shop)

    assert row.is_drift
    assert row.drifted_from == {"version": "1.0.0", "ticket": None}
    (event,) = _drifts()
    assert (event.subject_key, event.by_kind) == ("Shop/prod", "outside")
    assert (event.before, event.after) == (
        {"version": "1.0.0", "ticket": None},
        {"version": "1.0.1", "ticket": None},
    )


def test_drift_is_recorded_once(rancher: Workshop, shop: Placement) -> None:
    web = rancher.service("web")
    _observed(rancher, shop)
    rancher.upgrade_by_hand(web, NEW)
    rancher.advance(60)

    _observed(rancher, shop)
    rancher.finish_by_hand(web)
    row = _observed(rancher, shop)

    assert row.is_drift
    assert len(_drifts()) == 1


def test_a_version_that_a_ticket_brought_is_that_tickets(rancher: Workshop, shop: Placement) -> None:
    web = rancher.service("web")
    _observed(rancher, shop)
    ticket = moved(approved_ticket(placement=shop), Action.START)
    rancher.upgrade_by_hand(web, NEW)
    rancher.advance(60)

    row = _observed(rancher, shop)

    assert row.ticket == ticket
    assert not row.is_drift
    assert _drifts() == []


def test_going_back_with_a_ticket_is_no_drift(rancher: Workshop, shop: Placement) -> None:
    web = rancher.service("web")
    _observed(rancher, shop)
    ticket = moved(approved_ticket(placement=shop), Action.START, Action.UPGRADED)
    rancher.upgrade_by_hand(web, NEW)
    rancher.advance(60)
    _observed(rancher, shop)
    moved(ticket, Action.ROLL_BACK)
    rancher.driver.roll_back(web, send_by=soon())
    rancher.advance(60)

    row = _observed(rancher, shop)

    assert (row.version, row.is_drift) == ("1.0.0", False)
    assert _drifts() == []


def test_an_unhealthy_container_is_counted_out_and_dated(rancher: Workshop, shop: Placement) -> None:
    rancher.service("web", scale=2, healthCheck={**HEALTH_CHECK, "strategy": "none"})
    with rancher.server.engine_lock:
        rancher.server.levers.image_health("registry.abc.net/shop:1.0.0", False)
    rancher.advance(60)

    row = _observed(rancher, shop)
    later = _observed(rancher, shop)

    assert (row.healthy, row.wanted) == (0, 2)
    assert row.unhealthy_since is not None
    assert later.unhealthy_since == row.unhealthy_since


def test_an_older_read_changes_nothing(rancher: Workshop, shop: Placement) -> None:
    rancher.service("web")
    old = rancher.driver.services()
    _observed(rancher, shop)
    before = RunningVersion.objects.get(placement=shop)

    emptied = [replace(service, containers=(), state="inactive") for service in old]
    services.observe_running(shop.environment, emptied, before.observed_at - timedelta(seconds=1))

    assert RunningVersion.objects.get(placement=shop).state == "active"


def test_a_read_that_shows_nothing_new_writes_only_now_and_then(rancher: Workshop, shop: Placement) -> None:
    rancher.service("web")
    first = _observed(rancher, shop)
    seen = rancher.driver.services()

    services.observe_running(shop.environment, seen, first.observed_at + timedelta(seconds=1))
    at_once = RunningVersion.objects.get(placement=shop).observed_at
    services.observe_running(shop.environment, seen, first.observed_at + timedelta(seconds=6))
    later = RunningVersion.objects.get(placement=shop).observed_at

    assert at_once == first.observed_at
    assert later == first.observed_at + timedelta(seconds=6)


def test_a_global_service_wants_one_on_every_host_it_is_on(rancher: Workshop, shop: Placement) -> None:
    rancher.service("web", labels={"io.rancher.scheduler.global": "true"})

    row = _observed(rancher, shop)

    assert (row.healthy, row.wanted) == (3, 3)
