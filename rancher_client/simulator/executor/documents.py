"""Reading YAML as the executor's Go library does (gopkg.in/yaml.v2), with its words for what it refuses.

Unlike the strict reader of `rancher_client.compose` it takes `yes`, `on` and their like for booleans, `010`
for 8 and the last of two equal keys; a sexagesimal `22:22` it leaves a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from rancher_client.compose.go_values import go_text, scalar

from .refusal import Refusal


def named(words: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(words.split())


_PLAIN = "tag:rancher_client,2026:plain"


class _Loader(yaml.CSafeLoader):
    """Composes nodes only; marks unquoted scalars."""

    yaml_implicit_resolvers: dict[str | None, list[Any]] = {}


_Loader.add_implicit_resolver(_PLAIN, re.compile(r"(?s).*"), None)


@dataclass(frozen=True, slots=True)
class Document:
    """A text's mapping; the keys at the top are texts."""

    root: dict[str, Any]
    lines: Mapping[tuple[str, ...], int]
    """Lines of the values at the top and one below."""

    @property
    def is_version_2(self) -> bool:
        """Whether services have a section of their own."""
        return go_text(self.root.get("version")) == "2"

    def services(self) -> dict[str, dict[str, Any]]:
        """The services by name; in version 1 the whole file but its catalog. Raises Refusal."""
        if go_text(self.root.get("version")) == "3":
            raise Refusal("version 3 is not supported")
        path = ("services",) if self.is_version_2 else ()
        found = self.root.get("services") if self.is_version_2 else self.root
        if found is None:
            return {}
        if not isinstance(found, dict):
            raise _refusal(self._wrong(path, found, "config.RawServiceMap"))
        services: dict[str, dict[str, Any]] = {}
        for name, service in found.items():
            if name == ".catalog" and not self.is_version_2:
                continue
            if service is not None and not isinstance(service, dict):
                text = self._wrong((*path, go_text(name)), service, "config.RawService")
                raise _refusal(text) if self.is_version_2 else Refusal(text)
            services[go_text(name)] = {go_text(key): child for key, child in (service or {}).items()}
        return services

    def _wrong(self, path: tuple[str, ...], value: Any, wanted: str) -> str:
        return _wrong(self.lines.get(path, 1), value, wanted)


def load(text: str) -> Document:
    """Read a text. Raises Refusal."""
    try:
        node = yaml.compose(text, Loader=_Loader)
        value = None if node is None else _value(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line}: " if mark is not None and mark.line else ""
        raise _refusal(f"yaml: {where}{error.problem}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise _refusal("yaml: control characters are not allowed") from error
    if value is None:
        return Document({}, {})
    if not isinstance(value, dict):
        raise _refusal(_wrong(1 if node is None else node.start_mark.line + 1, value, "config.RawConfig"))
    return Document({go_text(key): child for key, child in value.items()}, dict(_lines(node, 2)))


def _refusal(text: str) -> Refusal:
    return Refusal(f"error parsing yaml, please check: {text}. (Note: Only version 1 and 2 are supported)")


def _wrong(line: int, value: Any, wanted: str) -> str:
    kind = {str: "str", bool: "bool", int: "int", float: "float", list: "seq"}.get(type(value), "map")
    text = go_text(value)
    shown = "" if kind in ("seq", "map") else f" `{text if len(text) <= 10 else text[:7] + '...'}`"
    return f"yaml: unmarshal errors:\n  line {line}: cannot unmarshal !!{kind}{shown} into {wanted}"


def _lines(node: yaml.Node | None, depth: int) -> Iterator[tuple[tuple[str, ...], int]]:
    if isinstance(node, yaml.MappingNode) and depth:
        for key, value in node.value:
            yield (str(key.value),), value.start_mark.line + 1
            for path, line in _lines(value, depth - 1):
                yield (str(key.value), *path), line


def _value(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return _mapping(node)
    if isinstance(node, yaml.SequenceNode):
        return [_value(child) for child in node.value]
    return scalar(node.value) if node.tag == _PLAIN else node.value


def _mapping(node: yaml.MappingNode) -> dict[Any, Any]:
    own: dict[Any, Any] = {}
    merged: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        if key_node.tag == _PLAIN and key_node.value == "<<":
            sources = value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]
            for source in sources:
                merged = _value(source) | merged
        else:
            own[_value(key_node)] = _value(value_node)
    return merged | own
