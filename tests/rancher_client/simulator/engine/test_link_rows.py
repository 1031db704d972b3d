"""The rows of links between services, `serviceConsumeMap` (4.3): what a link was stays as a removed row."""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Engine, Ref, Refused

from .lab import Lab

KIND = "serviceConsumeMap"


@pytest.fixture
def pair(lab: Lab) -> tuple[int, int]:
    return lab.service("web", scale=0), lab.service("db", scale=0)


def set_links(lab: Lab, service: int, *links: tuple[int, str | None]) -> None:
    told = [{"serviceId": Ref("service", number), "name": name} for number, name in links]
    lab.engine.act("service", service, "setservicelinks", {"serviceLinks": told})


def row(lab: Lab, number: int) -> dict[str, Any]:
    found = lab.engine.view(KIND, number)
    assert found is not None
    return found


def standing(lab: Lab) -> list[tuple[str | None, int]]:
    rows = [row(lab, number) for number in lab.engine.ids(KIND, project=lab.project)]
    return [(each["name"], each["consumedServiceId"].number) for each in rows]


def test_a_link_is_a_row_between_two_services(lab: Lab, pair: tuple[int, int]) -> None:
    web, db = pair
    set_links(lab, web, (db, "data"))

    (number,) = lab.engine.ids(KIND, project=lab.project)
    shown = row(lab, number)

    assert (shown["serviceId"], shown["consumedServiceId"]) == (Ref("service", web), Ref("service", db))
    assert (shown["name"], shown["state"], shown["ports"], shown["removed"]) == ("data", "active", None, None)
    assert shown["created"] == lab.engine.now
    assert lab.engine.offered(KIND, number) == {"update", "remove"}


def test_a_link_without_a_name_has_none_in_its_row(lab: Lab, pair: tuple[int, int]) -> None:
    web, db = pair
    set_links(lab, web, (db, None))

    assert lab.view(web)["linkedServices"] == {"db": Ref("service", db)}
    assert standing(lab) == [(None, db)]


def test_a_link_called_as_its_service_by_hand_keeps_that_name(lab: Lab, pair: tuple[int, int]) -> None:
    web, db = pair
    set_links(lab, web, (db, "db"))

    assert standing(lab) == [("db", db)]


def test_what_stays_keeps_its_row_and_what_goes_leaves_one(lab: Lab, pair: tuple[int, int]) -> None:
    web, db = pair
    set_links(lab, web, (db, "data"), (web, "me"))
    kept, gone = sorted(
        lab.engine.ids(KIND, project=lab.project), key=lambda number: str(row(lab, number)["name"])
    )
    lab.wait(5)
    lab.engine.take_changes()

    set_links(lab, web, (db, "data"), (db, "more"))

    assert sorted(standing(lab), key=str) == [("data", db), ("more", db)]
    assert kept in lab.engine.ids(KIND, project=lab.project)
    assert (row(lab, gone)["state"], row(lab, gone)["removed"]) == ("removed", lab.engine.now)
    changes = lab.engine.take_changes()
    new = max(lab.engine.ids(KIND, project=lab.project))
    assert {(KIND, gone), (KIND, new)} <= set(changes)
    assert (KIND, kept) not in changes


def test_a_link_that_comes_again_is_another_row(lab: Lab, pair: tuple[int, int]) -> None:
    web, db = pair
    for _ in range(2):
        set_links(lab, web, (db, "data"))
        (number,) = lab.engine.ids(KIND, project=lab.project)
        set_links(lab, web)
    set_links(lab, web, (db, "data"))

    assert lab.engine.ids(KIND, project=lab.project) == [number + 1]


def test_removing_the_row_removes_that_link_alone(lab: Lab, pair: tuple[int, int]) -> None:
    web, db = pair
    set_links(lab, web, (db, "data"), (db, "more"))
    number = next(n for n in lab.engine.ids(KIND, project=lab.project) if row(lab, n)["name"] == "data")

    lab.engine.act(KIND, number, "remove")
    assert row(lab, number)["state"] == "removing"
    lab.wait(5)

    assert row(lab, number)["state"] == "removed"
    assert lab.view(web)["linkedServices"] == {"more": Ref("service", db)}
    assert lab.engine.offered(KIND, number) == frozenset()


def test_removing_the_row_of_a_link_without_a_name(lab: Lab, pair: tuple[int, int]) -> None:
    web, db = pair
    set_links(lab, web, (db, None))
    (number,) = lab.engine.ids(KIND, project=lab.project)

    lab.engine.act(KIND, number, "remove")
    lab.wait(5)

    assert lab.view(web)["linkedServices"] is None
    set_links(lab, web, (db, None))
    assert standing(lab) == [(None, db)]


def test_an_update_changes_nothing_and_a_purge_is_refused(lab: Lab, pair: tuple[int, int]) -> None:
    web, db = pair
    set_links(lab, web, (db, "data"))
    (number,) = lab.engine.ids(KIND, project=lab.project)

    lab.engine.act(KIND, number, "update")
    assert row(lab, number)["state"] == "updating-active"
    assert lab.engine.offered(KIND, number) == {"remove"}
    lab.wait(5)

    assert (row(lab, number)["state"], standing(lab)) == ("active", [("data", db)])
    with pytest.raises(Refused):
        lab.engine.act(KIND, number, "purge")


@pytest.mark.parametrize("end", ["web", "db"])
def test_links_go_with_either_service(lab: Lab, pair: tuple[int, int], end: str) -> None:
    web, db = pair
    set_links(lab, web, (db, "data"))
    (number,) = lab.engine.ids(KIND, project=lab.project)

    lab.engine.delete("service", web if end == "web" else db)
    lab.wait(10)

    assert standing(lab) == []
    assert row(lab, number)["state"] == "removed"
    assert row(lab, number)["removed"] is not None


def test_links_by_selectors_have_rows_as_well(lab: Lab) -> None:
    db = lab.service("db", labels={"role": "db"})
    lab.service("web", scale=0, fields={"selectorLink": "role=db"})

    assert standing(lab) == [(None, db)]


def test_rows_are_the_same_after_a_snapshot(lab: Lab, pair: tuple[int, int]) -> None:
    web, db = pair
    set_links(lab, web, (db, "data"), (db, "more"))
    set_links(lab, web, (db, "more"))
    numbers = lab.engine.ids(KIND, project=lab.project)
    before = [row(lab, number) for number in numbers]

    lab.engine = Engine.restore(lab.engine.snapshot())

    assert [row(lab, number) for number in numbers] == before


def test_a_link_that_gets_the_name_of_its_service_later_keeps_it(lab: Lab, pair: tuple[int, int]) -> None:
    web, db = pair
    set_links(lab, web, (db, None))
    (number,) = lab.engine.ids(KIND, project=lab.project)
    lab.engine.act(KIND, number, "remove")
    lab.wait(5)
    lab.engine.take_changes()

    link = {"serviceId": Ref("service", db), "name": "db"}
    lab.engine.act("service", web, "addservicelink", {"serviceLink": link})

    assert standing(lab) == [("db", db)]
    assert ("service", web) in lab.engine.take_changes()


def test_links_that_an_upgrade_clones_have_rows_as_well(lab: Lab, pair: tuple[int, int]) -> None:
    web, db = pair
    green = lab.service("green", scale=0)
    set_links(lab, web, (db, "data"))
    lab.engine.take_changes()

    lab.upgrade(db, {"toServiceStrategy": {"toServiceId": green, "updateLinks": True}})
    lab.wait(0.5)

    assert standing(lab) == [("data", green)]
    assert ("service", web) in lab.engine.take_changes()


def test_removing_a_row_tells_of_its_service(lab: Lab, pair: tuple[int, int]) -> None:
    web, db = pair
    set_links(lab, web, (db, "data"))
    (number,) = lab.engine.ids(KIND, project=lab.project)
    lab.engine.act(KIND, number, "remove")
    lab.engine.take_changes()

    lab.wait(5)

    assert {(KIND, number), ("service", web)} <= set(lab.engine.take_changes())


def test_a_row_that_is_gone_keeps_the_moment_it_went(lab: Lab, pair: tuple[int, int]) -> None:
    web, db = pair
    set_links(lab, web, (db, "data"))
    [number] = lab.engine.ids(KIND, project=lab.project)
    set_links(lab, web)
    gone = row(lab, number)["removed"]
    lab.wait(60)

    set_links(lab, web, (db, "more"))

    assert gone is not None
    assert row(lab, number)["removed"] == gone
