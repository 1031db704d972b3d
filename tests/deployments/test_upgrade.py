"""The ordinary way of a ticket through a (simulated) Rancher."""

from tests.builders import actions_of
from tests.deployments.company import Company, services_of, upgrade_of


def test_an_upgrade_reaches_verifying_when_every_container_of_the_new_version_is_healthy(company: Company):
    web = company.make_service()
    ticket = company.verifying(company.a_placement("web"))

    shown = company.get(f"/services/{web}")
    row = services_of(ticket)["web"]
    assert shown["state"] == "upgraded"
    assert shown["launchConfig"]["imageUuid"] == "docker:registry/shop:1.0.1"
    assert (row.healthy, row.wanted, row.phase) == (2, 2, "upgraded")
    assert actions_of(ticket)[-3:] == ["service.upgrading", "service.upgraded", "ticket.upgraded"]


def test_a_verified_upgrade_is_finished_and_its_old_containers_go(company: Company):
    web = company.make_service()
    ticket = company.finish(company.verifying(company.a_placement("web")))
    ticket = company.reach(ticket, "finished")
    company.play(10)

    assert company.get(f"/services/{web}")["state"] == "active"
    images = {one["imageUuid"] for one in company.get(f"/services/{web}/instances")["data"]}
    assert images == {"docker:registry/shop:1.0.1"}
    assert upgrade_of(ticket).settled_at is not None


def test_a_roll_back_brings_the_old_version_back(company: Company):
    web = company.make_service()
    ticket = company.roll_back(company.verifying(company.a_placement("web")))
    ticket = company.reach(ticket, "rolled_back")
    company.play(10)

    assert company.get(f"/services/{web}")["launchConfig"]["imageUuid"] == "docker:registry/shop:1.0.0"
    images = {one["imageUuid"] for one in company.get(f"/services/{web}/instances")["data"]}
    assert images == {"docker:registry/shop:1.0.0"}


def test_a_roll_back_in_the_middle_of_the_upgrade(company: Company):
    web = company.make_service(scale=3)
    ticket = company.begin(company.approved(company.a_placement("web")))
    company.play(4)
    ticket = company.step(ticket)
    assert ticket.state == "deploying"

    ticket = company.reach(company.roll_back(ticket), "rolled_back")

    assert company.get(f"/services/{web}")["launchConfig"]["imageUuid"] == "docker:registry/shop:1.0.0"


def test_nothing_is_waited_for_inside_a_step(company: Company):
    """A step sends what is due and leaves; the upgrade is seen by later ones."""
    company.make_service()
    ticket = company.begin(company.approved(company.a_placement("web")))

    assert ticket.state == "deploying"
    assert services_of(ticket)["web"].intents.get().outcome == "accepted"
    assert company.step(ticket).state == "deploying"
