"""Simple values converted as Rancher's converter library does it (commons-beanutils; 1.7 [run]).

Whatever comes is taken if there is any way to: of a list the first item, a map and a number as text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from . import errors

_TRUE = frozenset({"true", "yes", "y", "on", "1"})
_LARGEST = 2**63 - 1


def simple(name: str, type_id: str, value: Any) -> Any:
    """`value` as a field `name` of a type of `SIMPLE` holds it. Raises Refused 422 where there is no way."""
    return SIMPLE[type_id](name, value)


def text_of(value: Any) -> str:
    """A value as Java writes it: `{a=1, b=[x, y]}`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}={text_of(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(text_of, value)) + "]"
    return str(value)


def _first(value: Any) -> Any:
    """Of a list the first item, null of an empty one."""
    if isinstance(value, list):
        return value[0] if value else None
    return value


def _integer(name: str, value: Any) -> int:
    """Texts have to be whole numbers, numbers lose their fraction; too large ones become the largest."""
    value = _first(value)
    if isinstance(value, float):
        value = int(max(-_LARGEST - 1, min(_LARGEST, value)))
    if isinstance(value, int):
        return int(value)
    try:
        return int(text_of(value).strip())
    except ValueError:
        raise errors.invalid_field("InvalidFormat", name) from None


def _float(name: str, value: Any) -> float:
    value = _first(value)
    try:
        return float(text_of(value)) if not isinstance(value, bool) else float(value)
    except ValueError:
        return 0.0


def _boolean(name: str, value: Any) -> bool:
    """Everything that is not said to be true is false."""
    return text_of(_first(value)).lower() in _TRUE


def _string(name: str, value: Any) -> str:
    """A list whose first item is null gives an empty text, an empty list nothing at all."""
    if value == []:
        raise errors.invalid_field("InvalidFormat", name)
    if isinstance(value, list):
        return "" if value[0] is None else text_of(value[0])
    return text_of(value)


def _date(name: str, value: Any) -> float | None:
    """Milliseconds or ISO text; an empty text is no date."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) / 1000
    text = text_of(value)
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except ValueError:
        raise errors.invalid_field("InvalidDateFormat", name) from None


SIMPLE: Mapping[str, Callable[[str, Any], Any]] = {
    "boolean": _boolean,
    "date": _date,
    "enum": _string,
    "float": _float,
    "int": _integer,
    "password": _string,
    "string": _string,
}
