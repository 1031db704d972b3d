"""Putting values in the place of `$NAME` and `${NAME}`; `$$` is a dollar (rancher-1.6-api.md 10.4).

Nothing else: no defaults, no templates, no shell. rancher-compose does not know `${NAME:-default}` either,
and puts an empty text where a value is missing; here that is an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rancher_client.compose.documents import LARGEST_TEXT, Document, Path
from rancher_client.compose.errors import VariableUnset

_PLACE = re.compile(r"\$(?:(?P<dollar>\$)|(?P<bare>[_A-Za-z][_A-Za-z0-9]*)|\{(?P<braced>[_A-Za-z0-9]+)\})?")


def interpolated(document: Document, path: Path, variables: Mapping[str, str]) -> Any:
    """The value at `path` with variables filled in, in all its texts; keys stay as they are.

    Raises VariableUnset, or ComposeError for any other form of `$`.
    """
    value: Any = document.root
    for step in path:
        value = value[step]
    return _filled(document, value, path, variables)


def _filled(document: Document, value: Any, path: Path, variables: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(document, child, (*path, key), variables) for key, child in value.items()}
    if isinstance(value, list):
        return [_filled(document, child, (*path, index), variables) for index, child in enumerate(value)]
    if isinstance(value, str) and "$" in value:
        return _filled_text(document, value, path, variables)
    return value


def _filled_text(document: Document, text: str, path: Path, variables: Mapping[str, str]) -> str:
    length = len(text)

    def replacement(place: re.Match[str]) -> str:
        nonlocal length
        if place["dollar"]:
            return "$"
        name = place["bare"] or place["braced"]
        if not name:
            raise document.error(
                path,
                # The text itself may be a password, and this sentence is shown to everybody.
                "This text uses $ in a form that Rancher does not know; write ${NAME}, or $$ for a dollar.",
            )
        if name not in variables:
            raise VariableUnset(name, file=document.file, line=document.line_of(path))
        length += len(variables[name])
        if length > LARGEST_TEXT:
            raise document.error(path, "With its variables filled in this text is too long.")
        return variables[name]

    return _PLACE.sub(replacement, text)
