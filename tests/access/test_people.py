"""People, their grants and passwords: each change an event, and never the last administrator gone."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from deploytickets.access import services as access
from deploytickets.access.errors import LastAdministrator
from deploytickets.access.models import Grant, User
from deploytickets.access.queries import role_of
from deploytickets.access.roles import Role
from deploytickets.audit.errors import Invalid, Unknown
from deploytickets.audit.queries import history
from tests.at_once import at_once
from tests.builders import PASSWORD, SHELL, a_person, an_environment

pytestmark = pytest.mark.django_db


def actions(person):
    return [event.action for event in history("person", person.username)]


def test_a_new_person_has_no_role_and_can_be_told_apart():
    person = access.create_person(by=SHELL, username="may", password=PASSWORD, display_name="陳美玲")

    assert str(person) == "陳美玲"
    assert person.check_password(PASSWORD)
    assert role_of(person.pk, None) is None
    assert actions(person) == ["person.created"]


@pytest.mark.parametrize(
    ("username", "password", "field"),
    [
        ("may", "short", "password"),
        ("may", "password1234", "password"),
        ("", PASSWORD, "username"),
        ("m y", PASSWORD, "username"),
    ],
)
def test_a_person_needs_a_name_and_a_password_that_is_not_guessed(username, password, field):
    with pytest.raises(Invalid) as refusal:
        access.create_person(by=SHELL, username=username, password=password)

    assert list(refusal.value.fields) == [field]


def test_a_name_is_taken_once():
    a_person(name="may")

    with pytest.raises(Invalid) as refusal:
        access.create_person(by=SHELL, username="may", password=PASSWORD)

    assert "username" in refusal.value.fields


def test_a_new_role_replaces_the_one_held_there():
    prod = an_environment("prod")
    olga = a_person(Role.DEVELOPER, prod)

    access.grant(by=SHELL, username=olga.username, role="ops", environment="prod")

    assert Grant.objects.get(user=olga).role == "ops"
    event = history("person", olga.username).last()
    assert (event.before, event.after) == ({"role": "developer"}, {"role": "ops"})
    assert event.details == {"environment": "prod"}


def test_granting_what_is_held_already_is_no_event():
    olga = a_person(Role.OPS)
    before = actions(olga)

    access.grant(by=SHELL, username=olga.username, role=Role.OPS)

    assert actions(olga) == before


def test_a_revoked_role_is_gone():
    olga = a_person(Role.OPS)

    access.revoke_grant(by=SHELL, username=olga.username)
    access.revoke_grant(by=SHELL, username=olga.username)

    assert role_of(olga.pk, None) is None
    assert actions(olga)[-1] == "person.revoked"
    assert actions(olga).count("person.revoked") == 1


@pytest.mark.parametrize(
    "ending",
    [
        lambda name: access.revoke_grant(by=SHELL, username=name),
        lambda name: access.disable_person(by=SHELL, username=name),
        lambda name: access.grant(by=SHELL, username=name, role=Role.OPS),
    ],
    ids=["revoke", "disable", "demote"],
)
def test_the_last_administrator_stays_one(ending):
    alma = a_person(Role.ADMIN, name="alma")
    with pytest.raises(LastAdministrator, match="Alma is the last"):
        ending("alma")
    assert role_of(alma.pk, None) is Role.ADMIN

    a_person(Role.ADMIN)
    ending("alma")
    assert role_of(alma.pk, None) is not Role.ADMIN


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end", [access.revoke_grant, access.disable_person])
def test_two_administrators_cannot_remove_each_other_at_once(end):
    for name in ("alma", "abel"):
        a_person(Role.ADMIN, name=name)

    outcomes = at_once(lambda: end(by=SHELL, username="alma"), lambda: end(by=SHELL, username="abel"))

    assert [type(error) for error in outcomes.errors] == [LastAdministrator]
    assert Grant.objects.filter(role="admin", user__is_active=True).count() == 1


def test_a_disabled_person_can_be_enabled_again():
    olga = a_person(Role.OPS)
    access.disable_person(by=SHELL, username=olga.username)
    access.enable_person(by=SHELL, username=olga.username)

    assert role_of(olga.pk, None) is Role.OPS
    assert actions(olga)[-2:] == ["person.disabled", "person.enabled"]


def test_a_password_never_gets_into_the_log():
    olga = a_person(Role.OPS)
    access.set_password(by=SHELL, username=olga.username, password="canary horse battery")

    events = history("person", olga.username)
    assert events.last().action == "person.password_set"
    told = str([(event.before, event.after, event.details) for event in events])
    assert "canary" not in told
    assert "md5" not in told


def test_unknown_people_places_and_roles_are_refused():
    with pytest.raises(Unknown):
        access.grant(by=SHELL, username="nobody", role=Role.OPS)
    olga = a_person(Role.OPS)
    with pytest.raises(Unknown):
        access.grant(by=SHELL, username=olga.username, role=Role.OPS, environment="nowhere")
    with pytest.raises(Invalid):
        access.grant(by=SHELL, username=olga.username, role="king")


def test_the_first_administrator_is_made_by_a_command(monkeypatch):
    monkeypatch.setenv("ADMIN_PASSWORD", PASSWORD)
    out = StringIO()

    call_command("create_admin", "alma", name="Alma", stdout=out)

    assert role_of(User.objects.get(username="alma").pk, None) is Role.ADMIN
    assert "alma" in out.getvalue()


def test_the_command_makes_nobody_with_a_password_that_is_guessed(monkeypatch):
    monkeypatch.setenv("ADMIN_PASSWORD", "short")

    with pytest.raises(CommandError):
        call_command("create_admin", "alma")

    assert not User.objects.exists()
