"""What is refused of a new or a changed service, and what is not (rancher-1.6-api.md chapter 2, 4.1).

Source: cattle:…sd/api/.../filter/ServiceValidationFilter.java, SelectorServiceCreateValidationFilter.java.
"""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Refused

from .lab import OLD, Lab

LOG = {"name": "log", "imageUuid": OLD}
NO_IMAGE = (422, "InvalidOption", "Image is required when selectorContainer is not passed in")
GLOBAL = {"io.rancher.scheduler.global": "true"}


def create(lab: Lab, kind: str = "service", **fields: Any) -> int:
    body = {"name": "web", "stackId": lab.stack, "launchConfig": {"imageUuid": OLD}}
    return lab.engine.create(kind, body | fields, project=lab.project)


def refusal(lab: Lab, kind: str = "service", **fields: Any) -> tuple[int, str, str | None]:
    with pytest.raises(Refused) as raised:
        create(lab, kind, **fields)
    return raised.value.status, raised.value.code, raised.value.field_name


def put_refusal(lab: Lab, service: int, **fields: Any) -> tuple[int, str, str | None]:
    with pytest.raises(Refused) as raised:
        lab.engine.update("service", service, fields)
    return raised.value.status, raised.value.code, raised.value.field_name


# The stack.


def test_a_stack_of_another_project_is_no_valid_one(lab: Lab) -> None:
    other = lab.engine.create("project", {"name": "Other", "state": "active"}, project=None)
    stack = lab.engine.create("stack", {"name": "far"}, project=other)

    assert refusal(lab, stackId=stack) == (422, "InvalidState", "stackId")


@pytest.mark.parametrize("wait", [0.0, 5.0], ids=["removing", "removed"])
def test_a_stack_that_goes_takes_no_service(lab: Lab, wait: float) -> None:
    lab.engine.delete("stack", lab.stack)
    lab.wait(wait)

    assert refusal(lab) == (422, "InvalidState", "stackId")


def test_a_stack_in_error_takes_no_service(lab: Lab) -> None:
    broken = {"name": "broken", "dockerCompose": "a: [", "startOnCreate": True}
    stack = lab.engine.create("stack", broken, project=lab.project)
    lab.wait(5)

    assert refusal(lab, stackId=stack) == (422, "InvalidState", "stackId")


def test_a_stack_that_is_not_there_is_not_in_a_valid_state(lab: Lab) -> None:
    assert refusal(lab, stackId=None) == (422, "InvalidState", "stackId")


# Names.


def test_names_are_unique_among_services_and_sidekicks_whatever_their_case(lab: Lab) -> None:
    lab.service("Web", sidekicks=[{"name": "logs", "imageUuid": OLD}])

    assert refusal(lab, name="wEB") == (422, "NotUnique", "name")
    assert refusal(lab, name="logs") == (422, "NotUnique", "name")
    assert (
        refusal(lab, name="x", secondaryLaunchConfigs=[{"name": "LOGS", "imageUuid": OLD}])[1] == "NotUnique"
    )


@pytest.mark.parametrize("name", [None, ""])
def test_a_service_needs_a_name(lab: Lab, name: str | None) -> None:
    assert refusal(lab, name=name) == (422, "MissingRequired", "name")


@pytest.mark.parametrize("name", ["-web", "web-", "we--b", "we b"])
def test_a_name_is_made_of_letters_digits_and_single_hyphens_between_them(lab: Lab, name: str) -> None:
    assert refusal(lab, name=name) == (422, "InvalidCharacters", "name")
    assert refusal(lab, secondaryLaunchConfigs=[LOG | {"name": name}]) == (422, "InvalidCharacters", "name")


@pytest.mark.parametrize("sidekicks", [["WEB"], ["log", "Log"]], ids=["as its service", "as another"])
def test_a_sidekicks_name_is_its_own(lab: Lab, sidekicks: list[str]) -> None:
    configs = [LOG | {"name": name} for name in sidekicks]

    assert refusal(lab, secondaryLaunchConfigs=configs) == (422, "NotUnique", "name")


def test_names_of_another_stack_are_free(lab: Lab) -> None:
    other = lab.engine.create("stack", {"name": "other"}, project=lab.project)
    lab.wait(1)
    create(lab, stackId=other)

    assert create(lab)


def test_a_name_is_taken_until_its_service_is_removed(lab: Lab) -> None:
    web = lab.service()
    lab.engine.delete("service", web)
    assert refusal(lab) == (422, "NotUnique", "name")

    lab.until(web, "removed")

    assert create(lab)


def test_a_service_without_a_name_makes_the_server_fail_at_all_of_its_stack(lab: Lab) -> None:
    nameless, other = lab.service("x", start=False), lab.service("y", start=False)
    lab.engine.update("service", nameless, {"name": None})

    for change in (
        lambda: lab.engine.update("service", other, {"description": "d"}),
        lambda: lab.engine.update("service", nameless, {"description": "d"}),
        lambda: lab.service("z"),
    ):
        with pytest.raises(Refused) as refused:
            change()
        assert refused.value.status == 500

    lab.engine.update("service", nameless, {"name": "again"})
    lab.engine.update("service", other, {"description": "d"})
    assert lab.view(other)["description"] == "d"


def test_a_service_may_be_renamed_to_what_it_is_called_or_to_what_its_sidekick_is(lab: Lab) -> None:
    """Looked at are the names of the others, and of configs in the same body (validateLaunchConfigNames)."""
    web = lab.service(sidekicks=[LOG])
    lab.service("db")

    lab.engine.update("service", web, {"name": "WEB"})
    lab.engine.update("service", web, {"name": "log"})

    assert lab.view(web)["name"] == "log"
    assert put_refusal(lab, web, name="DB") == (422, "NotUnique", "name")
    assert put_refusal(lab, web, name="we b") == (422, "InvalidCharacters", "name")


# Images and ports.


@pytest.mark.parametrize("image", ["", "nginx", 5])
def test_an_image_with_its_prefix_is_needed(lab: Lab, image: Any) -> None:
    assert refusal(lab, launchConfig={"imageUuid": image})[1] in ("InvalidReference", "InvalidOption")


@pytest.mark.parametrize("image", ["docker:", "sim:", "docker:shop:", "docker:a b"])
def test_after_the_prefix_an_image_is_anything(lab: Lab, image: str) -> None:
    """ExternalTemplateInstanceFilter reads it no further, and a live server took each of them."""
    body = {"name": "web", "stackId": lab.stack, "launchConfig": {"imageUuid": image}}

    made = lab.engine.create("service", body, project=lab.project)

    assert lab.engine.view("service", made)["launchConfig"]["imageUuid"] == image


@pytest.mark.parametrize("config", [{}, {"imageUuid": None}, {"imageUuid": "rancher/none"}])
def test_a_service_needs_an_image_unless_it_selects_containers(lab: Lab, config: dict[str, Any]) -> None:
    assert refusal(lab, launchConfig=config) == NO_IMAGE
    assert refusal(lab, launchConfig=config, selectorContainer="") == NO_IMAGE
    assert create(lab, launchConfig=config, selectorContainer="a=b")


def test_without_any_config_no_image_is_missed(lab: Lab) -> None:
    assert create(lab, launchConfig=None)


@pytest.mark.parametrize("kind", ["loadBalancerService", "externalService", "dnsService"])
def test_other_kinds_need_no_image_but_look_at_the_one_they_get(lab: Lab, kind: str) -> None:
    assert refusal(lab, kind, launchConfig={"imageUuid": "nginx"}) == (422, "InvalidReference", "imageUuid")
    assert create(lab, kind, launchConfig={})


def test_the_images_and_ports_of_sidekicks_are_looked_at_too(lab: Lab) -> None:
    image, ports = LOG | {"imageUuid": "nginx"}, LOG | {"ports": ["abc"]}

    assert refusal(lab, secondaryLaunchConfigs=[image]) == (422, "InvalidReference", "imageUuid")
    assert refusal(lab, secondaryLaunchConfigs=[ports])[1] == "PortWrongFormat"


# Ties between configs.


@pytest.mark.parametrize(
    ("ties", "text"),
    [
        ({"networkLaunchConfig": "nobody"}, "network_from of service {name} is referencing a service nobody"),
        (
            {"dataVolumesFromLaunchConfigs": ["nobody"]},
            "volumes_from of service {name} is referencing a service nobody",
        ),
    ],
)
def test_the_text_names_who_takes_what_from_nobody(lab: Lab, ties: dict[str, Any], text: str) -> None:
    rest = " that either does not exist or is not properly labeled as a sidekick"
    of_primary = refusal(lab, launchConfig={"imageUuid": OLD, **ties})
    of_sidekick = refusal(lab, secondaryLaunchConfigs=[LOG | ties])

    assert of_primary == (422, "InvalidReference", text.format(name="web") + rest)
    assert of_sidekick == (422, "InvalidReference", text.format(name="log") + rest)


def test_the_primary_goes_by_its_services_name_where_there_is_one(lab: Lab) -> None:
    tied = LOG | {"networkLaunchConfig": "web"}

    assert "a service web that" in str(refusal(lab, launchConfig=None, secondaryLaunchConfigs=[tied])[2])
    assert create(lab, secondaryLaunchConfigs=[tied])


def named(name: str, *wanted: str) -> dict[str, Any]:
    return {"name": name, "imageUuid": OLD, "dataVolumesFromLaunchConfigs": list(wanted)}


@pytest.mark.parametrize(
    "configs",
    [
        [named("a", "a")],
        [named("a", "b"), named("b", "a")],
        [named("a", "b"), named("b", "c"), named("c", "a")],
        [named("a", "b", "c"), named("b", "d"), named("c", "d"), named("d", "e"), named("e")],
    ],
    ids=["itself", "each other", "all around", "met twice on the way"],
)
def test_a_circle_is_refused(lab: Lab, configs: list[dict[str, Any]]) -> None:
    assert refusal(lab, secondaryLaunchConfigs=configs) == (422, "InvalidReference", "CircularReference")


def test_two_may_take_from_one_that_takes_from_nobody(lab: Lab) -> None:
    configs = [named("a", "b", "c"), named("b", "d"), named("c", "d"), named("d")]

    assert create(lab, secondaryLaunchConfigs=configs)


# Scale and kind.


def test_one_address_or_a_hostname(lab: Lab) -> None:
    assert create(lab, "externalService", name="a", externalIpAddresses=["1.2.3.4"], hostname="")
    assert create(lab, "externalService", name="b", externalIpAddresses=[], hostname="a.b")
    text = "externalIpAddresses and hostname are mutually exclusive"
    both = {"externalIpAddresses": ["1.2.3.4"], "hostname": "a.b"}
    assert refusal(lab, "externalService", name="c", **both) == (422, "InvalidOption", text)


def test_the_ends_of_a_scale_policy_are_in_order(lab: Lab) -> None:
    web = lab.service(fields={"scalePolicy": {"min": 1, "max": 1}})
    refused = (422, "MaxLimitExceeded", "Min scale can't exceed scale")

    assert refusal(lab, name="x", scalePolicy={"min": 2, "max": 1}) == refused
    assert put_refusal(lab, web, scalePolicy={"min": 2, "max": 1}) == refused
    for half in ({"min": None, "max": 1}, {"min": 1, "max": None}):
        assert put_refusal(lab, web, scalePolicy=half)[:2] == (500, "Internal Server Error")
    lab.engine.update("service", web, {"scalePolicy": None})


def test_the_config_of_a_balancer_stays_global_or_not_and_its_ports_are_looked_at(lab: Lab) -> None:
    """Of all kinds only a load balancer takes a launchConfig by PUT (4.1)."""
    lb = create(lab, "loadBalancerService", name="lb")
    web = lab.service("web")
    config = {"imageUuid": OLD, "labels": GLOBAL}

    text = "Switching from global scale to fixed (and vice versa)"
    assert put_refusal(lab, lb, launchConfig=config) == (422, "InvalidOption", text)
    assert put_refusal(lab, lb, launchConfig={"imageUuid": OLD, "ports": ["abc"]})[1] == "PortWrongFormat"
    lab.engine.update("service", web, {"launchConfig": config})
