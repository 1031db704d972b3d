"""Which ticket brought a version about, or that none did."""

from datetime import UTC, datetime, timedelta

import pytest

from deploytickets.inventory.drift import Known, Origin, TicketFacts, origin
from deploytickets.tickets.transitions import State

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DRIFT = Origin(None, is_drift=True)


def _ticket(pk: int, version: str, state: State, *, minutes: float = 10) -> TicketFacts:
    return TicketFacts(pk, version, state, NOON + timedelta(minutes=minutes))


def _known(version: str = "1.0.0", ticket: int | None = None, *, is_drift: bool = False) -> Known:
    """Known since noon."""
    return Known(version, NOON, ticket, is_drift)


def test_what_ran_when_we_first_looked_is_nobodys_drift() -> None:
    assert origin("1.0.0", None, []) == Origin(None, is_drift=False)


def test_what_ran_when_we_first_looked_is_the_tickets_that_finished_it() -> None:
    assert origin("1.0.0", None, [_ticket(1, "1.0.0", State.FINISHED)]) == Origin(1, is_drift=False)


@pytest.mark.parametrize(
    "state", [State.DEPLOYING, State.VERIFYING, State.FINISHING, State.FINISHED, State.FAILED]
)
def test_a_new_version_is_that_of_the_ticket_for_it(state: State) -> None:
    assert origin("1.0.1", _known(), [_ticket(2, "1.0.1", state)]) == Origin(2, is_drift=False)


def test_a_new_version_without_a_ticket_is_drift() -> None:
    assert origin("1.0.1", _known(), []) == DRIFT


def test_a_ticket_for_another_version_explains_nothing() -> None:
    assert origin("1.0.2", _known(), [_ticket(2, "1.0.1", State.DEPLOYING)]) == DRIFT


def test_a_ticket_finished_before_the_version_known_explains_nothing() -> None:
    old = _ticket(1, "0.9.0", State.FINISHED, minutes=-60)

    assert origin("0.9.0", _known(), [old]) == DRIFT


@pytest.mark.parametrize("state", [State.ROLLING_BACK, State.ROLLED_BACK])
def test_a_rollback_explains_the_version_of_the_ticket_before(state: State) -> None:
    first = _ticket(1, "1.0.0", State.FINISHED, minutes=-60)
    second = _ticket(2, "1.0.1", state)

    assert origin("1.0.0", _known("1.0.1", 2), [first, second]) == Origin(1, is_drift=False)


def test_a_rollback_to_what_ran_before_all_tickets_is_no_drift() -> None:
    assert origin("1.0.0", _known("1.0.1", 2), [_ticket(2, "1.0.1", State.ROLLED_BACK)]) == Origin(
        None, is_drift=False
    )


def test_a_rollback_of_long_ago_explains_nothing() -> None:
    old = _ticket(2, "1.0.1", State.ROLLED_BACK, minutes=-60)

    assert origin("1.0.0", _known("1.0.1"), [old]) == DRIFT


def test_an_unchanged_version_keeps_its_ticket() -> None:
    assert origin("1.0.0", _known(ticket=1), [_ticket(2, "1.0.1", State.DEPLOYING)]) == Origin(
        1, is_drift=False
    )


def test_drift_stays_until_a_ticket_brings_the_version() -> None:
    drifted = _known(is_drift=True)

    assert origin("1.0.0", drifted, []) == DRIFT
    assert origin("1.0.0", drifted, [_ticket(3, "1.0.0", State.FINISHED)]) == Origin(3, is_drift=False)


def test_a_service_that_vanishes_without_a_ticket_is_drift() -> None:
    assert origin("", _known(), []) == DRIFT
