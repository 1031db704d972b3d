"""What the executor sends to the API for a service of a text, and how it words a refusal (10.1, 10.6)."""

from __future__ import annotations

from typing import Any

import pytest

from .stack_lab import StackLab

API = "http://localhost:8080/v2-beta/projects/1a5"
BALANCER = "rancher/lb-service-haproxy:v0.9.14"


@pytest.fixture
def lab() -> StackLab:
    return StackLab()


def texts(name: str = "a", *, docker: dict[str, Any], rancher: dict[str, Any] | None = None) -> list[str]:
    """Both texts of one service."""
    return [
        "version: '2'\nservices:\n"
        + f"  {name}:\n"
        + "".join(f"    {key}: {value}\n" for key, value in keys.items())
        for keys in (docker, rancher or {"scale": 1})
    ]


def balancer(*rules: str, **more: Any) -> list[str]:
    listed = "[" + ", ".join(f"{{{rule}, protocol: http}}" for rule in rules) + "]"
    config = "{" + ", ".join(f"{key}: {value}" for key, value in {"port_rules": listed, **more}.items()) + "}"
    return texts("lb", docker={"image": BALANCER}, rancher={"lb_config": config})


def refused(url: str, body: str, status: str = "422. Status [422 Unprocessable Entity]") -> str:
    code = status.partition(".")[0]
    return (
        f"Bad response statusCode [{code}]. Status [{status.partition('[')[2]}. Body: [{body}] from [{url}]"
    )


@pytest.mark.parametrize(
    ("docker", "rancher", "body"),
    [
        (
            {"image": "r/a:1", "ports": "['8000-8010:80']"},
            {},
            "code=PortWrongFormat, message=the specified port spec format is wrong",
        ),
        (
            {"image": "''"},
            {},
            "code=InvalidOption, fieldName=Image is required when selectorContainer is not passed in",
        ),
        ({"image": "r/a:1"}, {"health_check": "{port: 65536}"}, "code=MaxLimitExceeded, fieldName=port"),
    ],
)
def test_a_refusal_is_told_in_the_words_of_the_answer(
    lab: StackLab, docker: dict[str, Any], rancher: dict[str, Any], body: str
) -> None:
    """As `stacks/compose-translation.json` has them; the order of the parts is chance there."""
    stack = lab.stack_of(*texts(docker=docker, rancher=rancher or None))

    assert lab.stack_state(stack) == ("error", "error", refused(f"{API}/services", f"{body}, baseType=error"))


def test_the_highest_port_may_be_checked(lab: StackLab) -> None:
    check = {"health_check": "{port: 65535}"}

    stack = lab.stack_of(*texts(docker={"image": "r/a:1"}, rancher=check))

    assert lab.view(lab.named(stack, "a"))["launchConfig"]["healthCheck"]["port"] == 65535


def test_a_sidekick_is_checked_like_its_primary(lab: StackLab) -> None:
    docker = "a: {image: 'r/a:1', labels: {io.rancher.sidekicks: 'b'}}\nb: {image: 'r/b:1'}\n"

    stack = lab.stack_of(docker, "b: {health_check: {port: 65536}}\n")

    assert "MaxLimitExceeded" in str(lab.stack_state(stack)[2])


def test_a_refused_action_names_the_action(lab: StackLab) -> None:
    stack = lab.stack_of(*texts(docker={"image": "r/a:1"}))
    lab.upgrade_stack(stack, *texts(docker={"image": "r/a:1", "ports": "['8000-8010:80']"}))
    lab.wait(2)

    a = lab.named(stack, "a")
    body = "code=PortWrongFormat, message=the specified port spec format is wrong, baseType=error"
    url = f"{API}/services/1s{a}/?action=upgrade"
    assert lab.stack_state(stack) == ("upgrading", "yes", refused(url, body))


@pytest.mark.parametrize(
    ("image", "kind", "assigns"),
    [
        ("r/a:1", "service", False),
        ("rancher/dns-service", "dnsService", False),
        ("rancher/external-service", "externalService", None),
    ],
)
def test_no_service_is_given_an_address_of_its_own(
    lab: StackLab, image: str, kind: str, assigns: bool | None
) -> None:
    stack = lab.stack_of(*texts(docker={"image": image}))

    view = lab.view(lab.named(stack, "a"))
    assert (view["kind"], view.get("assignServiceIpAddress")) == (kind, assigns)


def test_an_upgrade_changes_a_balancers_rules_and_config_in_place(lab: StackLab) -> None:
    """Rules name services, the API wants their ids; a PUT may change a launch config of balancers only."""
    web, db = lab.service("web"), lab.service("db")
    stack = lab.stack_of(*balancer("source_port: 80, target_port: 80, service: shop/web"))
    lb = lab.named(stack, "lb")
    assert lab.view(lb)["lbConfig"]["portRules"][0]["serviceId"] == web
    docker, rancher = balancer("source_port: 81, target_port: 80, service: shop/db")
    lab.upgrade_stack(stack, docker + "    labels: {a: b}\n", rancher)
    lab.until_stack(stack, "upgraded")

    view = lab.view(lb)
    assert view["lbConfig"]["portRules"][0]["serviceId"] == db
    assert view["linkedServices"]["shop/db"].number == db
    assert view["launchConfig"]["labels"]["a"] == "b"
    assert (view["state"], view["launchConfig"]["version"]) == ("active", "0")


def test_an_ordinary_service_keeps_its_launch_config_when_its_own_fields_change(lab: StackLab) -> None:
    docker = {"image": "r/a:${VERSION}"}
    stack = lab.stack_of(*texts(docker=docker, rancher={"metadata": "{role: old}"}))
    a = lab.named(stack, "a")
    lab.upgrade_stack(stack, *texts(docker=docker, rancher={"metadata": "{role: new}"}))
    lab.until_true(lambda: lab.view(a)["metadata"]["role"] == "new")

    assert lab.view(a)["launchConfig"]["imageUuid"] == "docker:r/a:1"
    lab.until_stack(stack, "upgraded")
    assert lab.view(a)["launchConfig"]["imageUuid"] == "docker:r/a:2"


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"default_cert": "main"}, "Failed to find certificate main"),
        ({"certs": "[first, second]"}, "Failed to find certificate first"),
        ({"default_cert": "main", "certs": "[first]"}, "Failed to find certificate main"),
    ],
)
def test_a_balancer_whose_certificate_is_not_there_is_not_made(
    lab: StackLab, more: dict[str, str], text: str
) -> None:
    stack = lab.stack_of(*balancer("source_port: 80, selector: a=b", **more))

    assert lab.stack_state(stack) == ("error", "error", text)


def test_a_balancer_needs_no_rules(lab: StackLab) -> None:
    docker, rancher = balancer()

    stack = lab.stack_of(docker, rancher.replace("port_rules: []", "config: global"))

    assert lab.names(stack) == {"lb"}


def test_a_service_of_another_stack_is_found_by_the_names_of_both(lab: StackLab) -> None:
    """What is removed, or of another project, does not bear the name."""

    def stack_in(project: int, name: str) -> int:
        return lab.engine.create("stack", {"name": name}, project=project)

    def web_of(project: int, stack: int) -> int:
        lab.wait(2)
        body = {"name": "web", "stackId": stack, "launchConfig": {"imageUuid": "sim:a"}}
        return lab.engine.create("service", body, project=project)

    elsewhere = lab.engine.create("project", {"name": "other", "state": "active"}, project=None)
    web_of(elsewhere, stack_in(elsewhere, "far"))
    web_of(lab.project, stack_in(lab.project, "near"))
    former, far = stack_in(lab.project, "former"), 0
    web_of(lab.project, former)
    lab.engine.delete("stack", former)
    lab.until_stack(former, "removed")
    far = stack_in(lab.project, "former")
    gone = web_of(lab.project, far)
    lab.engine.delete("service", gone)
    lab.until(gone, "removed")
    web = web_of(lab.project, far)
    docker = {"image": "r/a:1", "external_links": "['former/web:there']"}

    stack = lab.stack_of(*texts(docker=docker))

    assert lab.view(lab.named(stack, "a"))["linkedServices"]["there"].number == web


def test_a_service_of_another_project_bears_no_name_here(lab: StackLab) -> None:
    elsewhere = lab.engine.create("project", {"name": "other", "state": "active"}, project=None)
    far = lab.engine.create("stack", {"name": "far"}, project=elsewhere)
    lab.wait(2)
    body = {"name": "web", "stackId": far, "launchConfig": {"imageUuid": "sim:a"}}
    lab.engine.create("service", body, project=elsewhere)

    stack = lab.stack_of(*texts(docker={"image": "r/a:1", "external_links": "['far/web:there']"}))

    assert lab.stack_state(stack) == ("active", "no", None)
    assert lab.view(lab.named(stack, "a"))["linkedServices"] is None


def test_a_stack_that_is_gone_bears_no_name_while_its_services_are_going(lab: StackLab) -> None:
    """Its services may outlive it: a removal waits for none of them (3.2)."""
    far = lab.engine.create("stack", {"name": "far"}, project=lab.project)
    lab.wait(2)
    many = {"scale": 200, "launchConfig": {"imageUuid": "sim:a"}, "startOnCreate": True}
    body = {"name": "web", "stackId": far, **many}
    web = lab.engine.create("service", body, project=lab.project)
    lab.until(web, "active")
    lab.engine.delete("stack", far)
    lab.until_stack(far, "removed")
    assert lab.state(web) == "removing"

    stack = lab.stack_of(*texts(docker={"image": "r/a:1", "external_links": "['far/web:there']"}), settle=5)

    assert lab.stack_state(stack) == ("active", "no", None)


@pytest.mark.parametrize(
    ("driver", "refusal"),
    [
        ("driver: local", None),
        ("external: true", None),
        ("driver: nfs", 'Volume "data" needs to be recreated - driver has changed'),
    ],
)
def test_a_volume_keeps_the_driver_that_it_has(lab: StackLab, driver: str, refusal: str | None) -> None:
    """A text that names none has nothing against the one that is there."""
    stack = lab.stack_of("version: '2'\nservices: {}\nvolumes:\n  data: {driver: local}\n", "")

    lab.upgrade_stack(stack, f"version: '2'\nservices: {{}}\nvolumes:\n  data: {{{driver}}}\n", "")
    lab.wait(2)

    assert lab.stack_state(stack)[2] == refusal
