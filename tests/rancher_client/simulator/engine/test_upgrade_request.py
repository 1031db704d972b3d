"""What an upgrade POST stores and refuses before anything runs (rancher-1.6-api.md 5.1, 5.2)."""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Refused

from .lab import NEW, OLD, Lab, upgrade_body

LOGS = {"name": "logs", "imageUuid": "sim:registry/logs:1"}
LOGS_2 = {"name": "logs", "imageUuid": "sim:registry/logs:2"}
BALANCER = "docker:rancher/lb-service-haproxy:v0.9.1"


def refusal(lab: Lab, web: int, body: dict[str, Any]) -> tuple[int, str, str | None]:
    with pytest.raises(Refused) as raised:
        lab.engine.act("service", web, "upgrade", body)
    assert lab.state(web) == "active"
    return raised.value.status, raised.value.code, raised.value.field_name


def test_config_version_and_state_are_stored_in_the_post_the_block_a_little_later(lab: Lab) -> None:
    web = lab.service()

    lab.upgrade(web)

    at_once = lab.view(web)
    assert (at_once["state"], at_once["launchConfig"]["imageUuid"]) == ("upgrading", NEW)
    assert at_once["launchConfig"]["version"] != "0"
    assert at_once["upgrade"] is None
    lab.wait(0.04)
    strategy = lab.view(web)["upgrade"]["inServiceStrategy"]
    assert strategy["launchConfig"]["version"] == at_once["launchConfig"]["version"]
    assert strategy["previousLaunchConfig"]["imageUuid"] == OLD
    assert (strategy["batchSize"], strategy["intervalMillis"], strategy["startFirst"]) == (1, 1000, False)


def test_the_block_is_never_cleared(lab: Lab) -> None:
    web = lab.service()
    lab.upgrade(web)
    lab.until(web, "upgraded")
    block = lab.view(web)["upgrade"]

    lab.act(web, "rollback")
    lab.until(web, "active")

    assert lab.view(web)["upgrade"] == block


def test_all_configs_of_one_request_get_the_same_new_version(lab: Lab) -> None:
    web = lab.service(sidekicks=[LOGS])

    lab.upgrade(web, upgrade_body(sidekicks=[LOGS_2]))

    view = lab.view(web)
    versions = {view["launchConfig"]["version"], view["secondaryLaunchConfigs"][0]["version"]}
    assert len(versions) == 1
    assert versions != {"0"}


def test_a_version_sent_by_the_client_is_dropped(lab: Lab) -> None:
    web = lab.service()

    lab.upgrade(web, upgrade_body(version="mine"))

    assert lab.view(web)["launchConfig"]["version"] != "mine"


def test_configs_not_mentioned_keep_version_and_containers(lab: Lab) -> None:
    web = lab.service(sidekicks=[LOGS])
    [sidekick] = [view["id"] for view in lab.containers(web) if "logs" in view["name"]]

    lab.upgrade(web)
    lab.until(web, "upgraded")

    assert lab.view(web)["secondaryLaunchConfigs"][0]["version"] == "0"
    assert lab.view(web)["upgrade"]["inServiceStrategy"]["secondaryLaunchConfigs"][0]["version"] == "0"
    assert lab.container(sidekick)["state"] == "running"
    assert lab.container(sidekick)["startCount"] == 1


def test_a_sidekick_alone_can_be_upgraded(lab: Lab) -> None:
    web = lab.service(sidekicks=[LOGS])
    [primary] = [view["id"] for view in lab.containers(web) if "logs" not in view["name"]]

    lab.upgrade(web, {"inServiceStrategy": {"batchSize": 1, "secondaryLaunchConfigs": [LOGS_2]}})
    lab.until(web, "upgraded")

    assert lab.view(web)["launchConfig"]["version"] == "0"
    assert lab.container(primary)["startCount"] == 1
    assert [v["imageUuid"] for v in lab.containers(web, state="stopped")] == [LOGS["imageUuid"]]


@pytest.mark.parametrize("tie", [{"dataVolumesFromLaunchConfigs": ["web"]}, {"networkLaunchConfig": "web"}])
def test_sidekicks_that_take_volumes_or_network_of_a_changed_one_change_too(
    lab: Lab, tie: dict[str, Any]
) -> None:
    other = {"name": "base", "imageUuid": "sim:registry/base:1"}
    tie = {key: "base" if isinstance(value, str) else ["base"] for key, value in tie.items()}
    web = lab.service(sidekicks=[other, LOGS | tie])

    lab.upgrade(web, {"inServiceStrategy": {"batchSize": 1, "secondaryLaunchConfigs": [other]}})

    versions = {each["name"]: each["version"] for each in lab.view(web)["secondaryLaunchConfigs"]}
    assert versions["logs"] == versions["base"] != "0"


def test_what_takes_the_network_of_the_primary_names_it_as_its_service(lab: Lab) -> None:
    web = lab.service(sidekicks=[LOGS | {"networkLaunchConfig": "web"}])

    lab.upgrade(
        web, {"inServiceStrategy": {"batchSize": 1, "launchConfig": dict(lab.view(web)["launchConfig"])}}
    )

    [logs] = lab.view(web)["secondaryLaunchConfigs"]
    assert logs["version"] == lab.view(web)["launchConfig"]["version"] != "0"


def test_rancher_none_removes_a_sidekick_and_a_rollback_brings_it_back(lab: Lab) -> None:
    web = lab.service(sidekicks=[LOGS])
    [sidekick] = [view["id"] for view in lab.containers(web) if "logs" in view["name"]]

    none = {"name": "logs", "imageUuid": "rancher/none"}
    lab.upgrade(web, {"inServiceStrategy": {"batchSize": 1, "secondaryLaunchConfigs": [none]}})
    lab.until(web, "upgraded")
    strategy = lab.view(web)["upgrade"]["inServiceStrategy"]
    assert lab.view(web)["secondaryLaunchConfigs"] == strategy["secondaryLaunchConfigs"] == []
    assert [c["name"] for c in strategy["previousSecondaryLaunchConfigs"]] == ["logs"]
    assert lab.container(sidekick)["state"] == "stopped"

    lab.act(web, "rollback")
    lab.until(web, "active")
    assert [c["name"] for c in lab.view(web)["secondaryLaunchConfigs"]] == ["logs"]


def test_naming_a_new_sidekick_adds_it(lab: Lab) -> None:
    web = lab.service(scale=2)

    lab.upgrade(web, {"inServiceStrategy": {"batchSize": 1, "secondaryLaunchConfigs": [LOGS]}})
    lab.until(web, "upgraded")

    assert len([v for v in lab.containers(web, state="running") if "logs" in v["name"]]) == 2


def test_the_same_body_again_is_a_whole_new_upgrade(lab: Lab) -> None:
    web = lab.service()
    lab.upgrade(web)
    lab.until(web, "upgraded")
    lab.act(web, "finishupgrade")
    lab.until(web, "active")
    lab.wait(2)
    version, ids = lab.view(web)["launchConfig"]["version"], lab.ids(web)

    lab.upgrade(web)
    lab.until(web, "upgraded")

    assert lab.view(web)["launchConfig"]["version"] != version
    assert set(lab.ids(web)) > set(ids)


@pytest.mark.parametrize("body", [{}, {"inServiceStrategy": None}])
def test_a_strategy_is_needed(lab: Lab, body: dict[str, Any]) -> None:
    web = lab.service()

    assert refusal(lab, web, body) == (422, "MissingRequired", "Upgrade strategy needs to be set")


def test_one_config_is_needed(lab: Lab) -> None:
    web = lab.service()

    text = "LaunchConfig/secondaryLaunchConfigs need to be specified for inService strategy"
    assert refusal(lab, web, {"inServiceStrategy": {"batchSize": 1}}) == (422, "InvalidOption", text)


def test_start_first_is_refused_with_retain_ip(lab: Lab) -> None:
    web = lab.service(fields={"retainIp": True})

    text = "StartFirst option can't be used for service with retainIp field set"
    assert refusal(lab, web, upgrade_body(start_first=True)) == (422, "InvalidOption", text)


def test_retain_ip_alone_is_no_hindrance(lab: Lab) -> None:
    web = lab.service(fields={"retainIp": True})

    lab.upgrade(web)

    assert lab.until(web, "upgraded") < 10


def test_a_wrong_port_is_refused_in_its_message(lab: Lab) -> None:
    web = lab.service()

    with pytest.raises(Refused, match="port spec format is wrong") as raised:
        lab.upgrade(web, upgrade_body(ports=["abc"]))

    assert (raised.value.code, raised.value.field_name) == ("PortWrongFormat", None)


def test_global_and_fixed_scale_do_not_change_into_each_other(lab: Lab) -> None:
    web = lab.service()

    text = "Switching from global scale to fixed (and vice versa)"
    body = upgrade_body(labels={"io.rancher.scheduler.global": "true"})
    assert refusal(lab, web, body) == (422, "InvalidOption", text)


def test_of_a_global_service_a_sidekick_alone_can_be_upgraded(lab: Lab) -> None:
    web = lab.service(labels={"io.rancher.scheduler.global": "true"}, sidekicks=[LOGS])

    lab.upgrade(web, {"inServiceStrategy": {"batchSize": 3, "secondaryLaunchConfigs": [LOGS_2]}})
    lab.until(web, "upgraded")

    assert len(lab.containers(web, state="running", imageUuid=LOGS_2["imageUuid"])) == 3


def balancer(lab: Lab) -> int:
    """A load balancer that leads nowhere, started and given time to come up."""
    fields = {
        "name": "lb",
        "stackId": lab.stack,
        "startOnCreate": True,
        "launchConfig": {"imageUuid": BALANCER},
    }
    number = lab.engine.create("loadBalancerService", fields, project=lab.project)
    lab.wait(30)
    return number


def test_a_load_balancers_new_config_gets_the_servers_labels_and_health_check(lab: Lab) -> None:
    """5.2 step 5; the config of the first POST has them likewise (10.6)."""
    lb = balancer(lab)
    for image in (BALANCER, BALANCER + "-new"):
        config = lab.view(lb)["launchConfig"]
        assert (config["imageUuid"], config["healthCheck"]["port"]) == (image, 42)
        assert config["labels"]["io.rancher.container.create_agent"] == "true"
        if image == BALANCER:
            lab.upgrade(lb, upgrade_body(BALANCER + "-new"))


def test_a_load_balancer_is_not_upgraded_by_a_sidekick_alone(lab: Lab) -> None:
    lb = balancer(lab)

    text = "LaunchConfig is required for load balancer service"
    body = {"inServiceStrategy": {"secondaryLaunchConfigs": [LOGS]}}
    assert refusal(lab, lb, body) == (422, "InvalidOption", text)


@pytest.mark.parametrize("image", ["", 5, "registry/shop:2"])
def test_a_malformed_image_is_refused(lab: Lab, image: Any) -> None:
    web = lab.service()

    assert refusal(lab, web, upgrade_body(image)) == (422, "InvalidReference", "imageUuid")


def test_a_sidekick_needs_a_name(lab: Lab) -> None:
    web = lab.service()

    body = upgrade_body(sidekicks=[{"imageUuid": "sim:registry/logs:1"}])
    assert refusal(lab, web, body) == (422, "MissingRequired", "name")


def test_a_sidekick_named_as_its_service_is_an_error_of_the_server(lab: Lab) -> None:
    web = lab.service()

    body = upgrade_body(sidekicks=[{"name": "web", "imageUuid": "sim:registry/logs:1"}])
    assert refusal(lab, web, body)[:2] == (500, "Internal Server Error")


@pytest.mark.parametrize("config", [{}, {"imageUuid": None}, {"environment": {"A": "b"}}])
def test_a_config_without_image_is_accepted_and_replaces_every_container(
    lab: Lab, config: dict[str, Any]
) -> None:
    web = lab.service(scale=2)

    lab.upgrade(web, {"inServiceStrategy": {"batchSize": 1, "intervalMillis": 100, "launchConfig": config}})
    lab.until(web, "upgraded")

    assert all(not view.get("imageUuid") for view in lab.containers(web, state="running"))
    assert lab.generations(web)["new", "running"] == 2


def test_a_null_batch_size_breaks_the_service_and_only_remove_is_left(lab: Lab) -> None:
    web = lab.service()
    body = upgrade_body()
    body["inServiceStrategy"]["batchSize"] = None

    lab.upgrade(web, body)
    lab.wait(10)
    assert lab.view(web)["transitioning"] == "error"
    assert "getBatchSize()" in lab.view(web)["transitioningMessage"]
    lab.act(web, "rollback")
    lab.wait(200)

    assert (lab.state(web), lab.view(web)["transitioning"]) == ("rolling-back", "error")
    lab.engine.delete("service", web)
    lab.until(web, "removed")


def test_a_sidekick_named_twice_leads_to_an_upgrade_without_end_that_rollback_ends(lab: Lab) -> None:
    web = lab.service(sidekicks=[LOGS])

    lab.upgrade(web, upgrade_body(sidekicks=[LOGS_2, LOGS_2]))
    lab.wait(300)
    assert (lab.state(web), lab.view(web)["transitioning"]) == ("upgrading", "yes")
    assert lab.view(web)["transitioningMessage"] == "reconciling service state"

    lab.act(web, "rollback")
    lab.until(web, "active")
    assert len(lab.view(web)["secondaryLaunchConfigs"]) == 1


def test_upgrade_is_not_available_in_upgrading_and_upgraded(lab: Lab) -> None:
    web = lab.service()
    for state in ("upgrading", "upgraded"):
        if state == "upgrading":
            lab.upgrade(web)
        lab.until(web, state)
        with pytest.raises(Refused) as raised:
            lab.upgrade(web)
        assert (raised.value.code, raised.value.field_name) == ("ActionNotAvailable", "action")


def test_to_service_moves_the_scale_step_by_step(lab: Lab) -> None:
    blue = lab.service("blue", scale=3)
    green = lab.service("green", scale=0)

    strategy = {"toServiceId": green, "finalScale": 3, "batchSize": 1, "intervalMillis": 1000}
    lab.upgrade(blue, {"toServiceStrategy": strategy})
    lab.until(blue, "upgraded")

    assert (lab.view(blue)["scale"], lab.view(green)["scale"]) == (0, 3)
    lab.wait(5)
    assert len(lab.containers(green, state="running")) == 3


def sidekick(name: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "imageUuid": "sim:registry/any:1", **fields}


def sidekicks(lab: Lab, service: int) -> list[str]:
    return [config["name"] for config in lab.view(service)["secondaryLaunchConfigs"]]


def test_sidekicks_that_are_kept_come_after_those_sent_in_the_order_of_a_hash_map(lab: Lab) -> None:
    """As seen: `side` before `nobody`, in whatever order they stood before."""
    web = lab.service(sidekicks=[sidekick("nobody"), sidekick("side"), sidekick("more")])

    lab.upgrade(web, upgrade_body(sidekicks=[sidekick("more")]))

    assert [config["name"] for config in lab.view(web)["secondaryLaunchConfigs"]] == [
        "more",
        "side",
        "nobody",
    ]


def test_so_do_those_that_are_taken_along(lab: Lab) -> None:
    volumes = {"dataVolumesFromLaunchConfigs": ["web"]}
    kept = [sidekick("nobody", **volumes), sidekick("apart"), sidekick("side", **volumes)]
    web = lab.service(sidekicks=kept)

    lab.upgrade(web)

    assert [config["name"] for config in lab.view(web)["secondaryLaunchConfigs"]] == [
        "side",
        "nobody",
        "apart",
    ]
