"""Reading YAML without its surprises, and remembering the line of everything.

PyYAML reads the port `22:22` as the number 1342, `on` and `NO` as booleans, `010` as 8, and keeps the last
of two equal keys in silence. Here an unquoted scalar is null, true, false or a whole number only where
nobody could read it otherwise; everything else is the text as written, marked (`Unquoted`) where Rancher
makes something else of it. Nothing but data can come of a document.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from rancher_client.compose.errors import ComposeError
from rancher_client.compose.go_values import Unquoted

LARGEST_TEXT = 1024 * 1024
"""Characters of one file."""

MOST_VALUES = 20_000
"""Values after which anchors are taken for a bomb."""

MOST_CHARACTERS = 2 * LARGEST_TEXT
"""Of all values together, those that anchors repeat counted again."""

MOST_EVENTS = 3 * MOST_VALUES
"""A value has up to two events, and a key one."""

DEEPEST = 40
TOO_MUCH = "The file holds too many or too deeply nested values."

Path = tuple[str | int, ...]

_PLAIN = "tag:rancher_client,2026:plain"
_TEXT = "tag:yaml.org,2002:str"
_TAGS = frozenset({_PLAIN, _TEXT, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"})
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_SINGLE: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_SINGLE |= {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


class _Loader(yaml.CSafeLoader):
    """Composes nodes only; marks unquoted scalars instead of guessing what they mean."""

    yaml_implicit_resolvers: dict[str | None, list[Any]] = {}


_Loader.add_implicit_resolver(_PLAIN, re.compile(r"(?s).*"), None)


@dataclass(frozen=True, slots=True)
class Document:
    """One file's content: dicts with text keys, lists, texts, whole numbers, booleans and None."""

    file: str
    root: dict[str, Any]
    lines: Mapping[Path, int]

    def error(self, path: Path, text: str) -> ComposeError:
        """An error about the value at `path`, with its line or that of the nearest thing around it."""
        return ComposeError(text, file=self.file, line=self.line_of(path))

    def line_of(self, path: Path) -> int:
        """The line of the value at `path`, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def load(text: str, *, file: str) -> Document:
    """Read one YAML (or JSON) text whose top is a mapping.

    Raises ComposeError with file and line: broken YAML, equal keys, tags, anchors that explode, too long.
    """
    if len(text) > LARGEST_TEXT:
        raise ComposeError(f"The file is longer than {LARGEST_TEXT} characters.", file=file, line=1)
    try:
        check_extent(text, file)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        # A mark may point behind the end.
        line = 1 if mark is None else min(mark.line, text.count("\n")) + 1
        raise ComposeError(f"This is no YAML: {error.problem}.", file=file, line=line) from error
    except (yaml.YAMLError, RecursionError, UnicodeError) as error:
        before = text.encode(errors="replace")[: getattr(error, "position", 0)]
        line = before.count(b"\n") + 1
        raise ComposeError("This is no YAML that can be read.", file=file, line=line) from error
    reader = _Reader(file)
    root = {} if node is None else reader.value(node, ())
    if not isinstance(root, dict):
        raise ComposeError("The file must be a mapping of names to values.", file=file, line=1)
    return Document(file, root, reader.lines)


def check_extent(text: str, file: str) -> None:
    """Look at the text's events before its nodes are made: PyYAML makes these by recursion in C, where some
    ten thousand brackets end the process, and takes seconds for a million.

    Raises ComposeError, and what PyYAML raises.
    """
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_Loader)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST + 1 or count > MOST_EVENTS:
            line = 1 if event.start_mark is None else event.start_mark.line + 1
            raise ComposeError(TOO_MUCH, file=file, line=line)


class _Reader:
    """Turns nodes into values, counting them: ten anchors can stand for ten thousand million."""

    def __init__(self, file: str) -> None:
        self.lines: dict[Path, int] = {}
        self._file = file
        self._values = 0
        self._characters = 0

    def value(self, node: yaml.Node, path: Path) -> Any:
        self._values += 1
        if self._values > MOST_VALUES or len(path) > DEEPEST:
            raise self._error(node, TOO_MUCH)
        self.lines.setdefault(path, node.start_mark.line + 1)
        if node.tag not in _TAGS:
            raise self._error(node, f"The tag {node.tag} is not allowed here.")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*path, index)) for index, child in enumerate(node.value)]
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        own: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _PLAIN and key_node.value == "<<":
                merged = self._merged(value_node, path) | merged
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._error(key_node, "A key must be a text.")
            key = key_node.value
            if key in own:
                raise self._error(
                    key_node, f"The key '{key}' stands here twice; the first one would be lost."
                )
            self.lines[*path, key] = key_node.start_mark.line + 1
            own[key] = self.value(value_node, (*path, key))
        return merged | own

    def _merged(self, node: yaml.Node, path: Path) -> dict[str, Any]:
        several = node.value if isinstance(node, yaml.SequenceNode) else [node]
        found: dict[str, Any] = {}
        for source in several:
            if not isinstance(source, yaml.MappingNode):
                raise self._error(node, "Only a mapping can be merged with <<.")
            found = self._mapping(source, (*path, "<<")) | found
        return found

    def _scalar(self, node: yaml.Node) -> str | int | bool | None:
        text: str = node.value
        self._characters += len(text)
        if self._characters > MOST_CHARACTERS:
            raise self._error(node, TOO_MUCH)
        if node.tag == _TEXT:
            return text
        if text in _SINGLE:
            return _SINGLE[text]
        if len(text) < 20 and _WHOLE.fullmatch(text):
            return int(text)
        unquoted = Unquoted(text)
        return text if isinstance(unquoted.meant, str) else unquoted

    def _error(self, node: yaml.Node, text: str) -> ComposeError:
        return ComposeError(text, file=self._file, line=node.start_mark.line + 1)
