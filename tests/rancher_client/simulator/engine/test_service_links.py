"""Links between services, and what the three actions refuse (4.3)."""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Ref, Refused

from .lab import OLD, Lab


@pytest.fixture
def pair(lab: Lab) -> tuple[int, int]:
    return lab.service("web", scale=0), lab.service("db", scale=0)


def links(lab: Lab, service: int) -> dict[str, int]:
    return {name: ref.number for name, ref in (lab.view(service)["linkedServices"] or {}).items()}


def refusal(lab: Lab, service: int, action: str, body: dict[str, Any]) -> tuple[int, str, str | None]:
    with pytest.raises(Refused) as refused:
        lab.engine.act("service", service, action, body)
    return refused.value.status, refused.value.code, refused.value.field_name


def test_a_link_has_the_name_given_or_that_of_the_service(lab: Lab, pair: tuple[int, int]) -> None:
    web, db = pair
    cache = lab.service("cache", scale=0)
    both = [{"serviceId": Ref("service", db)}, {"serviceId": Ref("service", cache), "name": "store"}]

    lab.engine.act("service", web, "setservicelinks", {"serviceLinks": both})
    assert links(lab, web) == {"db": db, "store": cache}
    lab.engine.act("service", web, "setservicelinks", {})
    assert links(lab, web) == {}


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (31, {"s31": 31, "database": 31}),
        (32, {"database": 32}),
        (30, {"s30": 30, "database": 30}),
        (10, {"database": 10}),
    ],
)
def test_of_two_links_to_one_service_the_nameless_is_made_or_not_as_their_places_in_a_hash_map_are(
    lab: Lab, number: int, expected: dict[str, int]
) -> None:
    """As seen: of `32.` and `32.database` the named one is first, of `31.` and `31.database` it is not."""
    services = [lab.service(f"s{each}", scale=0) for each in range(1, 34)]
    both = [{"serviceId": Ref("service", number)} | name for name in ({}, {"name": "database"})]

    lab.engine.act("service", services[-1], "setservicelinks", {"serviceLinks": both})

    assert links(lab, services[-1]) == expected


def test_a_service_is_added_once_and_removed_while_it_is_linked(lab: Lab, pair: tuple[int, int]) -> None:
    web, db = pair
    body = {"serviceLink": {"serviceId": Ref("service", db), "name": "store"}}

    lab.engine.act("service", web, "addservicelink", body)
    assert refusal(lab, web, "addservicelink", body) == (422, "NotUnique", "serviceId")
    lab.engine.act("service", web, "removeservicelink", body)
    assert links(lab, web) == {}
    assert refusal(lab, web, "removeservicelink", body) == (422, "InvalidReference", "serviceId")


@pytest.mark.parametrize("action", ["addservicelink", "removeservicelink"])
def test_the_server_stumbles_over_a_link_to_nowhere(lab: Lab, pair: tuple[int, int], action: str) -> None:
    assert refusal(lab, pair[0], action, {"serviceLink": {"name": "x"}})[0] == 500
    assert refusal(lab, pair[0], action, {})[0] == 500


@pytest.mark.parametrize(
    ("entries", "code", "field"),
    [
        ([{"to": "db"}, {"to": "db"}], "NotUnique", "serviceId and link name combination"),
        ([{"to": "db"}, {"to": "db", "name": ""}], "NotUnique", "serviceId and link name combination"),
        ([{}], "MissingRequired", "serviceId"),
        ([{"name": "x"}], "MissingRequired", "serviceId"),
        ([{"service": "shop/other"}], "MissingRequired", "name"),
        ([{"service": "shop/other", "name": "x" * 64}], "MaxLengthExceeded", "name"),
    ],
)
def test_what_setservicelinks_refuses(
    lab: Lab, pair: tuple[int, int], entries: list[dict[str, str]], code: str, field: str
) -> None:
    web, db = pair
    target = {"serviceId": Ref("service", db)}
    body = [
        {key: value for key, value in entry.items() if key != "to"} | (target if "to" in entry else {})
        for entry in entries
    ]

    assert refusal(lab, web, "setservicelinks", {"serviceLinks": body}) == (422, code, field)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("-x", "InvalidCharacters"),
        ("x-", "InvalidCharacters"),
        ("x--y", "InvalidCharacters"),
        ("a..b", "InvalidCharacters"),
        (".a", "InvalidCharacters"),
        ("a.-b", "InvalidCharacters"),
        ("x" * 64, "MaxLengthExceeded"),
        ("a." + "x" * 64, "MaxLengthExceeded"),
        ("ab." * 84 + "cd", "MaxLengthExceeded"),
        ("-" + "x" * 300, "InvalidCharacters"),
        ("-a." + "x" * 300, "MaxLengthExceeded"),
    ],
)
def test_the_name_of_a_link_is_a_domain_name(lab: Lab, pair: tuple[int, int], name: str, code: str) -> None:
    """cattle:…/filter/common/AbstractDefaultResourceManagerFilter.java, validateLinkName"""
    web, db = pair
    link = {"serviceId": Ref("service", db), "name": name}

    assert refusal(lab, web, "setservicelinks", {"serviceLinks": [link]}) == (422, code, "name")
    assert refusal(lab, web, "addservicelink", {"serviceLink": link}) == (422, code, "name")


@pytest.mark.parametrize("name", ["a", "a.b", "x" * 63, "ab." * 83 + "cdef"])
def test_names_up_to_these_lengths_are_taken(lab: Lab, pair: tuple[int, int], name: str) -> None:
    web, db = pair

    lab.engine.act(
        "service", web, "addservicelink", {"serviceLink": {"serviceId": Ref("service", db), "name": name}}
    )

    assert links(lab, web) == {name: db}


def test_new_links_take_the_place_of_all_former_ones(lab: Lab, pair: tuple[int, int]) -> None:
    web, db = pair
    cache = lab.service("cache", scale=0)

    for target in (db, cache):
        link = {"serviceId": Ref("service", target)}
        lab.engine.act("service", web, "setservicelinks", {"serviceLinks": [link]})

    assert links(lab, web) == {"cache": cache}


def test_the_link_to_the_service_named_is_removed_and_no_other(lab: Lab, pair: tuple[int, int]) -> None:
    web, db = pair
    cache = lab.service("cache", scale=0)
    both = [{"serviceId": Ref("service", target)} for target in (db, cache)]
    lab.engine.act("service", web, "setservicelinks", {"serviceLinks": both})

    lab.engine.act("service", web, "removeservicelink", {"serviceLink": both[1]})

    assert links(lab, web) == {"db": db}


def test_what_is_outside_of_rancher_gets_a_name_and_no_link(lab: Lab, pair: tuple[int, int]) -> None:
    link = {"service": "shop/other", "name": "far"}

    lab.engine.act("service", pair[0], "setservicelinks", {"serviceLinks": [link]})

    assert links(lab, pair[0]) == {}


@pytest.mark.parametrize("where", ["nowhere", "another project"])
def test_a_service_that_the_project_does_not_have_is_no_target(
    lab: Lab, pair: tuple[int, int], where: str
) -> None:
    number = 4711
    if where == "another project":
        project = lab.engine.create("project", {"name": "other"}, project=None)
        stack = lab.engine.create("stack", {"name": "far"}, project=project)
        body = {"name": "far", "stackId": stack, "launchConfig": {"imageUuid": "sim:far:1"}}
        number = lab.engine.create("service", body, project=project)
    link = {"serviceId": Ref("service", number)}

    refused = (422, "InvalidReference", "serviceId")
    assert refusal(lab, pair[0], "setservicelinks", {"serviceLinks": [link]}) == refused
    assert refusal(lab, pair[0], "addservicelink", {"serviceLink": link}) == refused


def test_a_service_that_is_gone_gets_no_links(lab: Lab, pair: tuple[int, int]) -> None:
    web, db = pair
    lab.engine.delete("service", web)
    lab.wait(5)

    link = {"serviceId": Ref("service", db)}
    lab.engine.act("service", web, "addservicelink", {"serviceLink": link})

    assert links(lab, web) == {}


def test_a_removed_service_cannot_be_linked_anew(lab: Lab, pair: tuple[int, int]) -> None:
    web, db = pair
    lab.engine.delete("service", db)
    lab.wait(5)
    link = {"serviceId": Ref("service", db)}

    refused = refusal(lab, web, "setservicelinks", {"serviceLinks": [link]})
    assert refused == (422, "InvalidReference", "Service db is removed")
    lab.engine.act("service", web, "addservicelink", {"serviceLink": link})
    assert links(lab, web) == {}


@pytest.mark.parametrize("kind", ["dnsService", "loadBalancerService"])
def test_single_links_of_other_kinds_are_not_checked(lab: Lab, kind: str) -> None:
    """Cattle: ServiceAddRemoveLinkServiceValidationFilter names no types, unlike that of setservicelinks."""
    web = lab.service("web")
    body: dict[str, Any] = {"name": "other", "stackId": lab.stack, "startOnCreate": False}
    if kind == "loadBalancerService":
        body |= {"scale": 1, "launchConfig": {"imageUuid": OLD, "ports": ["80:80"]}}
        body["lbConfig"] = {"portRules": []}
    other = lab.engine.create(kind, body, project=lab.project)
    lab.wait(5)

    def act(action: str, **link: Any) -> list[str]:
        lab.engine.act("service", other, action, {"serviceLink": {"serviceId": Ref("service", web), **link}})
        return sorted(lab.view(other)["linkedServices"] or {})

    assert act("removeservicelink") == []
    assert act("addservicelink") == ["web"]
    assert act("addservicelink") == ["web"]
    assert act("addservicelink", name="db") == ["db", "web"]
    assert act("addservicelink", name="db") == ["db", "web"]
    assert act("addservicelink", name="not a name!") == ["db", "not a name!", "web"]
    lab.engine.delete("service", other)
    lab.wait(10)
    assert act("removeservicelink") == []


def test_an_unchecked_link_to_a_service_of_another_project_is_none(lab: Lab) -> None:
    other = lab.engine.create("project", {"name": "other", "state": "active"}, project=None)
    stack = lab.engine.create("stack", {"name": "there"}, project=other)
    there = lab.engine.create(
        "service",
        {"name": "db", "stackId": stack, "scale": 0, "launchConfig": {"imageUuid": OLD}},
        project=other,
    )
    alias = lab.engine.create("dnsService", {"name": "alias", "stackId": lab.stack}, project=lab.project)
    lab.wait(5)

    lab.engine.act("service", alias, "addservicelink", {"serviceLink": {"serviceId": Ref("service", there)}})

    assert links(lab, alias) == {}


def test_an_empty_name_of_an_unchecked_link_is_none(lab: Lab) -> None:
    web = lab.service("web")
    alias = lab.engine.create("dnsService", {"name": "alias", "stackId": lab.stack}, project=lab.project)
    lab.wait(5)

    for name in ("data", ""):
        link = {"serviceId": Ref("service", web), "name": name}
        lab.engine.act("service", alias, "addservicelink", {"serviceLink": link})

    assert sorted(links(lab, alias)) == ["data"]
