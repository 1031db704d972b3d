"""A service's launch configs by name, and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .model import PRIMARY, Service
from .refusals import Refused

NO_IMAGE = "rancher/none"
GLOBAL_LABEL = "io.rancher.scheduler.global"
START_ONCE_LABEL = "io.rancher.container.start_once"
PULL_LABEL = "io.rancher.container.pull_image"

CONTAINERLESS = frozenset({"dnsService", "externalService"})
"""Service types that never have containers (4.1)."""

Config = dict[str, Any]


def named(primary: Config | None, sidekicks: list[Config]) -> dict[str, Config]:
    """Configs by name, the primary first under its label's value."""
    configs = {} if primary is None else {PRIMARY: primary}
    configs.update({str(sidekick.get("name")): sidekick for sidekick in sidekicks})
    return configs


def of(service: Service) -> dict[str, Config]:
    """The service's present configs by name."""
    return named(service.launch_config, service.sidekicks)


def versions(configs: Mapping[str, Config]) -> dict[str, str]:
    """The `version` of each config."""
    return {name: str(config.get("version")) for name, config in configs.items()}


def labels(config: Mapping[str, Any] | None) -> dict[str, str]:
    """A config's labels, none when it has none."""
    found = (config or {}).get("labels")
    return dict(found) if isinstance(found, dict) else {}


def is_global(config: Mapping[str, Any] | None) -> bool:
    """Whether the config asks for one deployment unit per host (4.4)."""
    return str(labels(config).get(GLOBAL_LABEL, "")).lower() == "true"


def is_start_once(config: Mapping[str, Any]) -> bool:
    """Whether a container that ended well is done and not started again (4.2)."""
    return str(labels(config).get(START_ONCE_LABEL, "")).lower() == "true"


def pulls_always(config: Mapping[str, Any]) -> bool:
    """Whether every new container pulls, or only one whose image is absent on the host (4.2)."""
    return str(labels(config).get(PULL_LABEL, "")).lower() == "always"


def makes_containers(service: Service) -> bool:
    """Whether reconcile makes containers for this service at all."""
    if service.kind in CONTAINERLESS or service.launch_config is None:
        return False
    if service.fields.get("selectorContainer") is None:
        return True
    # One without an image only selects containers of others (ServiceDiscoveryUtil.isNoopService).
    image = service.launch_config.get("imageUuid")
    return image is not None and NO_IMAGE not in str(image).lower()


def keeps_units(service: Service) -> bool:
    """Whether a unit outlives its containers, and keeps its uuid; else it is no more than they are.

    Cattle: ServiceValidationFilter.setServiceIndexStrategy, DeploymentUnitInstanceFactoryImpl.
    """
    return service.kind == "service"


def has_twins(service: Service) -> bool:
    """Whether one sidekick is named twice: accepted, and no unit is ever reconciled (5.1)."""
    names = [sidekick.get("name") for sidekick in service.sidekicks]
    return len(names) != len(set(names))


def depends_on(config: Mapping[str, Any]) -> set[str]:
    """The names of the configs whose network or volumes this one takes (5.2 step 3)."""
    names = set(config.get("dataVolumesFromLaunchConfigs") or ())
    if config.get("networkLaunchConfig"):
        names.add(config["networkLaunchConfig"])
    return names


def check_image(config: Mapping[str, Any]) -> None:
    """A present `imageUuid` needs its prefix and nothing more; an absent or null one passes (4.2, 5.1).

    Raises Refused. Source: ExternalTemplateInstanceFilter.getImageUuid,
    AbstractKindBasedStoragePoolDriver.populateImage.
    """
    image = config.get("imageUuid")
    if image is None or image == NO_IMAGE:
        return
    if not isinstance(image, str) or not image.startswith(("docker:", "sim:")):
        raise Refused(422, "InvalidReference", "imageUuid")


def check_scale_switch(new: Config, former: Mapping[str, Any] | None) -> None:
    """A service stays global, or of a fixed scale (cattle: ServiceDiscoveryUtil.validateScaleSwitch).

    Raises Refused.
    """
    if is_global(new) != is_global(former):
        raise Refused(422, "InvalidOption", "Switching from global scale to fixed (and vice versa)")
