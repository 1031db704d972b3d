"""How a service comes to what its configs and its scale ask for, and what it tells of it (4.4, chapter 9)."""

from __future__ import annotations

from dataclasses import replace

from rancher_client.simulator.engine import Timing

from .container_lab import BARE, CHECK
from .lab import OLD, Lab

GLOBAL = {"io.rancher.scheduler.global": "true"}


def story(lab: Lab, service: int) -> list[tuple[str, str, int | None]]:
    """The service's log from its beginning: event, text, and the container it is about."""
    told = []
    for _, number in lab.engine.related("service", service, "serviceLogs"):
        line = lab.engine.view("serviceLog", number)
        assert line is not None
        container = line["instanceId"]
        told.append((line["eventType"], line["description"], container and container.number))
    return told


def about_containers(lab: Lab, service: int) -> list[tuple[str, str, int | None]]:
    return [line for line in story(lab, service) if line[2] is not None]


def numbers(lab: Lab, service: int) -> list[str]:
    """The lines that count, without their events."""
    return [text for _, text, _ in story(lab, service) if "Created: " in text]


def look_again(lab: Lab, service: int) -> None:
    lab.engine.update("service", service, {"metadata": {"looked": str(lab.engine.now)}})
    lab.wait(10)


def indexes(lab: Lab, service: int) -> list[str]:
    return sorted(view["name"].rpartition("-")[2] for view in lab.containers(service))


# What it tells.


def test_each_container_that_is_made_started_or_taken_away_is_told_of(lab: Lab) -> None:
    web = lab.service(scale=2)
    first, second = lab.ids(web)
    lab.engine.act("container", first, "stop", {})
    lab.wait(10)
    lab.engine.update("service", web, {"scale": 1})
    lab.wait(10)

    assert about_containers(lab, web) == [
        ("service.instance.create", "Creating extra service instance", first),
        ("service.instance.create", "Creating extra service instance", second),
        ("service.instance.start", "Starting stopped instance", first),
        ("service.instance.delete", "Removing extra service instance", second),
    ]


def test_it_says_why_a_container_is_replaced(lab: Lab) -> None:
    web = lab.service(healthCheck=CHECK)
    [sick] = lab.ids(web)
    lab.engine.levers.health(sick, answers=False)
    lab.wait(30)
    assert "Requested: 1, Created: 0, Unhealthy: 1, Bad: 0, Incomplete: 0" in numbers(lab, web)
    bad = lab.service("bad", start=False)
    lab.engine.levers.image_exists("registry/shop:9", exists=False)
    lab.engine.levers.store_configs(bad, {"imageUuid": "docker:registry/shop:9", "version": "0"}, [])
    lab.engine.act("service", bad, "activate")
    lab.wait(20)

    assert ("service.instance.delete", "Removing unhealthy service instance", sick) in story(lab, web)
    assert "Removing bad service instance" in {text for _, text, _ in story(lab, bad)}


def test_what_is_unhealthy_is_replaced_in_the_process_that_takes_it_away(lab: Lab) -> None:
    web = lab.service(healthCheck=CHECK, settle=60)
    sick = lab.ids(web)[0]

    lab.engine.levers.health_reported(sick, healthy=False)
    lab.wait(10)

    lines = [
        lab.engine.view("serviceLog", n) or {} for _, n in lab.engine.related("service", web, "serviceLogs")
    ]
    first, *_, last = [line["transactionId"] for line in lines if line["instanceId"]][-2:]
    assert first == last
    assert lab.ids(web) != [sick]


def test_it_counts_what_there_is_and_what_is_asked_for(lab: Lab) -> None:
    web = lab.service(scale=2, sidekicks=[{"name": "side", "imageUuid": OLD}])
    lab.engine.delete("container", lab.ids(web)[-1])
    lab.wait(10)

    first, *_, last = numbers(lab, web)
    assert first == "Requested: 2, Created: 0, Unhealthy: 0, Bad: 0, Incomplete: 0"
    assert "Requested: 2, Created: 2, Unhealthy: 0, Bad: 0, Incomplete: 1" in numbers(lab, web)
    assert last == "Service reconciled: Requested: 2, Created: 2, Unhealthy: 0, Bad: 0, Incomplete: 0"


def test_a_global_service_has_no_number_to_ask_for(lab: Lab) -> None:
    web = lab.service(labels=GLOBAL)

    first, last = numbers(lab, web)
    assert first == "Created: 0, Unhealthy: 0, Bad: 0, Incomplete: 0"
    assert last == "Service reconciled: Created: 3, Unhealthy: 0, Bad: 0, Incomplete: 0"


# What it does.


def test_the_youngest_go_first_whatever_their_number(lab: Lab) -> None:
    web = lab.service(scale=3)
    lab.engine.delete("container", lab.ids(web)[1])
    lab.wait(20)
    assert indexes(lab, web) == ["1", "2", "3"]

    lab.engine.update("service", web, {"scale": 2})
    lab.wait(10)

    assert indexes(lab, web) == ["1", "3"]


def test_the_number_of_a_unit_without_containers_stands_for_its_age(lab: Lab) -> None:
    web = lab.service(scale=3)

    lab.engine.delete("container", lab.ids(web)[2])
    lab.engine.update("service", web, {"scale": 2})
    lab.wait(20)

    assert indexes(lab, web) == ["1", "2"]


def test_a_unit_is_as_old_as_the_oldest_of_its_containers(lab: Lab) -> None:
    web = lab.service(scale=2, sidekicks=[{"name": "log", "imageUuid": OLD}])
    lab.engine.delete("container", lab.ids(web)[0])
    lab.wait(20)

    lab.engine.update("service", web, {"scale": 1})
    lab.wait(10)

    assert {view["name"].rsplit("-", 1)[1] for view in lab.containers(web)} == {"1"}


def test_a_stopped_container_above_the_scale_is_taken_away_and_not_started(lab: Lab) -> None:
    web = lab.service(scale=2)
    kept, gone = lab.ids(web)
    lab.act(web, "deactivate")
    lab.wait(5)
    lab.engine.update("service", web, {"scale": 1})
    lab.wait(1)

    lab.act(web, "activate")
    lab.wait(10)

    assert lab.ids(web) == [kept]
    assert (lab.container(gone)["state"], lab.container(gone)["startCount"]) == ("removed", 1)


def test_a_unit_above_the_scale_is_not_completed(lab: Lab) -> None:
    web = lab.service(scale=2, sidekicks=[{"name": "side", "imageUuid": OLD}])
    lab.act(web, "deactivate")
    lab.wait(5)
    lab.engine.delete("container", lab.ids(web)[-1])
    lab.wait(5)
    lab.engine.update("service", web, {"scale": 1})
    lab.wait(1)

    lab.act(web, "activate")
    lab.wait(10)

    assert (len(lab.containers(web, state="running")), lab.view(web)["createIndex"]) == (2, 4)


def test_at_scale_zero_what_failed_goes_too(lab: Lab) -> None:
    lab.engine.levers.start_fails(BARE, "boom")
    web = lab.service(settle=3)
    assert lab.containers(web, state="error")

    lab.engine.update("service", web, {"scale": 0})
    lab.until(web, "active")
    lab.wait(5)

    assert lab.containers(web) == []


def test_at_scale_zero_what_is_unhealthy_goes_too(lab: Lab) -> None:
    web = lab.service(healthCheck=CHECK)
    [number] = lab.ids(web)
    lab.engine.levers.health(number, answers=False)
    while lab.container(number)["healthState"] != "unhealthy":
        lab.wait(0.01)

    lab.engine.update("service", web, {"scale": 0})
    lab.wait(5)

    assert lab.containers(web) == []


def test_a_container_whose_config_is_gone_is_left_to_the_upgrade(lab: Lab) -> None:
    web = lab.service(sidekicks=[{"name": "side", "imageUuid": OLD}])
    before = lab.ids(web)

    lab.engine.levers.store_configs(web, lab.view(web)["launchConfig"], [])
    look_again(lab, web)

    assert lab.ids(web) == before
    assert lab.state(web) == "active"


def test_a_container_that_is_being_removed_counts_no_more(lab: Lab) -> None:
    web = lab.service()
    [number] = lab.ids(web)
    lab.engine.levers.stop_hangs(number)

    lab.engine.delete("container", number)
    look_again(lab, web)

    assert lab.container(number)["state"] == "stopping"
    assert [view["state"] for view in lab.containers(web)] == ["stopping", "running"]


def test_a_job_that_is_done_is_not_started_again(lab: Lab) -> None:
    web = lab.service(labels={"io.rancher.container.start_once": "true"})
    [number] = lab.ids(web)
    lab.engine.levers.container_exits(number)
    lab.wait(5)

    look_again(lab, web)

    assert (lab.container(number)["state"], lab.container(number)["startCount"]) == ("stopped", 1)


def test_an_upgrade_to_scale_zero_lets_go_of_what_failed(lab: Lab) -> None:
    lab.engine.levers.start_fails("registry/shop:2", "boom")
    web = lab.service()
    lab.upgrade(web)
    lab.wait(4)
    assert lab.generations(web)["new", "error"] == 1

    lab.engine.update("service", web, {"scale": 0})
    lab.until(web, "upgraded")
    lab.wait(5)

    assert lab.generations(web) == {("old", "stopped"): 1}


def test_one_that_is_being_removed_is_replaced_before_it_is_gone() -> None:
    lab = Lab(timing=replace(Timing.simulated_hosts(), remove=60))
    web = lab.service()
    lab.act(web, "deactivate")
    lab.until(web, "inactive")
    [old] = lab.ids(web)
    lab.wait(5)
    lab.engine.delete("container", old)

    lab.act(web, "activate")
    lab.until(web, "active", within=30)

    assert lab.container(old)["state"] == "removing"
    assert [view["state"] for view in lab.containers(web) if view["id"] != old] == ["running"]
