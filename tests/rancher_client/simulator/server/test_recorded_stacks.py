"""Stacks and their upgrades against recordings of a live server with its compose executor (3, 10.6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from rancher_client.simulator.server import SimulatorServer

from .conftest import Environment
from .following import assert_only
from .recorded import Player
from .sessions import Session


@dataclass(frozen=True)
class Scenario:
    """How the simulator is to stand for a recording."""

    random_seed: int = 0
    """Which of the services the executor makes first is chance; a finish or rollback goes by that order."""
    before: Mapping[int, Callable[[SimulatorServer], object]] = field(default_factory=dict)
    bodies: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    moments: Mapping[int, float] = field(default_factory=dict)
    prelude: tuple[str, ...] = ()
    """Recordings played before, whose stacks this one goes on with."""


def executor(stands: str) -> Callable[[SimulatorServer], object]:
    return lambda server: server.levers.compose_executor(stands)


def b_cannot_start(server: SimulatorServer) -> object:
    return server.levers.start_fails("registry.test/b:1", "Failing [compute.instance.activate]")


def b_can_start(server: SimulatorServer) -> object:
    return server.levers.start_fails("registry.test/b:1", None)


SCENARIOS: Mapping[str, Scenario] = {
    "create-start": Scenario(),
    "create-not-started": Scenario(
        bodies={
            0: {"startOnCreate": False},
            27: {"name": "-absent"},
            28: {"name": "start_absent"},
            29: {"name": "a" * 64},
            30: {"name": ""},
        }
    ),
    "create-refused": Scenario(),
    "no-executor-registered": Scenario(before={0: executor("unregistered")}),
    "executor-not-running": Scenario(before={1: executor("away"), 13: executor("running")}),
    "executor-ended-by-text": Scenario(),
    "export-outputs-activate-remove": Scenario(),
    "upgrade-mixture-finish": Scenario(),
    "upgrade-mixture-rollback": Scenario(),
    "upgrade-sidekicks-in-place": Scenario(),
    "upgrade-environment-fields": Scenario(),
    "upgrade-empty-shell": Scenario(),
    "upgrade-bad-text-cancel-again": Scenario(),
    "upgrade-one-stuck-cancel-rollback": Scenario(random_seed=1, before={1: b_cannot_start, 39: b_can_start}),
    "canceled-upgrade-again-and-rollback": Scenario(
        random_seed=1, prelude=("upgrade-one-stuck-cancel-rollback", "upgrade-bad-text-cancel-again")
    ),
    "upgrade-service-busy": Scenario(),
    "upgrade-service-upgraded-before": Scenario(),
    "upgrade-services-ended-by-hand": Scenario(moments={53: 10.3, 54: 10.3}),
    "upgrade-two-at-once": Scenario(),
    "upgrade-lost-answer-evidence": Scenario(),
}

NOT_FOLLOWED: Mapping[str, Mapping[int, str]] = {
    "stacks/upgrade-services-ended-by-hand": {
        54: "of two upgrades begun at once one had ended on the busy machine; ours end at one beat",
    },
}
"""Steps whose answer still differs, by recording and number, and why."""


FOLLOWS = tuple(f"stacks/{name}" for name in SCENARIOS)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_recorded_session_is_gone_through_as_the_server_did(name: str) -> None:
    scenario = SCENARIOS[name]
    with SimulatorServer(speed=0, start=1_795_404_000.0, random_seed=scenario.random_seed) as server:
        of = Environment(server, *server.add_project("stacks", hosts=3))
        player = Player(server.url, of.key, {"1a8": of.project})
        for former in scenario.prelude:
            Session(former, of, player, SCENARIOS[former].before).play()
        session = Session(name, of, player, scenario.before, scenario.bodies, scenario.moments)
        differing = session.play()
        strayed = session.strayings()
    assert_only(differing, NOT_FOLLOWED.get(f"stacks/{name}", {}))
    assert not strayed, "\n".join(strayed)
