"""Who holds which role where."""

import pytest

from deploytickets.access import services as access
from deploytickets.access.queries import people_with, role_of, roles_in, visible_environments
from deploytickets.access.roles import Role
from tests.builders import SHELL, a_person, an_environment

pytestmark = pytest.mark.django_db


def test_a_role_holds_in_its_environment_only():
    prod, dev = an_environment("prod"), an_environment("dev")
    olga = a_person(Role.OPS, prod)

    assert role_of(olga.pk, prod.pk) is Role.OPS
    assert role_of(olga.pk, dev.pk) is None
    assert role_of(olga.pk, None) is None


def test_a_role_held_everywhere_holds_in_each_environment():
    prod = an_environment("prod")
    olga = a_person(Role.OPS)

    assert role_of(olga.pk, prod.pk) is Role.OPS
    assert role_of(olga.pk, None) is Role.OPS


@pytest.mark.parametrize(("here", "everywhere"), [(Role.OPS, Role.VIEWER), (Role.VIEWER, Role.OPS)])
def test_of_two_roles_the_higher_counts(here, everywhere):
    prod = an_environment("prod")
    person = a_person(here, prod)
    access.grant(by=SHELL, username=person.username, role=everywhere)

    assert role_of(person.pk, prod.pk) is Role.OPS
    assert roles_in(prod.pk)[person.pk] is Role.OPS


def test_nobody_and_disabled_accounts_have_no_role():
    prod = an_environment("prod")
    olga = a_person(Role.OPS)
    access.disable_person(by=SHELL, username=olga.username)

    assert role_of(None, prod.pk) is None
    assert role_of(olga.pk, prod.pk) is None
    assert people_with(Role.OPS, prod) == []
    assert list(visible_environments(olga.pk)) == []
    assert roles_in(prod.pk) == {}


def test_the_superuser_of_django_has_no_role_without_a_grant():
    prod = an_environment("prod")
    root = a_person(None)
    type(root).objects.filter(pk=root.pk).update(is_superuser=True, is_staff=True)

    assert role_of(root.pk, prod.pk) is None
    assert list(visible_environments(root.pk)) == []


def test_people_with_a_role_are_those_who_hold_it_or_more_each_once_by_name():
    prod = an_environment("prod")
    zoe = a_person(Role.OPS, prod, name="zoe")
    access.grant(by=SHELL, username="zoe", role=Role.ADMIN)
    bo = a_person(Role.OPS, name="bo")
    a_person(Role.DEVELOPER, prod, name="anna")
    a_person(Role.OPS, an_environment("dev"), name="carl")

    assert people_with(Role.OPS, prod) == [bo, zoe]


def test_environments_in_which_one_has_a_role_are_visible_in_order_of_promotion():
    prod, dev = an_environment("prod", position=2), an_environment("dev", position=1)
    an_environment("secret")
    person = a_person(Role.VIEWER, prod)
    access.grant(by=SHELL, username=person.username, role=Role.OPS, environment="dev")

    assert list(visible_environments(person.pk)) == [dev, prod]
    assert visible_environments(a_person(Role.VIEWER).pk).count() == 3
    assert list(visible_environments(None)) == []


@pytest.mark.parametrize(
    ("role", "includes"),
    [
        (Role.VIEWER, "viewer"),
        (Role.DEVELOPER, "viewer developer"),
        (Role.OPS, "viewer developer ops"),
        (Role.ADMIN, "viewer developer ops admin"),
    ],
)
def test_each_role_includes_those_before_it(role, includes):
    assert [other.value for other in Role if role.includes(other)] == includes.split()
