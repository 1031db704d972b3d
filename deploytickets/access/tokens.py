"""Personal tokens: shown once, kept as a hash, acting as their owner within their scopes."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import Q
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from deploytickets import clock
from deploytickets.access.errors import NotAllowed
from deploytickets.access.models import Token, User
from deploytickets.access.services import PERSON
from deploytickets.audit import outbox
from deploytickets.audit.actors import Actor
from deploytickets.audit.errors import Invalid, Unknown
from deploytickets.audit.services import record

LONGEST = timedelta(days=366)
USE_IS_NOTED_EVERY = timedelta(minutes=1)
_MARK = "dt"


class Scope(StrEnum):
    """What a token may do: read; file, edit, comment and cancel its owner's tickets; decide."""

    READ = "read"
    FILE = "file"
    DECIDE = "decide"


@transaction.atomic
def issue(*, by: Actor, name: str, scopes: Iterable[Scope | str], lasts: timedelta) -> tuple[Token, str]:
    """A new token of `by`, and its text, which is shown this once and can never be read again.

    Raises:
        NotAllowed: `by` came with a token: one cannot make another that is wider or lives longer.
        Invalid: no name, no or unknown scopes, or longer than a year.
    """
    now = clock.now()
    owner = _owner(by)
    if by.token_id is not None:
        raise NotAllowed(_("A token cannot make tokens. Sign in to make one."))
    name = name.strip()
    granted = _scopes(scopes)
    problems = {
        "name": "" if 0 < len(name) <= 100 else _("Please give it a name of at most 100 characters."),
        "scopes": "" if granted else _("Choose at least one of read, file and decide."),
        "lasts": "" if timedelta() < lasts <= LONGEST else _("A token lasts a year at most."),
    }
    if any(problems.values()):
        raise Invalid({field: sentence for field, sentence in problems.items() if sentence})
    prefix = secrets.token_hex(4)
    plain = f"{_MARK}_{prefix}_{secrets.token_urlsafe(32)}"
    token = Token.objects.create(
        owner=owner,
        name=name,
        prefix=prefix,
        digest=_digest(plain),
        scopes=[scope.value for scope in granted],
        password_stamp=_password_stamp(owner),
        created_at=now,
        expires_at=now + lasts,
    )
    _tell("person.token_issued", token, by, now)
    return token, plain


def authenticate(plain: str) -> tuple[User, Token] | None:
    """Whose token this text is; None when it is unknown, revoked, expired, or died with its owner's password.

    Also None when the owner was disabled. Notes the use, at most once a minute.
    """
    token = Token.objects.select_related("owner").filter(digest=_digest(plain)).first()
    if token is None or token.revoked_at is not None or not token.owner.may_be_used:
        return None
    if not constant_time_compare(token.password_stamp, _password_stamp(token.owner)):
        return None
    now = clock.now()
    if token.expires_at <= now:
        return None
    if token.last_used_at is None or token.last_used_at <= now - USE_IS_NOTED_EVERY:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - USE_IS_NOTED_EVERY)
        Token.objects.filter(stale, pk=token.pk).update(last_used_at=now)
        token.last_used_at = now
    return token.owner, token


@transaction.atomic
def revoke(token_id: int, *, by: Actor) -> Token:
    """End one of one's own tokens.

    Raises:
        NotAllowed: `by` came with another token: a stolen one must not end those that are still good.
        Unknown: `by` has no such token.
    """
    now = clock.now()
    owner = _owner(by)
    if by.token_id not in (None, token_id):
        raise NotAllowed(_("A token can end only itself. Sign in to end others."))
    token = Token.objects.select_for_update().filter(pk=token_id, owner=owner).first()
    if token is None:
        raise Unknown(_("You have no such token."))
    if token.revoked_at is None:
        token.revoked_at = now
        token.save(update_fields=["revoked_at"])
        _tell("person.token_revoked", token, by, now)
    return token


def _owner(by: Actor) -> User:
    """The acting person, locked: their chain of events is written."""
    if by.user_id is None:
        raise NotAllowed(_("Only people have tokens."))
    return User.objects.select_for_update().get(pk=by.user_id)


def _tell(action: str, token: Token, by: Actor, now: datetime) -> None:
    outbox.put(
        record(
            action,
            subject_kind=PERSON,
            subject_key=token.owner.username,
            by=by,
            now=now,
            token=token.prefix,
            name=token.name,
            scopes=list(token.scopes),
        )
    )


def _digest(plain: str) -> str:
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def _password_stamp(owner: User) -> str:
    """Changes whenever the stored password does; of no use to who reads it."""
    return salted_hmac("deploytickets.token", owner.password, algorithm="sha256").hexdigest()


def _scopes(scopes: Iterable[Scope | str]) -> list[Scope]:
    try:
        chosen = {Scope(scope) for scope in scopes}
    except ValueError:
        return []
    return [scope for scope in Scope if scope in chosen]
