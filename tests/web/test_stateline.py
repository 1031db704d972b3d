"""The route of a ticket: what is past, where it stands, what is to come."""

from datetime import UTC, datetime, timedelta

import pytest

from deploytickets.tickets.transitions import State
from deploytickets.web.stateline import Count, Place, Route, stops

T0 = datetime(2026, 11, 23, 13, 42, tzinfo=UTC)
WAY = [State.APPROVED, State.DEPLOYING, State.VERIFYING, State.FINISHING, State.FINISHED]


def route(state: State, *entered: State, **fields) -> Route:
    times = {one: (T0 + timedelta(minutes=number), "Kai") for number, one in enumerate(entered)}
    defaults = {
        "filed_at": T0,
        "filed_by": "Anna",
        "approvals_required": 2,
        "verifying_roles": ["developer", "ops"],
    }
    return Route(state=state, entered=times, **(defaults | fields))


def words(found: Route) -> list[tuple[str, str]]:
    return [(stop.word, stop.place.value) for stop in stops(found)]


def test_a_pending_ticket_stands_at_its_approval():
    assert words(route(State.PENDING, approved_by=["Kai"])) == [
        ("Filed", "past"),
        ("Approval 1/2", "now"),
        ("Upgrade", "todo"),
        ("Verify 0/2", "todo"),
        ("Finish", "todo"),
    ]


def test_an_approved_ticket_stands_before_the_upgrade_and_says_what_it_waits_for():
    found = stops(route(State.APPROVED, State.APPROVED, approved_by=["Kai", "Jo"], waits="It is queued."))

    assert [(stop.word, stop.who) for stop in found if stop.place is Place.NOW] == [
        ("Upgrade", "It is queued.")
    ]
    assert found[1].who == "Kai and Jo"


def test_an_upgrade_counts_its_containers():
    found = stops(route(State.DEPLOYING, *WAY[:2], count=Count(2, 3, starting=1)))

    now = next(stop for stop in found if stop.place is Place.NOW)
    assert (now.word, now.count) == ("Upgrading 2/3", Count(2, 3, starting=1))


def test_a_finished_ticket_has_its_whole_way_behind_it():
    assert words(route(State.FINISHED, *WAY, approved_by=["Kai", "Jo"], verified_by=["Anna", "Kai"])) == [
        ("Filed", "past"),
        ("Approved 2/2", "past"),
        ("Upgraded", "past"),
        ("Verified 2/2", "past"),
        ("Finished", "now"),
    ]


@pytest.mark.parametrize(
    ("failed_from", "last"),
    [
        (State.DEPLOYING, ["Needs a decision", "Verify 0/2", "Finish"]),
        (State.FINISHING, ["Upgraded", "Verified 0/2", "Needs a decision"]),
        (State.ROLLING_BACK, ["Approved 0/2", "Upgraded", "Needs a decision"]),
    ],
)
def test_a_failure_stands_where_it_happened(failed_from, last):
    entered = [
        State.APPROVED,
        State.DEPLOYING,
        *([State.VERIFYING] if failed_from is State.FINISHING else []),
    ]
    found = stops(route(State.FAILED, *entered, failed_from=failed_from.value))

    assert [stop.word for stop in found][-len(last) :] == last
    assert [stop.tone for stop in found if stop.place is Place.NOW] == ["bad"]


def test_a_rollback_shows_that_it_was_not_verified():
    entered = [State.APPROVED, State.DEPLOYING, State.VERIFYING, State.ROLLING_BACK, State.ROLLED_BACK]
    found = stops(route(State.ROLLED_BACK, *entered, verified_by=["Anna"]))

    assert [stop.word for stop in found] == [
        "Filed",
        "Approved 0/2",
        "Upgraded",
        "Verified 1/2",
        "Rolled back",
    ]
    assert found[3].tone == "idle"


def test_a_rejected_ticket_ends_at_the_rejection():
    assert words(route(State.REJECTED, State.REJECTED)) == [("Filed", "past"), ("Rejected", "now")]


@pytest.mark.parametrize(
    ("entered", "before"),
    [((), ["Filed"]), ((State.APPROVED,), ["Filed", "Approved 0/2"])],
)
def test_a_cancelled_ticket_ends_where_it_was(entered, before):
    found = stops(route(State.CANCELLED, *entered, State.CANCELLED))

    assert [stop.word for stop in found] == [*before, "Cancelled"]


@pytest.mark.parametrize("state", list(State))
def test_exactly_one_stop_is_the_present_one_in_every_state(state):
    found = stops(route(state, *State, failed_from=State.DEPLOYING.value))

    assert sum(stop.place is Place.NOW for stop in found) == 1


def test_where_nobody_has_to_verify_there_is_no_such_stop():
    found = stops(route(State.PENDING, verifying_roles=[]))

    assert [stop.word for stop in found] == ["Filed", "Approval 0/2", "Upgrade", "Finish"]
