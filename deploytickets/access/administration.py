"""What administrators do: asks whether `by` may, then calls the service that does it.

Servers, applications, people and new environments need the role admin everywhere; policy, lock and
placements of one environment need it there. Tokens administrate nothing. A command on the server's
own shell may do everything: that is how the first administrator is made.
"""

from typing import Any

from django.utils.translation import gettext as _

from deploytickets.access import services
from deploytickets.access.errors import NotAllowed
from deploytickets.access.models import Grant, User
from deploytickets.access.naming import one_of
from deploytickets.access.queries import role_of
from deploytickets.access.roles import Role
from deploytickets.audit.actors import Actor, ActorKind, Through
from deploytickets.catalog import services as catalog
from deploytickets.catalog.models import Application, Environment, Placement, RancherServer


def may_administrate(by: Actor, environment: str | None = None) -> bool:
    """Is `by` an administrator of the environment; without one: of everything?"""
    if by.kind is ActorKind.SYSTEM and by.through is Through.COMMAND:
        return True
    if by.user_id is None or by.token_id is not None:
        return False
    if role_of(by.user_id, None) is Role.ADMIN:
        return True
    place = Environment.objects.filter(name=environment).first()
    return place is not None and role_of(by.user_id, place.pk) is Role.ADMIN


def require_administrator(by: Actor, environment: str | None = None) -> None:
    """Raises NotAllowed, naming the administrators, unless `may_administrate`."""
    if by.token_id is not None:
        raise NotAllowed(_("A token cannot change settings. Sign in to do it."))
    if may_administrate(by, environment):
        return
    everywhere = Grant.objects.filter(environment=None, role=Role.ADMIN, user__is_active=True)
    names = sorted(str(grant.user) for grant in everywhere.select_related("user"))
    raise NotAllowed(_("This is for administrators: %(people)s.") % {"people": one_of(names)}, who_may=names)


def require_administrator_somewhere(by: Actor) -> None:
    """Raises NotAllowed unless `by` administrates everything or at least one environment."""
    if (
        by.user_id is None
        or by.token_id is not None
        or not Grant.objects.filter(user_id=by.user_id, role=Role.ADMIN, user__is_active=True).exists()
    ):
        require_administrator(by)


def add_server(*, by: Actor, **fields: Any) -> RancherServer:
    """See `catalog.services.add_server`."""
    require_administrator(by)
    return catalog.add_server(by=by, **fields)


def change_server(*, by: Actor, name: str, **changes: Any) -> RancherServer:
    """See `catalog.services.change_server`."""
    require_administrator(by)
    return catalog.change_server(by=by, name=name, **changes)


def add_environment(*, by: Actor, **fields: Any) -> Environment:
    """See `catalog.services.add_environment`."""
    require_administrator(by)
    return catalog.add_environment(by=by, **fields)


def change_environment(*, by: Actor, name: str, position: int) -> Environment:
    """See `catalog.services.change_environment`."""
    require_administrator(by)
    return catalog.change_environment(by=by, name=name, position=position)


def change_policy(*, by: Actor, name: str, **changes: Any) -> Environment:
    """See `catalog.services.change_policy`."""
    require_administrator(by, name)
    return catalog.change_policy(by=by, name=name, **changes)


def lock(*, by: Actor, name: str, reason: str) -> Environment:
    """See `catalog.services.lock`."""
    require_administrator(by, name)
    return catalog.lock(by=by, name=name, reason=reason)


def unlock(*, by: Actor, name: str) -> Environment:
    """See `catalog.services.unlock`."""
    require_administrator(by, name)
    return catalog.unlock(by=by, name=name)


def add_application(*, by: Actor, **fields: Any) -> Application:
    """See `catalog.services.add_application`."""
    require_administrator(by)
    return catalog.add_application(by=by, **fields)


def change_application(*, by: Actor, name: str, **changes: Any) -> Application:
    """See `catalog.services.change_application`."""
    require_administrator(by)
    return catalog.change_application(by=by, name=name, **changes)


def add_placement(*, by: Actor, environment: str, **fields: Any) -> Placement:
    """See `catalog.services.add_placement`."""
    require_administrator(by, environment)
    return catalog.add_placement(by=by, environment=environment, **fields)


def change_placement(*, by: Actor, environment: str, **changes: Any) -> Placement:
    """See `catalog.services.change_placement`."""
    require_administrator(by, environment)
    return catalog.change_placement(by=by, environment=environment, **changes)


def create_person(*, by: Actor, **fields: Any) -> User:
    """See `services.create_person`."""
    require_administrator(by)
    return services.create_person(by=by, **fields)


def grant(*, by: Actor, username: str, role: Role | str, environment: str | None = None) -> Grant:
    """See `services.grant`. Roles in one environment are given by its administrators."""
    require_administrator(by, environment)
    return services.grant(by=by, username=username, role=role, environment=environment)


def revoke_grant(*, by: Actor, username: str, environment: str | None = None) -> None:
    """See `services.revoke_grant`."""
    require_administrator(by, environment)
    services.revoke_grant(by=by, username=username, environment=environment)


def disable_person(*, by: Actor, username: str) -> User:
    """See `services.disable_person`."""
    require_administrator(by)
    return services.disable_person(by=by, username=username)


def enable_person(*, by: Actor, username: str) -> User:
    """See `services.enable_person`."""
    require_administrator(by)
    return services.enable_person(by=by, username=username)


def set_password(*, by: Actor, username: str, password: str) -> User:
    """See `services.set_password`. Everybody may change their own, when signed in."""
    is_own = by.user_id is not None and User.objects.filter(pk=by.user_id, username=username).exists()
    if not is_own or by.token_id is not None:
        require_administrator(by)
    return services.set_password(by=by, username=username, password=password)
