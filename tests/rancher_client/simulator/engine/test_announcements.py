"""Whatever makes a row look different is announced: nobody at a websocket sees an old picture (8.2)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from rancher_client.simulator.engine import Ref, Refused
from rancher_client.simulator.engine.races import Outcome

from .announcements import Announcing
from .lab import NEW, Lab, upgrade_body
from .stack_lab import StackLab

LOGS = {"name": "logs", "imageUuid": "sim:registry/logs:1"}
NEW_LOGS = {"name": "logs", "imageUuid": "sim:registry/logs:2"}
HEALTH = {"port": 80, "interval": 2000, "healthyThreshold": 2, "initializingTimeout": 20_000}

Life = Callable[[StackLab], None]


def an_upgrade_is_finished(lab: StackLab) -> None:
    web = lab.service(scale=3, sidekicks=[LOGS])
    lab.upgrade(web, upgrade_body(batch=2, interval=500, sidekicks=[NEW_LOGS]))
    lab.until(web, "upgraded")
    lab.act(web, "finishupgrade")
    lab.wait(30)


def an_upgrade_is_rolled_back(lab: StackLab) -> None:
    web = lab.service(scale=2)
    lab.upgrade(web, upgrade_body(start_first=True))
    lab.until(web, "upgraded")
    lab.act(web, "rollback")
    lab.wait(60)


def an_upgrade_is_cancelled_and_goes_on(lab: StackLab) -> None:
    web = lab.service(scale=3)
    lab.upgrade(web, upgrade_body(interval=5000))
    lab.wait(4)
    lab.act(web, "cancelupgrade")
    lab.until(web, "canceled-upgrade")
    lab.act(web, "continueupgrade")
    lab.until(web, "upgraded")
    lab.act(web, "rollback")
    lab.wait(60)


def an_upgrade_to_an_image_that_does_not_start(lab: StackLab) -> None:
    web = lab.service(scale=2)
    lab.engine.levers.start_fails(NEW, "boom")
    lab.upgrade(web)
    lab.wait(40)
    lab.engine.levers.start_fails(NEW, None)
    lab.wait(60)


def configs_are_rewritten_without_a_process(lab: StackLab) -> None:
    web = lab.service()
    lab.engine.levers.store_configs(web, {"imageUuid": NEW}, [])
    lab.wait(1)


def an_upgrade_to_an_image_that_is_not_there(lab: StackLab) -> None:
    web = lab.service(scale=1)
    lab.engine.levers.image_exists("registry/shop:2", exists=False)
    lab.upgrade(web)
    lab.wait(60)


def two_upgrades_at_the_same_moment(lab: StackLab) -> None:
    for name, outcome in zip(("one", "two", "three"), Outcome, strict=False):
        web = lab.service(name, scale=2)
        lab.upgrade(web)
        with suppress(Refused):
            lab.engine.act("service", web, "upgrade", upgrade_body(), overlapping=True, outcome=outcome)
        lab.wait(30)


def an_upgrade_to_another_service(lab: StackLab) -> None:
    blue, green = lab.service("blue", scale=2), lab.service("green", scale=0)
    strategy = {"toServiceId": Ref("service", green), "finalScale": 2, "batchSize": 1, "intervalMillis": 500}
    lab.upgrade(blue, {"toServiceStrategy": strategy})
    lab.wait(60)


def a_service_is_scaled_edited_stopped_and_removed(lab: StackLab) -> None:
    web = lab.service(scale=1, healthCheck=HEALTH, ports=["80:80"])
    lab.engine.update("service", web, {"description": "the shop"})
    lab.engine.update("service", web, {"scale": 3, "metadata": {"n": 1}})
    lab.wait(30)
    lab.engine.update("service", web, {"scale": 1, "name": "shop"})
    lab.wait(30)
    lab.act(web, "deactivate")
    lab.wait(10)
    lab.act(web, "activate")
    lab.wait(30)
    lab.engine.delete("service", web)
    lab.wait(30)


def a_service_is_restarted_in_batches(lab: StackLab) -> None:
    web = lab.service(scale=3)
    strategy = {"rollingRestartStrategy": {"batchSize": 1, "intervalMillis": 500}}
    lab.engine.act("service", web, "restart", strategy)
    lab.wait(60)


def a_global_service_follows_the_hosts(lab: StackLab) -> None:
    lab.service(labels={"io.rancher.scheduler.global": "true"})
    lab.engine.create("host", {}, project=lab.project)
    lab.wait(30)
    lab.engine.act("host", lab.hosts[0], "deactivate", {})
    lab.wait(10)
    lab.engine.delete("host", lab.hosts[0])
    lab.wait(60)


def ports_run_out(lab: StackLab) -> None:
    web = lab.service(scale=3, ports=["80:80"])
    lab.upgrade(web, upgrade_body(ports=["80:80"], start_first=True))
    lab.wait(60)
    lab.act(web, "rollback")
    lab.wait(60)
    other = lab.service("other", ports=["80:80"], settle=60)
    lab.upgrade(other, upgrade_body(ports=["81:80"], start_first=True))
    lab.wait(60)


def containers_end_and_are_handled(lab: StackLab) -> None:
    web = lab.service(scale=2)
    first, second = lab.ids(web)
    lab.engine.levers.container_exits(first)
    lab.wait(20)
    for action, seconds in (("stop", 0.5), ("restart", 20), ("stop", 20), ("start", 20)):
        offering = [number for number in lab.ids(web) if action in lab.engine.offered("container", number)]
        for number in offering[:1]:
            lab.engine.act("container", number, action, {})
        lab.wait(seconds)
    lab.engine.delete("container", second)
    lab.wait(700)  # purged by then


def a_container_of_nobody(lab: StackLab) -> None:
    body = {"name": "alone", "imageUuid": "sim:registry/shop:1", "startOnCreate": True}
    number = lab.engine.create("container", body, project=lab.project)
    lab.wait(20)
    lab.engine.update("container", number, {"name": "still-alone"})
    lab.wait(5)
    lab.engine.delete("container", number)
    lab.wait(20)


def containers_become_unhealthy(lab: StackLab) -> None:
    web = lab.service(scale=2, healthCheck={**HEALTH, "strategy": "recreate"})
    lab.engine.levers.health(lab.ids(web)[0], answers=False)
    lab.wait(60)
    lab.engine.levers.health_reported(lab.ids(web)[0], healthy=False)
    lab.wait(60)


def a_container_never_becomes_healthy(lab: StackLab) -> None:
    web = lab.service(scale=1, healthCheck=HEALTH)
    lab.engine.levers.image_health(NEW, answers=False)
    lab.upgrade(web, upgrade_body(healthCheck=HEALTH))
    lab.wait(90)


def a_host_is_lost_and_comes_back(lab: StackLab) -> None:
    lab.service(scale=3, healthCheck=HEALTH)
    lab.engine.levers.lose_host(lab.hosts[0])
    lab.wait(400)
    lab.engine.levers.regain_host(lab.hosts[0])
    lab.wait(60)
    lab.engine.levers.give_up_host(lab.hosts[1])
    lab.wait(60)


def a_host_is_emptied_and_removed(lab: StackLab) -> None:
    lab.service(scale=3)
    host = lab.hosts[0]
    lab.engine.update("host", host, {"name": "old", "labels": {"zone": "a"}})
    for action in ("deactivate", "evacuate", "activate", "deactivate"):
        lab.engine.act("host", host, action, {})
        lab.wait(60)
    lab.engine.act("host", host, "remove", {})
    lab.wait(700)  # purged by then


def an_empty_host_comes_and_goes(lab: StackLab) -> None:
    host = lab.hosts[0]
    lab.engine.levers.lose_host(host)
    lab.wait(400)
    lab.engine.levers.regain_host(host)
    lab.wait(60)
    lab.engine.act("host", host, "evacuate", {})
    lab.wait(60)


def services_are_linked(lab: StackLab) -> None:
    web, database, cache = lab.service("web"), lab.service("db"), lab.service("cache")
    both = [{"serviceId": Ref("service", number)} for number in (database, cache)]
    lab.engine.act("service", web, "setservicelinks", {"serviceLinks": both})
    lab.engine.act("service", web, "removeservicelink", {"serviceLink": both[0]})
    lab.engine.act("service", web, "addservicelink", {"serviceLink": both[0]})
    lab.engine.delete("service", database)
    lab.wait(20)


def other_kinds_of_services(lab: StackLab) -> None:
    lab.service("web")
    bodies: dict[str, dict[str, Any]] = {
        "externalService": {"name": "far", "hostname": "far.example"},
        "dnsService": {"name": "alias"},
        "loadBalancerService": {
            "name": "front",
            "launchConfig": {"imageUuid": "sim:rancher/lb-service-haproxy:v0.9", "ports": ["8080:80"]},
            "lbConfig": {"portRules": []},
            "scale": 1,
        },
    }
    for kind, body in bodies.items():
        fields = body | {"stackId": lab.stack, "startOnCreate": True}
        number = lab.engine.create(kind, fields, project=lab.project)
        lab.wait(30)
        lab.engine.delete("service", number)
        lab.wait(30)


def a_stack_of_texts_is_upgraded(lab: StackLab) -> None:
    stack = lab.stack_of()
    for end in ("finishupgrade", "rollback"):
        lab.upgrade_stack(stack)
        lab.wait(60)
        lab.engine.act("stack", stack, end, {})
        lab.wait(60)
    lab.upgrade_stack(stack, docker="web: [")
    lab.wait(60)


def a_stack_of_texts_that_cannot_be_read(lab: StackLab) -> None:
    lab.stack_of(docker="web: [")


def a_stack_upgrade_is_cancelled(lab: StackLab) -> None:
    stack = lab.stack_of()
    lab.engine.levers.start_fails("sim:registry/shop:2", "boom")
    lab.upgrade_stack(stack)
    lab.wait(1)
    lab.engine.act("stack", stack, "cancelupgrade", {})
    lab.wait(30)


def the_executor_is_away(lab: StackLab) -> None:
    stack = lab.stack_of()
    lab.engine.levers.compose_executor("away")
    lab.upgrade_stack(stack)
    lab.wait(300)
    lab.engine.levers.compose_executor("unregistered")
    lab.stack_of(name="second")
    lab.engine.levers.compose_executor("running")
    lab.wait(100)


def a_stack_is_edited_and_removed(lab: StackLab) -> None:
    lab.service(scale=1)
    lab.engine.act("stack", lab.stack, "deactivateservices", {})
    lab.wait(20)
    lab.engine.act("stack", lab.stack, "activateservices", {})
    lab.wait(20)
    lab.engine.update("stack", lab.stack, {"description": "the shop"})
    lab.engine.act("stack", lab.stack, "addoutputs", {"outputs": {"address": "10.0.0.1"}})
    lab.engine.update("stack", lab.stack, {"name": "store"})
    lab.wait(20)
    lab.engine.delete("stack", lab.stack)
    lab.wait(60)


def a_stack_makes_volumes(lab: StackLab) -> None:
    text = (
        "version: '2'\n"
        "services:\n  web:\n    image: registry/shop:1\n    volumes: ['store:/data']\n"
        "volumes:\n  store:\n    driver: rancher-nfs\n    per_container: true\n"
    )
    stack = lab.stack_of(docker=text, rancher="")
    lab.engine.delete("stack", stack)
    lab.wait(60)


def images_are_pulled_before(lab: StackLab) -> None:
    lab.engine.levers.image_exists("registry/shop:9", exists=False)
    for tag in ("1", "9"):
        body = {"image": f"registry/shop:{tag}", "mode": "all"}
        lab.engine.create("pullTask", body, project=lab.project)
        lab.wait(30)


def projects_come_and_go(lab: StackLab) -> None:
    number = lab.engine.create("project", {"name": "second"}, project=None)
    lab.wait(10)
    lab.engine.update("project", number, {"description": "for trying"})
    for action in ("deactivate", "activate", "deactivate"):
        lab.engine.act("project", number, action, {})
        lab.wait(10)
    lab.engine.delete("project", number)
    lab.wait(10)


LIVES: list[Life] = [
    an_upgrade_is_finished,
    an_upgrade_is_rolled_back,
    an_upgrade_is_cancelled_and_goes_on,
    an_upgrade_to_an_image_that_does_not_start,
    configs_are_rewritten_without_a_process,
    an_upgrade_to_an_image_that_is_not_there,
    two_upgrades_at_the_same_moment,
    an_upgrade_to_another_service,
    a_service_is_scaled_edited_stopped_and_removed,
    a_service_is_restarted_in_batches,
    a_global_service_follows_the_hosts,
    ports_run_out,
    containers_end_and_are_handled,
    a_container_of_nobody,
    containers_become_unhealthy,
    a_container_never_becomes_healthy,
    a_host_is_lost_and_comes_back,
    a_host_is_emptied_and_removed,
    an_empty_host_comes_and_goes,
    services_are_linked,
    other_kinds_of_services,
    a_stack_of_texts_is_upgraded,
    a_stack_of_texts_that_cannot_be_read,
    a_stack_upgrade_is_cancelled,
    the_executor_is_away,
    a_stack_is_edited_and_removed,
    a_stack_makes_volumes,
    images_are_pulled_before,
    projects_come_and_go,
]


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.__name__)
def test_what_changes_is_announced_when(life: Life) -> None:
    lab = StackLab()
    lab.engine = Announcing(lab.engine)  # type: ignore[assignment]

    life(lab)


def test_begin_and_end_of_a_services_process_are_told_of_its_stack(lab: Lab) -> None:
    web = lab.service()
    lab.engine.take_changes()

    lab.upgrade(web)
    assert ("stack", lab.stack) in lab.engine.take_changes()
    lab.until(web, "upgraded")
    assert ("stack", lab.stack) in lab.engine.take_changes()
