"""The driver reads what a live Rancher 1.6 answered."""

from collections.abc import Mapping
from typing import Any

import pytest

from deploytickets.drivers.base import ServiceSeen
from deploytickets.inventory import survey_json
from deploytickets.tickets.plans import PRIMARY
from tests.drivers.recorded import BASE, RECORDINGS, answers, replaying

SCENARIOS = sorted(path.stem for path in (RECORDINGS / "services").glob("*.json"))


def _reads(name: str) -> list[Mapping[str, Any]]:
    """The recorded reads of single services."""
    return [body for _, body in answers("services", name) if body.get("baseType") == "service"]


def _seen(body: Mapping[str, Any], instances: Mapping[str, Any] | None = None) -> ServiceSeen:
    path = f"{BASE}/services/{body['id']}"
    bodies = {path: body} | ({f"{path}/instances": instances} if instances else {})
    with replaying(bodies) as driver:
        seen = driver.observe(body["id"])
    assert seen is not None
    return seen


def test_an_upgraded_service_shows_what_it_was_asked_for_and_what_it_came_from() -> None:
    bodies = _reads("upgrade-sidekick-finish")
    upgraded = next(body for body in bodies if body["state"] == "upgraded")

    seen = _seen(upgraded)

    (sidekick,) = (name for name in seen.configs if name != PRIMARY)
    assert seen.upgrade is not None
    assert seen.upgrade.is_in_service
    assert set(seen.upgrade.configs) == set(seen.upgrade.previous) == {PRIMARY, sidekick}
    versions = {config["version"] for config in seen.configs.values()}
    assert versions == {config["version"] for config in seen.upgrade.configs.values()}
    assert {config["version"] for config in seen.upgrade.previous.values()} == {"0"}


def test_old_and_new_containers_are_told_apart_by_version() -> None:
    found = answers("services", "upgrade-finish")
    position = next(number for number, (_, body) in enumerate(found) if body.get("state") == "upgraded")
    (_, service), (_, instances) = found[position], found[position + 1]

    seen = _seen(service, instances)

    new = seen.configs[PRIMARY]["version"]
    assert seen.containers is not None
    assert sorted((one.version == new, one.state, one.is_healthy) for one in seen.containers) == [
        *[(False, "stopped", False)] * 3,
        *[(True, "running", True)] * 3,
    ]


def test_a_torn_service_shows_two_versions_at_once() -> None:
    upgrading = [body for body in _reads("race-upgrade-torn-rollback") if body["state"] == "upgrading"]

    seen = _seen(upgrading[-1])

    assert seen.upgrade is not None
    assert seen.configs[PRIMARY]["version"] != seen.upgrade.configs[PRIMARY]["version"]


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_recorded_service_is_read_whole_and_can_be_kept(name: str) -> None:
    bodies = {body["id"]: body for body in _reads(name)}
    lists = {f"{BASE}/services": {"type": "collection", "data": list(bodies.values()), "pagination": None}}

    with replaying(lists) as driver:
        survey = driver.survey()

    assert [(seen.rancher_id, seen.state) for seen in survey.services] == [
        (body["id"], body["state"]) for body in bodies.values()
    ]
    assert all(seen.configs for seen in survey.services)
    assert survey_json.from_json(survey_json.as_json(survey)) == survey
