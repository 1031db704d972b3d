"""References to other rows inside of values: rows keep their numbers."""

from __future__ import annotations

from typing import Any

from .model import Ref


def numbers(value: Any) -> Any:
    """The value anew, with the number of a row wherever a `Ref` to it stands, however deep."""
    if isinstance(value, Ref):
        return value.number
    if isinstance(value, dict):
        return {key: numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [numbers(item) for item in value]
    return value
