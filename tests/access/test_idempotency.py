"""The same request sent twice has one effect and one answer, for a day (I16)."""

from datetime import timedelta

import pytest
from django.db import transaction

from deploytickets import clock
from deploytickets.access import idempotency
from deploytickets.access.errors import KeyReused
from deploytickets.access.idempotency import Answer
from deploytickets.access.models import IdempotencyKey
from deploytickets.access.tasks import forget_old_keys
from deploytickets.audit.errors import Invalid
from tests.at_once import at_once
from tests.builders import a_person, a_placement, file_ticket

pytestmark = pytest.mark.django_db

ONE, OTHER = "1" * 64, "2" * 64


def send(person, effect, key="build-482", digest=ONE, now=None):
    with transaction.atomic():
        answer = idempotency.begin(user_id=person.pk, key=key, request_digest=digest, now=now or clock.now())
        if answer is None:
            answer = Answer(201, {"key": effect()})
            idempotency.remember(user_id=person.pk, key=key, status=answer.status, body=answer.body)
        return answer


@pytest.fixture
def effects():
    return []


@pytest.fixture
def effect(effects):
    def cause():
        effects.append("once")
        return f"DEPLOY-{len(effects)}"

    return cause


def test_a_repetition_has_no_effect_and_gets_the_same_answer(anna, effect, effects):
    assert send(anna, effect) == send(anna, effect) == Answer(201, {"key": "DEPLOY-1"})
    assert effects == ["once"]


def test_the_same_key_for_another_request_is_refused(anna, effect, effects):
    send(anna, effect)

    with pytest.raises(KeyReused):
        send(anna, effect, digest=OTHER)

    assert effects == ["once"]


def test_keys_of_different_people_have_nothing_to_do_with_each_other(anna, olga, effect, effects):
    send(anna, effect)
    send(olga, effect, digest=OTHER)

    assert len(effects) == 2


def test_a_request_that_failed_leaves_the_key_free(anna, effect, effects):
    def fail():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        send(anna, fail)

    send(anna, effect)
    assert effects == ["once"]


def test_after_a_day_the_key_is_forgotten(anna, effect, effects):
    now = clock.now()
    send(anna, effect, now=now)
    send(anna, effect, now=now + timedelta(hours=23, minutes=59))
    assert effects == ["once"]

    send(anna, effect, now=now + timedelta(hours=24))
    assert len(effects) == 2


def test_old_keys_are_deleted(anna, effect):
    send(anna, effect, key="old", now=clock.now() - timedelta(hours=25))
    send(anna, effect, key="new")

    forget_old_keys()

    assert IdempotencyKey.objects.get().key == "new"


@pytest.mark.parametrize("key", ["", "x" * 201, "ü", "a\nb"])
def test_a_key_is_short_and_printable(anna, effect, key):
    with pytest.raises(Invalid):
        send(anna, effect, key=key)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(3))
def test_two_at_once_file_one_ticket(_round):
    anna, placement = a_person("developer"), a_placement()

    def file():
        return send(anna, lambda: file_ticket(by=anna, placement=placement, with_plan=False).key, digest=ONE)

    outcomes = at_once(file, file)

    assert outcomes.errors == []
    assert outcomes.values[0] == outcomes.values[1]
    assert placement.tickets.count() == 1
