"""What a test must know beyond the schemas: what v1 calls a stack, and where the clients are out of date.

`cattle` and `gdapi-python` were last released in 2016. They run on Python 3 unchanged, but for one line:
`gdapi.Client._to_value` asks a `dict` for `iteritems` when it is given a resource as an argument, which only
Python 2 has. `plain` makes dictionaries of resources, as a caller on Python 3 must. The command lines of both
print tables by `map(None, …)`, Python 2 as well, and are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cattle
import gdapi

LIBRARIES: Mapping[str, type[gdapi.Client]] = {"cattle": cattle.Client, "gdapi": gdapi.Client}


@dataclass(frozen=True, slots=True)
class Words:
    """What a version calls a stack, and the field of a service that names its stack."""

    stack: str
    stack_id: str


WORDS = {"v1": Words("environment", "environmentId"), "v2-beta": Words("stack", "stackId")}


def plain(value: Any) -> Any:
    """A resource, or a part of one, as dictionaries and lists, without what the client hung onto it."""
    if isinstance(value, gdapi.RestObject):
        return {name: plain(held) for name, held in vars(value).items() if not callable(held)}
    if isinstance(value, list):
        return [plain(held) for held in value]
    return value


def offered(resource: Any) -> set[str]:
    """The actions that a resource offers."""
    return set(vars(resource.actions))
