"""What is for administrators only: everything that could change who may do what (the whole matrix)."""

import inspect

import pytest

from deploytickets.access import administration
from deploytickets.access.errors import NotAllowed
from deploytickets.access.models import User
from deploytickets.access.roles import Role
from deploytickets.audit.actors import SYSTEM
from deploytickets.audit.models import Event
from tests.builders import PASSWORD, SHELL, a_person, a_placement, actor_of, an_application, an_environment

pytestmark = pytest.mark.django_db

KEYS = {"access_key": "a", "secret_key": "b"}

EVERYWHERE = {
    "add_server": {"name": "second", "base_url": "https://rancher.abc.net", **KEYS},
    "change_server": {"name": "main", **KEYS},
    "add_environment": {"name": "dev", "server": "main", "rancher_id": "1a99"},
    "change_environment": {"name": "prod", "position": 2},
    "add_application": {"name": "JavaService2", "image_repository": "registry.abc.net/two"},
    "change_application": {"name": "JavaService1", "team": "Payments"},
    "create_person": {"username": "new", "password": PASSWORD},
    "disable_person": {"username": "victim"},
    "enable_person": {"username": "victim"},
    "set_password": {"username": "victim", "password": "another horse battery"},
}
IN_ONE = {
    "change_policy": {"name": "prod", "approvals_required": 0},
    "lock": {"name": "prod", "reason": "audit week"},
    "unlock": {"name": "prod"},
    "add_placement": {"application": "JavaService0", "environment": "prod", "stack_name": "s"},
    "change_placement": {"application": "JavaService1", "environment": "prod", "batch_size": 2},
    "grant": {"username": "victim", "role": "ops", "environment": "prod"},
    "revoke_grant": {"username": "victim", "environment": "prod"},
}
ALL = {**EVERYWHERE, **IN_ONE}


@pytest.fixture
def prod(db, a_server):
    environment = an_environment("prod", server=a_server("main"))
    a_placement(an_application("JavaService1"), environment)
    an_application("JavaService0")
    a_person(Role.VIEWER, environment, name="victim")
    return environment


def call(name, by):
    return getattr(administration, name)(by=by, **ALL[name])


def test_the_matrix_holds_every_function_that_changes_something():
    public = {
        name
        for name, function in inspect.getmembers(administration, inspect.isfunction)
        if function.__module__ == administration.__name__ and not name.startswith(("_", "may_", "require_"))
    }

    assert public == set(ALL)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("role", [None, Role.VIEWER, Role.DEVELOPER, Role.OPS])
def test_nobody_but_administrators(prod, name, role):
    a_person(Role.ADMIN, name="alma")
    person = a_person(role)
    events = Event.objects.count()

    with pytest.raises(NotAllowed) as refusal:
        call(name, actor_of(person))

    assert refusal.value.who_may == ("Alma",)
    assert Event.objects.count() == events


@pytest.mark.parametrize("name", ALL)
def test_administrators_of_everything_may_do_everything(prod, name):
    call(name, actor_of(a_person(Role.ADMIN)))


@pytest.mark.parametrize("name", ALL)
def test_a_token_administrates_nothing(prod, name):
    alma = a_person(Role.ADMIN)

    with pytest.raises(NotAllowed, match="token"):
        call(name, actor_of(alma, scopes=["read", "file", "decide"]))


@pytest.mark.parametrize("name", ALL)
def test_an_administrator_of_one_environment_administrates_that_one_only(prod, name):
    of_prod, of_dev = a_person(Role.ADMIN, prod), a_person(Role.ADMIN, an_environment("stage"))

    if name in IN_ONE:
        call(name, actor_of(of_prod))
    else:
        with pytest.raises(NotAllowed):
            call(name, actor_of(of_prod))
    with pytest.raises(NotAllowed):
        call(name, actor_of(of_dev))


def test_an_administrator_of_one_environment_grants_nothing_everywhere(prod):
    with pytest.raises(NotAllowed):
        administration.grant(by=actor_of(a_person(Role.ADMIN, prod)), username="victim", role=Role.OPS)


def test_the_superuser_of_django_administrates_nothing(prod):
    root = a_person(None)
    User.objects.filter(pk=root.pk).update(is_superuser=True)

    with pytest.raises(NotAllowed):
        administration.change_policy(by=actor_of(root), name="prod", approvals_required=0)


def test_a_worker_administrates_nothing_but_a_command_may(prod):
    with pytest.raises(NotAllowed):
        administration.unlock(by=SYSTEM, name="prod")

    administration.unlock(by=SHELL, name="prod")


def test_everybody_may_set_their_own_password_but_not_with_a_token(prod):
    olga = a_person(Role.OPS, name="olga")

    administration.set_password(by=actor_of(olga), username="olga", password="another horse battery")
    with pytest.raises(NotAllowed):
        administration.set_password(
            by=actor_of(olga, scopes=["decide"]), username="olga", password="third horse battery"
        )
