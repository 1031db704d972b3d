"""A volume that is no container's root: made by a call, by a template, or for a container's driver."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

_LONGEST_NAME = 128
"""From this length on a host knows a volume by a digest of its name (cattle: VolumeUtils.java)."""


@dataclass(slots=True)
class Volume:
    """What is kept of a lone volume; its state is that of its course (`courses`).

    Attributes:
        host: the host whose pool it lies in, once a container has taken it there.
        external_id: its name on the host, known when its creation has ended.
        fields: what it shows as it was made.
        unit: the uuid of the deployment unit that it was made for, if it is not for all (`unit_volumes`).
    """

    id: int
    uuid: str
    created: float
    project: int
    name: str | None
    host: int | None = None
    external_id: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    unit: str | None = None


def external_id(name: str | None) -> str | None:
    """How a host calls a volume of this name (cattle: VolumeExternalIdPreCreate.java)."""
    if not name or len(name) < _LONGEST_NAME:
        return name or None
    return hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
