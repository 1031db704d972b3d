"""When an active service looks whether there is something to do, and what its log tells (4.4, 9).

Seen on a server; source: cattle:…/process/ServicesReconcileTrigger.java, ServicesReconcilePostTrigger.java,
…/deployment/impl/DeploymentManagerImpl.java, serviceUpdate.
"""

from __future__ import annotations

import pytest

from .lab import OLD, Lab
from .records import told

CHECK = {"port": 80, "interval": 2000, "healthyThreshold": 2, "unhealthyThreshold": 2, "strategy": "none"}
COMPLETE = "Requested: 1, Created: 1, Unhealthy: 0, Bad: 0, Incomplete: 0"
IDLE_LOOK = [
    ("service.trigger", "Re-evaluating state"),
    ("service.trigger.info", COMPLETE),
    ("service.trigger.info", "Service already reconciled"),
]
EVERYWHERE = {"io.rancher.scheduler.global": "true"}


def chosen_one(lab: Lab) -> tuple[int, int]:
    """A container that belongs to no service, and the service that chooses it."""
    body = {"name": "one", "imageUuid": OLD, "labels": {"pick": "me"}}
    chosen = lab.engine.create("container", body, project=lab.project)
    fields = {"selectorContainer": "pick=me"}
    return chosen, lab.service("choosing", image="docker:rancher/none", fields=fields, settle=30)


def where_it_runs(lab: Lab, service: int) -> int:
    """The host of its first container."""
    return int(lab.containers(service)[0]["hostId"].number)


def test_what_is_complete_but_still_starting_is_waited_for(lab: Lab) -> None:
    lab.engine.levers.image(OLD, start=10.0)
    web = lab.service(labels=EVERYWHERE, settle=30)
    before = len(told(lab, web))
    lab.engine.act("container", lab.ids(web)[0], "restart")
    lab.wait(4)

    lab.engine.update("host", lab.hosts[0], {"labels": {"zone": "a"}})
    lab.until(web, "updating-active")
    lab.until(web, "active")

    complete = "Created: 3, Unhealthy: 0, Bad: 0, Incomplete: 0"
    assert told(lab, web)[before:] == [
        ("service.trigger", "Re-evaluating state"),
        ("service.trigger.info", complete),
        ("service.update", "Updating service"),
        ("service.update.info", complete),
        ("service.update.wait", "Waiting for instances to start"),
        ("service.update.info", f"Service reconciled: {complete}"),
    ]


def test_a_look_after_a_restart_finds_all_in_order(lab: Lab) -> None:
    web = lab.service(settle=30)
    before = len(told(lab, web))

    lab.engine.act("container", lab.ids(web)[0], "restart")
    lab.wait(30)

    assert told(lab, web)[before:] == IDLE_LOOK


@pytest.mark.parametrize("ending", ["finishupgrade", "rollback"])
def test_so_does_one_after_the_end_of_an_upgrade(lab: Lab, ending: str) -> None:
    """It is called for by the removal of what the other generation leaves."""
    web = lab.service()
    lab.upgrade(web)
    lab.until(web, "upgraded")

    lab.act(web, ending)
    lab.until(web, "active")
    lab.wait(30)

    assert told(lab, web)[-3:] == IDLE_LOOK


def test_what_reconcile_removes_calls_for_no_look(lab: Lab) -> None:
    web = lab.service(scale=2, settle=30)

    lab.engine.update("service", web, {"scale": 1})
    lab.wait(30)

    assert told(lab, web)[-1] == ("service.update.info", f"Service reconciled: {COMPLETE}")


def test_a_job_that_is_stopped_calls_for_one(lab: Lab) -> None:
    job = lab.service(labels={"io.rancher.container.start_once": "true"}, settle=30)
    before = len(told(lab, job))

    lab.engine.act("container", lab.ids(job)[0], "stop")
    lab.wait(30)

    assert told(lab, job)[before:] == IDLE_LOOK


def test_so_does_one_that_has_become_healthy_once_its_service_is_active(lab: Lab) -> None:
    web = lab.service(healthCheck=CHECK, settle=30)

    assert lab.view(web)["healthState"] == "healthy"
    assert told(lab, web)[-3:] == IDLE_LOOK


def test_a_stop_of_what_a_service_has_chosen_calls_for_one(lab: Lab) -> None:
    chosen, choosing = chosen_one(lab)
    before = len(told(lab, choosing))

    lab.engine.act("container", chosen, "stop")
    lab.wait(30)

    assert [event for event, _ in told(lab, choosing)[before:]] == [event for event, _ in IDLE_LOOK]


@pytest.mark.parametrize(("labels", "is_told"), [(EVERYWHERE, True), ({}, False)])
def test_other_labels_of_a_host_call_for_one_at_what_runs_on_every_host(
    lab: Lab, labels: dict[str, str], is_told: bool
) -> None:
    web = lab.service(labels=labels, settle=30)
    before = len(told(lab, web))

    lab.engine.update("host", where_it_runs(lab, web), {"labels": {"zone": "a"}})
    lab.wait(30)

    assert bool(told(lab, web)[before:]) is is_told


@pytest.mark.parametrize("is_there", [True, False])
def test_an_activated_host_calls_for_one_at_what_has_a_container_there(lab: Lab, is_there: bool) -> None:
    web = lab.service(settle=30)
    host = next(each for each in lab.hosts if (each == where_it_runs(lab, web)) is is_there)
    before = len(told(lab, web))

    for action in ("deactivate", "activate"):
        lab.engine.act("host", host, action)
        lab.wait(5)

    assert told(lab, web)[before:] == (IDLE_LOOK if is_there else [])


def test_without_a_host_a_look_looks_at_nothing(lab: Lab) -> None:
    web = lab.service(settle=30)
    for host in lab.hosts:
        lab.engine.act("host", host, "deactivate")
    lab.wait(5)
    before = len(told(lab, web))

    lab.engine.act("container", lab.ids(web)[0], "restart")
    lab.wait(30)

    assert told(lab, web)[before:] == IDLE_LOOK[:1]


def test_what_looks_unasked_does_not_mind_what_is_starting(lab: Lab) -> None:
    """The server looks at no such service when a host gets other labels."""
    lab.engine.levers.image(OLD, start=10.0)
    web = lab.service(settle=30)
    before = len(told(lab, web))
    lab.engine.act("container", lab.ids(web)[0], "restart")
    lab.wait(4)

    lab.engine.update("host", lab.hosts[0], {"labels": {"zone": "a"}})
    lab.wait(30)

    assert told(lab, web)[before:] == IDLE_LOOK


def test_a_start_calls_for_no_look_after_a_restart_either(lab: Lab) -> None:
    chosen, choosing = chosen_one(lab)
    looks = []
    for action in ("restart", "stop", "start"):
        lab.engine.act("container", chosen, action)
        lab.wait(30)
        looks.append(told(lab, choosing).count(IDLE_LOOK[0]))

    assert looks == [1, 2, 2]


def test_a_look_that_is_called_for_is_told_though_others_ask_for_one_too(lab: Lab) -> None:
    job = lab.service(labels={"io.rancher.container.start_once": "true"}, settle=30)
    before = len(told(lab, job))
    lab.engine.act("container", lab.ids(job)[0], "stop")
    while lab.container(lab.ids(job)[0])["state"] != "stopped":
        lab.wait(0.01)

    lab.engine.update("host", lab.hosts[0], {"labels": {"zone": "a"}})
    lab.wait(30)

    assert told(lab, job)[before:] == IDLE_LOOK
