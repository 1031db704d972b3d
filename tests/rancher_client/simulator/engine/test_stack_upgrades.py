"""What an upgrade of a stack changes, and what it leaves alone (rancher-1.6-api.md 3.4)."""

from __future__ import annotations

from typing import Any

import pytest

from .stack_lab import MORE, TEXT, StackLab

SIX = """
version: '2'
services:
  keep: {image: 'r/keep:1'}
  chg: {image: 'r/chg:${VERSION}'}
  meta: {image: 'r/meta:1'}
  scl: {image: 'r/scl:1'}
  gone: {image: 'r/gone:1'}
"""
SIX_MORE = "version: '2'\nservices:\n  meta: {metadata: {role: old}}\n  scl: {scale: 1}\n"


@pytest.fixture
def lab() -> StackLab:
    return StackLab()


@pytest.fixture
def stack(lab: StackLab) -> int:
    return lab.stack_of(SIX, SIX_MORE)


def one(**keys: Any) -> str:
    """A text of one service."""
    given = "\n".join(f"    {key}: {value}" for key, value in {"image": "r/a:1", **keys}.items())
    return f"version: '2'\nservices:\n  a:\n{given}\n"


def more(**keys: Any) -> str:
    given = "\n".join(f"    {key}: {value}" for key, value in keys.items())
    return f"version: '2'\nservices:\n  a:\n{given}\n"


def test_services_are_created_and_started_after_those_they_link_to(lab: StackLab) -> None:
    stack = lab.stack_of(settle=0)
    web = lab.until_true(lambda: lab.names(stack) == {"web", "db"}) and lab.named(stack, "web")
    assert lab.until_true(lambda: lab.state(web) == "activating") > 0
    assert lab.states(stack)["db"] == "active"
    assert lab.stack_view(stack)["state"] == "activating"

    lab.until_stack(stack, "active")

    assert lab.states(stack) == {"web": "active", "db": "active"}
    assert len(lab.containers(web, state="running")) == 2
    assert lab.view(web)["linkedServices"]["database"].number == lab.named(stack, "db")


@pytest.mark.parametrize("started", [False, None])
def test_services_are_not_started_unless_the_stack_shall_be(lab: StackLab, started: bool | None) -> None:
    stack = lab.stack_of(startOnCreate=started)

    assert lab.stack_state(stack) == ("active", "no", None)
    assert lab.states(stack) == {"web": "inactive", "db": "inactive"}
    assert lab.stack_view(stack)["healthState"] == "unhealthy"


def test_services_that_link_to_each_other_are_all_linked(lab: StackLab) -> None:
    circle = "a: {image: 'r/a:1', links: [b]}\nb: {image: 'r/b:1', links: [a]}\n"

    stack = lab.stack_of(circle, "")

    a, b = lab.named(stack, "a"), lab.named(stack, "b")
    assert lab.view(a)["linkedServices"]["b"].number == b
    assert lab.view(b)["linkedServices"]["a"].number == a


def test_services_made_before_the_refused_one_stay(lab: StackLab) -> None:
    stack = lab.stack_of("a: {image: 'r/a:1'}\nb: {links: [a]}\n", "")

    state, transitioning, message = lab.stack_state(stack)
    assert (state, transitioning) == ("error", "error")
    assert "Image is required" in str(message)
    assert lab.states(stack) == {"a": "inactive"}
    assert "upgrade" not in lab.engine.offered("stack", stack)


def test_what_does_not_differ_is_left_alone(lab: StackLab, stack: int) -> None:
    before = lab.view(lab.named(stack, "keep"))
    lab.upgrade_stack(stack, SIX, SIX_MORE)
    lab.until_stack(stack, "upgraded")

    assert lab.view(lab.named(stack, "keep")) == before
    assert lab.states(stack)["chg"] == "upgraded"


def test_fields_of_the_service_are_changed_in_place(lab: StackLab, stack: int) -> None:
    meta = lab.named(stack, "meta")
    container = lab.ids(meta)
    lab.upgrade_stack(stack, SIX, SIX_MORE.replace("old", "new"))
    lab.until_true(lambda: lab.state(meta) == "updating-active")
    lab.until_stack(stack, "upgraded")

    assert (lab.state(meta), lab.view(meta)["metadata"]["role"]) == ("active", "new")
    assert lab.ids(meta) == container
    assert lab.view(meta)["launchConfig"]["version"] == "0"


def test_the_scale_is_never_changed(lab: StackLab, stack: int) -> None:
    lab.upgrade_stack(stack, SIX, SIX_MORE.replace("scale: 1", "scale: 3"))
    lab.until_stack(stack, "upgraded")

    assert lab.view(lab.named(stack, "scl"))["scale"] == 1
    assert lab.states(stack)["scl"] == "active"


def test_a_new_scale_of_the_file_does_not_undo_one_set_by_hand(lab: StackLab, stack: int) -> None:
    meta = lab.named(stack, "meta")
    lab.engine.update("service", meta, {"scale": 3})
    lab.wait(10)
    lab.upgrade_stack(stack, SIX, SIX_MORE.replace("old", "new"))
    lab.until_stack(stack, "upgraded")

    assert lab.view(meta)["scale"] == 3


def test_services_dropped_from_the_text_keep_running_and_new_ones_are_started(
    lab: StackLab, stack: int
) -> None:
    lab.upgrade_stack(stack, SIX.replace("gone", "fresh"), SIX_MORE)
    lab.until_stack(stack, "upgraded")

    assert (lab.states(stack)["gone"], lab.states(stack)["fresh"]) == ("active", "active")


def test_only_the_sidekick_that_differs_is_sent(lab: StackLab) -> None:
    text = "a: {image: 'r/a:1', labels: {io.rancher.sidekicks: 'log'}}\nlog: {image: 'r/log:${VERSION}'}\n"
    stack = lab.stack_of(text, "")
    lab.upgrade_stack(stack, text, "")
    lab.until_stack(stack, "upgraded")

    view = lab.view(lab.named(stack, "a"))
    assert view["launchConfig"]["version"] == "0"
    assert view["secondaryLaunchConfigs"][0]["imageUuid"] == "docker:r/log:2"
    assert view["secondaryLaunchConfigs"][0]["version"] != "0"


def test_a_sidekick_that_is_dropped_goes(lab: StackLab) -> None:
    text = "a: {image: 'r/a:1', labels: {io.rancher.sidekicks: 'log'}}\nlog: {image: 'r/log:1'}\n"
    stack = lab.stack_of(text, "")
    lab.upgrade_stack(stack, "a: {image: 'r/a:1'}\n", "")
    lab.until_stack(stack, "upgraded")

    assert lab.view(lab.named(stack, "a"))["secondaryLaunchConfigs"] == []


@pytest.mark.parametrize(
    ("keys", "field", "value"),
    [
        ({"retain_ip": "true"}, "retainIp", True),
        ({"scale_policy": "{min: 1, max: 2}"}, "scalePolicy", {"min": 1, "max": 2, "increment": 1}),
    ],
)
def test_these_fields_are_changed_without_an_upgrade(
    lab: StackLab, keys: dict[str, str], field: str, value: Any
) -> None:
    stack = lab.stack_of(one(), "")
    lab.upgrade_stack(stack, one(), more(**keys))
    lab.until_stack(stack, "upgraded")

    view = lab.view(lab.named(stack, "a"))
    assert (view["state"], view[field], view["launchConfig"]["version"]) == ("active", value, "0")


def test_start_first_comes_from_the_text(lab: StackLab) -> None:
    strategy = more(upgrade_strategy="{start_first: true, batch_size: 7, interval_millis: 9}")
    stack = lab.stack_of(one(), strategy)
    lab.upgrade_stack(stack, one(image="r/a:2"), strategy)
    lab.until_stack(stack, "upgraded")

    block = lab.view(lab.named(stack, "a"))["upgrade"]["inServiceStrategy"]
    assert (block["startFirst"], block["batchSize"], block["intervalMillis"]) == (True, 1, 2000)


def test_links_are_set_whether_the_service_changed_or_not(lab: StackLab) -> None:
    linked = "a: {image: 'r/a:1', links: [b]}\nb: {image: 'r/b:1'}\n"
    stack = lab.stack_of(linked.replace(", links: [b]", ""), "")
    lab.upgrade_stack(stack, linked, "")
    lab.until_stack(stack, "upgraded")

    a = lab.view(lab.named(stack, "a"))
    assert (a["state"], list(a["linkedServices"])) == ("active", ["b"])


def test_an_inactive_service_is_started_by_the_upgrade(lab: StackLab) -> None:
    stack = lab.stack_of(one(), "", startOnCreate=False)
    lab.upgrade_stack(stack, one(), "")
    lab.until_stack(stack, "upgraded")

    assert lab.states(stack) == {"a": "active"}


def test_a_service_made_by_hand_counts_as_different(lab: StackLab) -> None:
    stack = lab.stack_of("b: {image: 'r/b:1'}\n", "")
    lab.engine.create(
        "service",
        {"name": "a", "stackId": stack, "startOnCreate": True, "launchConfig": {"imageUuid": "docker:r/a:1"}},
        project=lab.project,
    )
    lab.wait(20)
    lab.upgrade_stack(stack, "a: {image: 'r/a:1'}\n", "")
    lab.until_stack(stack, "upgraded")

    assert lab.states(stack) == {"a": "upgraded", "b": "active"}


def test_an_upgrade_of_before_is_finished_first_where_the_service_differs(lab: StackLab) -> None:
    stack = lab.stack_of()
    web = lab.named(stack, "web")
    lab.engine.act(
        "service", web, "upgrade", {"inServiceStrategy": {"launchConfig": {"imageUuid": "docker:x"}}}
    )
    lab.until(web, "upgraded")
    lab.upgrade_stack(stack)

    lab.until(web, "finishing-upgrade")
    lab.until_stack(stack, "upgraded")

    assert lab.image(stack, "web") == "docker:registry/shop:2"


def test_a_service_that_cannot_come_up_ends_the_wait_as_if_it_had(lab: StackLab) -> None:
    stack = lab.stack_of()
    lab.engine.levers.start_fails("registry/shop:2", "no such thing")
    lab.upgrade_stack(stack)
    lab.until_stack(stack, "upgraded")

    web = lab.view(lab.named(stack, "web"))
    assert lab.stack_state(stack) == ("upgraded", "no", None)
    assert (web["state"], web["transitioning"]) == ("upgrading", "error")


def test_a_service_that_waits_for_its_health_holds_the_stack(lab: StackLab) -> None:
    text = one(labels="{io.rancher.service.wait_for_healthcheck: 'true'}")
    lab.engine.levers.image("r/a:1", answers_health=False)

    stack = lab.stack_of(text, more(health_check="{port: 80, interval: 2000}"), settle=30)
    assert (lab.states(stack), lab.stack_view(stack)["state"]) == ({"a": "active"}, "activating")

    lab.engine.levers.image_health("r/a:1", answers=True)
    lab.until_stack(stack, "active")


def test_variables_left_out_keep_their_value_and_the_merged_ones_are_kept(lab: StackLab) -> None:
    stack = lab.stack_of(environment={"VERSION": "1", "OTHER": "o"})
    lab.upgrade_stack(stack, environment={"VERSION": "2", "NEW": "n"})
    assert lab.stack_view(stack)["environment"] == {"VERSION": "1", "OTHER": "o"}
    lab.until_stack(stack, "upgraded")

    view = lab.stack_view(stack)
    assert view["environment"] == {"VERSION": "2", "OTHER": "o", "NEW": "n"}
    assert view["previousEnvironment"] == {"VERSION": "1", "OTHER": "o"}
    assert (view["externalId"], view["previousExternalId"]) == ("a:2", "a:1")


def test_questions_fill_what_nobody_has_answered(lab: StackLab) -> None:
    asked = MORE + "catalog:\n  questions:\n  - {variable: VERSION, default: '7'}\n"

    stack = lab.stack_of(TEXT, asked, environment={})

    assert lab.image(stack, "web") == "docker:registry/shop:7"


def test_an_empty_body_touches_no_service_and_takes_the_external_id(lab: StackLab, stack: int) -> None:
    before = lab.states(stack)
    lab.engine.act("stack", stack, "upgrade", {})
    lab.until_stack(stack, "upgraded")

    assert lab.states(stack) == before
    assert lab.stack_view(stack)["externalId"] == ""


def test_a_stack_made_without_a_text_does_nothing(lab: StackLab) -> None:
    lab.service("web")
    lab.upgrade_stack(lab.stack)

    assert lab.until_stack(lab.stack, "upgraded") < 1

    view = lab.stack_view(lab.stack)
    assert lab.names(lab.stack) == {"web"}
    assert (view.get("externalId"), view.get("environment")) == (None, None)


def test_from_a_canceled_upgrade_another_one_goes_to_the_end(lab: StackLab, stack: int) -> None:
    lab.upgrade_stack(stack, "a: [", "")
    lab.wait(1)
    lab.engine.act("stack", stack, "cancelupgrade", {})
    lab.until_stack(stack, "canceled-upgrade")
    lab.upgrade_stack(stack, SIX, SIX_MORE)

    lab.until_stack(stack, "upgraded")

    assert lab.image(stack, "chg") == "docker:r/chg:2"


SIDEKICKS = """
a: {image: 'r/a:1', labels: {io.rancher.sidekicks: 'one, two'}}
one: {image: 'r/one:${VERSION}'}
two: {image: 'r/two:1'}
"""


def test_of_several_sidekicks_only_the_one_that_differs_is_upgraded(lab: StackLab) -> None:
    stack = lab.stack_of(SIDEKICKS, "")
    lab.upgrade_stack(stack, SIDEKICKS, "")
    lab.until_stack(stack, "upgraded")

    configs = lab.view(lab.named(stack, "a"))["secondaryLaunchConfigs"]
    assert {each["name"]: each["version"] != "0" for each in configs} == {"one": True, "two": False}


def test_of_several_sidekicks_only_the_one_that_is_dropped_goes(lab: StackLab) -> None:
    stack = lab.stack_of(SIDEKICKS, "")
    text = SIDEKICKS.replace("'one, two'", "two").replace("one: {image: 'r/one:${VERSION}'}\n", "")
    lab.upgrade_stack(stack, text, "")
    lab.until_stack(stack, "upgraded")

    [kept] = lab.view(lab.named(stack, "a"))["secondaryLaunchConfigs"]
    assert (kept["name"], kept["version"]) == ("two", "0")


@pytest.mark.parametrize("kind", ["dnsService", "externalService"])
def test_services_without_containers_are_never_upgraded(lab: StackLab, kind: str) -> None:
    image = {"dnsService": "rancher/dns-service", "externalService": "rancher/external-service"}[kind]
    stack = lab.stack_of("b: {image: 'r/b:1'}\n", "")
    body = {"name": "a", "stackId": stack, "startOnCreate": True}
    lab.engine.create(kind, body, project=lab.project)
    lab.wait(5)
    lab.upgrade_stack(stack, one(image=image), more(metadata="{role: new}"))
    lab.until_stack(stack, "upgraded")

    view = lab.view(lab.named(stack, "a"))
    assert (view["state"], view.get("metadata")) == ("active", None)


def test_a_service_whose_sidekick_is_missing_in_the_text_is_left_as_it_is(lab: StackLab) -> None:
    stack = lab.stack_of(one(), "")
    before = lab.view(lab.named(stack, "a"))
    lab.upgrade_stack(stack, one(image="r/a:2", labels="{io.rancher.sidekicks: nobody}"), "")
    lab.until_stack(stack, "upgraded")

    assert lab.view(lab.named(stack, "a")) == before


SELECTS = "{io.rancher.service.selector.link: 'a=b'}"


@pytest.mark.parametrize(
    ("keys", "linked"),
    [
        ({"links": "[b]"}, ["b"]),
        ({"links": "[b]", "labels": SELECTS}, []),
        ({"image": "rancher/dns-service", "links": "[b]"}, ["b"]),
        ({"image": "rancher/external-service", "links": "[b]"}, []),
    ],
)
def test_links_of_the_text_are_for_kinds_that_have_no_others(
    lab: StackLab, keys: dict[str, str], linked: list[str]
) -> None:
    """A selector chooses links by itself, an external service has none."""
    stack = lab.stack_of(one(**keys) + "  b: {image: 'r/b:1'}\n", "")

    assert list(lab.view(lab.named(stack, "a"))["linkedServices"] or {}) == linked


def test_the_links_of_a_balancer_are_those_of_its_rules(lab: StackLab) -> None:
    rules = "[{source_port: 80, target_port: 80, protocol: http, service: c}]"
    docker = one(image="rancher/lb-service-haproxy:v0.9.14", links="[b]")

    stack = lab.stack_of(
        docker + "  b: {image: 'r/b:1'}\n  c: {image: 'r/c:1'}\n",
        more(lb_config=f"{{port_rules: {rules}}}"),
    )

    assert list(lab.view(lab.named(stack, "a"))["linkedServices"]) == ["c"]


@pytest.mark.parametrize(
    ("state", "by_hand", "stays"),
    [("active", "c", "c"), ("inactive", "c", "b"), ("active", None, "b")],
)
def test_creation_begun_anew_links_what_has_no_links_or_is_not_active(
    lab: StackLab, state: str, by_hand: str | None, stays: str
) -> None:
    text = "a: {image: 'r/a:1', links: [b]}\nb: {image: 'r/b:1'}\nc: {image: 'r/c:1'}\n"
    stack = lab.stack_of(text, "", startOnCreate=False, settle=0)
    lab.until_true(lambda: len(lab.names(stack)) == 3)
    lab.engine.levers.compose_executor("away")
    lab.wait(1)
    a = lab.named(stack, "a")
    targets = [{"name": by_hand, "serviceId": lab.named(stack, by_hand)}] if by_hand else []
    lab.engine.act("service", a, "setservicelinks", {"serviceLinks": targets})
    if state == "active":
        lab.act(a, "activate")
        lab.until(a, "active")

    lab.engine.levers.compose_executor("running")
    lab.until_stack(stack, "active")

    assert list(lab.view(a)["linkedServices"]) == [stays]


def test_services_that_link_to_each_other_are_linked_before_they_are_started(lab: StackLab) -> None:
    circle = "a: {image: 'r/a:1', links: [b]}\nb: {image: 'r/b:1', links: [a]}\n"

    stack = lab.stack_of(circle, "", startOnCreate=False)

    assert {name: list(lab.view(lab.named(stack, name))["linkedServices"]) for name in "ab"} == {
        "a": ["b"],
        "b": ["a"],
    }


def test_creation_upgrades_nothing_that_is_there_already(lab: StackLab) -> None:
    lab.engine.levers.compose_executor("away")
    stack = lab.stack_of(settle=1)
    config = {"imageUuid": "docker:by/hand:1"}
    body = {"name": "web", "stackId": stack, "launchConfig": config, "startOnCreate": True}
    web = lab.engine.create("service", body, project=lab.project)
    lab.wait(5)

    lab.engine.levers.compose_executor("running")
    lab.until_stack(stack, "active")

    assert (lab.state(web), lab.image(stack, "web")) == ("active", "docker:by/hand:1")
    assert list(lab.view(web)["linkedServices"]) == ["database"]


def test_the_wait_for_health_ends_with_it(lab: StackLab) -> None:
    text = one(labels="{io.rancher.service.wait_for_healthcheck: 'true'}")
    lab.engine.levers.image("r/a:1", answers_health=False)
    stack = lab.stack_of(text, more(health_check="{port: 80, interval: 2000}"), settle=10)

    lab.engine.levers.image_health("r/a:1", answers=True)

    assert lab.until_stack(stack, "active") < 6


def test_an_upgrade_after_a_canceled_one_remembers_what_was_before_both(lab: StackLab) -> None:
    """What is previous stays previous until it is finished or rolled back."""
    stack = lab.stack_of()
    lab.upgrade_stack(stack)
    lab.until(lab.named(stack, "web"), "upgrading")
    lab.engine.act("stack", stack, "cancelupgrade", {})
    lab.until_stack(stack, "canceled-upgrade")
    assert lab.stack_view(stack)["externalId"] == "a:2"

    lab.upgrade_stack(stack, environment={"VERSION": "3"}, externalId="a:3")
    lab.until_stack(stack, "upgraded")

    view = lab.stack_view(stack)
    assert (view["externalId"], view["previousExternalId"]) == ("a:3", "a:1")
    assert view["previousEnvironment"] == {"VERSION": "1"}


@pytest.mark.parametrize("environment", [None, {}])
def test_a_text_without_variables_needs_no_answers(lab: StackLab, environment: dict[str, str] | None) -> None:
    stack = lab.stack_of(one(), "", environment=environment)

    assert lab.stack_state(stack) == ("active", "no", None)


CATALOG = "version: '2'\ncatalog: {{version: '{}'}}\n"
ASKS = one(image='"r/a:{{.Stack.PreviousVersion}}-{{.Stack.Version}}"')


def test_a_template_may_ask_for_the_version_that_an_upgrade_replaces(lab: StackLab) -> None:
    """`.PreviousVersion` is that of the stored rancher-compose text, and empty while a stack is made."""
    stack = lab.stack_of(ASKS, CATALOG.format(1))
    assert lab.image(stack, "a") == "docker:r/a:-1"

    lab.upgrade_stack(stack, ASKS, CATALOG.format(2))
    lab.until_stack(stack, "upgraded")

    assert lab.image(stack, "a") == "docker:r/a:1-2"


def test_a_stack_made_without_a_rancher_compose_text_had_no_version(lab: StackLab) -> None:
    stack = lab.stack_of(one(), rancherCompose=None)

    lab.upgrade_stack(stack, one(image='"r/a:2{{.Stack.PreviousVersion}}"'), "")
    lab.until_stack(stack, "upgraded")

    assert lab.image(stack, "a") == "docker:r/a:2"


@pytest.mark.parametrize(("name", "image"), [("Default", "docker:r/a:Default"), (None, "docker:r/a:")])
def test_a_template_may_ask_for_the_name_of_the_environment(
    lab: StackLab, name: str | None, image: str
) -> None:
    lab.engine.update("project", lab.project, {"name": name})

    stack = lab.stack_of(one(image='"r/a:{{.Environment.Name}}"'), "")

    assert lab.image(stack, "a") == image


def test_links_of_a_service_that_selects_its_links_are_left_alone(lab: StackLab) -> None:
    text = one(labels=SELECTS) + "  b: {image: 'r/b:1'}\n"
    stack = lab.stack_of(text, "")
    a = lab.named(stack, "a")
    link = {"serviceLink": {"name": "chosen", "serviceId": lab.named(stack, "b")}}
    lab.engine.act("service", a, "addservicelink", link)

    lab.upgrade_stack(stack, text, "")
    lab.until_stack(stack, "upgraded")

    assert list(lab.view(a)["linkedServices"]) == ["chosen"]


def test_a_service_removed_while_its_health_is_waited_for_holds_nobody(lab: StackLab) -> None:
    text = one(labels="{io.rancher.service.wait_for_healthcheck: 'true'}")
    lab.engine.levers.image("r/a:1", answers_health=False)
    stack = lab.stack_of(text, more(health_check="{port: 80, interval: 2000}"), settle=10)

    lab.engine.delete("service", lab.named(stack, "a"))

    lab.until_stack(stack, "active", within=10)
    assert lab.names(stack) == set()
