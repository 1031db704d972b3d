"""Launch configs as plans keep and compare them. Pure.

Rancher fills defaults into what it stores and shows nested values with a `type` (rancher-1.6-api.md
1.5, 1.7). A config that we want and the same one read back therefore differ as texts; `normal` makes
them equal, so that the plan of a queued ticket still holds once the one ahead has been carried out.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from deploytickets.drivers.base import Config, Configs
from deploytickets.drivers.images import Image
from deploytickets.drivers.marks import mark_label
from deploytickets.tickets.plans import PRIMARY
from rancher_client.compose import Change, changes
from rancher_client.compose.diff import DEFAULTS, HASH_LABEL

GLOBAL_LABEL = "io.rancher.scheduler.global"
_TYPED = ("healthCheck", "logConfig", "build")


def image_of(config: Config) -> Image:
    """The config's image."""
    return Image.parse(str(config.get("imageUuid") or ""))


def labels_of(config: Config) -> Mapping[str, str]:
    """The config's labels, empty when it has none."""
    return config.get("labels") or {}


def is_global(configs: Configs) -> bool:
    """Does the service run once on every host that fits? (rancher-1.6-api.md 4.4)"""
    return labels_of(configs.get(PRIMARY, {})).get(GLOBAL_LABEL) == "true"


def with_version(config: Config, version: str) -> dict[str, Any]:
    """The complete config with its image at another tag; everything else is kept as it was read.

    Left out are what belongs to the upgrade before (Rancher's `version`, our mark) and the hash
    label of rancher-compose, knowingly: with it the next `rancher-compose up --upgrade` with an old
    file would take the service for equal to that file and leave it alone; without it the service
    counts as out of sync, which it is (rancher-1.6-api.md 10.2).
    """
    kept = _without(frozenset({HASH_LABEL, mark_label()}), config)
    return {**kept, "imageUuid": str(image_of(config).with_tag(version))}


def normal(config: Config) -> dict[str, Any]:
    """The config without what Rancher adds by itself: sending it leads to the same stored config."""
    kept = {
        name: _without_type(value) if name in _TYPED else value
        for name, value in _without(frozenset({mark_label()}), config).items()
        if name != "type" and value is not None and value not in ({}, [])
    }
    return {name: value for name, value in kept.items() if name not in DEFAULTS or value != DEFAULTS[name]}


def all_normal(configs: Configs) -> dict[str, dict[str, Any]]:
    """`normal` of each."""
    return {name: normal(config) for name, config in configs.items()}


def differences(before: Config, after: Config) -> tuple[Change, ...]:
    """What differs, but for Rancher's defaults, marks, versions and the hash of rancher-compose."""
    return changes(before, after, ignored_labels=(mark_label(),))


def versions_run(configs: Iterable[Config], repository: str) -> list[str]:
    """The versions of the configs whose image is of the repository, each once, in order."""
    images = (image_of(config) for config in configs)
    return list(dict.fromkeys(image.version for image in images if image.is_of(repository)))


def _without(labels: frozenset[str], config: Config) -> dict[str, Any]:
    """The config without `version`, these labels and a sidekick's name, by which it is kept anyway.

    No labels left are none, as before a first mark.
    """
    kept = {name: value for name, value in config.items() if name not in ("version", "labels", "name")}
    left = {name: value for name, value in labels_of(config).items() if name not in labels}
    return {**kept, "labels": left} if left else kept


def _without_type(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {
        name: _without_type(child) for name, child in value.items() if name != "type" and child is not None
    }


def dragged_along(configs: Configs, changed: Collection[str], *, service: str) -> frozenset[str]:
    """Names of the other configs whose containers Rancher replaces too when `changed` are upgraded.

    Whoever takes network or volumes from a changed one is changed with it, and so on
    (rancher-1.6-api.md 5.2, step 3). Configs refer to the service's own by the service's name.
    """
    reached = set(changed)
    while True:
        named = {service if name == PRIMARY else name for name in reached}
        more = {
            name for name, config in configs.items() if name not in reached and _takes_from(config) & named
        }
        if not more:
            return frozenset(reached - set(changed))
        reached |= more


def _takes_from(config: Config) -> set[str]:
    network = config.get("networkLaunchConfig")
    return {*(config.get("dataVolumesFromLaunchConfigs") or ()), *([network] if network else ())}
