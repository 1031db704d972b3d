"""Stacks that the compose executor makes and upgrades from text (rancher-1.6-api.md 3.1, 3.4, 10.4, 10.6)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import pytest

from rancher_client.cattle import services, stacks
from rancher_client.cattle.resources import ComposeTexts, Service, Stack, Transitioning

from .target import remove_stack
from .waiting import wait_for


@dataclass(frozen=True, slots=True)
class Made:
    """A stack from text, and what is read of it again and again."""

    rancher: object
    id: str
    images: tuple[str, str]

    def read(self) -> Stack:
        return stacks.get(self.rancher, self.id)

    def services(self) -> dict[str, Service]:
        return {service.name: service for service in services.read_all(self.rancher, stack_id=self.id)}

    def settled(self, state: str) -> dict[str, Service]:
        """Its services once the stack is in `state` and nothing moves any more."""
        wait_for(lambda: self.read().state, lambda seen: seen == state)
        return wait_for(
            self.services, lambda found: all(s.transitioning is Transitioning.NO for s in found.values())
        )

    def upgrade(self, text: str, rancher_compose: str = "", **answers: str) -> None:
        stacks.upgrade(
            self.rancher,
            self.id,
            ComposeTexts(text, rancher_compose),
            answers=answers,
            external_id="deploy://second",
        )


def two(web: str, db: str) -> str:
    """A text with the services `web` and `db`, linked."""
    return (
        "version: '2'\nservices:\n"
        f"  web:\n    image: {web}\n    links:\n    - db\n    restart: always\n"
        f"  db:\n    image: {db}\n"
    )


@pytest.fixture
def from_text(target, rancher, compose_executor):
    """Makes a stack from text; all are removed afterwards."""
    made = []

    def make(text, rancher_compose="", *, start=True, **answers):
        stack = stacks.create(
            rancher,
            f"conformance-{secrets.token_hex(4)}",
            texts=ComposeTexts(text, rancher_compose),
            answers=answers,
            external_id="deploy://first",
            start=start,
        )
        made.append(stack.id)
        return Made(rancher, stack.id, bare(target))

    yield make
    for stack_id in made:
        remove_stack(rancher, stack_id)


def bare(target):
    """The two images as a compose text names them."""
    return tuple(image.partition(":")[2] for image in (target.old, target.new))


@pytest.fixture
def pair(from_text, target):
    """A started stack of two linked services."""
    old, _new = bare(target)
    made = from_text(two(old, old), "version: '2'\nservices:\n  db:\n    scale: 2\n")
    made.settled("active")
    return made


def test_the_services_of_the_text_are_made_linked_and_started(pair):
    found = pair.services()

    assert {name: service.state for name, service in found.items()} == {"web": "active", "db": "active"}
    assert found["db"].scale == 2
    wait_for(lambda: pair.services()["web"].linked_services, lambda links: links == {"db": found["db"].id})
    assert pair.read().is_from_compose


@pytest.mark.trap("22c")
def test_a_restart_policy_is_dropped(pair):
    assert "restartPolicy" not in (pair.services()["web"].launch_config or {})


def test_without_start_they_stay_inactive_while_the_stack_is_active(from_text, target):
    old, _new = bare(target)

    found = from_text(two(old, old), start=False).settled("active")

    assert {service.state for service in found.values()} == {"inactive"}


@pytest.mark.trap("22d")
def test_a_scale_of_nought_makes_one(from_text, target):
    old, _new = bare(target)

    found = from_text(two(old, old), "version: '2'\nservices:\n  db:\n    scale: 0\n").settled("active")

    assert found["db"].scale == 1


def test_a_variable_is_filled_in_from_the_answers(from_text, target):
    old, _new = bare(target)

    found = from_text(two("${IMAGE}", old), IMAGE=old).settled("active")

    assert found["web"].launch_config["imageUuid"] == f"docker:{old}"


def test_a_text_that_is_no_yaml_leaves_the_stack_in_error_with_the_reason(from_text):
    made = from_text("version: '2'\nservices:\n  web: [\n")

    seen = wait_for(made.read, lambda stack: stack.state == "error")

    assert seen.transitioning is Transitioning.ERROR
    assert "yaml" in seen.transitioning_message


@pytest.mark.trap("22")
def test_an_upgrade_touches_what_differs_and_finish_ends_it(pair):
    old, new = pair.images

    pair.upgrade(two(new, old))
    found = pair.settled("upgraded")

    assert {name: service.state for name, service in found.items()} == {"web": "upgraded", "db": "active"}
    assert found["db"].scale == 2
    stacks.finish_upgrade(pair.rancher, pair.id)
    assert {service.state for service in pair.settled("active").values()} == {"active"}


def test_a_service_that_the_text_does_not_name_is_kept(pair):
    _old, new = pair.images

    pair.upgrade(f"version: '2'\nservices:\n  db:\n    image: {new}\n")

    found = pair.settled("upgraded")
    assert {name: service.state for name, service in found.items()} == {"web": "active", "db": "upgraded"}


def test_a_rollback_leads_back_and_restores_the_external_id(pair):
    old, new = pair.images
    before = pair.services()["web"].configs()
    pair.upgrade(two(new, old))
    pair.settled("upgraded")
    assert pair.read().external_id == "deploy://second"

    stacks.roll_back(pair.rancher, pair.id)

    assert pair.settled("active")["web"].configs() == before
    assert pair.read().external_id == "deploy://first"


def test_an_upgrade_that_changes_nothing_ends_in_upgraded_with_all_services_active(pair):
    old, _new = pair.images

    pair.upgrade(two(old, old))

    assert {service.state for service in pair.settled("upgraded").values()} == {"active"}


@pytest.mark.trap("23")
@pytest.mark.trap("43")
def test_a_bad_text_keeps_it_upgrading_until_it_is_cancelled(pair):
    pair.upgrade("version: '2'\nservices:\n  web: [\n")
    seen = wait_for(pair.read, lambda stack: "yaml" in (stack.transitioning_message or ""))

    assert (seen.state, seen.transitioning) == ("upgrading", Transitioning.YES)
    stacks.cancel_upgrade(pair.rancher, pair.id)
    wait_for(pair.read, lambda stack: stack.state == "canceled-upgrade")
    assert {service.state for service in pair.services().values()} == {"active"}


@pytest.mark.trap("22a")
@pytest.mark.trap("24")
def test_a_service_that_cannot_come_up_counts_as_done_and_blocks_the_rollback(pair, unstartable_image):
    old, _new = pair.images

    pair.upgrade(two(unstartable_image, old))
    wait_for(lambda: pair.read().state, lambda state: state == "upgraded")

    stuck = pair.services()["web"]
    assert (stuck.state, stuck.transitioning) == ("upgrading", Transitioning.ERROR)
    stacks.roll_back(pair.rancher, pair.id)
    services.roll_back(pair.rancher, stuck.id)
    pair.settled("active")


@pytest.mark.trap("70")
def test_without_an_executor_a_stack_from_text_is_active_and_empty(target, rancher, no_compose_executor):
    old, _new = bare(target)
    made = stacks.create(
        rancher, f"conformance-{secrets.token_hex(4)}", texts=ComposeTexts(two(old, old)), external_id="x"
    )

    wait_for(lambda: stacks.get(rancher, made.id).state, lambda state: state == "active")

    assert services.read_all(rancher, stack_id=made.id) == []
    remove_stack(rancher, made.id)
