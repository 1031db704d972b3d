"""JSON from a server that is not trusted: read to the letter, and never nested without end. Pure."""

from __future__ import annotations

import json

from rancher_client.errors import Unusable

DEEPEST_JSON = 64
"""Levels of nesting. Rancher's own answers have about ten; `metadata` is the caller's."""


def json_in(body: bytes) -> object:
    """The JSON value in `body`.

    Raises Unusable when it is no JSON or nested deeper than `DEEPEST_JSON`.
    """
    try:
        value: object = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Unusable("The answer is not JSON; a login page or a proxy may have answered.") from error
    if _is_deeper_than(DEEPEST_JSON, value):
        raise Unusable(f"The answer is nested deeper than {DEEPEST_JSON} levels.")
    return value


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON, though Python reads it")


def _is_deeper_than(levels: int, value: object) -> bool:
    """Whether dicts and lists are nested more than `levels` deep in `value`. Does not recurse."""
    layer = [value]
    for _ in range(levels + 1):
        layer = [
            child
            for node in layer
            for child in (node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())
            if child.__class__ is dict or child.__class__ is list
        ]
        if not layer:
            return False
    return True
