"""Who may do what where."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet

from deploytickets.access.models import Grant, User
from deploytickets.access.roles import Role
from deploytickets.catalog.models import Application, Environment, Placement


def role_of(user_id: int | None, environment_id: int | None) -> Role | None:
    """The person's highest role in the environment; without an environment: the role held everywhere.

    None for nobody, for a disabled account and where nothing was granted. Being Django's
    superuser counts for nothing here.
    """
    if user_id is None:
        return None
    grants = Grant.objects.filter(_in(environment_id), user_id=user_id, user__is_active=True)
    return highest(grants.values_list("role", flat=True))


def roles_of(user_id: int) -> Mapping[int, Role]:
    """The person's highest role in every environment that they see, by its id; two queries."""
    grants = list(
        Grant.objects.filter(user_id=user_id, user__is_active=True).values_list("environment_id", "role")
    )
    roles: dict[int, Role] = {}
    for environment_id in visible_environments(user_id).values_list("pk", flat=True):
        role = highest(name for place, name in grants if place in (None, environment_id))
        if role is not None:
            roles[environment_id] = role
    return roles


def roles_in(environment_id: int) -> Mapping[int, Role]:
    """The highest role in the environment of every active person who has one, by user id."""
    roles: dict[int, Role] = {}
    grants = Grant.objects.filter(_in(environment_id), user__is_active=True)
    for user_id, name in grants.values_list("user_id", "role"):
        role = Role(name)
        if user_id not in roles or role.includes(roles[user_id]):
            roles[user_id] = role
    return roles


def people_with(role: Role, environment: Environment) -> list[User]:
    """The active people who hold at least this role in the environment, by name."""
    names = [other.value for other in Role if other.includes(role)]
    people = User.objects.filter(
        Q(grants__environment=environment) | Q(grants__environment__isnull=True),
        grants__role__in=names,
        is_active=True,
    ).distinct()
    return sorted(people, key=str)


def visible_environments(user_id: int | None) -> QuerySet[Environment]:
    """The environments in which the person has any role, in order of promotion."""
    if user_id is None:
        return Environment.objects.none()
    grants = Grant.objects.filter(user_id=user_id, user__is_active=True)
    if grants.filter(environment__isnull=True).exists():
        return Environment.objects.all()
    return Environment.objects.filter(pk__in=grants.values("environment_id"))


def visible_applications(user_id: int | None) -> QuerySet[Application]:
    """The applications that lie in an environment in which the person has any role, by name."""
    placements = Placement.objects.filter(environment__in=visible_environments(user_id))
    return Application.objects.filter(pk__in=placements.values("application_id")).order_by("name")


def highest(names: Any) -> Role | None:
    """The role that includes all others of these."""
    return max((Role(name) for name in names), key=lambda role: role.rank, default=None)


def _in(environment_id: int | None) -> Q:
    everywhere = Q(environment__isnull=True)
    return everywhere if environment_id is None else everywhere | Q(environment_id=environment_id)
