"""Environments: policy and lock are changed on the record."""

import pytest

from deploytickets.audit.errors import Invalid, Unknown
from deploytickets.audit.queries import history
from deploytickets.catalog import services as catalog
from deploytickets.catalog.errors import Taken
from deploytickets.catalog.models import Environment
from tests.builders import SHELL, a_person, a_server, actor_of, an_environment

pytestmark = pytest.mark.django_db


def test_the_default_policy_is_the_careful_one():
    environment = an_environment("prod")

    assert environment.approvals_required == 1
    assert environment.four_eyes
    assert environment.developer_verifies
    assert environment.ops_verifies
    assert (environment.start, environment.at_deadline) == ("automatic", "ask")


def test_a_change_of_policy_says_what_was_and_what_is():
    an_environment("prod")

    catalog.change_policy(
        by=actor_of(a_person(name="alma")), name="prod", approvals_required=2, four_eyes=True
    )

    assert Environment.objects.get().approvals_required == 2
    event = history("environment", "prod").last()
    assert (event.action, event.by_name) == ("environment.policy_changed", "Alma")
    assert (event.before, event.after) == ({"approvals_required": 1}, {"approvals_required": 2})


@pytest.mark.parametrize(
    "change",
    [
        {"approvals_required": 11},
        {"approvals_required": -1},
        {"start": "whenever"},
        {"approval_lasts_hours": 0},
        {"at_deadline": "panic"},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(change):
    an_environment("prod")

    with pytest.raises(Invalid) as refusal:
        catalog.change_policy(by=SHELL, name="prod", **change)

    assert list(refusal.value.fields) == list(change)
    assert history("environment", "prod").count() == 1


def test_a_policy_change_cannot_point_the_environment_elsewhere():
    an_environment("prod", rancher_id="1a5")

    for change in ({"rancher_id": "1a7"}, {"server": "other"}, {"locked_at": None}, {"pk": 7}):
        with pytest.raises(Invalid):
            catalog.change_policy(by=SHELL, name="prod", **change)

    assert Environment.objects.get().rancher_id == "1a5"


def test_a_lock_needs_a_reason_and_says_who_set_it():
    an_environment("prod")
    olga = actor_of(a_person(name="olga"))

    with pytest.raises(Invalid):
        catalog.lock(by=olga, name="prod", reason=" ")
    environment = catalog.lock(by=olga, name="prod", reason="audit week")

    assert environment.is_locked
    assert (environment.locked_by, environment.locked_reason) == ("Olga", "audit week")
    catalog.unlock(by=olga, name="prod")
    catalog.unlock(by=olga, name="prod")
    assert not Environment.objects.get().is_locked
    assert [event.action for event in history("environment", "prod")] == [
        "environment.added",
        "environment.locked",
        "environment.unlocked",
    ]


def test_a_project_is_one_environment():
    server = a_server("main")
    an_environment("prod", server=server, rancher_id="1a5")

    with pytest.raises(Taken):
        an_environment("prod2", server=server, rancher_id="1a5")
    with pytest.raises(Unknown):
        catalog.add_environment(by=SHELL, name="dev", server="nowhere", rancher_id="1a6")


@pytest.mark.parametrize("rancher_id", ["1a5/apps", "/env/1a5", "not an id", "1a5?"])
def test_an_environment_under_which_rancher_cannot_be_asked_is_refused(rancher_id):
    with pytest.raises(Invalid) as refusal:
        an_environment("prod", rancher_id=rancher_id)

    assert list(refusal.value.fields) == ["rancher_id"]


def test_the_order_of_promotion_can_be_changed():
    an_environment("prod")

    catalog.change_environment(by=SHELL, name="prod", position=3)

    assert Environment.objects.get().position == 3
