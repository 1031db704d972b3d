"""Splitting a command written as one text, as rancher-compose does it (flynn/go-shlex)."""

from __future__ import annotations

import string

_SPACES = " \t\r\n"
_KNOWN = frozenset(string.ascii_letters + string.digits + _SPACES + "._-,/@$*()+=><:;&^%~|!?[]{}\"'\\#")
"""Characters that the library knows outside quotes."""


def split(command: str) -> list[str]:
    r"""The words of a command.

    Quotes hold words together, and a backslash takes what follows as it is, inside double quotes too, where
    a shell would keep most backslashes. Raises ValueError with a sentence, also for a word that begins with
    `#`: Rancher would leave out the rest of the line in silence; and for what it does not know outside
    quotes, as a backtick and all beyond ASCII.
    """
    found: list[str] = []
    word: str | None = None
    quote = ""
    rest = iter(command)
    for character in rest:
        if character == "\\" and quote != "'":
            escaped = next(rest, None)
            if escaped is None:
                raise ValueError("cannot be split into words: it ends in a backslash")
            word = (word or "") + _known(escaped)
        elif quote:
            if character == quote:
                quote = ""
            else:
                word = (word or "") + character
        elif character in "\"'":
            word, quote = word or "", character
        elif character in _SPACES:
            found += [] if word is None else [word]
            word = None
        elif character == "#" and word is None:
            raise ValueError("has a # that would begin a comment; put it in quotes")
        else:
            word = (word or "") + _known(character)
    if quote:
        raise ValueError(f"cannot be split into words: a {quote} is not closed")
    return found if word is None else [*found, word]


def _known(character: str) -> str:
    if character not in _KNOWN:
        raise ValueError(f"has {character!r} outside quotes, which Rancher does not know; put it in quotes")
    return character
