"""The hashes by which the executor knows what has changed (rancher-1.6-api.md 10.2).

One of what belongs to the service itself, in its metadata, and one of each launch config, among its labels.
They are computed from the texts, leave out scale, links and selectors, and differ in value from those of the
real executor, which hashes the YAML of its own types: only their being equal means anything.
Source: rancher-compose-executor v0.14.30, digest/hash.go.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

HASH = "io.rancher.service.hash"

_LEFT_OUT = frozenset({HASH, "links", "scale", "selectorContainer", "selectorLink", "stackId"})


@dataclass(frozen=True, slots=True)
class Hashes:
    """The three parts that are compared one by one."""

    service: str
    primary: str
    sidekicks: Mapping[str, str]

    @classmethod
    def of(
        cls, name: str, fields: Mapping[str, Any], primary: Mapping[str, Any], sidekicks: Sequence[Any]
    ) -> Hashes:
        """Those of what a text asks for, before they are written into it."""
        return cls(
            _digest({"name": name, **fields}),
            _digest(primary),
            {config["name"]: _digest(config) for config in sidekicks},
        )

    @classmethod
    def stored(
        cls, fields: Mapping[str, Any], primary: Mapping[str, Any] | None, sidekicks: Sequence[Any]
    ) -> Hashes:
        """Those that a service carries; empty texts where it was made without the executor."""
        return cls(
            str((fields.get("metadata") or {}).get(HASH) or ""),
            _label(primary),
            {str(config.get("name")): _label(config) for config in sidekicks},
        )


def _label(config: Mapping[str, Any] | None) -> str:
    return str(((config or {}).get("labels") or {}).get(HASH) or "")


def _digest(value: Mapping[str, Any]) -> str:
    text = json.dumps(_without_left_out(value), sort_keys=True)
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _without_left_out(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_left_out(child) for key, child in value.items() if key not in _LEFT_OUT}
    if isinstance(value, list | tuple):
        return [_without_left_out(child) for child in value]
    return value
