"""A command written as one text, as the executor's library splits it (rancher-1.6-api.md 10.6)."""

from __future__ import annotations

import pytest

from rancher_client.simulator.executor import Refusal
from rancher_client.simulator.executor.command_words import split


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("run  --a\t--b", ["run", "--a", "--b"]),
        ("a 'b c' \"d e\" f''g", ["a", "b c", "d e", "fg"]),
        ('a\\ b \'c\\d\' "e\\"f"', ["a b", "c\\d", 'e"f']),
        ("run a#b # the rest", ["run", "a#b"]),
        ("run # first\nmore", ["run", "more"]),
        ("'grün `x`'", ["grün `x`"]),
        ("''", [""]),
        (" ", []),
    ],
)
def test_a_command_has_these_words(command: str, words: list[str]) -> None:
    assert split(command) == words


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("a 'b", "EOF found when expecting closing quote."),
        ('a "b', "EOF found when expecting closing quote."),
        ("a \\", "EOF found after escape character"),
        ("`date`", "Unknown rune: 96"),
        ("grün", "Uknown rune: 252"),
        ("\\ü", "Uknown rune: 252"),
    ],
)
def test_others_are_refused_in_the_librarys_words(command: str, text: str) -> None:
    with pytest.raises(Refusal) as caught:
        split(command)

    assert caught.value.text == text
