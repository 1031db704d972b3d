"""What others do in Rancher with services of ours: noticed, said, and never undone unasked (I19)."""

import pytest

from deploytickets.deployments import services
from deploytickets.tickets.models import Ticket
from tests.builders import actor_of, history, reloaded
from tests.deployments.company import Company, let_pass, services_of


def others_upgrade(company: Company, web: str, version: str = "9.9.9"):
    """Somebody upgrades the service with the whole config as it stands, our mark included."""
    config = {
        **company.get(f"/services/{web}")["launchConfig"],
        "imageUuid": f"docker:registry/shop:{version}",
    }
    config["environment"] = {"SECRET": "canary", "LOG": "debug"}
    company.act(web, "upgrade", {"inServiceStrategy": {"launchConfig": config}})


def last_action(ticket):
    return [(event.action, event.by_kind) for event in history(ticket) if event.action.startswith("ticket.")][
        -1
    ]


@pytest.mark.parametrize(
    ("action", "state", "name"),
    [
        ("finishupgrade", "finished", "ticket.finished_outside"),
        ("rollback", "rolled_back", "ticket.rolled_back_outside"),
    ],
)
def test_ended_in_rancher_while_people_verify(company: Company, action: str, state: str, name: str):
    web = company.make_service()
    ticket = company.verifying(company.a_placement("web"))

    company.act(web, action)
    company.play(10)
    ticket = company.step(ticket)

    assert ticket.state == state
    assert last_action(ticket) == (name, "outside")


def test_rolled_back_in_rancher_while_it_deploys(company: Company):
    web = company.make_service(scale=3)
    ticket = company.begin(company.approved(company.a_placement("web")))
    company.play(3)
    ticket = company.step(ticket)

    company.act(web, "rollback")
    company.play(30)
    ticket = company.step(ticket)

    assert ticket.state == "rolled_back"
    assert last_action(ticket) == ("ticket.rolled_back_outside", "outside")


def test_a_foreign_upgrade_before_the_start_voids_the_approval(company: Company):
    web = company.make_service()
    ticket = company.approved(company.a_placement("web"))
    others_upgrade(company, web)
    company.play(30)
    company.act(web, "finishupgrade")
    company.play(10)

    ticket = company.begin(ticket)

    assert ticket.state == "pending"
    assert last_action(ticket)[0] == "ticket.approvals_voided"
    assert not ticket.upgrades.exists()


def test_a_foreign_upgrade_that_is_open_blocks_the_start(company: Company):
    web = company.make_service(scale=3)
    ticket = company.approved(company.a_placement("web"))
    others_upgrade(company, web)
    company.play(2)

    ticket = company.begin(ticket)

    assert not ticket.upgrades.exists()
    assert ticket.state in ("pending", "approved")
    assert [one for one in ticket.findings if one["level"] == "blocker"]


def test_f34_a_foreign_upgrade_on_top_of_ours_stops_the_driving_and_is_told(company: Company):
    web = company.make_service()
    ticket = company.verifying(company.a_placement("web"))
    company.act(web, "finishupgrade")
    company.play(10)
    others_upgrade(company, web)
    company.play(2)

    ticket = company.step(ticket)
    assert ticket.state == "verifying"
    assert ticket.failure is not None
    assert ticket.failure["code"] == "replaced"

    ticket = company.step(company.roll_back(ticket))
    assert ticket.state == "failed"
    assert company.get(f"/services/{web}")["state"] in ("upgrading", "upgraded")
    assert not company.simulator.journal.calls("rollback")

    services.free(ticket.key, by=actor_of(company.ops), reason="the other upgrade stays")
    assert reloaded(ticket).state == "cancelled"


def test_f35_a_removed_service_is_gone_and_its_successor_of_that_name_is_not_ours(company: Company):
    web = company.make_service(scale=3)
    ticket = company.begin(company.approved(company.a_placement("web")))
    company.play(3)
    company.call("DELETE", f"/services/{web}")
    company.play(10)
    company.make_service()

    ticket = company.step(ticket)

    assert ticket.state == "failed"
    assert ticket.failure is not None
    assert ticket.failure["code"] == "gone"


def test_f38_a_cancelled_upgrade_is_said_and_can_be_rolled_back(company: Company):
    web = company.make_service(scale=3)
    ticket = company.begin(company.approved(company.a_placement("web")))
    company.play(3)
    company.act(web, "cancelupgrade")
    company.play(60)

    ticket = company.step(ticket)
    assert ticket.state == "failed"
    assert ticket.failure is not None
    assert ticket.failure["code"] == "cancelled"

    company.reach(company.roll_back(ticket), "rolled_back")


def test_f38_a_cancelled_upgrade_that_somebody_continues_comes_to_its_verification(company: Company):
    web = company.make_service()
    ticket = company.begin(company.approved(company.a_placement("web")))
    company.play(1)
    company.act(web, "cancelupgrade")
    company.play(60)
    ticket = company.step(ticket)
    company.act(web, "continueupgrade")

    company.reach(ticket, "verifying")


def upgraded_beside_somebody(company: Company, effect: str) -> tuple[str, Ticket]:
    """A service and its ticket, seen for long enough after somebody upgraded it in the same moment."""
    web = company.make_service()
    ticket = company.approved(company.a_placement("web"))
    company.simulator.faults.order(effect, action="upgrade")
    ticket = company.begin(ticket)
    company.play(3)
    ticket = company.step(ticket)
    let_pass(6)
    return web, company.step(ticket)


def test_f47_a_torn_service_is_said_and_rolled_back(company: Company):
    web, ticket = upgraded_beside_somebody(company, "tear")

    assert ticket.state == "failed"
    assert ticket.failure is not None
    assert ticket.failure["code"] == "torn"
    assert services_of(ticket)["web"].phase == "torn"
    starts = len(company.simulator.journal.calls("upgrade", accepted=True))

    ticket = company.reach(company.roll_back(ticket), "rolled_back", rounds=120)
    assert company.get(f"/services/{web}")["launchConfig"]["imageUuid"] == "docker:registry/shop:1.0.0"
    assert len(company.simulator.journal.calls("upgrade", accepted=True)) == starts


def test_f47_a_service_that_lost_its_block_is_said_and_gets_its_stored_configs_back(company: Company):
    web, ticket = upgraded_beside_somebody(company, "lose_block")

    assert ticket.state == "failed"
    assert ticket.failure is not None
    assert ticket.failure["code"] == "torn_without_block"

    ticket = company.step(company.roll_back(ticket))
    ticket = company.step(ticket)
    let_pass(16)
    ticket = company.reach(ticket, "rolled_back", rounds=120)
    assert company.get(f"/services/{web}")["launchConfig"]["imageUuid"] == "docker:registry/shop:1.0.0"
    assert company.get(f"/services/{web}")["state"] == "active"
