"""Services over HTTP against recordings of a live server: actions by state, bodies, both versions.

(rancher-1.6-api.md 1.8, 2, 4.3, 5.1)
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from rancher_client.simulator.server import SimulatorServer

from .conftest import Environment
from .following import Scenario, assert_only, follow
from .recorded import Player, Step

CONFIG = {
    "imageUuid": "sim:registry/shop:1.0.1",
    "labels": {"team": "shop"},
    "environment": {"LOG": "info"},
}


def environment(server: SimulatorServer) -> Environment:
    made = Environment(server, *server.add_project("Default", hosts=3))
    server.advance(1)
    return made


def _player(of: Environment, **ids: str) -> Player:
    return Player(
        of.server.url, of.key, {"1a8": of.project} | {f"1{key}": value for key, value in ids.items()}
    )


def services_of_every_kind(server: SimulatorServer) -> Player:
    """Five services of one stack: of scale 2, of scale 0, global, inactive, and one to remove."""
    of = environment(server)
    stack = of.make_stack("st")
    everywhere = {"imageUuid": CONFIG["imageUuid"], "labels": {"io.rancher.scheduler.global": "true"}}
    return _player(
        of,
        st13=stack,
        s19=of.make_service("web", stack, launchConfig=CONFIG, scale=2),
        s23=of.make_service("zero", stack, launchConfig=CONFIG, scale=0),
        s24=of.make_service("glob", stack, launchConfig=everywhere),
        s25=of.make_service("inact", stack, launchConfig=CONFIG, startOnCreate=False),
        s26=of.make_service("del", stack, launchConfig=CONFIG),
    )


def one_service_by_two_versions(server: SimulatorServer) -> Player:
    of = environment(server)
    stack = of.make_stack("st606726")
    service = of.make_service(
        "web", stack, launchConfig={"imageUuid": CONFIG["imageUuid"], "labels": {"a": "b"}}
    )
    return _player(of, s39=service, st26=stack, e26=stack)


def one_service_of_one_container(server: SimulatorServer) -> Player:
    of = environment(server)
    stack = of.make_stack("lim6194")
    service = of.make_service("emptylc", stack, launchConfig={"imageUuid": "sim:1"})
    return _player(of, s16=service, st2=stack)


SCENARIOS = {
    "framework/upgrade-empty-launchconfig": Scenario(one_service_of_one_container),
    "services/actions-by-state": Scenario(
        services_of_every_kind, by_state=True, pauses={11: 0.01, 74: 3, 76: 3, 89: 10, 100: 5, 101: 5}
    ),
    "services/v1-against-v2": Scenario(one_service_by_two_versions, by_state=True, pauses={9: 10, 12: 5}),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_service_is_answered_as_the_server_answered_it(name: str) -> None:
    assert_only(follow(name, SCENARIOS[name]), ())


FOLLOWS = (*SCENARIOS, "services/upgrade-body-validation")


class UpgradeBodies:
    """The session `upgrade-body-validation`: services of scale 0, active before each upgrade."""

    def prepare(self, server: SimulatorServer) -> Player:
        self.of = of = environment(server)
        stack, other = of.make_stack("st"), of.make_stack("st2")
        sidekicks = [
            {"name": "agent", "imageUuid": "sim:registry/agent:1"},
            {"name": "logs", "imageUuid": "sim:registry/logs:3"},
        ]
        return _player(
            of,
            st53=stack,
            st54=other,
            s80=of.make_service("web", stack, launchConfig=CONFIG, scale=0),
            s81=of.make_service(
                "side", stack, launchConfig=CONFIG, secondaryLaunchConfigs=sidekicks, scale=0
            ),
            s82=of.make_service("n42002", other, launchConfig=CONFIG, scale=0),
        )

    def dress(self, player: Player, step: Step) -> Step:
        """Between the recorded requests an accepted upgrade was finished."""
        path = step.path.split("?")[0].rstrip("/")
        if step.method == "POST" and "action=upg" in step.path:
            if player.read(path)["state"] == "upgraded":
                player.play(replace(step, path=f"{path}/?action=finishupgrade", body=None, status=202))
                self.of.server.advance(5)
            assert player.read(path)["state"] == "active", step.name
        return step


def test_every_upgrade_body_is_answered_as_recorded() -> None:
    session = UpgradeBodies()
    scenario = Scenario(session.prepare, by_state=True, dress=session.dress)
    assert_only(follow("services/upgrade-body-validation", scenario), ())
