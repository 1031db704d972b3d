"""Certificates that load balancers use (rancher-1.6-api.md 10.6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from rancher_client.cattle.fields import Fields


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate of the project. Rancher never shows its key.

    Attributes:
        common_name: of its subject.
        names: further names that it is good for.
        expires: as Java writes a time ("Sat Dec 26 18:58:22 UTC 2026").
    """

    id: str
    name: str | None
    state: str
    common_name: str | None
    names: tuple[str, ...]
    expires: str | None

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From a `certificate`."""
        fields = Fields(body, "certificate")
        return cls(
            id=fields.text("id"),
            name=fields.text_or_none("name"),
            state=fields.text("state"),
            common_name=fields.text_or_none("CN"),
            names=fields.texts("subjectAlternativeNames"),
            expires=fields.text_or_none("expiresAt"),
        )
