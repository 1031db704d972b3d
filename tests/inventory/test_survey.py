"""Surveys are taken, kept and read back; tickets that depend on what moved get new plans."""

import json
from collections.abc import Iterator

import pytest
from django.db import connection

from deploytickets.catalog.models import Environment, Placement
from deploytickets.celery import app
from deploytickets.inventory import queries, services, survey_json, tasks
from deploytickets.inventory.models import EnvironmentSurvey
from rancher_client.simulator.server import Effect
from tests.builders import file_ticket, reloaded
from tests.workshop import HEALTH_CHECK, IMAGE, Workshop

pytestmark = pytest.mark.django_db


def test_a_survey_is_kept_and_read_back_as_it_was(rancher: Workshop, environment: Environment) -> None:
    rancher.service("web", scale=2, sidekicks={"logs": {"imageUuid": IMAGE}}, healthCheck=HEALTH_CHECK)

    taken = services.take_survey(environment.pk)

    assert taken is not None
    assert queries.survey_of(environment) == (taken, taken.sent_at)


def test_a_survey_of_everything_survives_json(rancher: Workshop) -> None:
    web = rancher.service("web", ports=["8080:80/tcp"])
    rancher.upgrade_by_hand(web, "docker:registry.abc.net/shop:1.0.1")
    rancher.advance(60)
    survey = rancher.driver.survey()

    assert survey_json.from_json(json.loads(json.dumps(survey_json.as_json(survey)))) == survey


def test_variables_of_a_survey_are_encrypted_in_the_database(
    rancher: Workshop, environment: Environment
) -> None:
    rancher.service("web", environment={"DB_PASSWORD": "canary-in-survey"})

    services.take_survey(environment.pk)

    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM inventory_environmentsurvey")
        (stored,) = cursor.fetchone()
    assert "canary-in-survey" not in stored
    assert "canary-in-survey" in repr(queries.survey_of(environment))


def test_hosts_are_counted_and_those_away_too(rancher: Workshop, environment: Environment) -> None:
    rancher.lose_a_host()

    services.take_survey(environment.pk)

    row = EnvironmentSurvey.objects.get(environment=environment)
    assert (row.hosts, row.hosts_away) == (3, 1)


def test_a_rancher_that_gives_no_usable_answer_is_away_since_the_first_time(
    rancher: Workshop, environment: Environment
) -> None:
    services.take_survey(environment.pk)
    rancher.server.faults.order(Effect.GARBAGE, garbage="login_page", times=2)

    assert services.take_survey(environment.pk) is None
    first = queries.away_since(environment)
    services.take_survey(environment.pk)

    assert first is not None
    assert first == queries.away_since(environment)
    assert first[1]["code"] == "unusable"
    assert queries.survey_of(environment) is not None


def test_a_rancher_that_answers_again_is_no_longer_away(rancher: Workshop, environment: Environment) -> None:
    rancher.server.faults.order(Effect.GARBAGE, garbage="login_page", times=1)
    services.take_survey(environment.pk)

    services.take_survey(environment.pk)

    assert queries.away_since(environment) is None


def test_a_pending_ticket_gets_a_new_plan_when_something_relevant_moved(
    rancher: Workshop, environment: Environment, shop: Placement
) -> None:
    web = rancher.service("web")
    services.take_survey(environment.pk)
    ticket = file_ticket(placement=shop)
    services.take_survey(environment.pk)
    assert reloaded(ticket).plan_wanted_at is None

    rancher.upgrade_by_hand(web, "docker:registry.abc.net/shop:1.0.1")
    services.take_survey(environment.pk)

    assert reloaded(ticket).plan_wanted_at is not None


@pytest.fixture
def eager() -> Iterator[None]:
    """Tasks run where they are sent."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


def test_the_sweep_surveys_every_environment(
    rancher: Workshop, environment: Environment, eager: None
) -> None:
    tasks.sweep_inventory()

    assert queries.survey_of(environment) is not None
