"""Two processes look at the same environment at the same moment."""

import pytest

from deploytickets import clock
from deploytickets.audit.models import Event
from deploytickets.catalog.models import Environment, Placement
from deploytickets.inventory import services
from deploytickets.inventory.models import EnvironmentSurvey, RunningVersion
from tests.at_once import at_once
from tests.workshop import Workshop

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_first_look_by_two_leaves_one_row_of_each(
    rancher: Workshop, environment: Environment, shop: Placement
) -> None:
    rancher.service("web")

    outcomes = at_once(*[lambda: services.take_survey(environment.pk)] * 2)

    assert outcomes.errors == []
    assert EnvironmentSurvey.objects.filter(environment=environment).count() == 1
    assert RunningVersion.objects.get(placement=shop).version == "1.0.0"


def test_drift_seen_by_two_is_recorded_once(rancher: Workshop, shop: Placement) -> None:
    web = rancher.service("web")
    services.observe_running(shop.environment, rancher.driver.services(), clock.now())
    rancher.upgrade_by_hand(web, "docker:registry.abc.net/shop:1.0.1")
    rancher.advance(60)
    seen = rancher.driver.services()

    def look() -> None:
        services.observe_running(shop.environment, seen, clock.now())

    outcomes = at_once(look, look)

    assert outcomes.errors == []
    assert Event.objects.filter(action="running.drifted").count() == 1
