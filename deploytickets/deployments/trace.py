"""Was our upgrade accepted, and what became of it: the table of rancher-1.6-api.md 13.5, row by row.

Pure. Neither a 202 nor the mark alone is proof on Rancher 1.6; state, configs, `upgrade` block and
versions of one read together are. The words (over, held, V, quiet, in upgrade, U, L) are the table's.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from deploytickets.deployments.facts import Answer, BlockVersions, ServiceUpgradeFacts, Versions
from deploytickets.deployments.phases import Phase
from deploytickets.drivers.base import REMOVED, Config, Configs, ContainerSeen, ServiceSeen, UpgradeBlock

QUIET = frozenset(
    {
        "requested",
        "registering",
        "inactive",
        "activating",
        "active",
        "updating-active",
        "updating-inactive",
        "deactivating",
        "restarting",
    }
)
IN_UPGRADE = frozenset(
    {"upgrading", "upgraded", "canceling-upgrade", "canceled-upgrade", "finishing-upgrade"}
)
ROLLING_BACK = "rolling-back"

SETTLED_IN_UPGRADE = timedelta(seconds=5)
SETTLED_WHEN_QUIET = timedelta(seconds=15)

_OWN_PHASE_IN_UPGRADE = {
    "upgrading": Phase.UPGRADING,
    "upgraded": Phase.UPGRADED,
    "finishing-upgrade": Phase.FINISHING,
    "canceling-upgrade": Phase.CANCELLED,
    "canceled-upgrade": Phase.CANCELLED,
}


class Block(Enum):
    """U: whose the `upgrade` block is."""

    FORMER = auto()
    ON_OURS = auto()
    OURS = auto()
    OTHER = auto()


class Own(Enum):
    """L: whose the service's own configs are."""

    OURS = auto()
    OLD = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Reading:
    """One read in the table's words. `version` is V, "" while unknown."""

    block: Block
    own: Own
    version: str
    stands_on_previous: bool


def trace(facts: ServiceUpgradeFacts, seen: ServiceSeen | None, now: datetime) -> Phase | None:
    """The conclusion about a service that is upgraded; None is the table's `undecided_yet`: look again.

    Args:
        seen: what a read begun after the answer or the time-out showed; None for 404 by id.
        now: the database's time before that read was sent.
    """
    if seen is None or seen.state in REMOVED:  # row 1
        return Phase.GONE
    state = seen.state
    if state not in QUIET and state not in IN_UPGRADE and state != ROLLING_BACK:  # row 2
        return None
    read = reading(facts, seen)
    held = held_for(facts, seen, now)
    quiet, in_upgrade, rolling_back = state in QUIET, state in IN_UPGRADE, state == ROLLING_BACK
    is_old_and_former = read.own is Own.OLD and read.block is Block.FORMER
    is_torn = (read.own is Own.OURS) != (read.block is Block.OURS)

    if read.block is Block.ON_OURS:
        if quiet and read.stands_on_previous:  # row 3: the other's upgrade was rolled back
            return Phase.FINISHED
        if rolling_back and read.stands_on_previous:  # row 4
            return None
        return Phase.REPLACED  # row 5
    if read.block is Block.OURS:
        if in_upgrade and read.own is Own.OURS:  # row 6
            return _OWN_PHASE_IN_UPGRADE[state]
        if rolling_back and read.own in (Own.OURS, Own.OLD):  # row 7
            return Phase.ROLLING_BACK
        if quiet and read.own is Own.OURS:
            if _only_former_containers(facts, seen, read.version):  # row 8: a rollback that left the config
                return Phase.HALF_ACCEPTED if held >= SETTLED_WHEN_QUIET else None
            return Phase.FINISHED  # row 9
        if quiet and read.own is Own.OLD:
            if _only_our_containers_run(facts, seen, read.version):  # row 10: rollback's config, never run
                return Phase.TORN if held >= SETTLED_WHEN_QUIET else None
            return Phase.ROLLED_BACK  # row 11
    if quiet and read.own is Own.OURS:  # row 12: stored, never scheduled
        return Phase.HALF_ACCEPTED if held >= SETTLED_WHEN_QUIET else None
    if quiet and read.block is Block.OURS:  # row 13
        return Phase.REPLACED
    if (
        state == "upgrading"
        and read.own is Own.OURS
        and read.block is Block.FORMER
        and not _is_any_of_ours_made(facts, seen)
    ):  # row 14: block late
        return None
    if in_upgrade and is_torn:  # row 15: configs and block are of two POSTs, or the block was lost
        return Phase.TORN if held >= SETTLED_IN_UPGRADE else None
    if rolling_back and is_torn:  # row 16
        return None
    if is_old_and_former:
        if facts.answer is Answer.REFUSED:  # row 17
            return Phase.UNTOUCHED
        if not quiet:  # row 18
            return None
        if facts.answer is Answer.ACCEPTED:  # row 19
            return Phase.FORGOTTEN if held >= SETTLED_IN_UPGRADE else None
        return Phase.UNTOUCHED if facts.is_over(now) else None  # row 20
    if not facts.is_over(now) or (state == "upgrading" and held < SETTLED_IN_UPGRADE):  # row 21
        return None
    return Phase.REPLACED  # row 22


def trace_created(facts: ServiceUpgradeFacts, seen: ServiceSeen | None, now: datetime) -> Phase | None:
    """The conclusion about a service that the ticket creates; `seen` was looked up by id, else by name.

    A creation has no former configs and nothing to finish: `upgraded` says that the service stands
    and is active, with our mark on every config. Names are unique in a stack (rancher-1.6-api.md
    13.4), so one of that name without our mark is somebody else's.
    """
    if seen is None:
        if facts.answer is Answer.ACCEPTED:
            return Phase.FORGOTTEN
        return Phase.UNTOUCHED if facts.is_over(now) else None
    if seen.state in REMOVED:
        return Phase.GONE
    if not facts.configs_sent or not all(
        name in seen.configs and _mark(facts, seen.configs[name]) == facts.token
        for name in facts.configs_sent
    ):
        return Phase.REPLACED
    if seen.state in IN_UPGRADE or seen.state == ROLLING_BACK:
        return Phase.REPLACED
    if seen.state in ("active", "updating-active"):
        return Phase.UPGRADED
    return Phase.UPGRADING if seen.state in QUIET else None


def reading(facts: ServiceUpgradeFacts, seen: ServiceSeen) -> Reading:
    """U, L and V of one read, U first, because V and what counts as old may come from it."""
    block = _whose_block(facts, seen.upgrade)
    version = facts.version_known
    if not version and block is Block.OURS and seen.upgrade is not None:
        version = _one_version(facts, seen.upgrade.configs)
    present = versions_of(seen.configs)
    previous = versions_of(seen.upgrade.previous) if seen.upgrade is not None else None
    return Reading(
        block=block,
        own=_whose_configs(facts, seen.configs, version, previous if block is Block.OURS else None),
        version=version,
        stands_on_previous=present == previous,
    )


def block_is_of_another_upgrade(facts: ServiceUpgradeFacts, seen: ServiceSeen) -> bool:
    """Is the `upgrade` block that of the upgrade before ours?

    Then Rancher's rollback would lead to what ran before *that* one (rancher-1.6-api.md 5.5, trap 67).
    Where there was none before, the block is missing, and a rollback only leaves the configs as they are.
    """
    return seen.upgrade is not None and _whose_block(facts, seen.upgrade) is Block.FORMER


def versions_of(configs: Configs) -> dict[str, str]:
    """The version of each config by its name."""
    return {name: version_of(config) for name, config in configs.items()}


def version_of(config: Config) -> str:
    """A config's version; "" where Rancher shows none."""
    return str(config.get("version") or "")


def block_versions(block: UpgradeBlock | None) -> BlockVersions | None:
    """What of an `upgrade` block is remembered before a start (13.5 step 1)."""
    if block is None:
        return None
    return BlockVersions(configs=versions_of(block.configs), previous=versions_of(block.previous))


def held_key_of(seen: ServiceSeen | None) -> str:
    """The same for every two reads that count as the same for `held`; all quiet states are one."""
    if seen is None:
        return "gone"
    block = block_versions(seen.upgrade)
    shown = [
        "quiet" if seen.state in QUIET else seen.state,
        versions_of(seen.configs),
        None if block is None else [dict(block.configs), dict(block.previous)],
    ]
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()


def held_for(facts: ServiceUpgradeFacts, seen: ServiceSeen | None, now: datetime) -> timedelta:
    """How long every read gave what this one gives."""
    if facts.held_since is None or facts.held_key != held_key_of(seen):
        return timedelta(0)
    return now - facts.held_since


def containers_sent(facts: ServiceUpgradeFacts, seen: ServiceSeen) -> Iterator[ContainerSeen]:
    """The containers, of whichever version, of the configs that we sent."""
    return (container for container in seen.containers or () if container.config_name in facts.configs_sent)


def _whose_block(facts: ServiceUpgradeFacts, block: UpgradeBlock | None) -> Block:
    if block is None:
        return Block.FORMER
    if facts.block_before is not None and versions_of(block.configs) == dict(facts.block_before.configs):
        return Block.FORMER
    if not block.is_in_service or any(
        _is_ours(facts, block.previous[name], facts.version_known)
        for name in facts.configs_sent & block.previous.keys()
    ):
        return Block.ON_OURS
    return Block.OURS if _all_ours(facts, block.configs, facts.version_known) else Block.OTHER


def _whose_configs(
    facts: ServiceUpgradeFacts, configs: Configs, version: str, previous: Versions | None
) -> Own:
    present = versions_of(configs)
    if _all_ours(facts, configs, version):
        ours = _one_version(facts, configs)
        others = {name: found for name, found in present.items() if name not in facts.configs_sent}
        if all(found in (facts.versions_before.get(name), ours) for name, found in others.items()):
            return Own.OURS
    if present == dict(facts.versions_before) or (previous is not None and present == dict(previous)):
        return Own.OLD
    return Own.OTHER


def _all_ours(facts: ServiceUpgradeFacts, configs: Configs, version: str) -> bool:
    """Does every config sent carry the mark, all in one version, in `version` where that is known?"""
    if not facts.configs_sent or not facts.configs_sent <= configs.keys():
        return False
    sent = [configs[name] for name in facts.configs_sent]
    return len({version_of(config) for config in sent}) == 1 and all(
        _is_ours(facts, config, version) for config in sent
    )


def _is_ours(facts: ServiceUpgradeFacts, config: Config, version: str) -> bool:
    return _mark(facts, config) == facts.token and version in ("", version_of(config))


def _one_version(facts: ServiceUpgradeFacts, configs: Configs) -> str:
    return version_of(configs[min(facts.configs_sent)])


def _mark(facts: ServiceUpgradeFacts, config: Config) -> str | None:
    labels = config.get("labels") or {}
    mark = labels.get(facts.mark_label)
    return None if mark is None else str(mark)


def _only_former_containers(facts: ServiceUpgradeFacts, seen: ServiceSeen, version: str) -> bool:
    """Some run, and there is none of V, running or not; False when the containers were not read."""
    found = list(containers_sent(facts, seen))
    return any(container.state == "running" for container in found) and all(
        container.version != version for container in found
    )


def _is_any_of_ours_made(facts: ServiceUpgradeFacts, seen: ServiceSeen) -> bool:
    """Rancher writes the block before the first container; False when the containers were not read."""
    ours = _one_version(facts, seen.configs)
    return any(container.version == ours for container in containers_sent(facts, seen))


def _only_our_containers_run(facts: ServiceUpgradeFacts, seen: ServiceSeen, version: str) -> bool:
    """Some run, and all that do are of V; False when the containers were not read."""
    running = [container for container in containers_sent(facts, seen) if container.state == "running"]
    return bool(running) and all(container.version == version for container in running)
