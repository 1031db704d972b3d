"""Typed reading of one JSON object. What has the wrong type makes the whole answer unusable, never a
guess.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from rancher_client.errors import Unusable

LONGEST_MESSAGE = 4000
"""Characters kept of a text that is only shown."""

_T = TypeVar("_T")


class Fields:
    """The fields of `body`, each read by the type it must have; null and absent are the same.

    Every method raises Unusable when the value has another type.
    """

    __slots__ = ("_body", "_what")

    def __init__(self, body: object, what: str) -> None:
        if not isinstance(body, dict):
            raise Unusable(f"Rancher's answer holds no {what}.")
        self._body: dict[str, Any] = body
        self._what = what

    def has(self, name: str) -> bool:
        """Whether the key is there at all, be it null."""
        return name in self._body

    def text(self, name: str) -> str:
        """A text that must be there."""
        value = self._body.get(name)
        if isinstance(value, str):
            return value
        raise self._wrong(name, "a text")

    def text_or_none(self, name: str) -> str | None:
        value = self._body.get(name)
        if value is None or isinstance(value, str):
            return value
        raise self._wrong(name, "a text or null")

    def message(self, name: str) -> str | None:
        """A text for people, cut to `LONGEST_MESSAGE`."""
        value = self.text_or_none(name)
        return value if value is None else value[:LONGEST_MESSAGE]

    def number(self, name: str) -> int:
        value = self.number_or_none(name)
        if value is None:
            raise self._wrong(name, "a whole number")
        return value

    def number_or_none(self, name: str) -> int | None:
        value = self._body.get(name)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        raise self._wrong(name, "a whole number or null")

    def flag(self, name: str) -> bool:
        """A yes or no; null and absent are no."""
        value = self._body.get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise self._wrong(name, "true or false")

    def mapping(self, name: str) -> Mapping[str, Any]:
        """An object as it came; empty for null."""
        return self.mapping_or_none(name) or {}

    def mapping_or_none(self, name: str) -> Mapping[str, Any] | None:
        value = self._body.get(name)
        if value is None or isinstance(value, dict):
            return value
        raise self._wrong(name, "an object or null")

    def texts_by_name(self, name: str) -> Mapping[str, str]:
        """An object whose values are texts; a null value is left out."""
        value = self.mapping(name)
        if all(text.__class__ is str for text in value.values()):
            return value
        if any(not (text is None or isinstance(text, str)) for text in value.values()):
            raise self._wrong(name, "an object of texts")
        return {key: text for key, text in value.items() if text is not None}

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; empty for null."""
        return tuple(self._each(name, lambda value: isinstance(value, str), "a list of texts"))

    def numbers(self, name: str) -> tuple[int, ...]:
        """A list of whole numbers; empty for null."""
        return tuple(self._each(name, lambda value: type(value) is int, "a list of whole numbers"))

    def mappings(self, name: str) -> tuple[Mapping[str, Any], ...]:
        """A list of objects; empty for null."""
        return tuple(self._each(name, lambda value: isinstance(value, dict), "a list of objects"))

    def parsed(self, name: str, parse: Callable[[Any], _T]) -> tuple[_T, ...]:
        """A list of objects, each parsed; empty for null."""
        return tuple(parse(value) for value in self.mappings(name))

    def time_or_none(self, name: str) -> datetime | None:
        """A date, read from its millisecond twin `<name>TS` (1.5)."""
        millis = self.number_or_none(f"{name}TS")
        if millis is None:
            return None
        try:
            return datetime.fromtimestamp(millis / 1000, UTC)
        except (OverflowError, ValueError, OSError):
            raise self._wrong(f"{name}TS", "a time") from None

    def _each(self, name: str, fits: Callable[[Any], bool], wanted: str) -> list[Any]:
        value = self._body.get(name)
        if value is None:
            return []
        if isinstance(value, list) and all(map(fits, value)):
            return value
        raise self._wrong(name, wanted)

    def _wrong(self, name: str, wanted: str) -> Unusable:
        return Unusable(f"Rancher's {self._what} has a field '{name}' that is not {wanted}.")


def instant_of(text: str) -> datetime | None:
    """The time in a text like 2017-05-02T09:33:01.123456789Z, to the microsecond; None when it is none."""
    try:
        at = datetime.fromisoformat(text) if "T" in text else None
    except ValueError:
        return None
    return None if at is None or at.tzinfo is None else at.astimezone(UTC)
