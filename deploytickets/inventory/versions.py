"""Which of two versions is newer, where that can be told from their names. Pure."""

import re
from enum import Enum, auto

_VERSION = re.compile(r"[vV]?(?P<numbers>[0-9]+(?:\.[0-9]+)*)(?P<rest>.*)", re.DOTALL)
_WORD = re.compile(r"[0-9]+|[A-Za-z]+")
_BEFORE_RELEASE = {
    "dev": 0,
    "snapshot": 1,
    "alpha": 2,
    "a": 2,
    "beta": 3,
    "b": 3,
    "m": 4,
    "pre": 5,
    "preview": 5,
}
_BEFORE_RELEASE |= {"rc": 6, "cr": 6}
_RELEASE = frozenset({"final", "ga", "release"})
_LONGEST_NUMBER = 18


class Order(Enum):
    """How one version stands to another. UNKNOWN: their names do not tell (commit ids, `latest`)."""

    OLDER = auto()
    SAME = auto()
    NEWER = auto()
    UNKNOWN = auto()


def compare(version: str, other: str) -> Order:
    """How `version` stands to `other`.

    Dotted numbers count first (1.0.10 is newer than 1.0.9, 1.0 and 1.0.0 are the same), then what
    comes behind: a release is newer than its candidates (1.0.1-rc.2) and older than its rebuilds
    (1.0.1-2). Other words (1.0.1-alpine) tell variants, not ages: then only the numbers can decide.
    """
    if version == other:
        return Order.SAME
    mine, theirs = _parsed(version), _parsed(other)
    if mine is None or theirs is None:
        return Order.UNKNOWN
    (numbers, stage), (other_numbers, other_stage) = mine, theirs
    if numbers != other_numbers:
        return Order.NEWER if numbers > other_numbers else Order.OLDER
    if stage is None or other_stage is None:
        return Order.UNKNOWN
    if stage == other_stage:
        return Order.SAME
    return Order.NEWER if stage > other_stage else Order.OLDER


def is_newer(version: str, other: str) -> bool:
    """Is `version` surely newer than `other`?"""
    return compare(version, other) is Order.NEWER


def is_older(version: str, other: str) -> bool:
    """Is `version` surely older than `other`?"""
    return compare(version, other) is Order.OLDER


_Stage = tuple[int, ...]
_PLAIN: _Stage = (100,)


def _parsed(version: str) -> tuple[tuple[int, ...], _Stage | None] | None:
    """The numbers without zeros at their end, and the stage; None for a name that is no version."""
    match = _VERSION.fullmatch(version)
    if match is None or max(map(len, match["numbers"].split("."))) > _LONGEST_NUMBER:
        return None
    rest = match["rest"]
    if rest and rest[0].isalnum() and not _starts_with_stage(rest):
        return None  # 3f6c2a1 is a commit
    numbers = [int(number) for number in match["numbers"].split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers), _stage(rest)


def _starts_with_stage(rest: str) -> bool:
    word = _WORD.match(rest)
    return word is not None and word[0].lower() in (_BEFORE_RELEASE.keys() | _RELEASE)


def _stage(rest: str) -> _Stage | None:
    """What comes behind the numbers as something that sorts; None where it tells no age."""
    found: list[int] = []
    for position, word in enumerate(_WORD.findall(rest.partition("+")[0].lower())):
        if word.isdigit():
            if len(word) > _LONGEST_NUMBER:
                return None
            found += [*_PLAIN, int(word)] if position == 0 else [int(word)]
        elif position == 0 and word in _BEFORE_RELEASE:
            found.append(_BEFORE_RELEASE[word])
        elif not (position == 0 and word in _RELEASE):
            return None
    return tuple(found) or _PLAIN
