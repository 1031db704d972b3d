"""Proving who one is by name and password, and slowing down those who guess.

Failures are events of the audit log, and the log is what is counted: so the limit holds for all
processes together and survives a restart.
"""

from datetime import datetime, timedelta

from django.contrib.auth import authenticate
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from deploytickets import clock
from deploytickets.access.models import User
from deploytickets.audit.actors import Actor, ActorKind, Through
from deploytickets.audit.errors import DomainError
from deploytickets.audit.models import Event
from deploytickets.audit.services import record

FAILED = "person.sign_in_failed"
NOT_CONFIRMED = "person.password_not_confirmed"
SIGNED_IN = "person.signed_in"
WITHIN = timedelta(minutes=15)
MOST_PER_ACCOUNT = 10
MOST_PER_ADDRESS = 50


class NotRecognised(DomainError):
    """Name and password do not belong together, or the account is disabled: which, is not said."""


class TooManyTries(DomainError):
    """Too many failures for this name or from this address lately."""


def prove(request: HttpRequest, *, username: str, password: str, address: str) -> User:
    """The person whose name and password these are; the caller opens the session.

    Raises:
        TooManyTries: the password was not looked at; nor does this try count as one.
        NotRecognised: wrong, unknown or disabled.
    """
    now = clock.now()
    account = User.objects.filter(username=username).only("pk", "username").first()
    kind, key = _subject(account, username)
    _require_tries_left(kind, key, address, now)
    user = authenticate(request, username=username, password=password)
    if not isinstance(user, User):
        by = Actor(ActorKind.OUTSIDE, "unknown", Through.PAGE, address=address)
        _remember_failure(FAILED, kind, key, by, now)
        raise NotRecognised(
            _(
                "This name and password do not belong together, or the account is disabled. "
                "Mind upper and lower case."
            )
        )
    by = Actor(ActorKind.PERSON, str(user), Through.PAGE, user_id=user.pk, address=address)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        record(SIGNED_IN, subject_kind="person", subject_key=user.username, by=by, now=now)
    return user


def confirm(user: User, *, password: str, by: Actor) -> bool:
    """Is this the present password of the signed-in person? Failures count with those of the sign-in.

    Whoever sits down at an open session must not guess without end.

    Raises TooManyTries: the password was not looked at.
    """
    now = clock.now()
    kind, key = _subject(user, user.username)
    _require_tries_left(kind, key, by.address, now)
    if user.check_password(password):
        return True
    _remember_failure(NOT_CONFIRMED, kind, key, by, now)
    return False


def _subject(account: User | None, username: str) -> tuple[str, str]:
    """Whose failures are counted: the account's, else those of the name, which is no account's.

    The limit holds for both alike, or it would tell which accounts there are. What was typed as a
    name may be a password: it is kept only as what it cannot be read from without SECRET_KEY.
    """
    if account is not None:
        return "person", account.username
    typed = salted_hmac("deploytickets.access.sign_in", username, algorithm="sha256")
    return "sign-in", typed.hexdigest()[:16]


def _require_tries_left(kind: str, key: str, address: str, now: datetime) -> None:
    if _tries_are_used_up(kind, key, address, now):
        raise TooManyTries(
            _(
                "The password was wrong too often. Wait 15 minutes and try again, "
                "or ask an administrator for a new password."
            )
        )


def _tries_are_used_up(kind: str, key: str, address: str, now: datetime) -> bool:
    failures = Event.objects.filter(action__in=(FAILED, NOT_CONFIRMED), at__gte=now - WITHIN)
    if address and failures.filter(address=address).count() >= MOST_PER_ADDRESS:
        return True
    signed_in = Event.objects.filter(
        action=SIGNED_IN, subject_kind=kind, subject_key=key, at__gte=now - WITHIN
    ).order_by("-at")
    since = signed_in.values_list("at", flat=True).first()
    mine = failures.filter(subject_kind=kind, subject_key=key)
    return (mine.filter(at__gt=since) if since else mine).count() >= MOST_PER_ACCOUNT


def _remember_failure(action: str, kind: str, key: str, by: Actor, now: datetime) -> None:
    for _try in range(3):
        try:
            with transaction.atomic():
                if kind == "person":
                    User.objects.select_for_update().get(username=key)
                record(action, subject_kind=kind, subject_key=key, by=by, now=now)
        except IntegrityError:
            # Another failure of the same name took the number; a name without account has no row to lock.
            continue
        return
