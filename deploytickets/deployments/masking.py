"""Hiding secrets in what people are shown: by the name of an entry, and by what a value looks like. Pure.

Rather too much is hidden than too little: a plan is read by everybody who may see the ticket.
"""

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "••••••"

_SECRET_NAME = re.compile(
    r"pass(?!ive|enger|port_?no)|pwd|secret|token|key|credential|private|auth(?!or)|cert|dsn|salt|"
    r"signature|cookie|session|connection_?string|\bpin\b|jwt|psw|creds?(?![a-z])|(?<![a-z])pw(?![a-z])",
    re.IGNORECASE,
)
_NO_SECRET_NAME = re.compile(
    r"key_?(word|board|space)s?|^io\.rancher\..*|public_?key|certificate_?path", re.IGNORECASE
)
# Repeats are bounded, so that a long value without a blank does not take time by the square.
# A password may hold "/" and "@"; a port after the first ":" is no password.
_IN_URL = re.compile(
    r"(?P<before>[a-z][a-z0-9+.-]{0,40}://)(?:[^/\s:@]*:(?!\d+(?:/|$))\S{0,500}|[^/\s@]+)@", re.IGNORECASE
)
_IN_ORACLE_URL = re.compile(r"(?P<before>jdbc:oracle:\w{1,20}:)[^\s@]{1,500}@", re.IGNORECASE)
_ASSIGNED = re.compile(
    r"(?P<before>(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|access[_-]?key|\w[._-]key|credentials?)"
    r"(?:[._-][\w.-]{0,60})?[\\\"']*\s*[=:]\s*)(?:\"[^\"]*\"|'[^']*'|[^\s;&,]+)",
    re.IGNORECASE,
)
_OPTION = re.compile(
    r"(?P<before>--?[\w.-]{0,60}?(?:pass|pwd|secret|token|key|credential)[\w.-]{0,60}[=\s]\s*)\S+",
    re.IGNORECASE,
)
_USER_OPTION = re.compile(r"(?P<before>(?<!\S)(?:-u|--user)[=\s]\s*)[^\s:]+:\S+")
_SECRET_VALUE = re.compile(
    r"-----BEGIN|^eyJ[\w-]{8,}\.|\b(Bearer|Basic)\s+\S{6,}|\bAKIA[0-9A-Z]{12,}|\bgh[pousr]_\w{20,}|"
    r"\bgl(pat|rt)-[\w-]{10,}|\bxox[abprs]-\S{8,}|\bsk[-_](live|test)?_?\w{16,}",
    re.IGNORECASE,
)
_RANDOM = re.compile(
    r"(?=.*[0-9])(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9+/=_-]{20,}|[0-9a-fA-F]{32,}|[A-Za-z0-9+/]{40,}={0,2}"
)


def is_secret_name(name: str) -> bool:
    """Does the name of a variable, label or option say that its value is secret?"""
    return bool(_SECRET_NAME.search(_NO_SECRET_NAME.sub("", name)))


def is_secret_value(value: str) -> bool:
    """Does the value look like one, whatever its name: a key, a token, something random?"""
    return bool(_SECRET_VALUE.search(value) or _RANDOM.fullmatch(value.strip()))


def masked(value: Any, name: str = "") -> Any:
    """The value as people may see it: HIDDEN, or with the secret part of a text replaced by it."""
    if value is None or isinstance(value, bool):
        return value
    if is_secret_name(name):
        return HIDDEN
    if isinstance(value, Mapping):
        return {key: masked(child, str(key)) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return _masked_list(value)
    return _masked_text(value) if isinstance(value, str) else value


def _masked_list(values: list[Any] | tuple[Any, ...]) -> list[Any]:
    """A list such as a command: what follows an option with a secret name is hidden too."""
    found: list[Any] = []
    option = ""
    for value in values:
        text = str(value)
        is_login = _USER_OPTION.fullmatch(f"{option} {text}") is not None
        found.append(HIDDEN if is_login else masked(value, option))
        option = text if text.startswith("-") and "=" not in text else ""
    return found


def _masked_text(text: str) -> str:
    if is_secret_value(text):
        return HIDDEN
    for pattern in (_IN_URL, _IN_ORACLE_URL):
        text = pattern.sub(rf"\g<before>{HIDDEN}@", text)
    for pattern in (_ASSIGNED, _OPTION, _USER_OPTION):
        text = pattern.sub(rf"\g<before>{HIDDEN}", text)
    return text
