"""Changing who there is and what they may do. Whether `by` may is asked in `administration`."""

from datetime import datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from deploytickets import clock
from deploytickets.access.errors import LastAdministrator
from deploytickets.access.models import Grant, User
from deploytickets.access.roles import Role
from deploytickets.audit import outbox
from deploytickets.audit.actors import Actor
from deploytickets.audit.errors import Invalid, Unknown
from deploytickets.audit.services import record
from deploytickets.catalog.models import Environment

PERSON = "person"
"""The kind of subject under which the audit log keeps what happens to people, by username."""


@transaction.atomic
def create_person(
    *,
    by: Actor,
    username: str,
    password: str,
    display_name: str = "",
    email: str = "",
    language: str = "",
    is_demo: bool = False,
) -> User:
    """A new person without any role yet. Raises Invalid: the name is taken or the password too weak."""
    now = clock.now()
    person = User(
        username=username.strip(),
        display_name=display_name.strip(),
        email=email.strip(),
        language=language,
        is_demo=is_demo,
    )
    _check_password(password, person)
    person.set_password(password)
    try:
        person.full_clean()
    except ValidationError as error:
        raise Invalid({name: " ".join(texts) for name, texts in error.message_dict.items()}) from None
    person.save()
    _tell("person.created", person, by, after={"display_name": str(person), "is_active": True}, now=now)
    return person


@transaction.atomic
def grant(*, by: Actor, username: str, role: Role | str, environment: str | None = None) -> Grant:
    """Give the person the role in the environment, or everywhere; it replaces the one held there.

    Raises Unknown, Invalid; LastAdministrator when the only one left would be made less.
    """
    now = clock.now()
    role = _role(role)
    person = locked_person(username)
    place = _environment(environment)
    before = Grant.objects.filter(user=person, environment=place).first()
    if before is not None and before.role == role:
        return before
    if before is not None and place is None and before.role == Role.ADMIN:
        _require_another_administrator(person)
    made, _made = Grant.objects.update_or_create(
        user=person, environment=place, defaults={"role": role.value}
    )
    _tell(
        "person.granted",
        person,
        by,
        before={"role": before.role if before else None},
        after={"role": role.value},
        environment=environment,
        now=now,
    )
    return made


@transaction.atomic
def revoke_grant(*, by: Actor, username: str, environment: str | None = None) -> None:
    """Take the person's role in the environment, or the one held everywhere.

    Nothing happens when there is none. Raises Unknown, LastAdministrator.
    """
    now = clock.now()
    person = locked_person(username)
    place = _environment(environment)
    held = Grant.objects.filter(user=person, environment=place).first()
    if held is None:
        return
    if place is None and held.role == Role.ADMIN:
        _require_another_administrator(person)
    held.delete()
    _tell(
        "person.revoked",
        person,
        by,
        before={"role": held.role},
        after={"role": None},
        environment=environment,
        now=now,
    )


@transaction.atomic
def disable_person(*, by: Actor, username: str) -> User:
    """End the account's use at once: its roles count no more, its sessions and tokens never again.

    Raises Unknown, LastAdministrator.
    """
    now = clock.now()
    person = locked_person(username)
    if not person.is_active:
        return person
    if Grant.objects.filter(user=person, environment=None, role=Role.ADMIN).exists():
        _require_another_administrator(person)
    person.is_active = False
    person.save(update_fields=["is_active"])
    # Who enables the account later need not know which of its tokens and sessions were in wrong hands.
    person.tokens.filter(revoked_at__isnull=True).update(revoked_at=now)
    _end_sessions(person, now)
    _tell("person.disabled", person, by, before={"is_active": True}, after={"is_active": False}, now=now)
    return person


@transaction.atomic
def enable_person(*, by: Actor, username: str) -> User:
    """Let a disabled account be used again. Raises Unknown."""
    now = clock.now()
    person = locked_person(username)
    if person.is_active:
        return person
    person.is_active = True
    person.save(update_fields=["is_active"])
    _tell("person.enabled", person, by, before={"is_active": False}, after={"is_active": True}, now=now)
    return person


@transaction.atomic
def set_password(*, by: Actor, username: str, password: str) -> User:
    """Give the account a new password; its tokens die with the old one. Raises Unknown, Invalid."""
    now = clock.now()
    person = locked_person(username)
    _check_password(password, person)
    person.set_password(password)
    person.save(update_fields=["password"])
    _tell("person.password_set", person, by, now=now)
    return person


@transaction.atomic
def record_export(what: str, *, by: Actor, asked: str = "") -> None:
    """Record with the person that they save a whole table: much is read at once.

    Args:
        what: the table, the first part of the event's name.
        asked: the filters as they stand in the address.
    """
    assert by.user_id is not None, "tables are saved from pages, by people"
    person = User.objects.select_for_update().get(pk=by.user_id)
    _tell(f"{what}.exported", person, by, now=clock.now(), asked=asked[:1000])


def locked_person(username: str) -> User:
    """The person with the row locked until the transaction ends. Raises Unknown."""
    person = User.objects.select_for_update().filter(username=username).first()
    if person is None:
        raise Unknown(_("There is nobody with the name “%(name)s”.") % {"name": username[:150]})
    return person


def _end_sessions(person: User, now: datetime) -> None:
    """Whose a session is stands inside of it; as many hold as people signed in lately."""
    ended = [
        session.pk
        for session in Session.objects.filter(expire_date__gt=now).iterator()
        if session.get_decoded().get(SESSION_KEY) == str(person.pk)
    ]
    Session.objects.filter(pk__in=ended).delete()


def _require_another_administrator(person: User) -> None:
    # Locking all their grants keeps two administrators from removing each other in the same moment;
    # who is left is read after the lock was won.
    administrators = Grant.objects.filter(environment=None, role=Role.ADMIN)
    list(administrators.select_for_update().order_by("pk"))
    if not administrators.filter(user__is_active=True).exclude(user=person).exists():
        raise LastAdministrator(
            _("%(name)s is the last administrator. Grant that role to somebody else first.")
            % {"name": person}
        )


def _tell(action: str, person: User, by: Actor, **columns: Any) -> None:
    outbox.put(record(action, subject_kind=PERSON, subject_key=person.username, by=by, **columns))


def _environment(name: str | None) -> Environment | None:
    if name is None:
        return None
    environment = Environment.objects.filter(name=name).first()
    if environment is None:
        raise Unknown(_("There is no environment “%(name)s”.") % {"name": name[:63]})
    return environment


def _role(value: Role | str) -> Role:
    try:
        return Role(value)
    except ValueError:
        raise Invalid({"role": _("There is no such role.")}) from None


def _check_password(password: str, person: User) -> None:
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise Invalid({"password": " ".join(error.messages)}) from None
