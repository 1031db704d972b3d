"""What a container is called and how it is labelled (rancher-1.6-api.md 6.2)."""

from __future__ import annotations

import pytest

from rancher_client.simulator.engine import Refused

from .container_lab import alone
from .lab import OLD, Lab


def test_a_container_of_a_service_is_labelled_with_all_it_belongs_to(lab: Lab) -> None:
    """6.1"""
    web = lab.service(sidekicks=[{"name": "side", "imageUuid": OLD, "labels": {"own": "1"}}])
    project = lab.engine.view("project", lab.project)
    assert project is not None

    primary, side = lab.containers(web)

    common = {
        "io.rancher.environment.uuid": project["uuid"],
        "io.rancher.project.name": "shop",
        "io.rancher.stack.name": "shop",
        "io.rancher.service.deployment.unit": primary["deploymentUnitUuid"],
    }
    assert primary["labels"] == common | {
        "io.rancher.project_service.name": "shop/web",
        "io.rancher.stack_service.name": "shop/web",
        "io.rancher.service.launch.config": "io.rancher.service.primary.launch.config",
    }
    assert side["labels"] == common | {
        "own": "1",
        "io.rancher.project_service.name": "shop/web/side",
        "io.rancher.stack_service.name": "shop/web/side",
        "io.rancher.service.launch.config": "side",
    }


def test_two_containers_of_a_project_never_bear_the_same_name(lab: Lab) -> None:
    one = alone(lab, name="one")
    two = alone(lab, name="two")
    lab.wait(10)

    for refused in (
        lambda: alone(lab, name="one"),
        lambda: lab.engine.update("container", two, {"name": "one"}),
    ):
        with pytest.raises(Refused) as told:
            refused()
        assert (told.value.status, told.value.code, told.value.field_name) == (422, "NotUnique", "name")
    lab.engine.update("container", one, {"name": "one"})
    alone(lab, name="One")
    alone(lab, name="")
    with pytest.raises(Refused):
        alone(lab, name="")
    elsewhere = lab.engine.create("project", {"name": "elsewhere"}, project=None)
    lab.engine.create("container", {"imageUuid": OLD, "name": "one"}, project=elsewhere)


def test_containers_without_a_name_are_as_many_as_one_likes(lab: Lab) -> None:
    assert [lab.container(alone(lab, **fields))["name"] for fields in ({}, {}, {"name": None})] == [None] * 3


def test_the_name_of_a_removed_container_is_free_again(lab: Lab) -> None:
    one = alone(lab, name="one")
    lab.wait(10)
    lab.engine.delete("container", one)
    lab.wait(10)

    assert lab.container(alone(lab, name="one"))["name"] == "one"


def test_a_container_is_labelled_with_its_environment_where_it_has_labels(lab: Lab) -> None:
    """Cattle: InstancePreCreate.setEnvironmentLabel puts it into the map of labels that was sent, if any."""
    bare, empty, labelled = alone(lab), alone(lab, labels={}), alone(lab, labels={"a": "b"})
    lab.wait(10)

    environment = {"io.rancher.environment.uuid": lab.engine.view("project", lab.project)["uuid"]}
    assert lab.container(bare)["labels"] is None
    assert lab.container(empty)["labels"] == environment
    assert lab.container(labelled)["labels"] == {"a": "b", **environment}
    found = lab.engine.related("container", labelled, "instanceLabels")
    assert {lab.engine.view(*label)["key"] for label in found} == {"a", "io.rancher.environment.uuid"}


def test_only_a_unit_without_volumes_of_its_own_shows_internal_ones(lab: Lab) -> None:
    """Cattle: DefaultDeploymentUnitInstance.create takes the field away together with their names."""
    bare = lab.containers(lab.service("bare"))[0]
    (with_volumes,) = lab.containers(lab.service("mine", dataVolumes=["/data"]))

    assert bare["internalVolumes"] == []
    assert "internalVolumes" not in with_volumes
    assert "internalVolumes" not in lab.container(alone(lab))
