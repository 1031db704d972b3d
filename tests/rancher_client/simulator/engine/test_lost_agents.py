"""What becomes of a container whose host does not answer (rancher-1.6-api.md 13.3)."""

from __future__ import annotations

from typing import Any

import pytest

from .container_lab import BARE, CHECK, act, alone, state
from .lab import Lab


def started_again_on_a_lost_host(lab: Lab, **config: Any) -> int:
    number = alone(lab, requestedHostId=lab.hosts[0], **config)
    act(lab, number, "stop")
    lab.wait(1)
    lab.engine.levers.lose_host(lab.hosts[0])
    act(lab, number, "start")
    lab.wait(120)
    return number


# Without its agent a start waits 45 s, is repeated once, and by then the agent is known to be lost (13.3).


@pytest.mark.parametrize("config", [{}, {"healthCheck": CHECK}])
def test_on_a_lost_host_a_container_that_never_ran_is_removed(lab: Lab, config: dict[str, Any]) -> None:
    lab.engine.levers.lose_host(lab.hosts[0])
    number = alone(lab, requestedHostId=lab.hosts[0], settle=89, **config)
    before = state(lab, number)

    lab.wait(4)

    assert (before, state(lab, number)) == ("starting", "removed")


def test_on_a_lost_host_a_container_that_ran_before_waits_for_it(lab: Lab) -> None:
    number = started_again_on_a_lost_host(lab)
    assert state(lab, number) == "starting"

    lab.engine.levers.regain_host(lab.hosts[0])
    lab.wait(1)

    assert state(lab, number) == "running"


def test_on_a_lost_host_a_container_with_a_check_is_removed_for_another_to_take_over(lab: Lab) -> None:
    assert state(lab, started_again_on_a_lost_host(lab, healthCheck=CHECK)) == "removed"


def known_as_lost(lab: Lab) -> int:
    """One that runs on a host that has been lost for long."""
    number = alone(lab, requestedHostId=lab.hosts[0], healthCheck=CHECK)
    lab.engine.levers.lose_host(lab.hosts[0])
    lab.wait(300)
    return number


def test_a_start_on_a_host_known_as_lost_is_given_up_at_once(lab: Lab) -> None:
    number = known_as_lost(lab)
    act(lab, number, "stop")
    lab.wait(1)

    act(lab, number, "start")
    lab.wait(1)

    assert state(lab, number) == "removed"


def test_a_stop_there_asks_nobody_and_takes_nothing_away(lab: Lab) -> None:
    """cattle: IgnoreReconnectionAgentHandler"""
    lab.engine.levers.image(BARE, stop=9.0)
    number = known_as_lost(lab)

    act(lab, number, "stop")
    lab.wait(1)

    assert state(lab, number) == "stopped"


def test_an_agent_that_is_back_in_time_goes_on_with_the_start(lab: Lab) -> None:
    lab.engine.levers.lose_host(lab.hosts[0])
    number = alone(lab, requestedHostId=lab.hosts[0], settle=85)

    lab.engine.levers.regain_host(lab.hosts[0])
    lab.wait(60)

    assert state(lab, number) == "running"


def test_a_restart_ends_when_the_agent_is_back(lab: Lab) -> None:
    number = alone(lab, requestedHostId=lab.hosts[0])
    lab.engine.levers.lose_host(lab.hosts[0])
    act(lab, number, "restart")
    lab.wait(300)
    before = state(lab, number)

    lab.engine.levers.regain_host(lab.hosts[0])
    lab.wait(1)

    assert (before, state(lab, number)) == ("starting", "running")


def test_what_runs_on_a_lost_host_goes_on(lab: Lab) -> None:
    number = alone(lab, requestedHostId=lab.hosts[0])

    lab.engine.levers.lose_host(lab.hosts[0])
    lab.wait(300)
    lab.engine.levers.regain_host(lab.hosts[0])
    lab.wait(300)

    view = lab.container(number)
    assert (view["state"], view["startCount"]) == ("running", 1)
