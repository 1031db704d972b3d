"""Stacks that the compose executor upgrades, and the ways on and back (rancher-1.6-api.md 3.4)."""

from __future__ import annotations

import pytest
import yaml

from rancher_client.cattle import services, stacks
from rancher_client.cattle.resources import Transitioning
from rancher_client.errors import NotOffered

from .composed import FIRST_ID, SECOND_ID, bare, text, two
from .waiting import wait_for

HASH = "io.rancher.service.hash"
NO_YAML = "version: '2'\nservices:\n  web: [\n"


@pytest.fixture
def images(target):
    """The old and the new one, as a text names them."""
    return bare(target)


def states(found):
    return {name: service.state for name, service in found.items()}


@pytest.mark.trap("22")
def test_an_upgrade_touches_what_differs_and_finish_ends_it(pair, images):
    old, new = images

    pair.upgrade(two(new, old))
    found = pair.settled("upgraded")

    assert states(found) == {"web": "upgraded", "db": "active"}
    stacks.finish_upgrade(pair.rancher, pair.id)
    assert states(pair.settled("active")) == {"web": "active", "db": "active"}


def test_the_config_of_what_differs_gets_another_hash_and_the_metadata_keeps_its_own(pair, images):
    old, new = images
    before = pair.services()

    pair.upgrade(two(new, old))
    after = pair.settled("upgraded")

    changed = {name for name in after if hash_of(after[name]) != hash_of(before[name])}
    assert changed == {"web"}
    assert after["web"].metadata[HASH] == before["web"].metadata[HASH]


def hash_of(service):
    return service.launch_config["labels"][HASH]


def test_a_service_that_the_text_does_not_name_is_kept(pair, images):
    _old, new = images

    pair.upgrade(text({"db": {"image": new}}))

    assert states(pair.settled("upgraded")) == {"web": "active", "db": "upgraded"}


def test_a_scale_in_the_text_counts_for_services_that_are_new(pair, images):
    old, _new = images

    pair.upgrade(two(old, old, cache=old), text({"db": {"scale": 3}, "cache": {"scale": 2}}))
    found = pair.settled("upgraded")

    assert {name: service.scale for name, service in found.items()} == {"web": 1, "db": 2, "cache": 2}
    assert found["cache"].state == "active"


def test_what_was_never_started_is_started_by_an_upgrade(from_text, images):
    old, _new = images
    made = from_text(two(old, old), start=False)
    made.settled("active")

    made.upgrade(two(old, old))

    assert states(made.settled("upgraded")) == {"web": "active", "db": "active"}


@pytest.mark.trap("25")
def test_the_stacks_own_text_stays_that_of_its_creation(pair, images, wire):
    old, new = images
    created_from = stack(wire, pair)["dockerCompose"]

    pair.upgrade(two("${IMAGE}", old), IMAGE=new)
    pair.settled("upgraded")

    assert stack(wire, pair)["dockerCompose"] == created_from
    exported = yaml.safe_load(stacks.export(pair.rancher, pair.id).docker_compose)
    assert exported["services"]["web"]["image"] == new


def stack(wire, made):
    return wire("GET", f"stacks/{made.id}").json()


def test_the_strategy_of_an_upgrade_is_not_exported(pair, images):
    old, new = images
    pair.upgrade(two(new, old), text({"web": {"upgrade_strategy": {"start_first": True}}}))
    pair.settled("upgraded")

    exported = stacks.export(pair.rancher, pair.id)

    assert "upgrade_strategy" not in exported.rancher_compose


def test_identity_and_answers_are_new_when_upgraded_and_their_former_ones_kept_until_finish(
    from_text, images, wire
):
    old, new = images
    made = from_text(two("${IMAGE}", old), IMAGE=old)
    made.settled("active")

    made.upgrade(two("${IMAGE}", old), IMAGE=new)
    made.settled("upgraded")

    assert identity(wire, made) == (SECOND_ID, {"IMAGE": new}, FIRST_ID, {"IMAGE": old})
    stacks.finish_upgrade(made.rancher, made.id)
    made.settled("active")
    assert identity(wire, made) == (SECOND_ID, {"IMAGE": new}, None, None)


def identity(wire, made):
    shown = stack(wire, made)
    return tuple(
        shown[name] for name in ("externalId", "environment", "previousExternalId", "previousEnvironment")
    )


@pytest.mark.trap("71")
def test_an_external_id_that_is_not_sent_becomes_empty(pair, images, wire):
    old, new = images

    wire("POST", f"stacks/{pair.id}/?action=upgrade", json={"dockerCompose": two(new, old)})
    pair.settled("upgraded")

    assert identity(wire, pair)[0] == ""


def test_defaults_of_questions_become_answers_with_the_first_upgrade(from_text, images, wire):
    old, _new = images
    questions = {"catalog": {"questions": [{"variable": "IMAGE", "default": old}]}}
    rancher_compose = yaml.safe_dump({"version": "2", **questions})
    made = from_text(two("${IMAGE}", old), rancher_compose)
    made.settled("active")
    assert not stack(wire, made)["environment"]

    made.upgrade(two("${IMAGE}", old), rancher_compose)
    made.settled("upgraded")

    assert stack(wire, made)["environment"] == {"IMAGE": old}


def test_an_upgrade_that_changes_nothing_ends_in_upgraded_with_all_services_active(pair, images):
    old, _new = images

    pair.upgrade(two(old, old))

    assert states(pair.settled("upgraded")) == {"web": "active", "db": "active"}


def test_a_rollback_leads_back_and_restores_the_external_id(pair, images):
    old, new = images
    before = pair.services()["web"].configs()
    pair.upgrade(two(new, old, cache=old))
    pair.settled("upgraded")
    assert pair.read().external_id == SECOND_ID

    stacks.roll_back(pair.rancher, pair.id)

    found = pair.settled("active")
    assert found["web"].configs() == before
    assert pair.read().external_id == FIRST_ID
    assert found["cache"].state == "active"  # what the upgrade made stays


def test_a_rollback_of_more_than_three_seconds_is_over_long_after_its_services(from_text, images):
    old, new = images
    made = from_text(text({"web": {"image": old}}), text({"web": {"scale": 4}}))
    made.settled("active")
    made.upgrade(text({"web": {"image": new}}))
    made.settled("upgraded")

    stacks.roll_back(made.rancher, made.id)
    wait_for(lambda: made.services()["web"].state, lambda state: state == "rolling-back")
    wait_for(lambda: made.services()["web"].state, lambda state: state == "active")

    assert made.read().state == "rolling-back"
    made.settled("active")


def test_a_service_finished_by_itself_keeps_the_new_image_when_the_stack_is_rolled_back(pair, images):
    old, new = images
    pair.upgrade(two(new, new))
    web = pair.settled("upgraded")["web"]
    services.finish_upgrade(pair.rancher, web.id)
    wait_for(lambda: pair.services()["web"].state, lambda state: state == "active")
    assert pair.read().state == "upgraded"

    stacks.roll_back(pair.rancher, pair.id)

    found = pair.settled("active")
    assert {name: service.launch_config["imageUuid"] for name, service in found.items()} == {
        "web": f"docker:{new}",
        "db": f"docker:{old}",
    }
    assert pair.read().external_id == FIRST_ID


@pytest.mark.trap("43")
def test_the_services_go_on_when_the_stacks_upgrade_is_cancelled(pair, images):
    old, new = images
    pair.upgrade(two(old, new), text({"db": {"upgrade_strategy": {"interval_millis": 20_000}}}))
    wait_for(lambda: pair.services()["db"].state, lambda state: state == "upgrading")

    stacks.cancel_upgrade(pair.rancher, pair.id)
    pair.in_state("canceled-upgrade")
    wait_for(lambda: pair.services()["db"].state, lambda state: state == "upgraded")
    stacks.roll_back(pair.rancher, pair.id)

    found = pair.settled("active")
    assert found["db"].launch_config["imageUuid"] == f"docker:{old}"


@pytest.mark.trap("23")
@pytest.mark.trap("43")
def test_a_bad_text_keeps_it_upgrading_until_it_is_cancelled(pair):
    pair.upgrade(NO_YAML)
    seen = wait_for(pair.read, lambda stack: "yaml" in (stack.transitioning_message or ""))

    assert (seen.state, seen.transitioning) == ("upgrading", Transitioning.YES)
    stacks.cancel_upgrade(pair.rancher, pair.id)
    cancelled = pair.in_state("canceled-upgrade")
    assert {"upgrade", "rollback"} <= cancelled.actions
    assert not {"finishupgrade", "update"} & cancelled.actions
    stacks.roll_back(pair.rancher, pair.id)
    assert states(pair.settled("active")) == {"web": "active", "db": "active"}


@pytest.mark.trap("22a")
@pytest.mark.trap("24")
def test_a_service_that_cannot_come_up_counts_as_done_and_blocks_the_rollback(pair, images, unstartable_keys):
    old, _new = images

    pair.upgrade(two(unstartable_keys, old))
    pair.in_state("upgraded")

    stuck = pair.services()["web"]
    assert (stuck.state, stuck.transitioning) == ("upgrading", Transitioning.ERROR)
    with pytest.raises(NotOffered):
        stacks.cancel_upgrade(pair.rancher, pair.id)
    stacks.roll_back(pair.rancher, pair.id)
    services.roll_back(pair.rancher, stuck.id)
    pair.settled("active")
