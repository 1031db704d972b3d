"""Variables in compose texts as the executor fills them in: what is not set becomes an empty text (10.4).

`rancher_client.compose.interpolation` is the strict one, for which that is an error.
Source: rancher-compose-executor v0.14.30, config/interpolation.go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .refusal import Refusal

_PLACE = re.compile(
    r"\$(?:(?P<dollar>\$)|(?P<bare>[_A-Za-z][_A-Za-z0-9]*)|\{(?P<braced>[_A-Za-z0-9]+)\}|(?P<wrong>))"
)


def filled(key: str, value: Any, variables: Mapping[str, str]) -> Any:
    """The value of a service's key with variables filled in, keys below it as they are. Raises Refusal."""
    if isinstance(value, dict):
        return {name: filled(key, child, variables) for name, child in value.items()}
    if isinstance(value, list):
        return [filled(key, child, variables) for child in value]
    if not isinstance(value, str) or "$" not in value:
        return value

    def replacement(place: re.Match[str]) -> str:
        if place["wrong"] is not None:
            raise Refusal(f'Invalid interpolation format for key "{key}": "{value}"')
        return "$" if place["dollar"] else variables.get(place["bare"] or place["braced"], "")

    return _PLACE.sub(replacement, value)
