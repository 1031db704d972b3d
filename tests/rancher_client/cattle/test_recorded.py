"""Everything a real Rancher 1.6 was seen to answer can be read (recordings of a live server)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from rancher_client.cattle.resources import (
    ApiKey,
    AuditRow,
    Container,
    Host,
    InServiceStrategy,
    ProcessInstance,
    Project,
    RegistrationToken,
    Service,
    ServiceLog,
    Stack,
)
from rancher_client.errors import Unusable

MUST_BE_READ = {
    "service": [
        "state",
        "transitioning",
        "launchConfig",
        "secondaryLaunchConfigs",
        "upgrade",
        "scale",
        "actions",
    ],
    "container": ["state", "transitioning", "version", "healthState", "labels", "hostId", "actions"],
    "auditLog": ["eventType", "responseCode", "requestObject"],
    "serviceLog": ["eventType", "description"],
    "processInstance": ["processName", "phase", "exitReason", "executionCount"],
}
RECORDINGS = Path(__file__).parents[2] / "recordings"
PARSERS = {
    "service": Service.parse,
    "container": Container.parse,
    "host": Host.parse,
    "stack": Stack.parse,
    "project": Project.parse,
    "auditLog": AuditRow.parse,
    "serviceLog": ServiceLog.parse,
    "registrationToken": RegistrationToken.parse,
    "apiKey": ApiKey.parse,
    "processInstance": ProcessInstance.parse,
}


def resources_in(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if value.get("type") in PARSERS and "links" in value and value.get("id"):
            yield value
        for child in value.values():
            yield from resources_in(child)
    elif isinstance(value, list):
        for child in value:
            yield from resources_in(child)


@cache
def recorded(kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for path in sorted(RECORDINGS.glob("*/*.json")):
        for step in _steps(json.loads(path.read_text())):
            if not _is_v1(step):
                found += [body for body in resources_in(step) if body["type"] == kind]
    return found


def _steps(recording: Any) -> list[Any]:
    return recording.get("steps", []) if isinstance(recording, dict) else []


def _is_v1(step: dict[str, Any]) -> bool:
    return step.get("request", {}).get("path", "").startswith("/v1")


@pytest.mark.parametrize("kind", list(PARSERS))
def test_every_recorded_resource_is_read(kind):
    bodies = recorded(kind)

    read = [PARSERS[kind](body) for body in bodies]

    assert len(read) >= 3
    assert [value.id for value in read] == [body["id"] for body in bodies]


@pytest.mark.parametrize("kind", list(PARSERS))
def test_a_field_of_another_type_makes_it_unusable_or_is_not_read_at_all(kind):
    body, read = recorded(kind)[-1], PARSERS[kind]
    refused = set()

    for name in body:
        try:
            assert read(body | {name: of_another_type(body[name])}) == read(body), name
        except Unusable:
            refused.add(name)

    assert {"id", *MUST_BE_READ.get(kind, ["state"])} <= refused


def of_another_type(value: Any) -> Any:
    return 3.5 if not isinstance(value, float) else "text"


def test_a_service_in_upgraded_tells_new_old_and_former_configs():
    upgraded = [Service.parse(body) for body in recorded("service") if body["state"] == "upgraded"]
    [service, *_] = [service for service in upgraded if set(service.versions()) == {"web", "logs"}]
    block = service.upgrade and service.upgrade.in_service

    assert block is not None
    assert block.configs("web") == service.configs()
    assert {config["version"] for config in block.previous("web").values()} == {"0"}
    assert service.versions()["web"] not in (None, "0")


@pytest.mark.parametrize("name", ["version", "imageUuid", "labels", "environment", "ports", "healthCheck"])
def test_a_field_of_another_type_in_any_config_is_found_when_the_configs_are_read(name):
    bodies = [body for body in recorded("service") if body["secondaryLaunchConfigs"]]
    body = next(body for body in bodies if body["state"] == "upgraded")
    sidekick = body["secondaryLaunchConfigs"][0] | {name: 3.5}
    strategy = body["upgrade"]["inServiceStrategy"] | {"previousSecondaryLaunchConfigs": [sidekick]}

    with pytest.raises(Unusable):
        Service.parse(body | {"secondaryLaunchConfigs": [sidekick]}).configs()
    with pytest.raises(Unusable):
        InServiceStrategy.parse(strategy).previous(body["name"])


def test_an_audit_row_of_an_upgrade_tells_the_version_it_was_given():
    rows = [AuditRow.parse(body) for body in recorded("auditLog")]
    upgrades = [row for row in rows if row.event_type == "api.service.upgrade" and row.response_code == 202]

    assert upgrades
    for row in upgrades:
        assert row.strategy is not None
        assert len(row.strategy.configs("web")["web"]["version"]) == 36
