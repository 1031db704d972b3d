"""The inventory's part of the sweeps."""

from datetime import datetime, timedelta

from celery import shared_task

from deploytickets import clock
from deploytickets.catalog.models import Environment
from deploytickets.inventory import services
from deploytickets.inventory.models import EnvironmentSurvey

EXPIRES_AFTER_S = 30
"""A survey that no worker came to in this time is asked for by a later sweep anyway."""

LONGEST_PAUSE = timedelta(seconds=60)
"""How long a Rancher that is away is left alone at most."""


@shared_task(name="inventory.sweep_inventory", ignore_result=True)
def sweep_inventory() -> None:
    """Ask for a survey of every environment, less often the longer its Rancher is away (F27)."""
    now = clock.now()
    rows = EnvironmentSurvey.objects.defer("content")
    surveys = {row.environment_id: row for row in rows}
    for environment_id in Environment.objects.values_list("pk", flat=True):
        if _is_due(surveys.get(environment_id), now):
            survey_environment.apply_async(args=(environment_id,), retry=False, expires=EXPIRES_AFTER_S)


@shared_task(name="inventory.survey_environment", ignore_result=True)
def survey_environment(environment_id: int) -> None:
    """Survey one environment; may run twice, late or never."""
    if Environment.objects.filter(pk=environment_id).exists():
        services.take_survey(environment_id)


def _is_due(survey: EnvironmentSurvey | None, now: datetime) -> bool:
    if survey is None or survey.away_since is None or survey.tried_at is None:
        return True
    pause = min((survey.tried_at - survey.away_since) / 2, LONGEST_PAUSE)
    return now >= survey.tried_at + pause
