"""Splitting a command written as one text, with the words of the library for what it refuses.

`rancher_client.compose.words` is the strict one, which refuses a comment instead of dropping it.
Source: flynn/go-shlex:shlex.go, as of rancher-compose-executor v0.14.30.
"""

from __future__ import annotations

import string

from .refusal import Refusal

_SPACES = " \t\r\n"
_PLAIN = frozenset(string.ascii_letters + string.digits + "._-,/@$*()+=><:;&^%~|!?[]{}")
_KNOWN = _PLAIN | frozenset(_SPACES + "\"'\\#")


def split(command: str) -> list[str]:
    """The words of a command; from a word that begins with `#` on, the line is dropped. Raises Refusal."""
    found: list[str] = []
    word: str | None = None
    quote = ""
    rest = iter(command)
    for character in rest:
        if character == "\\" and quote != "'":
            escaped = next(rest, None)
            if escaped is None:
                raise Refusal("EOF found after escape character")
            word = (word or "") + _known(escaped, "Uknown")
        elif quote and character != quote:
            word = (word or "") + character
        elif quote:
            quote = ""
        elif character in "\"'":
            word, quote = word or "", character
        elif character in _SPACES:
            found += [] if word is None else [word]
            word = None
        elif character == "#" and word is None:
            next((each for each in rest if each == "\n"), None)
        else:
            word = (word or "") + _known(character, "Unknown" if word is None else "Uknown")
    if quote:
        raise Refusal("EOF found when expecting closing quote.")
    return found if word is None else [*found, word]


def _known(character: str, said: str) -> str:
    """Outside quotes the library knows a part of ASCII only; it spells the word in two ways."""
    if character not in _KNOWN:
        raise Refusal(f"{said} rune: {ord(character)}")
    return character
