"""Encryption at rest of what must not be read from a copy of the database.

Rancher's credentials, compose files and their answers, complete launch configs (they hold variables
in clear) and surveys are stored as Fernet tokens under the keys of `settings.FIELD_KEYS`: the first
encrypts, all decrypt, so that a key is rotated by putting a new one in front.
"""

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    JSONText = models.TextField[Any, Any]
else:
    JSONText = models.TextField


class UnreadableSecret(Exception):
    """A stored value was encrypted with a key that FIELD_KEYS no longer holds."""


@cache
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(value: Any) -> str:
    """The JSON value as a Fernet token under the newest key."""
    plain = json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
    return _fernet(tuple(settings.FIELD_KEYS)).encrypt(plain).decode()


def decrypt(token: str) -> Any:
    """What `encrypt` was given.

    Raises:
        UnreadableSecret: none of FIELD_KEYS opens it.
    """
    try:
        return json.loads(_fernet(tuple(settings.FIELD_KEYS)).decrypt(token.encode()))
    except InvalidToken:
        raise UnreadableSecret("A stored secret cannot be read with the keys in FIELD_KEYS.") from None


def rotate(token: str) -> str:
    """The same value under the newest key."""
    return _fernet(tuple(settings.FIELD_KEYS)).rotate(token.encode()).decode()


class EncryptedJSONField(JSONText):
    """A JSON value that the database only ever sees encrypted; it cannot be searched or compared."""

    if TYPE_CHECKING:
        _pyi_private_set_type: Any
        _pyi_private_get_type: Any

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else encrypt(value)

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Any:
        return None if value is None else decrypt(value)

    def to_python(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: models.Model) -> str:
        return encrypt(self.value_from_object(obj))
