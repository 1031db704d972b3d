"""One service's turn in a pass of the executor: create it, or bring it up (rancher-1.6-api.md 3.4, 10.1).

A turn is a chain of calls to the API with waits between them; a wait ends as soon as `transitioning` is no
longer `yes`, also in an error (10.3). What the API refuses ends the turn with the words of its answer.
Source: rancher-compose-executor v0.14.30, rancher/service.go, normal.go, upgrade.go, wait.go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rancher_client.simulator.executor import Hashes, WantedService

from . import executor_calls
from .executor_calls import CallFailed
from .executor_model import Turn, Work
from .executor_work import end_turn, transitioning
from .model import Service, Stack
from .state_machines import SERVICE
from .world import World

NEVER_UPGRADED = frozenset({"dnsService", "externalService"})
WITHOUT_OWN_LINKS = frozenset({"externalService", "loadBalancerService"})


def go_on(world: World, event: int, name: str) -> None:
    """Event: a service's turn goes on; what waits for the service goes on when it has come to rest."""
    work = world.executor.works.get(event)
    if work is None:
        return
    turn = work.turns[name]
    stack = world.stacks[work.stack]
    wanted = WantedService.restored(next(each for each in work.wanted if each["name"] == name))
    service = executor_calls.existing(world, stack, name)
    if service is not None and turn.step in _WAITING and transitioning(service) == "yes":
        _look_later(world, work, turn)
        return
    try:
        following = _STEPS[turn.step](_Place(world, stack, work, wanted), service)
    except CallFailed as failed:
        end_turn(world, work, turn, failed.text)
        return
    if following is None:
        end_turn(world, work, turn)
    elif following == turn.step:
        _look_later(world, work, turn)
    else:
        turn.step = following
        world.later(world.timing.executor_call, "executor.turn", work.event, turn.name)


class _Place:
    """Where a turn takes place."""

    def __init__(self, world: World, stack: Stack, work: Work, wanted: WantedService) -> None:
        self.world, self.stack, self.wanted = world, stack, wanted
        self.is_creating = work.passes[0] == "create"
        self.upgrades = work.process == "upgrade"

    def call(self, service: Service, action: str, body: dict[str, Any]) -> None:
        executor_calls.act(self.world, service, action, body)

    def link(self, service: Service) -> None:
        """Links as the text has them, but for kinds and selectors that have links of their own."""
        if not service.fields.get("selectorLink") and service.kind not in WITHOUT_OWN_LINKS:
            executor_calls.set_links(self.world, self.stack, service, self.wanted.links)


Step = Callable[[_Place, Service | None], str | None]
"""What a turn does now, as far as the next wait; returns the step after it, None at the end."""


def _begun(place: _Place, service: Service | None) -> str | None:
    if service is None:
        place.link(executor_calls.create(place.world, place.stack, place.wanted))
        return "created"
    if place.is_creating:
        if not service.links or service.state == "inactive":
            place.link(service)
        return None
    if not place.upgrades or not _differs(place.wanted, service):
        return _changed(place, service)
    if service.state == "upgraded":
        place.call(service, "finishupgrade", {})
        return "finished"
    return _finished(place, service)


def _created(place: _Place, service: Service | None) -> str | None:
    return None if service is None or place.is_creating else _linked(place, service)


def _finished(place: _Place, service: Service | None) -> str | None:
    """No upgrade of before is open: what belongs to the service itself is changed first."""
    if service is None:
        return None
    if service.state not in ("active", "inactive"):
        raise CallFailed(
            f"Service {service.name} must be state=active or inactive to upgrade, "
            f"currently: state={service.state}"
        )
    if place.wanted.hashes.service == Hashes.stored(service.fields, None, []).service:
        return _updated(place, service)
    executor_calls.update(place.world, place.stack, service, place.wanted)
    return "updated"


def _updated(place: _Place, service: Service | None) -> str | None:
    """Then the launch configs that differ: an upgrade in place of exactly those."""
    if service is None:
        return None
    strategy = _strategy(place.wanted, service)
    if strategy is None:
        return _changed(place, service)
    place.call(service, "upgrade", {"inServiceStrategy": strategy})
    return "upgraded"


def _changed(place: _Place, service: Service | None) -> str | None:
    if service is None:
        return None
    place.link(service)
    return _linked(place, service)


def _linked(place: _Place, service: Service) -> str | None:
    if service.state == "active":
        return None
    if "activate" in SERVICE.offered(service.state):
        place.call(service, "activate", {})
        return "activated"
    return _activated(place, service)


def _activated(place: _Place, service: Service | None) -> str | None:
    if service is None or not place.wanted.waits_for_health or service.health == "healthy":
        return None
    return "activated"


_WAITING = frozenset({"created", "finished", "updated", "upgraded", "activated"})

_STEPS: dict[str, Step] = {
    "begun": _begun,
    "created": _created,
    "finished": _finished,
    "updated": _updated,
    "upgraded": _changed,
    "activated": _activated,
}


def _differs(wanted: WantedService, service: Service) -> bool:
    """Whether a hash says so; a service without one counts as different (10.2).

    A text of which no hash can be made is no reason to upgrade.
    """
    if service.kind in NEVER_UPGRADED or not wanted.can_be_translated:
        return False
    return wanted.hashes != Hashes.stored(service.fields, service.launch_config, service.sidekicks)


def _strategy(wanted: WantedService, service: Service) -> dict[str, Any] | None:
    """The upgrade of those configs whose hash differs; sidekicks that are gone go by their image (5.1)."""
    stored = Hashes.stored(service.fields, service.launch_config, service.sidekicks)
    strategy: dict[str, Any] = {"batchSize": 1, "intervalMillis": 2000, "startFirst": wanted.start_first}
    if wanted.hashes.primary != stored.primary:
        strategy["launchConfig"] = wanted.launch_config
    sidekicks = [
        config
        for config in wanted.sidekicks
        if wanted.hashes.sidekicks[config["name"]] != stored.sidekicks.get(config["name"])
    ]
    gone = [name for name in stored.sidekicks if name not in wanted.hashes.sidekicks]
    if sidekicks or gone:
        strategy["secondaryLaunchConfigs"] = [
            *sidekicks,
            *({"name": name, "imageUuid": "rancher/none"} for name in gone),
        ]
    # As the executor does it: sidekicks that only go are no reason for an upgrade of their own.
    return strategy if "launchConfig" in strategy or sidekicks else None


def _look_later(world: World, work: Work, turn: Turn) -> None:
    world.later(world.timing.executor_poll, "executor.turn", work.event, turn.name)
