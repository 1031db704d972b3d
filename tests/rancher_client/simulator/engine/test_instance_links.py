"""Links from container to container, `instanceLink`: made and aimed at each start (rancher-1.6-api.md 4.3).

cattle: ServiceLinkPreInstanceStateHandler, ServiceLinkActivateHandler, InstanceInstanceLinkCreate
"""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Engine, Ref

from .container_lab import act, alone, state
from .lab import NEW, Lab, upgrade_body
from .test_adoption import Copy

KIND = "instanceLink"
SIDE: dict[str, Any] = {"name": "side", "imageUuid": "sim:side:1"}


@pytest.fixture
def db(lab: Lab) -> int:
    return lab.service("db")


def consumer(lab: Lab, *links: tuple[int, str | None], **options: Any) -> int:
    """A started service that was linked before its first start."""
    number = lab.service("web", start=False, settle=2, **options)
    link(lab, number, *links)
    lab.act(number, "activate")
    lab.wait(20)
    return number


def link(lab: Lab, service: int, *links: tuple[int, str | None]) -> None:
    told = [{"serviceId": Ref("service", number), "name": name} for number, name in links]
    lab.engine.act("service", service, "setservicelinks", {"serviceLinks": told})


def of(lab: Lab, container: int) -> list[int]:
    """The rows behind the container's link that are not removed."""
    behind = [number for _, number in lab.engine.related("container", container, "instanceLinks")]
    return [number for number in behind if row(lab, number)["removed"] is None]


def row(lab: Lab, number: int) -> dict[str, Any]:
    found = lab.engine.view(KIND, number)
    assert found is not None
    return found


def said(lab: Lab, container: int) -> dict[str | None, tuple[str, int | None]]:
    """State and target of each link of a container by its name."""
    rows = [row(lab, number) for number in of(lab, container)]
    targets = [each["targetInstanceId"] for each in rows]
    return {
        each["linkName"]: (each["state"], target.number if target is not None else None)
        for each, target in zip(rows, targets, strict=True)
    }


def replaced(lab: Lab, service: int) -> tuple[int, int]:
    """The service's only container, removed, and the one that took its place."""
    [old] = lab.ids(service)
    lab.engine.delete("container", old)
    lab.wait(20)
    [new] = lab.ids(service)
    return old, new


def restarted(lab: Lab, container: int) -> int:
    act(lab, container, "restart")
    lab.wait(10)
    assert state(lab, container) == "running"
    return container


def test_each_container_of_a_linked_service_has_a_row_for_each_link(lab: Lab, db: int) -> None:
    other = lab.service("other")
    web = consumer(lab, (db, "data"), (other, None), scale=2, sidekicks=[SIDE])
    [data], [plain] = lab.ids(db), lab.ids(other)

    assert len(lab.ids(web)) == 4
    for container in lab.ids(web):
        assert said(lab, container) == {"data": ("active", data), "other": ("active", plain)}
        [first, *_] = of(lab, container)
        assert row(lab, first)["instanceId"] == Ref("container", container)
        assert lab.engine.offered(KIND, first) == {"deactivate", "update"}
    assert lab.engine.ids(KIND, project=lab.project) == sorted(
        number for container in lab.ids(web) for number in of(lab, container)
    )
    leading_here = [n for _, n in lab.engine.related("container", data, "targetInstanceLinks")]
    assert {row(lab, n)["linkName"] for n in leading_here} == {"data"}
    assert len(leading_here) == 4


def test_a_service_is_not_linked_to_itself_nor_to_what_is_no_plain_service(lab: Lab) -> None:
    alias = lab.service("alias", fields={"kind": "dnsService"})
    web = lab.service("web")
    link(lab, web, (web, "self"), (alias, "alias"))

    assert said(lab, restarted(lab, lab.ids(web)[0])) == {}


def test_what_becomes_of_the_services_links_counts_from_the_next_start_on(lab: Lab, db: int) -> None:
    idle = lab.service("idle", start=False)
    web = consumer(lab, (db, None))
    [container], [target] = lab.ids(web), lab.ids(db)

    link(lab, web, (idle, "lazy"))
    lab.wait(5)
    assert said(lab, container) == {"db": ("active", target)}
    [former] = of(lab, container)
    restarted(lab, container)

    assert said(lab, container) == {"lazy": ("active", None)}
    removed = row(lab, former)["removed"]
    assert row(lab, former)["state"] == "removed"
    assert row(lab, former)["instanceId"] == Ref("container", container)
    lab.engine.delete("container", container)
    lab.wait(5)
    assert (row(lab, former)["removed"], row(lab, former)["instanceId"]) == (removed, None)


def test_a_link_that_stands_keeps_its_row_over_a_start(lab: Lab, db: int) -> None:
    [container] = lab.ids(consumer(lab, (db, None)))
    before = of(lab, container)

    assert of(lab, restarted(lab, container)) == before


def test_it_names_the_container_that_it_was_aimed_at_until_the_next_start(lab: Lab, db: int) -> None:
    [container] = lab.ids(consumer(lab, (db, None)))

    old, new = replaced(lab, db)

    assert said(lab, container) == {"db": ("active", old)}
    assert said(lab, restarted(lab, container)) == {"db": ("active", new)}


def test_it_leads_to_the_newest_container_that_ever_ran_whatever_it_does_now(lab: Lab, db: int) -> None:
    [container] = lab.ids(consumer(lab, (db, None)))
    lab.engine.update("service", db, {"scale": 2})
    lab.wait(20)
    first, second = sorted(lab.ids(db))
    lab.engine.levers.image(NEW.removeprefix("sim:"), pull=10_000)
    act(lab, second, "stop")
    lab.upgrade(db, upgrade_body(start_first=True))
    lab.wait(5)
    assert max(lab.ids(db)) > second

    restarted(lab, container)

    assert first < second
    assert said(lab, container)["db"] == ("active", second)


def test_of_those_that_never_ran_it_leads_to_the_oldest(lab: Lab) -> None:
    lab.engine.levers.image("slow:1", pull=10_000)
    db = lab.service("db", scale=2, settle=3, imageUuid="sim:slow:1")
    web = lab.service("web")
    [container] = lab.ids(web)
    link(lab, web, (db, None))

    restarted(lab, container)

    assert said(lab, container)["db"] == ("active", min(lab.ids(db)))


def test_it_leads_to_one_that_the_linked_service_has_chosen(lab: Lab) -> None:
    chooser = lab.service("chooser", fields={"selectorContainer": "role=db"})
    chosen = alone(lab, labels={"role": "db"})

    [container] = lab.ids(consumer(lab, (chooser, None)))

    assert said(lab, container) == {"chooser": ("active", chosen)}


def test_a_removed_container_is_none_of_a_services(lab: Lab, db: int) -> None:
    web = lab.service("web")
    link(lab, web, (db, None))
    lab.act(db, "deactivate")
    lab.wait(20)
    for container in lab.ids(db):
        lab.engine.delete("container", container)
    lab.wait(5)

    assert said(lab, restarted(lab, lab.ids(web)[0])) == {"db": ("active", None)}


def test_it_is_down_until_the_container_comes_to_its_network(lab: Lab, db: int) -> None:
    [target] = lab.ids(db)
    web = lab.service("web", start=False, settle=2)
    link(lab, web, (db, None))
    lab.act(web, "activate")
    seen: list[tuple[int | None, dict[str | None, tuple[str, int | None]]]] = []

    while not (lab.ids(web) and state(lab, lab.ids(web)[0]) == "running"):
        due = lab.engine.due_at()
        assert due is not None
        lab.engine.advance(due)
        seen.extend(
            (lab.container(container)["transitioningProgress"], said(lab, container))
            for container in lab.ids(web)
        )

    down: dict[str | None, tuple[str, int | None]] = {None: ("inactive", None)}
    up: dict[str | None, tuple[str, int | None]] = {"db": ("active", target)}
    assert {progress: links for progress, links in seen if progress is not None} == {
        0: down,
        16: down,
        32: down,
        48: down,
        64: up,
        84: up,
        100: up,
    }


@pytest.mark.parametrize("way", ["stop", "exit"])
def test_it_is_down_while_the_container_does_not_run(lab: Lab, db: int, way: str) -> None:
    [target] = lab.ids(db)
    container = alone(lab, instanceLinks={"db": Ref("container", target)})
    assert said(lab, container) == {"db": ("active", target)}

    if way == "stop":
        act(lab, container, "stop")
    else:
        lab.engine.levers.container_exits(container)
    lab.wait(5)

    assert state(lab, container) == "stopped"
    assert said(lab, container) == {"db": ("inactive", target)}
    assert lab.engine.offered(KIND, of(lab, container)[0]) == {"activate", "remove", "update"}
    act(lab, container, "start")
    lab.wait(5)
    assert said(lab, container) == {"db": ("active", target)}


def test_a_failed_start_takes_it_down(lab: Lab, db: int) -> None:
    lab.engine.levers.start_fails("broken:1", "no such file")
    [target] = lab.ids(db)

    container = alone(lab, imageUuid="sim:broken:1", instanceLinks={"db": Ref("container", target)})

    assert state(lab, container) == "error"
    assert said(lab, container) == {"db": ("inactive", target)}


def test_links_that_a_body_names_are_there_before_any_start(lab: Lab, db: int) -> None:
    [target] = lab.ids(db)

    container = alone(lab, startOnCreate=False, instanceLinks={"b": Ref("container", target), "a": None})

    assert said(lab, container) == {"b": ("inactive", target), "a": ("inactive", None)}


def test_a_container_links_are_not_aimed_anew_when_its_body_named_them(lab: Lab, db: int) -> None:
    [target] = lab.ids(db)
    container = alone(lab, instanceLinks={"db": Ref("container", target)})

    replaced(lab, db)

    assert said(lab, restarted(lab, container)) == {"db": ("active", target)}


def test_a_removed_container_takes_its_links_along_which_keep_their_targets(lab: Lab, db: int) -> None:
    [container] = lab.ids(consumer(lab, (db, None)))
    [target] = lab.ids(db)
    [number] = of(lab, container)

    lab.engine.delete("container", container)
    lab.wait(2)

    gone = row(lab, number)
    assert (gone["state"], gone["instanceId"], gone["targetInstanceId"]) == (
        "removed",
        None,
        Ref("container", target),
    )
    assert gone["removed"] == lab.container(container)["removed"]
    assert number not in lab.engine.ids(KIND)


def test_a_task_takes_a_purged_target_back_within_the_hour(lab: Lab, db: int) -> None:
    [container] = lab.ids(consumer(lab, (db, None)))
    [number] = of(lab, container)
    old, _new = replaced(lab, db)

    lab.wait(700)
    assert state(lab, old) == "purged"
    assert said(lab, container) == {"db": ("active", old)}
    assert (KIND, number) in lab.engine.related("container", old, "targetInstanceLinks")
    lab.wait(3600)

    assert said(lab, container) == {"db": ("active", None)}
    assert lab.engine.related("container", old, "targetInstanceLinks") == []


def test_a_container_that_another_service_has_chosen_has_the_links_of_both(lab: Lab, db: int) -> None:
    web = consumer(lab, (db, "own"), labels={"role": "web"})
    chooser = lab.service("chooser", fields={"selectorContainer": "role=web"})
    link(lab, chooser, (db, "chosen"))

    assert set(said(lab, restarted(lab, lab.ids(web)[0]))) == {"own", "chosen"}


def test_another_target_is_put_and_passes_the_process_update(lab: Lab, db: int) -> None:
    [container] = lab.ids(consumer(lab, (db, None)))
    [number], [target] = of(lab, container), lab.ids(db)
    other = alone(lab)

    lab.engine.update(KIND, number, {"name": "n", "targetInstanceId": Ref("container", target)})
    assert (row(lab, number)["state"], row(lab, number)["name"]) == ("active", "n")
    lab.engine.update(KIND, number, {"targetInstanceId": Ref("container", other)})
    assert row(lab, number)["state"] == "updating-active"
    lab.wait(2)

    assert said(lab, container) == {"db": ("active", other)}
    assert said(lab, restarted(lab, container)) == {"db": ("active", target)}
    assert row(lab, number)["name"] == "n"


def test_activated_by_hand_it_is_aimed_anew_as_well(lab: Lab, db: int) -> None:
    [container] = lab.ids(consumer(lab, (db, None)))
    [number] = of(lab, container)
    old, new = replaced(lab, db)

    lab.engine.act(KIND, number, "deactivate")
    lab.wait(2)
    assert said(lab, container) == {"db": ("inactive", old)}
    lab.engine.act(KIND, number, "activate")
    lab.wait(2)

    assert said(lab, container) == {"db": ("active", new)}


def test_one_removed_by_hand_is_made_anew_at_the_next_start(lab: Lab, db: int) -> None:
    [container] = lab.ids(consumer(lab, (db, None)))
    [number], [target] = of(lab, container), lab.ids(db)
    for action in ("deactivate", "remove"):
        lab.engine.act(KIND, number, action)
        lab.wait(2)
    assert (row(lab, number)["state"], of(lab, container)) == ("removed", [])

    restarted(lab, container)

    assert said(lab, container) == {"db": ("active", target)}
    assert of(lab, container) != [number]
    assert row(lab, number)["state"] == "removed"


def test_a_snapshot_keeps_them(lab: Lab, db: int) -> None:
    [container] = lab.ids(consumer(lab, (db, None)))
    before = {number: row(lab, number) for number in of(lab, container)}

    lab.engine = Engine.restore(lab.engine.snapshot())

    assert {number: row(lab, number) for number in of(lab, container)} == before
    assert set(said(lab, restarted(lab, container))) == {"db"}


def test_what_another_server_shows_has_the_links_that_a_start_would_make(lab: Lab, db: int) -> None:
    web = consumer(lab, (db, "data"), scale=2)
    stopped, runs = lab.ids(web)
    act(lab, stopped, "stop")
    while state(lab, stopped) != "stopped":
        lab.wait(0.01)
    [target] = lab.ids(db)

    copy = Copy(lab)

    assert said(copy, runs) == {"data": ("active", target)}
    assert said(copy, stopped) == {"data": ("inactive", target)}


def test_each_change_of_a_link_is_announced(lab: Lab, db: int) -> None:
    [target] = lab.ids(db)
    lab.engine.take_changes()
    container = alone(lab, instanceLinks={"db": Ref("container", target)}, startOnCreate=False)
    [number] = of(lab, container)
    told = [(KIND, number) in lab.engine.take_changes()]

    for action in ("start", "stop", "remove"):
        act(lab, container, action)
        lab.wait(5)
        told.append((KIND, number) in lab.engine.take_changes())

    assert told == [True, True, True, True]
