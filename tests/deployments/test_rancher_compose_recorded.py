"""What rancher-compose did in a recorded situation, and what a ticket of the strategy `stack` does in it.

Source: recordings/stacks/rancher-compose-cli.json (rancher-1.6-api.md 10.1, 10.3): one service of scale 2,
each case one call of `rancher-compose up -d`. Where a ticket leads elsewhere, the reason stands beside it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deploytickets.catalog.models import Placement
from deploytickets.deployments import services
from deploytickets.tickets.errors import WrongState
from deploytickets.tickets.models import Ticket
from tests import builders
from tests.builders import actor_of
from tests.deployments.company import Company, let_pass, services_of

FOLLOWS = ("stacks/rancher-compose-cli",)

RECORDED = {
    case["case"]: case
    for case in json.loads(
        (Path(__file__).parents[1] / "recordings" / "stacks" / "rancher-compose-cli.json").read_text()
    )["cases"]
}

DOCKER_COMPOSE = "version: '2'\nservices:\n  web:\n    image: registry.test/web:${VERSION}\n"
RANCHER_COMPOSE = "version: '2'\nservices:\n  web: {scale: 2}\n"
LINKS = "setservicelinks"
"""rancher-compose sets the links of every service twice, of one without links too."""


class Shop:
    """The stack of the recording, behind tickets."""

    def __init__(self, company: Company) -> None:
        self.company = company
        application = builders.an_application(
            "Cli",
            image_repository="registry.test/web",
            docker_compose=DOCKER_COMPOSE,
            rancher_compose=RANCHER_COMPOSE,
        )
        self.placement: Placement = builders.a_placement(
            application,
            company.environment,
            strategy="stack",
            stack_name="cli",
            service_names=[],
            batch_size=1,
            interval_millis=1000,
        )
        self._since = 0

    def stands(self, version: str) -> None:
        """A ticket brought that version and was finished; what is sent from now on counts."""
        self.finish(self.upgraded(version))
        self.count_from_here()

    def count_from_here(self) -> None:
        self._since = len(self.company.simulator.journal)

    def file(self, version: str) -> Ticket:
        return self.company.file(self.placement, version)

    def upgraded(self, version: str) -> Ticket:
        """A ticket for that version, up to its verification."""
        return self.company.verifying(self.placement, version)

    def begun(self, version: str) -> Ticket:
        return self.company.begin(self.company.approved(self.placement, version))

    def finish(self, ticket: Ticket) -> Ticket:
        return self.company.reach(self.company.finish(ticket), "finished")

    @property
    def web(self) -> dict[str, Any]:
        [stack] = [one for one in self.company.get("/stacks")["data"] if one["name"] == "cli"]
        [service] = self.company.get(f"/services?stackId={stack['id']}")["data"]
        return service

    def by_hand(self, action: str, image: str = "") -> None:
        """Somebody uses the API: with an image, an upgrade to that, without our mark."""
        config = {**self.web["launchConfig"], "imageUuid": image, "labels": {}}
        body = {"inServiceStrategy": {"launchConfig": config}} if image else None
        self.company.act(self.web["id"], action, body)

    def after(self) -> dict[str, Any]:
        """As `service_after` of the recording; its message is the server's own business."""
        web = self.web
        shown = {key: web[key] for key in ("state", "transitioning", "scale")}
        return {**shown, "imageUuid": web["launchConfig"]["imageUuid"]}

    def calls(self) -> list[str]:
        """What tickets sent that changes Rancher, as `actions_posted` of the recording."""
        return [
            f"{one.path.rpartition('/')[2] if one.action is None else one.action} {one.status}"
            for one in self.company.simulator.journal
            if one.number > self._since and one.number not in self.company.outsiders
        ]


@pytest.fixture
def shop(company: Company) -> Shop:
    return Shop(company)


def recorded_after(case: str) -> dict[str, Any]:
    after = RECORDED[case]["service_after"]
    return {key: after[key] for key in ("state", "transitioning", "scale", "imageUuid")}


def recorded_calls(case: str) -> list[str]:
    """Without links, pull tasks and the second step of a creation, which a ticket asks for with the first."""
    found = []
    for posted in RECORDED[case]["actions_posted"]:
        path, _, status = posted.partition(" ")
        said = path.partition("action=")[2] or path.rpartition("/")[2]
        if said not in (LINKS, "pulltasks", "activate"):
            found.append(f"{said} {status}")
    return found


# The same as rancher-compose: each plays the situation, with the tags of the recording


def first(shop: Shop) -> None:
    shop.upgraded("1")


def same_file(shop: Shop) -> None:
    shop.stands("1")
    ticket = shop.file("1")
    assert "nothing-to-do" in {one["code"] for one in ticket.findings}


def upgrade_to(version: str, former: str) -> Callable[[Shop], None]:
    def play(shop: Shop) -> None:
        shop.stands(former)
        shop.upgraded(version)

    return play


def same_file_while_upgraded(shop: Shop) -> None:
    shop.stands("1")
    shop.upgraded("2")
    shop.count_from_here()
    ticket = shop.file("2")
    shop.company.begin(ticket)


def finished(shop: Shop) -> None:
    shop.stands("1")
    ticket = shop.upgraded("2")
    shop.count_from_here()
    shop.finish(ticket)


def rolled_back(shop: Shop) -> None:
    shop.stands("3")
    ticket = shop.upgraded("4")
    shop.count_from_here()
    shop.company.reach(shop.company.roll_back(ticket), "rolled_back")


def rolled_back_while_active(shop: Shop) -> None:
    shop.stands("1")
    ticket = shop.upgraded("3")
    shop.finish(ticket)
    shop.count_from_here()
    with pytest.raises(WrongState):
        services.roll_back(ticket.key, by=actor_of(shop.company.ops))


def upgraded_and_finished(shop: Shop) -> None:
    shop.stands("3")
    shop.finish(shop.upgraded("5"))


def finished_by_somebody_else(shop: Shop) -> None:
    shop.stands("5")
    ticket = shop.upgraded("6")
    shop.by_hand("finishupgrade")
    shop.company.play(10)
    assert shop.company.step(ticket).state == "finished"


def rolled_back_by_somebody_else(shop: Shop) -> None:
    shop.stands("6")
    ticket = shop.begun("7")
    shop.company.play(1)
    ticket = shop.company.step(ticket)
    shop.by_hand("rollback")
    shop.company.play(30)
    assert shop.company.step(ticket).state == "rolled_back", "and not a success, as rancher-compose says"


def upgrading_already(shop: Shop) -> None:
    shop.stands("6")
    shop.by_hand("upgrade", "docker:registry.test/web:hand")
    shop.company.play(1)
    ticket = shop.file("8")
    assert "foreign-upgrade-open" in {one["code"] for one in ticket.findings if one["level"] == "blocker"}
    shop.company.begin(ticket)


def a_poll_without_answer(shop: Shop) -> None:
    shop.stands("6")
    ticket = shop.begun("11")
    shop.company.simulator.faults.order("reset_before", method="GET")
    ticket = shop.company.reach(ticket, "verifying")
    shop.finish(ticket)


def containers_cannot_start(shop: Shop) -> None:
    shop.stands("6")
    with shop.company.simulator.engine_lock:
        shop.company.simulator.levers.image("registry.test/web:13", exists=False)
    ticket = shop.begun("13")
    for _second in range(10):
        shop.company.play(1)
        ticket = shop.company.step(ticket)
    assert services_of(ticket)["web"].trouble is not None, "and no success, as rancher-compose says"


SAME: dict[str, Callable[[Shop], None]] = {
    "first up: creates stack and service": first,
    "up with the same file": same_file,
    "--upgrade": upgrade_to("3", former="2"),
    "up again while the service is upgraded: same file": same_file_while_upgraded,
    "--confirm-upgrade alone while upgraded": finished,
    "--rollback while upgraded": rolled_back,
    "--rollback while active": rolled_back_while_active,
    "--pull --upgrade --confirm-upgrade": upgraded_and_finished,
    "somebody else posts finishupgrade at the moment it is upgraded": finished_by_somebody_else,
    "somebody else rolls back while upgrading": rolled_back_by_somebody_else,
    "service is upgrading already (by the API)": upgrading_already,
    "one connection closed without answer on a poll": a_poll_without_answer,
    "new containers cannot start": containers_cannot_start,
}


@pytest.mark.parametrize("case", SAME)
def test_rancher_is_left_as_rancher_compose_left_it_by_the_same_calls(shop: Shop, case: str):
    SAME[case](shop)

    assert shop.after() == recorded_after(case)
    assert shop.calls() == recorded_calls(case)


# Otherwise than rancher-compose, for a reason


def leaves_the_former_upgrade(shop: Shop) -> None:
    """What waits to be verified is finished by people, never on the way to something else."""
    shop.stands("3")
    shop.by_hand("upgrade", "docker:registry.test/web:hand")
    shop.company.play(30)
    ticket = shop.file("4")
    assert "foreign-upgrade-unfinished" in {one["code"] for one in ticket.findings}
    shop.company.begin(ticket)
    assert (shop.after()["state"], shop.calls()) == ("upgraded", [])


def sends_nothing_anew(shop: Shop) -> None:
    """Nobody can force what the plan does not show: where nothing differs there is nothing to approve."""
    shop.stands("3")
    ticket = shop.file("3")
    assert [one["code"] for one in ticket.findings if one["level"] == "blocker"] == ["nothing-to-do"]
    assert shop.calls() == []


def refuses_an_unset_variable(shop: Shop) -> None:
    """An unset variable is an error with file and line, not an empty text."""
    shop.stands("5")
    application = shop.placement.application
    application.docker_compose = DOCKER_COMPOSE.replace("VERSION", "TAG")
    application.save()
    ticket = shop.file("6")
    assert ticket.plan_problem["code"] == "variable-unset"
    assert (ticket.plan_problem["variable"], ticket.plan_problem["line"]) == ("TAG", 4)
    assert shop.calls() == []


def restores_what_the_files_say(shop: Shop) -> None:
    """What runs is compared, not a hash of the files: an image changed by hand is changed back."""
    shop.stands("6")
    shop.by_hand("upgrade", "docker:registry.test/web:hand")
    shop.company.play(30)
    shop.by_hand("finishupgrade")
    shop.company.play(10)
    shop.upgraded("6")
    assert shop.after()["imageUuid"] == "docker:registry.test/web:6"
    assert shop.calls() == ["upgrade 202"]


def looks_after_an_error_of_the_server(shop: Shop) -> None:
    """After a 500 it is looked whether Rancher took the call; without a trace of it, it is sent once more."""
    shop.stands("6")
    shop.company.simulator.faults.order("status", action="upgrade", status=500)
    ticket = shop.begun("9")
    let_pass(16)
    shop.company.reach(shop.company.step(ticket), "verifying")
    assert shop.after()["imageUuid"] == "docker:registry.test/web:9"
    assert shop.calls()[-1] == "upgrade 202"


def goes_on_after_an_error_on_a_poll(shop: Shop) -> None:
    """A read that fails is read again; only the deadline ends the waiting."""
    shop.stands("6")
    ticket = shop.begun("10")
    shop.company.simulator.faults.order("status", method="GET", status=500)
    shop.company.reach(ticket, "verifying")
    assert shop.calls() == ["upgrade 202"]


def finds_its_own_upgrade(shop: Shop) -> None:
    """A call whose answer was lost is found by its mark and not sent again."""
    shop.stands("11")
    shop.company.simulator.faults.order("accept_then_reset", action="upgrade")
    shop.company.reach(shop.begun("12"), "verifying")
    assert shop.after()["imageUuid"] == "docker:registry.test/web:12"
    assert len(shop.calls()) == 1


def waits_while_rancher_is_away(shop: Shop) -> None:
    """While Rancher is away the ticket says so, and goes on when it is back."""
    shop.stands("6")
    ticket = shop.begun("14")
    away = shop.company.simulator.faults.order("reset_before", method="GET", times=1000)
    ticket = shop.company.step(ticket)
    assert (ticket.state, ticket.rancher_away_since is not None) == ("deploying", True)
    shop.company.simulator.faults.withdraw(away)
    assert shop.company.reach(ticket, "verifying").rancher_away_since is None
    assert shop.calls() == ["upgrade 202"]


DIFFERENT: dict[str, Callable[[Shop], None]] = {
    "--upgrade to another image while upgraded (finishes the former by itself)": leaves_the_former_upgrade,
    "--force-upgrade --confirm-upgrade, nothing changed": sends_nothing_anew,
    "unset variable is an empty string": refuses_an_unset_variable,
    "image changed by the API before (copied launchConfig keeps the hash): up --upgrade with the old file": (
        restores_what_the_files_say
    ),
    "500 on POST upgrade": looks_after_an_error_of_the_server,
    "one 500 on a poll": goes_on_after_an_error_on_a_poll,
    "answer of POST upgrade lost (the server accepted it)": finds_its_own_upgrade,
    "server cannot be reached any more in the middle of the polling": waits_while_rancher_is_away,
}


@pytest.mark.parametrize("case", DIFFERENT)
def test_a_ticket_does_otherwise_than_rancher_compose_for_the_reason_given(shop: Shop, case: str):
    DIFFERENT[case](shop)


def test_every_recorded_case_is_played_or_named():
    not_played = {
        "changed image, without --upgrade",  # a ticket always upgrades what differs
        *(name for name, case in RECORDED.items() if case.get("client")),  # those of other clients
    }

    assert SAME.keys() | DIFFERENT.keys() | not_played == RECORDED.keys()
    assert not SAME.keys() & DIFFERENT.keys()
