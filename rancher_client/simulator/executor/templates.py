"""Go templates in compose texts, as far as such texts use them (rancher-1.6-api.md 3.4).

Values, `if`, `else`, `range`, `with`, comments, trimming, comparisons and the plainest functions; of the many
others of the real executor each is answered as a function that is not defined. A text that begins with
`# notemplating` is left alone.
Source: rancher-compose-executor v0.14.30, template/template.go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from rancher_client.compose.go_values import go_text

from .refusal import Refusal

_ACTION = re.compile(r"\{\{(?P<trim>- )?(?P<inside>.*?)(?P<end> -)?\}\}", re.DOTALL)
_TOKEN = re.compile(
    r'\s*(?:"(?P<text>(?:[^"\\]|\\.)*)"|`(?P<raw>[^`]*)`|(?P<word>[^\s"`()|]+)|(?P<mark>[()|]))'
)
_BLOCKS = frozenset({"if", "range", "with"})
_KEYWORDS = _BLOCKS | {"else", "end"}

NO_VALUE = "<no value>"


def applied(text: str, data: Mapping[str, Any]) -> str:
    """The text with its actions carried out. Raises Refusal for wrong syntax."""
    if re.match(r"\s*# ?notemplating", text) or "{{" not in text:
        return text
    parser = _Parser(text)
    block = parser.block(None)
    written: list[str] = []
    # The executor does not look at errors on the way: the text ends there.
    with suppress(_Stopped):
        _write(block.body, data, written)
    return "".join(written)


class _Stopped(Exception):
    """An action cannot be carried out."""


@dataclass
class _Block:
    """Text and actions in order; a block of `if`, `range` or `with` has a condition and another side."""

    kind: str = ""
    what: list[Any] = field(default_factory=list)
    body: list[Any] = field(default_factory=list)
    other: list[Any] = field(default_factory=list)


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._trims = False

    def block(self, opened: _Block | None) -> _Block:
        """Everything up to the `end` of the opened block, or of the text."""
        block = opened or _Block()
        side = block.body
        while True:
            start = self._text.find("{{", self._at)
            side.append(self._plain(start))
            if start < 0:
                if opened is not None:
                    raise self._error("unexpected EOF")
                return block
            words = self._action(start)
            head = words[0] if words else ""
            if head in _BLOCKS:
                side.append(self.block(_Block(head, words[1:])))
            elif head == "else":
                if words[1:2] == ["if"]:
                    block.other.append(self.block(_Block("if", words[2:])))
                    return block
                side = block.other
            elif head == "end":
                if opened is None:
                    raise self._error("unexpected {{end}}")
                return block
            elif words:
                side.append(_Block("value", words))

    def _plain(self, start: int) -> str:
        text = self._text[self._at :] if start < 0 else self._text[self._at : start]
        if self._trims:
            text = text.lstrip()
        if start >= 0 and self._text.startswith("{{- ", start):
            text = text.rstrip()
        return text

    def _action(self, start: int) -> list[Any]:
        found = _ACTION.match(self._text, start)
        self._at = start
        if found is None:
            rest = self._text[start + 2 :].partition("\n")[0]
            word = rest.split()[0] if rest.split() else "command"
            mark = "}" if "}" in rest else "unclosed action"
            if mark == "}":
                raise self._error(f'unexpected "}}" in {word if word in _BLOCKS else "operand"}')
            raise self._error(mark)
        self._at = found.end()
        self._trims = bool(found["end"])
        inside = found["inside"].strip()
        return [] if inside.startswith("/*") else _words(inside, self)

    def _error(self, text: str) -> Refusal:
        line = self._text.count("\n", 0, self._at) + 1
        return Refusal(f"template: template:{line}: {text}")

    def check(self, word: str) -> None:
        """A word that is no value must be a function. Raises Refusal."""
        if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", word) and word not in (*_FUNCTIONS, *_WORDS, *_KEYWORDS):
            raise self._error(f'function "{word}" not defined')


@dataclass(frozen=True)
class _Text:
    """A quoted text, which is no word."""

    text: str


def _words(inside: str, parser: _Parser) -> list[Any]:
    words: list[Any] = []
    for found in _TOKEN.finditer(inside):
        if found["word"] is not None:
            parser.check(found["word"])
            words.append(found["word"])
        elif found["mark"] is not None:
            words.append(found["mark"])
        else:
            quoted = found["text"] if found["raw"] is None else found["raw"]
            words.append(_Text(quoted.replace('\\"', '"')))
    return words


def _write(parts: list[Any], data: Any, written: list[str]) -> None:
    for part in parts:
        if isinstance(part, str):
            written.append(part)
            continue
        value = _value(part.what, data)
        if part.kind == "value":
            written.append(NO_VALUE if value is None else go_text(value))
        elif part.kind == "range" and value:
            for each in value.values() if isinstance(value, Mapping) else value:
                _write(part.body, each, written)
        else:
            _write(part.body if value else part.other, value if part.kind == "with" else data, written)


def _value(words: list[Any], data: Any) -> Any:
    """A pipeline: the value of each command is the last argument of the next."""
    commands: list[list[Any]] = [[]]
    depth: list[list[list[Any]]] = []
    for word in words:
        if word == "(":
            depth.append(commands)
            commands = [[]]
        elif word == ")":
            if not depth:
                raise _Stopped
            inner, commands = _piped(commands), depth.pop()
            commands[-1].append(("value", inner))
        elif word == "|":
            commands.append([])
        else:
            commands[-1].append(_operand(word, data))
    return _piped(commands)


def _piped(commands: list[list[Any]]) -> Any:
    value: Any = None
    for index, command in enumerate(commands):
        given = command if index == 0 else [*command, ("value", value)]
        value = _called(given)
    return value


def _called(command: list[Any]) -> Any:
    if not command:
        raise _Stopped
    kind, head = command[0]
    arguments = [value for _, value in command[1:]]
    if kind != "function":
        return head
    try:
        return _FUNCTIONS[head](*arguments)
    except (TypeError, IndexError, KeyError, ValueError) as error:
        raise _Stopped from error


def _operand(word: Any, data: Any) -> tuple[str, Any]:
    if isinstance(word, _Text):
        return ("value", word.text)
    if word in _FUNCTIONS:
        return ("function", word)
    if word in _WORDS:
        return ("value", _WORDS[word])
    if re.fullmatch(r"-?[0-9]+", word):
        return ("value", int(word))
    if not word.startswith("."):
        raise _Stopped
    value = data
    for step in word.strip(".").split("."):
        if step:
            if not isinstance(value, Mapping):
                raise _Stopped
            value = value.get(step)
    return ("value", value)


_WORDS: Mapping[str, Any] = {"true": True, "false": False, "nil": None}

_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "and": lambda *given: next((value for value in given if not value), given[-1]),
    "atoi": int,
    "contains": lambda part, whole: part in whole,
    "default": lambda otherwise, value=None: value or otherwise,
    "eq": lambda first, *others: any(first == other for other in others),
    "gt": lambda first, second: first > second,
    "hasPrefix": lambda part, whole: whole.startswith(part),
    "hasSuffix": lambda part, whole: whole.endswith(part),
    "len": len,
    "lower": lambda text: text.lower(),
    "lt": lambda first, second: first < second,
    "ne": lambda first, second: first != second,
    "not": lambda value: not value,
    "or": lambda *given: next((value for value in given if value), given[-1]),
    "quote": lambda value: f'"{go_text(value)}"',
    "replace": lambda old, new, text: text.replace(old, new),
    "split": lambda by, text: {f"_{index}": part for index, part in enumerate(text.split(by))},
    "trim": lambda text: text.strip(),
    "upper": lambda text: text.upper(),
}
