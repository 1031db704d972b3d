"""What a link leads to, by type and role (rancher-1.6-api.md 1.5, 1.6)."""

from __future__ import annotations

import pytest

from rancher_client.simulator.server.relationships import Way, joined_twice, relationship, to_include
from rancher_client.simulator.server.schemas import Role, Schema, Version, links_of, schemas_for

KEY = schemas_for(Version.V2_BETA, Role.ENVIRONMENT_KEY)


def schema(type_id: str) -> Schema:
    found = KEY.get(type_id)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("type_id", "word", "way", "element"),
    [
        ("service", "stack", Way.REFERENCE, "stack"),
        ("service", "instances", Way.MAPPED, "instance"),
        ("loadBalancerService", "consumedservices", Way.MAPPED, "service"),
        ("service", "servicelogs", Way.CHILD, "serviceLog"),
        ("service", "serviceLogs", Way.CHILD, "serviceLog"),
        ("stack", "services", Way.CHILD, "service"),
        ("container", "instancelabels", Way.MAPPED, "label"),
        ("container", "targetinstancelinks", Way.CHILD, "instanceLink"),
        ("container", "instances", Way.CHILD, "instance"),
        ("host", "clusters", Way.MAPPED, "host"),
        ("host", "physicalhost", Way.REFERENCE, "physicalHost"),
        ("ipAddress", "publicports", Way.CHILD, "port"),
        ("account", "stacks", Way.CHILD, "stack"),
        ("project", "stacks", Way.CHILD, "stack"),
    ],
)
def test_a_link_is_a_row_its_children_or_rows_beyond_pairs(
    type_id: str, word: str, way: Way, element: str
) -> None:
    found = relationship(schema(type_id), word, KEY)

    assert found is not None
    assert (found.way, found.element) == (way, element)


@pytest.mark.parametrize(
    ("type_id", "word"),
    [("service", "deploymentunits"), ("container", "nics"), ("account", "agents"), ("account", "zones")],
)
def test_rows_of_a_type_that_the_caller_does_not_see_are_behind_a_link_all_the_same(
    type_id: str, word: str
) -> None:
    found = relationship(schema(type_id), word, KEY)

    assert found is not None
    assert (found.way, found.element) == (Way.CHILD, None)


@pytest.mark.parametrize(
    ("type_id", "word"),
    [
        ("service", "nosuchlink"),
        ("service", "INSTANCES"),
        ("host", "agent"),
        ("account", "auditlogs"),
        ("account", "projectmembers"),
        ("service", "serviceconsumemaps"),
    ],
)
def test_a_word_with_no_meaning_or_with_two_is_no_link(type_id: str, word: str) -> None:
    assert relationship(schema(type_id), word, KEY) is None


@pytest.mark.parametrize("word", ["serviceexposemaps", "serviceExposeMaps"])
def test_a_link_has_one_name_in_both_versions_although_v1_schemas_write_it_small(word: str) -> None:
    v1 = schemas_for(Version.V1, Role.ENVIRONMENT_KEY)
    container = v1.get("container")
    assert container is not None

    found = relationship(container, word, v1)

    assert found is not None
    assert (found.name, found.element) == ("serviceExposeMaps", "serviceExposeMap")


@pytest.mark.parametrize("version", list(Version))
@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("serviceExposeMaps", "serviceExposeMaps"),
        ("serviceexposemaps", "serviceExposeMaps"),
        ("serviceExposemaps", "serviceExposeMaps"),
        ("HOSTS", "hosts"),
        ("nosuchlink", None),
        (None, None),
    ],
)
def test_an_include_names_a_link_in_whatever_case(
    version: Version, word: str | None, name: str | None
) -> None:
    container = schemas_for(version, Role.ENVIRONMENT_KEY).get("container")

    assert container is not None
    assert to_include(container, word) == name


def test_children_name_the_row_by_its_base_type() -> None:
    names = {
        type_id: found.back
        for type_id, word in (("container", "ports"), ("dnsService", "servicelogs"), ("project", "hosts"))
        if (found := relationship(schema(type_id), word, KEY)) is not None
    }

    assert names == {"container": "instanceId", "dnsService": "serviceId", "project": "accountId"}


@pytest.mark.parametrize(
    ("include", "twice"),
    [("services", True), ("SERVICES", True), ("hosts", False), ("ports", False), (None, False), ("x", False)],
)
def test_the_same_pairs_cannot_be_joined_a_second_time(include: str | None, twice: bool) -> None:
    instances = relationship(schema("service"), "instances", KEY)

    assert instances is not None
    assert joined_twice(instances, include, schema("instance")) is twice


def test_children_are_joined_with_nothing() -> None:
    services = relationship(schema("stack"), "services", KEY)

    assert services is not None
    assert not joined_twice(services, "instances", schema("service"))


@pytest.mark.parametrize(
    ("in_the_schema", "in_answers"),
    [
        ("instancelabels", "instanceLabels"),
        ("storagepools", "storagePools"),
        ("serviceexposemaps", "serviceExposeMaps"),
        ("consumedservices", "consumedservices"),
    ],
)
def test_answers_write_links_in_camel_case_where_v1_schemas_do_not(
    in_the_schema: str, in_answers: str
) -> None:
    having_it = [each for each in schemas_for(Version.V1, Role.ADMIN) if in_the_schema in each.links]

    assert having_it
    assert all(in_answers in links_of(each) for each in having_it)


def test_a_v1_account_links_to_no_environments() -> None:
    account = schemas_for(Version.V1, Role.ENVIRONMENT_KEY).get("account")

    assert account is not None
    assert "environments" in account.links
    assert "environments" not in links_of(account)
    assert relationship(account, "environments", schemas_for(Version.V1, Role.ENVIRONMENT_KEY)) is None


@pytest.mark.parametrize(
    ("word", "way", "element"),
    [
        ("networkcontainer", Way.REFERENCE, "container"),
        ("networkContainer", Way.REFERENCE, "container"),
        ("instancelabels", Way.MAPPED, "label"),
        ("targetinstancelinks", Way.CHILD, "instanceLink"),
        ("servicelogs", Way.CHILD, None),
    ],
)
def test_v1_schemas_which_write_links_in_lower_case_have_the_same_relationships(
    word: str, way: Way, element: str | None
) -> None:
    of_v1 = schemas_for(Version.V1, Role.ENVIRONMENT_KEY)
    container = of_v1.get("container")
    assert container is not None

    found = relationship(container, word, of_v1)

    assert found is not None
    assert (found.way, found.element) == (way, element)


@pytest.mark.parametrize("word", ["stack", "service"])
def test_a_row_named_in_a_field_that_v1_lacks_is_behind_no_link(word: str) -> None:
    of_v1 = schemas_for(Version.V1, Role.ENVIRONMENT_KEY)
    container = of_v1.get("container")

    assert container is not None
    assert relationship(container, word, of_v1) is None
    assert relationship(schema("container"), word, KEY) is not None
