"""Selectors: what a text like `role=web, zone in (a, b)` chooses by labels.

Source: cattle:…/api/util/selector/SelectorUtils.java and the classes of constraints beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from .refusals import Refused

Labels = Mapping[str, Any]
Constraint = Callable[[Labels], bool]


def check(fields: Mapping[str, Any]) -> None:
    """The selectors of a service that is made or changed. Raises Refused."""
    for name in ("selectorContainer", "selectorLink"):
        if fields.get(name) is not None:
            _constraints(fields[name])


def matches(selector: str | None, labels: Labels) -> bool:
    """Whether all that the selector asks for is true of the labels; none chooses nothing."""
    if not selector:
        return False
    return all(holds(labels) for holds in _constraints(selector))


@lru_cache(maxsize=1000)
def _constraints(selector: str) -> tuple[Constraint, ...]:
    return tuple(_constraint(part, selector) for part in _parts(selector))


def _parts(selector: str) -> Iterator[str]:
    """The text at its commas outside of brackets; brackets themselves are dropped, closed or not."""
    part, in_list = "", False
    for place, character in enumerate(selector):
        if character in "()":
            in_list = character == "("
        elif character != "," or in_list:
            part += character
        if place == len(selector) - 1 or (character == "," and not in_list):
            yield part
            part = ""


def _constraint(part: str, selector: str) -> Constraint:
    """One part by the first of these that stands in it. Keys and values count whatever their case."""
    for operator, holds in (("!=", _differs), ("=", _equals), (" notin ", _is_none_of), (" in ", _is_one_of)):
        key, found, value = part.partition(operator)
        if found:
            return holds(_checked(key.strip(), selector).lower(), value.strip().lower())
    key = _checked(part.strip(), selector)
    return lambda labels: key in labels


def _checked(key: str, selector: str) -> str:
    if " " in key:
        raise Refused(422, "InvalidFormat", f"Invalid format selector : {selector}")
    return key


def _values(labels: Labels, key: str) -> list[str]:
    return [str(value).lower() for name, value in labels.items() if name.lower() == key]


def _equals(key: str, wanted: str) -> Constraint:
    return lambda labels: wanted in _values(labels, key)


def _differs(key: str, unwanted: str) -> Constraint:
    return lambda labels: any(value != unwanted for value in _values(labels, key))


def _is_one_of(key: str, wanted: str) -> Constraint:
    listed = _listed(wanted)
    return lambda labels: any(value in listed for value in _values(labels, key))


def _is_none_of(key: str, unwanted: str) -> Constraint:
    listed = _listed(unwanted)
    return lambda labels: any(value not in listed for value in _values(labels, key))


def _listed(values: str) -> frozenset[str]:
    return frozenset(value.strip() for value in values.split(","))
