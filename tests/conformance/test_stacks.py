"""Stacks without compose text: states, actions, all their services (rancher-1.6-api.md 3.1, 3.2)."""

from __future__ import annotations

import io
import zipfile

import pytest
import yaml

from rancher_client.cattle import services, stacks
from rancher_client.cattle.resources import ComposeTexts
from rancher_client.errors import Invalid, NotOffered

from .target import new_stack
from .waiting import wait_for

ALWAYS = {"activateservices", "deactivateservices", "exportconfig", "addoutputs"}


def test_an_empty_stack_is_active_and_healthy_and_offers_its_actions(bench, rancher):
    stack = stacks.get(rancher, bench.stack_id)

    assert (stack.state, stack.health_state) == ("active", "healthy")
    assert stack.actions == ALWAYS | {"update", "upgrade", "remove"}


@pytest.mark.parametrize("action", ["finish_upgrade", "roll_back", "cancel_upgrade"])
def test_what_ends_an_upgrade_is_not_offered_where_there_is_none(bench, rancher, action):
    with pytest.raises(NotOffered):
        getattr(stacks, action)(rancher, bench.stack_id)


def test_name_and_description_are_changed_by_put_and_compose_text_is_not(bench, wire, rancher):
    name = f"{stacks.get(rancher, bench.stack_id).name}-renamed"
    body = {"name": name, "description": "x", "dockerCompose": "a: b", "environment": {"A": "1"}}

    assert wire("PUT", f"stacks/{bench.stack_id}", json=body).status_code == 200

    seen = wait_for(
        lambda: wire("GET", f"stacks/{bench.stack_id}").json(), lambda now: now["state"] == "active"
    )
    assert (seen["name"], seen["description"]) == (name, "x")
    assert (seen["dockerCompose"], seen["environment"]) == (None, None)


def test_outputs_are_merged(bench, wire):
    for outputs in ({"a": "1"}, {"b": "2"}):
        answer = wire("POST", f"stacks/{bench.stack_id}/?action=addoutputs", json={"outputs": outputs})

    assert (answer.status_code, answer.json()["outputs"]) == (200, {"a": "1", "b": "2"})


def test_services_are_stopped_and_started_together_while_the_stack_stays_active(bench, rancher):
    ids = [bench.service(name=name).id for name in ("one", "two")]

    stopped = stacks.deactivate_services(rancher, bench.stack_id)
    assert stopped.state == "active"
    for service_id in ids:
        bench.settled(service_id, "inactive")

    stacks.activate_services(rancher, bench.stack_id)
    for service_id in ids:
        assert bench.settled(service_id, "active").health_state


def test_none_is_stopped_where_one_cannot_be(bench, rancher):
    upgraded, other = bench.service(name="upgraded"), bench.service(name="other")
    bench.upgrade(upgraded)
    bench.settled(upgraded.id, "upgraded")

    with pytest.raises(Invalid) as caught:
        stacks.deactivate_services(rancher, bench.stack_id)

    assert (caught.value.code, caught.value.text) == (
        "InvalidState",
        "Service upgraded is not in valid state to be deactivated: upgraded",
    )
    assert bench.read(other.id).state == "active"


@pytest.mark.trap("25")
def test_the_export_tells_what_runs_now(bench, rancher):
    service = bench.service(scale=2, launchConfig={"imageUuid": bench.target.old, "environment": {"A": "1"}})
    bench.upgrade(service)
    bench.settled(service.id, "upgraded")
    bench.finish(service.id)

    texts = stacks.export(rancher, bench.stack_id)

    [exported] = yaml.safe_load(texts.docker_compose)["services"].values()
    assert exported["image"] == bench.target.new.removeprefix("docker:")
    assert exported["environment"] == {"A": "1"}
    assert yaml.safe_load(texts.rancher_compose)["services"]["web"]["scale"] == 2


def test_an_unknown_service_cannot_be_exported(bench, wire):
    answer = wire(
        "POST", f"stacks/{bench.stack_id}/?action=exportconfig", json={"serviceIds": ["1s99999999"]}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "InvalidReference")


@pytest.mark.trap("54")
def test_the_compose_link_is_a_zip_of_both_texts_with_the_variables_in_it(bench, wire):
    bench.service(launchConfig={"imageUuid": bench.target.old, "environment": {"PASSWORD": "swordfish"}})

    answer = wire("GET", f"stacks/{bench.stack_id}/composeconfig")

    assert answer.headers["Content-Type"].startswith("application/zip")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert sorted(archive.namelist()) == ["docker-compose.yml", "rancher-compose.yml"]
    assert b"swordfish" in archive.read("docker-compose.yml")


@pytest.mark.trap("22")
@pytest.mark.trap("71")
def test_an_upgrade_of_a_stack_made_empty_does_nothing_and_says_upgraded(bench, rancher):
    service = bench.service()
    texts = ComposeTexts("version: '2'\nservices:\n  web:\n    image: nothing:1\n", "")

    stacks.upgrade(rancher, bench.stack_id, texts, external_id="deploy://x")

    wait_for(lambda: stacks.get(rancher, bench.stack_id).state, lambda state: state == "upgraded")
    assert bench.read(service.id).configs() == service.configs()
    assert stacks.get(rancher, bench.stack_id).external_id is None
    stacks.finish_upgrade(rancher, bench.stack_id)
    wait_for(lambda: stacks.get(rancher, bench.stack_id).state, lambda state: state == "active")


def test_an_upgraded_stack_takes_no_second_upgrade_and_no_update(bench, rancher):
    texts = ComposeTexts("version: '2'\n", "")
    stacks.upgrade(rancher, bench.stack_id, texts, external_id="deploy://x")
    upgraded = wait_for(lambda: stacks.get(rancher, bench.stack_id), lambda stack: stack.state == "upgraded")

    assert upgraded.actions == ALWAYS | {"finishupgrade", "rollback", "remove"}
    with pytest.raises(NotOffered):
        stacks.upgrade(rancher, bench.stack_id, texts, external_id="deploy://y")
    stacks.roll_back(rancher, bench.stack_id)
    wait_for(lambda: stacks.get(rancher, bench.stack_id).state, lambda state: state == "active")


@pytest.mark.trap("72")
def test_the_services_of_a_removed_stack_follow_it(bench, rancher):
    stack_id = new_stack(rancher)
    made = services.create(
        rancher, {"name": "web", "launchConfig": {"imageUuid": bench.target.old}}, stack_id=stack_id
    )
    bench.settled(made.id, "inactive")

    stacks.remove(rancher, stack_id)

    wait_for(lambda: stacks.get(rancher, stack_id).state, lambda state: state == "removed")
    bench.in_state(made.id, "removed")
    assert services.read_all(rancher, stack_id=stack_id) == []


@pytest.fixture
def merges_slashes(wire):
    """Whether something in front of this Rancher merges slashes, as its own proxy does."""
    return "//stacks" not in wire("GET", "/stacks").json()["links"]["self"]


@pytest.mark.trap("60")
def test_a_stack_is_found_below_an_empty_project_id_too(bench, wire, merges_slashes):
    if merges_slashes:
        pytest.skip("shows itself only where no proxy stands in front of Rancher")

    answer = wire.root("GET", f"projects//stacks/{bench.stack_id}")

    assert (answer.status_code, answer.json()["id"]) == (200, bench.stack_id)


@pytest.mark.trap("60")
def test_where_slashes_are_merged_an_empty_project_id_is_forbidden(bench, wire, merges_slashes):
    if not merges_slashes:
        pytest.skip("needs the proxy in front of Rancher, which merges slashes")

    assert wire.root("GET", f"projects//stacks/{bench.stack_id}").status_code == 403
