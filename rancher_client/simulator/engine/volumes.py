"""Lone volumes: made by a call, found by the containers that name them, laid on a host with these (6.1).

A volume that lies nowhere yet is taken by every container that names it. From its first container's
allocation on it lies in one host's pool, and only containers that ask for it by a label get it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import courses, derived, purge_moments
from .model import GONE, Container, Host, Stack
from .refusals import Refused
from .volume_model import Volume
from .world import World

_AFFINITY = "io.rancher.scheduler.affinity:volumes"
"""The label with the names of volumes that a container takes although they lie on a host already."""
LOCAL = "local"
"""The driver that is Docker's own."""


def create(world: World, fields: dict[str, Any], *, project: int) -> Volume:
    """POST of a volume. Neither its name nor that of its driver needs to be anything. Raises Refused.

    There are no storage drivers here, which alone could have an id, or schedule by size.
    Source: cattle: VolumeCreateValidationFilter.java, VolumeManager.java.
    """
    driver = fields.get("driver")
    if driver is None and fields.get("storageDriverId") is None:
        raise Refused(422, "MissingRequired", None, "Either driver or storageDriverId is required")
    if fields.get("sizeMb") is not None:
        text = f"Volume driver {driver} does not support specifying a size."
        raise Refused(422, "InvalidOption", None, text)
    name = fields.get("name")
    uri = f"{driver}:///{name}" if driver and name else None
    return make(world, project, name, {**fields, "uri": uri})


def make(world: World, project: int, name: str | None, fields: dict[str, Any]) -> Volume:
    """A new volume. Its number is one of those of containers, because their roots have the same as they."""
    volume = Volume(
        id=world.next_id("container"),
        uuid=world.new_uuid(),
        created=world.now,
        project=project,
        name=name,
        fields=fields,
    )
    world.volumes[volume.id] = volume
    courses.begin(world, "volume", volume.id, "create")
    return volume


def take_away(world: World, volume: Volume) -> None:
    """Remove a volume, an active one by way of `deactivating` (cattle: DeploymentUnit.cleanupVolumes)."""
    shown = derived.view(world, "volume", volume.id) or {}
    if shown["state"] not in GONE:
        is_removable = "remove" in derived.offered(world, "volume", volume.id)
        courses.begin(world, "volume", volume.id, "remove" if is_removable else "deactivate")


def look_up(world: World, container: Container) -> str | None:
    """At its creation a container finds the volumes that it names; why it cannot be, if it cannot.

    They become `dataVolumeMounts`, by path. With a driver of its own it has a volume made for each one that
    there is not, also for those without a name. Source: cattle: InstanceVolumeLookupPreCreate.java,
    InstanceCreate.processManagedVolumes.
    """
    config = container.config
    mounts = dict(config.get("dataVolumeMounts") or {})
    driver = config.get("volumeDriver")
    has_driver = bool(driver) and driver != LOCAL
    shown = []
    for text in config.get("dataVolumes") or ():
        name, path = _named(world, text, has_driver=has_driver)
        found = _found(world, container, name) if name is not None else []
        if len(found) > 1:
            return f"Could not process named volume {name}. More than one volume with that name exists."
        if found:
            mounts[path] = found[0].id
        elif name is not None and has_driver:
            mounts[path] = make(world, container.project, name, {"driver": driver}).id
        shown.append(text if name is None else f"{name}:{path}")
    for path, number in mounts.items():
        volume = world.volumes.get(number)
        if volume is not None and f"{volume.name}:{path.strip()}" not in shown:
            shown.append(f"{volume.name}:{path.strip()}")
    config["dataVolumes"], config["dataVolumeMounts"] = shown, mounts
    return None


def place(world: World, containers: Iterable[Container], hosts: list[Host]) -> list[Host] | str:
    """Those of the hosts on which all volumes of the containers lie, or why none is.

    A host and its pool have the same number here. Source: cattle: BaseConstraintsProvider.java.
    """
    complaints = []
    for volume in _mounted(world, containers):
        if volume.host is not None:
            hosts = [host for host in hosts if host.id == volume.host]
            complaints += [
                f"valid host(s) [{volume.host}]",
                f"volume [{volume.id}] must have exactly these pool(s):  [{volume.host}]",
            ]
    return hosts or ", ".join(complaints)


def lay(world: World, container: Container, host: int) -> None:
    """The container has its host: so have the volumes that it takes, if they lay nowhere."""
    for volume in _mounted(world, [container]):
        if volume.host is None:
            volume.host = host
            world.touch("storagePool", host)


def remove_with(world: World, stack: Stack) -> None:
    """The stack is being removed, and with it what was made for it (cattle: StackRemovePostListener.java)."""
    _remove(world, [v for v in world.volumes.values() if v.fields.get("stackId") == stack.id])


def remove_of(world: World, project: int) -> None:
    """The project is purged (cattle: AccountPurge.java)."""
    _remove(world, [v for v in world.volumes.values() if v.project == project])


def lose(world: World, host: Host) -> None:
    """The host is removed: its volumes go when the server purges its pool (cattle: StoragePoolPurge.java)."""
    if any(volume.host == host.id for volume in world.volumes.values()):
        pool = derived.view(world, "storagePool", host.id) or {}
        purged = purge_moments.after(world, world.now, drawn_by=str(pool["uuid"])[:8])
        world.at(purged, "volume.lost", host.id)


def lost(world: World, host: int) -> None:
    """Event: the pool of a removed host is purged."""
    _remove(world, [volume for volume in world.volumes.values() if volume.host == host])


def _remove(world: World, volumes: Iterable[Volume]) -> None:
    for volume in volumes:
        if "remove" in derived.offered(world, "volume", volume.id):
            courses.begin(world, "volume", volume.id, "remove")


def _named(world: World, text: str, *, has_driver: bool) -> tuple[str | None, str]:
    """The name and the path in an element of `dataVolumes`; no name for what is left to Docker."""
    name, colon, path = text.partition(":")
    if colon and not name.startswith("/") and path.startswith("/"):
        return name, path
    if has_driver and name.startswith("/") and not path.startswith("/"):
        return world.new_uuid(), text
    return None, text


def _found(world: World, container: Container, name: str) -> list[Volume]:
    """The project's volumes of a name that a container gets: those that lie nowhere, else by its label."""
    known = [
        volume
        for volume in world.volumes.values()
        if volume.name == name
        and volume.project == container.project
        and not derived.is_removed(world, "volume", volume.id)
    ]
    free = [volume for volume in known if volume.host is None]
    by_label = name in container.labels.get(_AFFINITY, "").split(",")
    return free or (known if by_label else [])


def _mounted(world: World, containers: Iterable[Container]) -> list[Volume]:
    numbers = {n for each in containers for n in (each.config.get("dataVolumeMounts") or {}).values()}
    return [world.volumes[number] for number in sorted(numbers) if number in world.volumes]
