"""Launch configs: what containers are made of (rancher-1.6-api.md 4.2).

They stay the mappings that came, because an upgrade sends them back complete (trap 1); they may hold secrets,
so no value shows one in its `repr`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rancher_client.cattle.fields import Fields
from rancher_client.errors import Unusable

LaunchConfig = Mapping[str, Any]
"""One config as Rancher stores it: only the keys stored, with the nested `type` (1.5)."""

LAUNCH_CONFIG_LABEL = "io.rancher.service.launch.config"
"""On every container of a service: which of its configs it was made from."""

PRIMARY_LAUNCH_CONFIG = "io.rancher.service.primary.launch.config"
"""Value of that label for the primary; a sidekick's container carries the sidekick's name."""

NO_IMAGE = "rancher/none"
"""The image that removes a sidekick (5.2) or stands in a service made by a selector (4.1)."""


def version_of(config: LaunchConfig) -> str | None:
    """The uuid that tells one stored config from the next ("0" from creation on), or None where none is
    stored.
    """
    version = config.get("version")
    if version is None or isinstance(version, str):
        return version
    raise Unusable("Rancher's launch config has a field 'version' that is not a text.")


def image_of(config: LaunchConfig) -> str | None:
    """The image as Rancher stores it, with its `docker:` prefix."""
    image = config.get("imageUuid")
    if image is None or isinstance(image, str):
        return image
    raise Unusable("Rancher's launch config has a field 'imageUuid' that is not a text.")


def labels_of(config: LaunchConfig) -> Mapping[str, str]:
    """The labels of a config, empty when it has none."""
    return Fields(config, "launch config").texts_by_name("labels")


def by_name(
    service_name: str, primary: LaunchConfig | None, sidekicks: Iterable[LaunchConfig]
) -> Mapping[str, LaunchConfig]:
    """Configs by name, the primary by the service's. Raises Unusable where one has another form."""
    named = {} if primary is None else {service_name: primary}
    named |= {Fields(config, "sidekick").text("name"): config for config in sidekicks}
    for config in named.values():
        _check(config)
    return named


def _check(config: LaunchConfig) -> None:
    """Raises Unusable where what everybody reads of a config has another type than the contract says."""
    fields = Fields(config, "launch config")
    fields.text_or_none("version")
    fields.text_or_none("imageUuid")
    fields.mapping_or_none("labels")
    fields.mapping_or_none("environment")
    fields.mapping_or_none("healthCheck")
    fields.texts("ports")
