"""Applications and placements, and the rule from a branch to a version."""

import pytest
from django.db import connection

from deploytickets.audit.errors import Invalid, Unknown
from deploytickets.audit.queries import history
from deploytickets.catalog import services as catalog
from deploytickets.catalog.errors import Taken
from deploytickets.catalog.models import Application, Placement
from deploytickets.catalog.versions import version_of_branch
from tests.builders import SHELL, a_placement, an_application, an_environment

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("branch", "version"),
    [
        ("release/1.0.1", "1.0.1"),
        ("release/2.4.1-rc.1", "2.4.1-rc.1"),
        ("main", None),
        ("release/", None),
        ("release/x", None),
        ("old/release/1.0.1", None),
        ("", None),
    ],
)
def test_the_usual_rule_reads_the_version_from_release_branches(branch, version):
    assert version_of_branch(an_application(), branch) == version


def test_an_application_may_have_a_rule_of_its_own():
    application = an_application(branch_pattern=r"^v(?P<version>\d+)$")

    assert version_of_branch(application, "v7") == "7"
    assert version_of_branch(application, "release/1.0.1") is None


@pytest.mark.parametrize("pattern", ["^release/(.*)$", "(", "x" * 201])
def test_a_rule_is_a_regular_expression_with_a_version_in_it(pattern):
    with pytest.raises(Invalid) as refusal:
        an_application(branch_pattern=pattern)

    assert "branch_pattern" in refusal.value.fields


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "Java Service"}, "name"),
        ({"name": "-x"}, "name"),
        ({"image_repository": ""}, "image_repository"),
        ({"checklist": "pays"}, "checklist"),
        ({"checklist": [""]}, "checklist"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_does_not_fit_is_named(fields, field):
    with pytest.raises(Invalid) as refusal:
        an_application(**fields)

    assert field in refusal.value.fields


def test_the_log_says_that_compose_files_and_answers_changed_but_not_to_what():
    application = an_application("JavaService1")
    a_placement(application, an_environment("prod"))
    catalog.change_application(
        by=SHELL, name="JavaService1", docker_compose="PASSWORD: canary", team="Payments"
    )
    catalog.change_placement(
        by=SHELL, application="JavaService1", environment="prod", answers={"DB_PASSWORD": "canary"}
    )

    changed, placed = (
        history("application", "JavaService1").last(),
        history("placement", "JavaService1/prod").last(),
    )
    assert changed.details == {"changed": ["team", "docker_compose"]}
    assert (changed.before, changed.after) == ({"team": ""}, {"team": "Payments"})
    assert placed.details == {"changed": ["answers"]}
    assert "canary" not in str([changed.before, changed.after, placed.before, placed.after])
    assert Application.objects.get().docker_compose == "PASSWORD: canary"
    assert Placement.objects.get().answers == {"DB_PASSWORD": "canary"}


def test_compose_files_and_answers_are_stored_encrypted():
    application = an_application(docker_compose="PASSWORD: canary", rancher_compose="# canary")
    a_placement(application, answers={"DB_PASSWORD": "canary"})

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT docker_compose, rancher_compose, answers FROM catalog_application, catalog_placement"
        )
        assert not [column for column in cursor.fetchone() if "canary" in column]
    stored = Placement.objects.select_related("application").get()
    assert stored.application.docker_compose == "PASSWORD: canary"
    assert stored.application.rancher_compose == "# canary"
    assert stored.answers == {"DB_PASSWORD": "canary"}


def test_changing_nothing_is_no_event():
    an_application("JavaService1", team="Payments")

    catalog.change_application(by=SHELL, name="JavaService1", team="Payments")

    assert history("application", "JavaService1").count() == 1


def test_an_application_has_one_place_in_an_environment():
    placement = a_placement()

    with pytest.raises(Taken):
        a_placement(placement.application, placement.environment)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"batch_size": 0}, "batch_size"),
        ({"interval_millis": 1}, "interval_millis"),
        ({"deadline_minutes": 0}, "deadline_minutes"),
        ({"strategy": "magic"}, "strategy"),
        ({"stack_name": ""}, "stack_name"),
        ({"service_names": ["app", 3]}, "service_names"),
        ({"answers": {"A": 1}}, "answers"),
        ({"answers": ["A"]}, "answers"),
    ],
)
def test_a_placement_that_makes_no_sense_is_refused(fields, field):
    with pytest.raises(Invalid) as refusal:
        a_placement(**fields)

    assert field in refusal.value.fields


def test_there_is_no_place_to_change_where_nothing_was_placed():
    an_application("JavaService1")
    an_environment("prod")

    with pytest.raises(Unknown, match="JavaService1 has no place in prod"):
        catalog.change_placement(by=SHELL, application="JavaService1", environment="prod", batch_size=2)
