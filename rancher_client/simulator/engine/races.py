"""Requests that arrive in the same moment on one service (rancher-1.6-api.md 5.7).

Rancher checks an action against the state it read before, and schedules the process later. A request
that overlaps with another one has therefore passed the check of a state that is gone. The caller (the
HTTP server, which sees two requests at once) says so with `overlapping`; what comes of it is chance,
with the shares seen on a live server.
"""

from __future__ import annotations

import copy
from enum import Enum
from typing import Any

from . import services, upgrade_request
from .model import Service
from .refusals import action_not_available, conflict
from .state_machines import SERVICE
from .world import World


class Outcome(Enum):
    """How the second of two simultaneous upgrades ends."""

    REFUSED = "refused"
    """422 after all: 5 of 20 pairs."""
    FIRST_WINS = "first_wins"
    """202, and lost without a trace."""
    SECOND_WINS = "second_wins"
    """202, and the first one is lost without a trace; with FIRST_WINS 10 of 20 pairs."""
    TORN = "torn"
    """202, configs of the second, `upgrade` block of the first: ends only where one batch holds all units."""
    BLOCK_LOST = "block_lost"
    """The same, and storing the second's configs wiped out the block: a rollback leaves the new configs."""


_SHARES = tuple(Outcome)
"""Equal shares. Of 52 pairs on a live server 10 were refused, 12 torn, 7 lost the block (5.7)."""


_OF_TWINS = (conflict,) * 7 + (None,) * 4 + (action_not_available,) * 3
_OF_OTHERS = (conflict,) * 2 + (action_not_available,)
"""What becomes of the second of two calls, in about the shares seen on a live server; None = accepted."""


def act(
    world: World,
    service: Service,
    action: str,
    body: dict[str, Any],
    *,
    overlapping: bool = False,
    outcome: Outcome | None = None,
) -> dict[str, Any] | None:
    """One action, alone or overlapping with the request before. Raises Refused."""
    before = service.state
    former = copy.deepcopy([service.launch_config, service.sidekicks])
    last = service.last_request if overlapping else None
    if last is not None and action == "upgrade" and last["action"] == "upgrade":
        _second_upgrade(world, service, body, last, outcome)
        return None
    if last is not None and action not in SERVICE.offered(before) and _is_accepted_late(world, action, last):
        return None
    answer = services.act(world, service, action, body)
    if action in SERVICE.processes:
        service.last_request = {"action": action, "state": before, "configs": former}
    return answer


def put(world: World, service: Service, fields: dict[str, Any], *, overlapping: bool = False) -> None:
    """A PUT, alone or overlapping. Raises Refused.

    Beside an upgrade or another PUT it gets 409 about as often as it passes (5.7).
    """
    last = service.last_request
    meets = overlapping and last is not None and last["action"] in ("upgrade", "update")
    if meets and world.random.random() < 0.5:
        raise conflict()
    before = service.state
    services.update(world, service, fields)
    service.last_request = {"action": "update", "state": before}


def _is_accepted_late(world: World, action: str, last: dict[str, Any]) -> bool:
    """An action whose state is gone (5.7); True = 202 like the first one, without an effect of its own.

    The same action twice ends in 409, 202 or 422 (seen of finish, rollback and activate); one beside another
    in 409, or in 422 where it came late enough to see the new state. Raises Refused.
    """
    if action not in SERVICE.offered(last["state"]):
        raise action_not_available()
    drawn = world.random.choice(_OF_TWINS if action == last["action"] else _OF_OTHERS)
    if drawn is None:
        return True
    raise drawn()


def _second_upgrade(
    world: World, service: Service, body: dict[str, Any], last: dict[str, Any], outcome: Outcome | None
) -> None:
    """The second POST has seen the service as it was before the first (5.7)."""
    drawn = outcome or world.random.choice(_SHARES)
    if drawn is Outcome.REFUSED or service.pending is None:
        raise action_not_available()
    stored, block = (service.launch_config, service.sidekicks), service.pending
    service.launch_config, service.sidekicks = copy.deepcopy(last["configs"])
    try:
        accepted = upgrade_request.accept(world, service, body)
    finally:
        service.launch_config, service.sidekicks = stored
    if drawn is Outcome.FIRST_WINS:
        return
    service.launch_config, service.sidekicks = accepted.launch_config, accepted.sidekicks
    service.pending = accepted.block if drawn is Outcome.SECOND_WINS else block
    service.loses_block = drawn is Outcome.BLOCK_LOST
    world.touch("service", service.id)
