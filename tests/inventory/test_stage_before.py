"""How a version fared in the environment before."""

import pytest

from deploytickets import clock
from deploytickets.catalog.models import Placement
from deploytickets.inventory.models import RunningVersion
from deploytickets.inventory.queries import stage_before
from deploytickets.inventory.stages import StageBefore
from deploytickets.tickets.transitions import Action
from tests.builders import a_placement, an_application, an_environment, moved, verifying_ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> dict[str, Placement]:
    """Shop in dev, stage and prod, by the names of the environments."""
    application = an_application("Shop")
    names = ("dev", "stage", "prod")
    return {
        name: a_placement(application, an_environment(name, position=position))
        for position, name in enumerate(names)
    }


def test_the_first_environment_has_none_before(shop: dict[str, Placement]) -> None:
    assert stage_before(shop["dev"], "1.0.1") is None


def test_the_nearest_environment_with_the_application_counts(shop: dict[str, Placement]) -> None:
    an_environment("other", position=1)

    assert stage_before(shop["prod"], "1.0.1") == StageBefore("stage", is_finished_there=False)


def test_a_ticket_that_finished_it_there_is_enough(shop: dict[str, Placement]) -> None:
    ticket = verifying_ticket(placement=shop["stage"])
    waiting = stage_before(shop["prod"], "1.0.1")

    moved(ticket, Action.FINISH, Action.FINISHED)

    assert waiting == StageBefore("stage", is_finished_there=False)
    assert stage_before(shop["prod"], "1.0.1") == StageBefore("stage", is_finished_there=True)


def test_a_version_that_simply_runs_there_is_enough(shop: dict[str, Placement]) -> None:
    RunningVersion.objects.create(placement=shop["stage"], version="1.0.1", observed_at=clock.now())

    assert stage_before(shop["prod"], "1.0.1") == StageBefore("stage", is_finished_there=True)
    assert stage_before(shop["prod"], "1.0.2") == StageBefore("stage", is_finished_there=False)


def test_a_version_that_runs_there_unfinished_is_not(shop: dict[str, Placement]) -> None:
    verifying_ticket(placement=shop["stage"])
    RunningVersion.objects.create(placement=shop["stage"], version="1.0.1", observed_at=clock.now())

    assert stage_before(shop["prod"], "1.0.1") == StageBefore("stage", is_finished_there=False)
