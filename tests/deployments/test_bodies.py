"""What Rancher received, to the last field: the fresh configs, the plan's listed differences, our mark."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest

from deploytickets.catalog.models import Application, Placement
from deploytickets.drivers.marks import mark_label
from deploytickets.tickets.models import Ticket
from tests.deployments.company import Company, services_of

BATCHES = {"batchSize": 2, "intervalMillis": 3000, "startFirst": False}
PLACED = {"batch_size": 2, "interval_millis": 3000, "start_first": False}

RICH: dict[str, Any] = {
    "environment": {"SECRET": "canary", "LOG": "info", "EMPTY": ""},
    "labels": {"team": "shop", "io.rancher.container.pull_image": "always"},
    "healthCheck": {"port": 8080, "interval": 2000, "responseTimeout": 2000},
    "dataVolumes": ["/var/log/shop:/logs:ro"],
    "command": ["serve", "--fast"],
    "memory": 536870912,
    "capAdd": ["SYS_NICE"],
    "logConfig": {"driver": "json-file", "config": {"max-size": "10m"}},
    "restartPolicy": {"name": "on-failure", "maximumRetryCount": 3},
    "privileged": True,
}
SHARED = {
    "name": "logs",
    "imageUuid": "docker:registry/shop:1.0.0",
    "dataVolumesFromLaunchConfigs": ["web"],
    "environment": {"ROLE": "logs"},
    "labels": {"team": "shop"},
}
FOREIGN = {"name": "metrics", "imageUuid": "docker:registry/metrics:3", "labels": {"team": "ops"}}

JAVA_COMPOSE = """\
version: '2'
services:
  java-service-1:
    image: registry/shop:${VERSION}
    ports:
      - "8080:8080"
"""
JAVA_RANCHER_COMPOSE = """\
version: '2'
services:
  java-service-1:
    scale: 3
"""

_FIELDS = {"setting": "", "variable": "environment", "label": "labels"}


def body_of_the_start(company: Company, ticket: Ticket, name: str) -> Mapping[str, Any]:
    """The only body that asked for the upgrade of the ticket's service."""
    row = services_of(ticket)[name]
    ours = (mark_label(), row.token)
    (entry,) = company.simulator.journal.calls("upgrade", resource=row.rancher_id, label=ours)
    assert entry.body is not None
    return entry.body


def asked_for(
    config: Mapping[str, Any], name: str, ticket: Ticket, service: str, *, images: Mapping[str, str]
) -> dict[str, Any]:
    """The freshly read config with the differences that the plan lists for it, and with our mark."""
    wanted: dict[str, Any] = deepcopy(dict(config))
    del wanted["version"]
    assert ticket.plan is not None
    (shown,) = (one for one in ticket.plan.shown["services"] if one["name"] == service)
    listed = {one["config"]: (one["before"], one["after"]) for one in shown["images"]}
    before, after = listed[name]
    assert wanted["imageUuid"] == f"docker:{before}"
    assert images[name] == after
    wanted["imageUuid"] = f"docker:{after}"
    for change in (one for one in shown["changes"] if one["config"] == name):
        assert not change["is_hidden"]
        field, entry = _FIELDS[change["what"]], change["entry"]
        holder = wanted.setdefault(field, {}) if field else wanted
        if change["kind"] == "removed":
            del holder[entry]
        else:
            holder[entry] = change["after"]
    labels = wanted.get("labels") or {}
    return {**wanted, "labels": {**labels, mark_label(): services_of(ticket)[service].token}}


def without_refused_nulls(config: Mapping[str, Any]) -> dict[str, Any]:
    """Fields that Rancher may show as null and refuses to be sent so (rancher-1.6-api.md 1.7)."""
    refused = ("environment", "labels", "secrets")
    return {name: value for name, value in config.items() if not (value is None and name in refused)}


@pytest.mark.parametrize(
    ("sidekicks", "sent", "is_marked"),
    [
        pytest.param([], [], False, id="plain"),
        pytest.param([FOREIGN], [], False, id="with a sidekick"),
        pytest.param([SHARED, FOREIGN], ["logs"], False, id="with a sidekick of the application"),
        pytest.param([SHARED, FOREIGN], ["logs"], True, id="marked by the ticket before"),
    ],
)
def test_by_image_only_the_image_and_the_mark_differ_from_a_fresh_read(
    company: Company, sidekicks: list[dict[str, Any]], sent: list[str], is_marked: bool
):
    web = company.make_service(config=deepcopy(RICH), secondaryLaunchConfigs=deepcopy(sidekicks))
    placement = company.a_placement("web", **PLACED)
    if is_marked:
        company.reach(company.finish(company.verifying(placement, "1.0.1")), "finished", rounds=90)
    ticket = company.file(placement, "1.0.2")
    fresh = company.get(f"/services/{web}")
    ticket = company.reach(company.begin(company.approve(ticket)), "verifying")

    body = body_of_the_start(company, ticket, "web")

    images = dict.fromkeys(["", *sent], "registry/shop:1.0.2")
    stored = {one["name"]: one for one in fresh["secondaryLaunchConfigs"] or []}
    expected = {
        **BATCHES,
        "launchConfig": without_refused_nulls(
            asked_for(fresh["launchConfig"], "", ticket, "web", images=images)
        ),
    }
    if sent:
        expected["secondaryLaunchConfigs"] = [
            without_refused_nulls(asked_for(stored[name], name, ticket, "web", images=images))
            for name in sent
        ]
    assert body == {"inServiceStrategy": expected}


def by_compose(company: Company, docker_compose: str = JAVA_COMPOSE) -> Placement:
    """The story's application, placed by its compose files."""
    placement = Placement.objects.filter(application__name="JavaService1").first()
    if placement is None:
        placement = company.a_placement(
            application="JavaService1", strategy="stack", stack_name="java", service_names=[], **PLACED
        )
    files = Application.objects.filter(pk=placement.application_id)
    files.update(docker_compose=docker_compose, rancher_compose=JAVA_RANCHER_COMPOSE)
    placement.application.refresh_from_db()
    return placement


def test_by_compose_files_a_creation_is_what_they_say_and_the_mark(company: Company):
    ticket = company.verifying(by_compose(company))

    row = services_of(ticket)["java-service-1"]
    (entry,) = (entry for entry in company.simulator.journal if entry.labels.get(mark_label()) == row.token)
    (stack,) = company.get("/stacks?name=java")["data"]
    assert entry.body == {
        "type": "service",
        "name": "java-service-1",
        "stackId": stack["id"],
        "scale": 3,
        "startOnCreate": True,
        "launchConfig": {
            "imageUuid": "docker:registry/shop:1.0.1",
            "ports": ["8080:8080/tcp"],
            "labels": {mark_label(): row.token},
        },
    }


def test_by_compose_files_an_upgrade_differs_from_a_fresh_read_by_what_the_plan_lists(company: Company):
    ticket = company.verifying(by_compose(company))
    company.reach(company.finish(ticket), "finished")
    service_id = services_of(ticket)["java-service-1"].rancher_id
    changed = JAVA_COMPOSE + "    environment: {LOG: debug}\n    privileged: true\n"
    ticket = company.file(by_compose(company, changed), "1.0.2")
    fresh = company.get(f"/services/{service_id}")
    ticket = company.reach(company.begin(company.approve(ticket)), "verifying", rounds=90)

    body = body_of_the_start(company, ticket, "java-service-1")

    assert ticket.plan is not None
    listed = {
        (one["kind"], one["what"], one["entry"], one["after"])
        for one in ticket.plan.shown["services"][0]["changes"]
    }
    assert listed == {("added", "variable", "LOG", "debug"), ("added", "setting", "privileged", True)}
    images = {"": "registry/shop:1.0.2"}
    expected = asked_for(fresh["launchConfig"], "", ticket, "java-service-1", images=images)
    sent = body["inServiceStrategy"]["launchConfig"]
    assert body == {"inServiceStrategy": {**BATCHES, "launchConfig": sent}}
    assert sent == {name: expected[name] for name in sent}
    # What the files leave to Rancher is not sent; Rancher fills in again what was there.
    stored = company.get(f"/services/{service_id}")["launchConfig"]
    assert {**stored, "version": None} == {**expected, "version": None}
