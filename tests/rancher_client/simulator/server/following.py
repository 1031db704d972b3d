"""A recording played from its first step to its last, and what of it our answers do not say."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from rancher_client.simulator.server import SimulatorServer

from .conftest import Environment
from .recorded import Player, Step, differences, steps_of

EXCUSED = {
    "defaultNetworkId": "the engine keeps no networks",
    "primaryNetworkId": "the engine keeps no networks",
    "members": "the recorded projects have members, ours has an environment key only",
    "servicesPortRange": "the engine knows one range for all projects",
}
"""Fields whose nullness may differ, and why."""

OF_AGENTS = {
    "computeTotal": "a column of simulated agents",
    "hostname": "simulated agents have a name instead",
    "info": "simulated agents send no figures",
    "kind": "simulated agents are of kind sim",
}

LONGEST = 60.0
"""Virtual seconds after which a row will not come to where it is expected."""

BEGUN = 0.04
"""Virtual seconds after which a process that a call has scheduled has taken its first step."""

Prepare = Callable[[SimulatorServer], Player]


@dataclass(frozen=True)
class Scenario:
    """A recording and how its beginning is prepared."""

    prepare: Prepare
    access_control: bool = True
    pauses: Mapping[int, float] = field(default_factory=dict)
    """Seconds before a step where the recorded server was slower or quicker than the engine."""
    excused: Mapping[str, str] = field(default_factory=dict)
    """Fields that differ in this scenario, and why."""
    random_seed: int = 0
    by_state: bool = False
    """Time goes on by what the answers say of a row's state, not by the recorder's clock."""
    dress: Callable[[Player, Step], Step] = lambda player, step: step
    """What the recorder left out of a request: whose key it had, the words behind a mask."""


def follow(name: str, scenario: Scenario) -> dict[int, list[str]]:
    """Play the recording `folder/name` on a server of its own: what differs, by number of the step."""
    found: dict[int, list[str]] = {}
    with SimulatorServer(
        speed=0,
        start=1_795_404_000.0,
        access_control=scenario.access_control,
        random_seed=scenario.random_seed,
    ) as server:
        player = scenario.prepare(server)
        at = 0.0
        for step in steps_of(name):
            usual = min(step.at - at, BEGUN) if scenario.by_state else step.at - at
            server.advance(scenario.pauses.get(step.index, usual))
            if scenario.by_state:
                _reach(server, player, step)
            at = step.at
            differing = step_differences(player, scenario.dress(player, step), scenario.excused)
            if differing:
                found[step.index] = [f"{step.name}: {text}" for text in differing]
    return found


def _reach(server: SimulatorServer, player: Player, step: Step) -> None:
    """Let time go on until the row that is read stands where the recorded one stood.

    It gives up after a while; the answer then differs, and says in what.
    """
    seen = step.answer if isinstance(step.answer, dict) else {}
    if step.method != "GET" or "state" not in seen:
        return
    ends = server.now + LONGEST
    while server.now < ends:
        ours = player.read(step.path)
        if all(ours.get(name) == seen[name] for name in ("state", "transitioning") if name in seen):
            return
        server.advance(0.05)


def add_infrastructure(project: Environment) -> tuple[str, str]:
    """The system stack with the service of a network driver, as the server itself makes it."""
    engine, number = project.server.engine, int(project.project[2:])
    with project.server.engine_lock:
        stack = engine.create("stack", {"name": "default-test-driver", "system": True}, project=number)
        network = {"type": "defaultNetwork", "defaultPolicyAction": "allow", "dns": ["169.254.169.250"]}
        network |= {"dnsSearch": ["rancher.internal"]}
        network |= {"subnets": [{"type": "subnet", "cidrSize": 24, "networkAddress": "10.42.0.0/16"}]}
        fields = {
            "name": "default-test-driver",
            "stackId": stack,
            "kind": "networkDriverService",
            "system": True,
            "scale": 1,
            "startOnCreate": True,
            "selectorContainer": "none",
            "launchConfig": {},
            "networkDriver": {"name": "default-test-driver", "defaultNetwork": network},
        }
        driver = engine.create("service", fields, project=number)
        engine.levers.store_configs(driver, {}, [])
    return f"1st{stack}", f"1s{driver}"


def assert_only(found: Mapping[int, list[str]], not_followed: Collection[int]) -> None:
    """Nothing differs but in the steps known for it, and each of these does."""
    unexpected = [text for index, texts in found.items() if index not in not_followed for text in texts]
    assert not unexpected, "\n".join(unexpected)
    assert set(not_followed) <= set(found), "these steps agree by now: take them off the table"


def step_differences(player: Player, step: Step, excused: Mapping[str, str]) -> list[str]:
    """Play one step: what differs in status, headers and body."""
    answered = player.play(step)
    if answered.status_code != step.status:
        return [f"status {step.status}, ours {answered.status_code} {answered.text[:300]}"]
    found = player.header_differences(step, answered)
    if isinstance(step.answer, dict):
        found += differences(step.answer, answered.json(), ids=player.ids)
    return [
        text for text in found if text.partition(":")[0].rpartition(".")[2] not in EXCUSED | dict(excused)
    ]
