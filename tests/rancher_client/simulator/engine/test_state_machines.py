"""Which action is offered in which state, row by row (rancher-1.6-api.md 3.2, 4.3, 6.2, 7.1)."""

from __future__ import annotations

import pytest

from rancher_client.simulator.engine import Refused
from rancher_client.simulator.engine.state_machines import CONTAINER, HOST, SERVICE, STACK

from .lab import Lab, upgrade_body

LINKS = {"addservicelink", "removeservicelink", "setservicelinks"}

OFFERED_ON_SERVICES = {
    "requested": "remove",
    "registering": "remove",
    "deactivating": "remove",
    "inactive": "activate update upgrade remove",
    "activating": "update deactivate upgrade remove",
    "updating-active": "update deactivate upgrade remove",
    "active": "update deactivate upgrade restart remove",
    "updating-inactive": "deactivate remove",
    "restarting": "activate deactivate remove",
    "upgrading": "update cancelupgrade rollback remove",
    "upgraded": "finishupgrade rollback remove",
    "canceling-upgrade": "update remove",
    "rolling-back": "update remove",
    "canceled-upgrade": "continueupgrade rollback remove",
    "finishing-upgrade": "update cancelupgrade remove",
    "removing": "",
    "removed": "",
}

OFFERED_ON_STACKS = {
    "active": "update upgrade remove",
    "activating": "error remove",
    "upgrading": "cancelupgrade rollback remove",
    "upgraded": "finishupgrade rollback remove",
    "finishing-upgrade": "cancelupgrade remove",
    "canceling-upgrade": "remove",
    "rolling-back": "remove",
    "canceled-upgrade": "upgrade rollback remove",
    "updating-active": "remove",
    "error": "remove",
    "removing": "",
    "removed": "",
}

OFFERED_ON_CONTAINERS = {
    "running": "stop restart update migrate logs execute proxy",
    "stopped": "start remove update error logs",
    "creating": "start stop remove error",
    "starting": "stop",
    "requested": "create remove",
    "restarting": "stop",
    "updating-running": "stop remove",
    "updating-stopped": "stop remove",
    "migrating": "",
    "stopping": "logs",
    "removing": "",
    "error": "remove",
    "erroring": "remove",
}

OFFERED_ON_HOSTS = {
    "active": "upgrade evacuate dockersocket update delete deactivate",
    "inactive": "activate delete evacuate provision remove update upgrade dockersocket",
}


@pytest.mark.parametrize(("state", "actions"), OFFERED_ON_SERVICES.items())
def test_services_offer(state: str, actions: str) -> None:
    offered = SERVICE.offered(state) - ({"activate"} if state == "requested" else set())

    assert offered == set(actions.split()) | LINKS


@pytest.mark.parametrize(("state", "actions"), OFFERED_ON_STACKS.items())
def test_stacks_offer(state: str, actions: str) -> None:
    always = {"activateservices", "deactivateservices", "exportconfig", "addoutputs"}

    assert STACK.offered(state) == set(actions.split()) | always


@pytest.mark.parametrize(("state", "actions"), OFFERED_ON_CONTAINERS.items())
def test_containers_offer(state: str, actions: str) -> None:
    offered = CONTAINER.offered(state) | ({"create"} if state == "requested" else set())

    assert offered == set(actions.split())


@pytest.mark.parametrize(("state", "actions"), OFFERED_ON_HOSTS.items())
def test_hosts_offer(state: str, actions: str) -> None:
    assert HOST.offered(state) == set(actions.split())


@pytest.mark.parametrize(
    ("state", "ends"),
    [
        ("updating-inactive", "inactive"),
        ("updating-active", "active"),
        ("activating", "active"),
        ("upgrading", "upgraded"),
        ("canceling-upgrade", "canceled-upgrade"),
        ("rolling-back", "active"),
        ("finishing-upgrade", "active"),
    ],
)
def test_an_update_ends_by_the_state_it_was_in(state: str, ends: str) -> None:
    assert SERVICE.processes["update"].end(state) == ends


ACTIONS = sorted(set(SERVICE.processes) - {"create", "remove", "upgrade", "restart", "update"})


@pytest.mark.parametrize("state", ["active", "upgrading", "upgraded", "canceled-upgrade", "inactive"])
@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_that_is_not_offered_is_refused_and_leaves_no_trace(
    lab: Lab, state: str, action: str
) -> None:
    web = lab.service(scale=2)
    _bring(lab, web, state)
    if action in lab.engine.offered("service", web):
        lab.act(web, action)
        assert lab.state(web) == SERVICE.processes[action].begin(state)
        return
    before = lab.view(web)

    with pytest.raises(Refused) as raised:
        lab.act(web, action)

    assert (raised.value.status, raised.value.code) == (422, "ActionNotAvailable")
    assert lab.view(web) == before


def _bring(lab: Lab, web: int, state: str) -> None:
    if state == "inactive":
        lab.act(web, "deactivate")
    elif state != "active":
        lab.upgrade(web, upgrade_body(interval=5000))
        lab.wait(3)
    if state == "canceled-upgrade":
        lab.act(web, "cancelupgrade")
    lab.until(web, state)
