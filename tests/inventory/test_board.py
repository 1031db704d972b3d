"""The board: which version runs where."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from deploytickets import clock
from deploytickets.access.models import User
from deploytickets.access.roles import Role
from deploytickets.catalog.models import Placement
from deploytickets.drivers.errors import RancherError
from deploytickets.inventory import queries, services
from deploytickets.inventory.models import RunningVersion
from deploytickets.inventory.queries import Cell, ChipKind
from deploytickets.tickets.transitions import Action
from tests.builders import (
    a_person,
    a_placement,
    an_application,
    an_environment,
    approved_ticket,
    file_ticket,
    moved,
    verifying_ticket,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def stages() -> tuple[Placement, Placement]:
    """Shop in stage and in prod."""
    shop = an_application("Shop", team="Sales")
    stage = an_environment("stage", position=1)
    prod = an_environment("prod", position=2)
    return a_placement(shop, stage), a_placement(shop, prod)


def _runs(placement: Placement, version: str, **fields: Any) -> RunningVersion:
    defaults = {
        "healthy": 3,
        "wanted": 3,
        "state": "active",
        "observed_at": clock.now(),
        "since": clock.now(),
    }
    return RunningVersion.objects.create(placement=placement, version=version, **(defaults | fields))


def _cells(user: User) -> list[Cell | None]:
    (row,) = queries.board(user).rows
    return list(row.cells)


def _chips(cell: Cell | None) -> list[ChipKind]:
    assert cell is not None
    return [chip.kind for chip in cell.chips]


def test_environments_stand_in_order_of_promotion_and_applications_by_team(olga: User) -> None:
    prod, dev = an_environment("prod", position=2), an_environment("dev", position=1)
    a_placement(an_application("Zebra", team="A"), prod)
    a_placement(an_application("Ant", team="B"), prod)
    a_placement(an_application("Bee", team="A"), dev)

    board = queries.board(olga)

    assert [column.environment for column in board.columns] == ["dev", "prod"]
    assert [(row.team, row.application) for row in board.rows] == [("A", "Bee"), ("A", "Zebra"), ("B", "Ant")]
    assert [[cell is not None for cell in row.cells] for row in board.rows] == [
        [True, False],
        [False, True],
        [False, True],
    ]


def test_a_person_sees_the_environments_they_have_a_role_in(stages: tuple[Placement, Placement]) -> None:
    guest = a_person(Role.VIEWER, stages[0].environment)

    board = queries.board(guest)

    assert [column.environment for column in board.columns] == ["stage"]
    assert [len(row.cells) for row in board.rows] == [1]


def test_a_cell_shows_version_health_and_since(stages: tuple[Placement, Placement], olga: User) -> None:
    row = _runs(stages[0], "1.0.1", healthy=2, unhealthy_since=clock.now())

    stage, prod = _cells(olga)

    assert stage is not None
    assert (stage.version, stage.healthy, stage.wanted, stage.since) == ("1.0.1", 2, 3, row.since)
    assert _chips(stage) == [ChipKind.UNHEALTHY]
    assert prod is not None
    assert (prod.version, prod.chips) == ("", ())


def test_what_is_newer_on_the_left_can_be_promoted(stages: tuple[Placement, Placement], olga: User) -> None:
    _runs(stages[0], "1.0.10")
    _runs(stages[1], "1.0.9")

    stage, prod = _cells(olga)

    assert stage is not None
    assert prod is not None
    assert (stage.promotes_to, prod.promotes_to) == ("prod", "")


@pytest.mark.parametrize(
    ("left", "right"), [("1.0.0", "1.0.0"), ("1.0.0", "1.0.1"), ("latest", "1.0.0"), ("", "1.0")]
)
def test_what_is_not_newer_cannot(
    stages: tuple[Placement, Placement], olga: User, left: str, right: str
) -> None:
    _runs(stages[0], left)
    _runs(stages[1], right)

    stage, _ = _cells(olga)

    assert stage is not None
    assert stage.promotes_to == ""


def test_what_runs_nowhere_further_can_be_promoted(stages: tuple[Placement, Placement], olga: User) -> None:
    _runs(stages[0], "1.0.0")

    stage, _ = _cells(olga)

    assert stage is not None
    assert stage.promotes_to == "prod"


def test_nothing_is_promoted_while_a_ticket_is_open_there(
    stages: tuple[Placement, Placement], olga: User
) -> None:
    _runs(stages[0], "1.0.1")
    _runs(stages[1], "1.0.0")
    ticket = file_ticket(placement=stages[1])

    stage, prod = _cells(olga)

    assert stage is not None
    assert prod is not None
    assert stage.promotes_to == ""
    assert [(chip.kind, chip.ticket, chip.state) for chip in prod.chips] == [
        (ChipKind.TICKET, ticket.key, "pending")
    ]


def test_nothing_is_promoted_that_waits_for_its_finish(
    stages: tuple[Placement, Placement], olga: User
) -> None:
    _runs(stages[0], "1.0.1", kept=3)
    _runs(stages[1], "1.0.0")
    verifying_ticket(placement=stages[0])

    stage, _ = _cells(olga)

    assert _chips(stage) == [ChipKind.WAITS_FOR_FINISH]
    assert stage is not None
    assert (stage.promotes_to, stage.kept) == ("", 3)


def test_a_ticket_under_way_says_where_to_and_hides_that_containers_are_missing(
    stages: tuple[Placement, Placement], olga: User
) -> None:
    _runs(stages[1], "1.0.0", healthy=2, unhealthy_since=clock.now(), state="upgrading")
    file_ticket(placement=stages[1])
    ticket = moved(approved_ticket(placement=stages[1]), Action.START)

    _, prod = _cells(olga)

    assert prod is not None
    assert prod.version_to == "1.0.1"
    assert [(chip.kind, chip.ticket) for chip in prod.chips] == [(ChipKind.TICKET, ticket.key)]


def test_a_change_outside_says_what_was_before(stages: tuple[Placement, Placement], olga: User) -> None:
    before = {"version": "1.7.9", "ticket": "DEPLOY-88"}
    _runs(stages[0], "1.7.10", is_drift=True, drifted_from=before)

    stage, _ = _cells(olga)

    assert stage is not None
    assert [(chip.kind, chip.before) for chip in stage.chips] == [(ChipKind.CHANGED_OUTSIDE, before)]


def test_somebody_elses_unfinished_upgrade_waits_for_finish(
    stages: tuple[Placement, Placement], olga: User
) -> None:
    _runs(stages[0], "1.0.1", state="upgraded")

    stage, _ = _cells(olga)

    assert stage is not None
    assert [(chip.kind, chip.ticket) for chip in stage.chips] == [(ChipKind.WAITS_FOR_FINISH, "")]


def test_what_was_not_seen_for_long_is_stale(stages: tuple[Placement, Placement], olga: User) -> None:
    _runs(stages[0], "1.0.1", observed_at=clock.now() - timedelta(seconds=90))

    assert _chips(_cells(olga)[0]) == [ChipKind.STALE]


def test_a_rancher_that_is_away_is_told_with_its_time(
    stages: tuple[Placement, Placement], olga: User
) -> None:
    _runs(stages[0], "1.0.1", observed_at=clock.now() - timedelta(seconds=90))
    now = clock.now()
    services.record_away(stages[0].environment, RancherError("no answer"), now)

    stage, _ = _cells(olga)
    column = queries.board(olga).columns[0]

    assert stage is not None
    assert [(chip.kind, chip.since) for chip in stage.chips] == [(ChipKind.UNREACHABLE, now)]
    assert column.away_since == now
    assert column.away_reason is not None


def test_more_applications_cost_no_more_queries(olga: User) -> None:
    environment = an_environment()

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            queries.board(olga)
        return len(captured)

    _runs(a_placement(an_application(), environment), "1.0")
    few = asked()
    for _ in range(5):
        placement = a_placement(an_application(), environment)
        _runs(placement, "1.0")
        file_ticket(placement=placement)

    assert asked() == few
