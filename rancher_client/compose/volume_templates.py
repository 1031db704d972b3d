"""The section `volumes` of a version 2 file."""

from __future__ import annotations

from typing import Any

from rancher_client.compose import mappings, readers
from rancher_client.compose.composed import VolumeTemplate
from rancher_client.compose.errors import ComposeError
from rancher_client.compose.sources import Source

_KEYS = frozenset({"driver", "driver_opts", "external", "per_container"})


def volume_templates(source: Source) -> tuple[VolumeTemplate, ...]:
    """The named volumes of the file. Raises ComposeError."""
    if not isinstance(source.volumes, dict):
        text = "The volumes must be a mapping of names to options."
        raise source.document.error(("volumes",), text)
    return tuple(
        _template(source, name, {} if given is None else given) for name, given in source.volumes.items()
    )


def _template(source: Source, name: str, given: Any) -> VolumeTemplate:
    if not isinstance(given, dict) or not given.keys() <= _KEYS:
        raise _error(source, name, f"must be a mapping of {', '.join(sorted(_KEYS))}")
    try:
        return VolumeTemplate(
            name=name,
            driver=None if given.get("driver") is None else readers.text(given["driver"]),
            driver_options=mappings.options(given.get("driver_opts") or {}),
            is_external=bool(readers.flag(given.get("external") or False)),
            is_per_container=bool(readers.flag(given.get("per_container") or False)),
        )
    except ValueError as error:
        raise _error(source, name, f"has a value that {error}") from None


def _error(source: Source, name: str, text: str) -> ComposeError:
    return source.document.error(("volumes", name), f"Volume '{name}' {text}.")
