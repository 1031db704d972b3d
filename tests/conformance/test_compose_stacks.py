"""Stacks that the compose executor makes from text (rancher-1.6-api.md 3.1, 3.2, 10.4, 10.6)."""

from __future__ import annotations

import secrets

import pytest
import yaml

from rancher_client.cattle import services, stacks
from rancher_client.cattle.resources import ComposeTexts, Transitioning

from .composed import bare, text, two
from .target import remove_stack
from .waiting import wait_for

HASH = "io.rancher.service.hash"


def test_the_services_of_the_text_are_made_linked_and_started(pair):
    found = pair.services()

    assert {name: service.state for name, service in found.items()} == {"web": "active", "db": "active"}
    assert found["db"].scale == 2
    wait_for(lambda: pair.services()["web"].linked_services, lambda links: links == {"db": found["db"].id})
    assert pair.read().is_from_compose


@pytest.mark.trap("22c")
def test_a_restart_policy_is_dropped(pair):
    assert "restartPolicy" not in (pair.services()["web"].launch_config or {})


def test_config_and_metadata_carry_a_hash_each(pair):
    for service in pair.services().values():
        assert len(service.launch_config["labels"][HASH]) == 40
        assert len(service.metadata[HASH]) == 40


def test_without_start_they_stay_inactive_while_the_stack_is_active_and_unhealthy(from_text, target):
    old, _new = bare(target)
    made = from_text(two(old, old), start=False)

    found = made.settled("active")

    assert {service.state for service in found.values()} == {"inactive"}
    wait_for(lambda: made.read().health_state, lambda health: health == "unhealthy")


def test_what_a_text_says_of_starting_changes_nothing(from_text, target):
    old, _new = bare(target)
    made = from_text(two(old, old), text({"db": {"start_on_create": True}}), start=False)

    assert made.settled("active")["db"].state == "inactive"
    exported = yaml.safe_load(stacks.export(made.rancher, made.id).rancher_compose)
    assert {service["start_on_create"] for service in exported["services"].values()} == {True}


@pytest.mark.trap("22d")
def test_a_scale_of_nought_makes_one(from_text, target):
    old, _new = bare(target)

    found = from_text(two(old, old), text({"db": {"scale": 0}})).settled("active")

    assert found["db"].scale == 1


def test_a_variable_is_filled_in_from_the_answers(from_text, target):
    old, _new = bare(target)

    found = from_text(two("${IMAGE}", old), IMAGE=old).settled("active")

    assert found["web"].launch_config["imageUuid"] == f"docker:{old}"


def test_an_image_that_has_its_prefix_already_gets_no_second_one(from_text, target):
    old, _new = bare(target)

    found = from_text(two(f"docker:{old}", old), start=False).settled("active")

    assert found["web"].launch_config["imageUuid"] == f"docker:{old}"


def test_a_link_has_its_alias_for_a_name_or_that_of_the_service(from_text, target):
    old, _new = bare(target)
    keys = {"image": old, "links": ["db", "cache:store"]}

    found = from_text(two(keys, old, cache=old), start=False).settled("active")

    assert found["web"].linked_services == {"db": found["db"].id, "store": found["cache"].id}


def test_a_text_that_is_no_yaml_leaves_the_stack_in_error_with_the_reason(from_text):
    made = from_text("version: '2'\nservices:\n  web: [\n")

    seen = made.in_state("error")

    assert seen.transitioning is Transitioning.ERROR
    assert "yaml" in seen.transitioning_message
    assert seen.actions == {
        "activateservices",
        "addoutputs",
        "deactivateservices",
        "exportconfig",
        "remove",
    }


@pytest.mark.trap("70")
def test_without_an_executor_a_stack_from_text_is_active_and_empty(target, rancher, no_compose_executor):
    old, _new = bare(target)
    made = stacks.create(
        rancher, f"conformance-{secrets.token_hex(4)}", texts=ComposeTexts(two(old, old)), external_id="x"
    )

    wait_for(lambda: stacks.get(rancher, made.id).state, lambda state: state == "active")

    assert services.read_all(rancher, stack_id=made.id) == []
    remove_stack(rancher, made.id)
