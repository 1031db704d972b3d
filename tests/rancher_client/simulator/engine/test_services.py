"""Services: creating, scaling, stopping, removing, linking (rancher-1.6-api.md chapter 4)."""

from __future__ import annotations

import pytest

from rancher_client.simulator.engine import Ref, Refused
from rancher_client.simulator.engine.reconcile import MOST_UNITS

from .lab import OLD, Lab


def test_a_new_service_is_registering_and_then_comes_up_by_itself(lab: Lab) -> None:
    web = lab.service(scale=2, settle=0)
    view = lab.view(web)
    assert (view["state"], view["transitioning"], view["healthState"]) == ("registering", "yes", "healthy")
    assert (view["currentScale"], view["createIndex"], view["instanceIds"]) == (None, None, None)

    lab.until(web, "active")

    view = lab.view(web)
    assert (view["currentScale"], view["createIndex"], len(view["instanceIds"])) == (2, 2, 2)
    assert [v["name"] for v in lab.containers(web)] == ["shop-web-1", "shop-web-2"]


def test_without_start_on_create_it_stays_inactive(lab: Lab) -> None:
    web = lab.service(start=False)

    assert (lab.state(web), lab.containers(web)) == ("inactive", [])


def test_scaling_up_makes_containers_and_down_removes_the_highest_numbers(lab: Lab) -> None:
    web = lab.service(scale=2)

    lab.engine.update("service", web, {"scale": 4})
    assert lab.state(web) == "updating-active"
    lab.until(web, "active")
    assert len(lab.containers(web, state="running")) == 4
    lab.engine.update("service", web, {"scale": 1})
    lab.until(web, "active")
    lab.wait(2)

    assert [view["name"] for view in lab.containers(web)] == ["shop-web-1"]
    assert lab.view(web)["currentScale"] == 1


def test_a_replacement_takes_over_the_number_in_the_name(lab: Lab) -> None:
    web = lab.service(scale=3)
    second = next(view["id"] for view in lab.containers(web) if view["name"] == "shop-web-2")

    lab.engine.delete("container", second)
    lab.wait(10)

    assert sorted(view["name"] for view in lab.containers(web)) == [
        "shop-web-1",
        "shop-web-2",
        "shop-web-3",
    ]
    assert max(view["createIndex"] for view in lab.containers(web)) == 4


def test_an_active_service_starts_a_stopped_container_again(lab: Lab) -> None:
    web = lab.service()
    [number] = lab.ids(web)

    lab.engine.act("container", number, "stop", {})
    lab.wait(10)

    view = lab.container(number)
    assert (view["state"], view["startCount"]) == ("running", 2)


def test_deactivate_stops_all_and_activate_starts_the_same_ones(lab: Lab) -> None:
    web = lab.service(scale=2)
    before = lab.ids(web)

    lab.act(web, "deactivate")
    lab.until(web, "inactive")
    lab.wait(20)
    assert {view["state"] for view in lab.containers(web)} == {"stopped"}
    lab.act(web, "activate")
    lab.until(web, "active")

    assert lab.ids(web) == before


def test_restart_goes_through_the_units_in_batches(lab: Lab) -> None:
    web = lab.service(scale=3)
    with pytest.raises(Refused) as raised:
        lab.act(web, "restart")
    assert (raised.value.code, raised.value.field_name) == ("MissingRequired", "rollingRestartStrategy")

    strategy = {"batchSize": 1, "intervalMillis": 2000}
    lab.engine.act("service", web, "restart", {"rollingRestartStrategy": strategy})
    took = lab.until(web, "active")

    assert {view["startCount"] for view in lab.containers(web)} == {2}
    assert took > 4


def test_a_removed_service_is_still_readable(lab: Lab) -> None:
    web = lab.service(scale=2)

    lab.engine.delete("service", web)
    assert lab.state(web) == "removing"
    lab.until(web, "removed")
    lab.wait(5)

    assert lab.containers(web) == []
    assert web not in lab.engine.ids("service")
    with pytest.raises(Refused) as raised:
        lab.engine.update("service", web, {"scale": 3})
    assert raised.value.status == 409
    lab.engine.delete("service", web)
    assert lab.state(web) == "removed"


def test_links_are_set_added_and_taken_away(lab: Lab) -> None:
    web, db, cache = lab.service("web"), lab.service("db"), lab.service("cache")
    act = lab.engine.act

    act("service", web, "setservicelinks", {"serviceLinks": [{"serviceId": db, "name": "database"}]})
    assert lab.view(web)["linkedServices"] == {"database": Ref("service", db)}
    act("service", web, "addservicelink", {"serviceLink": {"serviceId": Ref("service", cache)}})
    assert lab.engine.related("service", web, "consumedservices") == [("service", db), ("service", cache)]
    assert lab.engine.related("service", cache, "consumedbyservices") == [("service", web)]
    act("service", web, "removeservicelink", {"serviceLink": {"serviceId": db}})
    assert lab.view(web)["linkedServices"] == {"cache": Ref("service", cache)}


def test_public_endpoints_are_those_of_running_containers(lab: Lab) -> None:
    web = lab.service(scale=2, ports=["8080:80"])

    endpoints = lab.view(web)["publicEndpoints"]

    assert {end["port"] for end in endpoints} == {8080}
    assert {end["instanceId"].number for end in endpoints} == set(lab.ids(web))
    lab.act(web, "deactivate")
    lab.wait(5)
    assert lab.view(web)["publicEndpoints"] == []


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ("abc", "PortWrongFormat"),
        ("99999:80", "PortInvalidPublicPort"),
        ("80:99999", "PortInvalidPrivatePort"),
        ("80:80/xyz", "PortInvalidProtocol"),
    ],
)
def test_wrong_ports_carry_their_text_in_the_message(lab: Lab, spec: str, code: str) -> None:
    body = {"name": "web", "stackId": lab.stack, "launchConfig": {"imageUuid": OLD, "ports": [spec]}}
    with pytest.raises(Refused) as raised:
        lab.engine.create("service", body, project=lab.project)

    assert (raised.value.code, raised.value.field_name) == (code, None)
    assert raised.value.message


def test_an_upgrade_tells_its_story_in_the_service_log(lab: Lab) -> None:
    web = lab.service()
    lab.upgrade(web)
    lab.until(web, "upgraded")

    logs = [lab.engine.view("serviceLog", n) for _, n in lab.engine.related("service", web, "serviceLogs")]
    told = [(log["eventType"], log["description"]) for log in logs if log is not None]
    heads = [log for log in logs if log is not None and not log["subLog"]]

    assert ("service.upgrade", "Upgrading service") in told
    assert ("service.instance.mark.upgrade", "Mark for upgrade") in told
    assert ("service.upgrade.starting", "Starting new instances") in told
    assert [head["eventType"] for head in heads] == ["service.activate", "service.upgrade"]
    assert all(head["endTime"] is not None for head in heads)
    assert len({head["transactionId"] for head in heads}) == 2


def test_a_value_that_is_there_already_starts_no_process(lab: Lab) -> None:
    web = lab.service(fields={"metadata": {"k": "v"}, "retainIp": True})

    lab.engine.update("service", web, {"metadata": {"k": "v"}, "retainIp": True, "name": "web"})
    assert lab.state(web) == "active"
    lab.engine.update("service", web, {"metadata": {"k": "w"}})
    assert lab.state(web) == "updating-active"


def test_a_scale_sent_again_counts_as_another_one(lab: Lab) -> None:
    web = lab.service(scale=2)

    lab.engine.update("service", web, {"scale": 2})

    assert lab.state(web) == "updating-active"


def test_a_removed_service_refuses_only_what_would_start_a_process(lab: Lab) -> None:
    web = lab.service()
    lab.engine.delete("service", web)
    lab.wait(5)

    lab.engine.update("service", web, {"description": "gone", "name": "web"})
    with pytest.raises(Refused) as refused:
        lab.engine.update("service", web, {"name": "other"})

    assert lab.view(web)["description"] == "gone"
    assert refused.value.status == 409


def test_a_name_of_null_is_stored(lab: Lab) -> None:
    web = lab.service()

    lab.engine.update("service", web, {"name": None})

    assert lab.view(web)["name"] is None


def test_a_service_without_a_config_gets_an_empty_one_and_never_ends_an_upgrade(lab: Lab) -> None:
    bare = lab.engine.create(
        "externalService", {"name": "bare", "stackId": lab.stack, "startOnCreate": True}, project=lab.project
    )
    lab.wait(5)
    assert lab.view(bare)["launchConfig"] == {}

    lab.upgrade(bare)
    lab.wait(60)

    view = lab.view(bare)
    assert (view["state"], view["transitioning"], view["transitioningMessage"]) == (
        "upgrading",
        "error",
        None,
    )


def test_a_restart_with_a_null_batch_size_never_ends(lab: Lab) -> None:
    web = lab.service()

    lab.engine.act("service", web, "restart", {"rollingRestartStrategy": {"batchSize": None}})
    lab.wait(60)

    assert (lab.state(web), lab.view(web)["transitioning"]) == ("restarting", "error")


def test_deactivating_a_stacks_services_ends_a_restart_that_is_stuck(lab: Lab) -> None:
    web = lab.service()
    lab.engine.act("service", web, "restart", {"rollingRestartStrategy": {"batchSize": None}})
    lab.wait(5)

    lab.engine.act("stack", lab.stack, "deactivateservices", {})
    lab.wait(20)

    assert lab.state(web) == "inactive"


def test_a_scale_beyond_reason_keeps_the_engine_busy_for_a_moment_only(lab: Lab) -> None:
    web = lab.service(scale=1)

    lab.engine.update("service", web, {"scale": 2**60})
    lab.wait(60)

    assert lab.view(web)["scale"] == 2**60
    assert len(lab.ids(web)) == MOST_UNITS
