"""Demo people, whose passwords everybody knows, exist in the demo only; it answers its own machine only."""

from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.http import HttpResponse
from django.test import Client, RequestFactory

from deploytickets.access import services, tokens
from deploytickets.access.tokens import Scope
from deploytickets.audit.actors import Actor, ActorKind, Through
from deploytickets.web.middleware import OnlyThisMachine
from tests.builders import actor_of

DEMO = Actor(ActorKind.SYSTEM, "demo", Through.COMMAND)
PASSWORD = "mina-of-the-demo"


@pytest.fixture
def mina(db):
    return services.create_person(by=DEMO, username="mina", password=PASSWORD, is_demo=True)


@pytest.mark.parametrize("is_demo_mode", [True, False])
def test_a_demo_person_signs_in_in_demo_mode_only(mina, settings, is_demo_mode):
    settings.DEMO = is_demo_mode

    assert (authenticate(None, username="mina", password=PASSWORD) is not None) is is_demo_mode


def test_a_session_of_a_demo_person_ends_with_the_demo(mina, settings):
    settings.DEMO = True
    browser = Client()
    browser.force_login(mina)
    assert browser.get("/").status_code == 200

    settings.DEMO = False

    assert browser.get("/").status_code == 302


def test_a_token_of_a_demo_person_ends_with_the_demo(mina, settings):
    settings.DEMO = True
    _, text = tokens.issue(by=actor_of(mina), name="story", scopes=[Scope.READ], lasts=timedelta(days=1))
    assert tokens.authenticate(text) is not None

    settings.DEMO = False

    assert tokens.authenticate(text) is None


@pytest.mark.parametrize(
    ("address", "status"),
    [("127.0.0.1", 200), ("::1", 200), ("192.168.1.7", 403), ("203.0.113.9", 403), ("", 403)],
)
def test_the_demo_answers_its_own_machine_only(address, status):
    guarded = OnlyThisMachine(lambda request: HttpResponse("page"))

    assert guarded(RequestFactory().get("/", REMOTE_ADDR=address)).status_code == status
