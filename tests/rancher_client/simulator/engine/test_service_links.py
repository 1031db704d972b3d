"""Links between services, and what the three actions refuse (4.3)."""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Ref, Refused

from .lab import Lab


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
    both = [{"serviceId": Ref("service", db)}, {"serviceId": Ref("service", db), "name": "store"}]

    lab.engine.act("service", web, "setservicelinks", {"serviceLinks": both})
    assert links(lab, web) == {"db": db, "store": db}
    lab.engine.act("service", web, "setservicelinks", {})
    assert links(lab, web) == {}


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


@pytest.mark.parametrize(
    ("entries", "code", "field"),
    [
        ([{"to": "db"}, {"to": "db"}], "NotUnique", "serviceId and link name combination"),
        ([{}], "MissingRequired", "serviceId"),
        ([{"service": "shop/other"}], "MissingRequired", "name"),
        ([{"to": "db", "name": "-x"}], "InvalidCharacters", "name"),
        ([{"to": "db", "name": "a..b"}], "InvalidCharacters", "name"),
        ([{"to": "db", "name": "x" * 64}], "MaxLengthExceeded", "name"),
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


def test_a_removed_service_cannot_be_linked_anew(lab: Lab, pair: tuple[int, int]) -> None:
    web, db = pair
    lab.engine.delete("service", db)
    lab.wait(5)
    link = {"serviceId": Ref("service", db)}

    refused = refusal(lab, web, "setservicelinks", {"serviceLinks": [link]})
    assert refused == (422, "InvalidReference", "Service db is removed")
    lab.engine.act("service", web, "addservicelink", {"serviceLink": link})
    assert links(lab, web) == {}
