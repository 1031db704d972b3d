"""Upgrades that get stuck: explained long before the deadline, failed only by it (I9, F23, F27, F36)."""

import pytest

from deploytickets.deployments import explain, services
from deploytickets.deployments.models import Upgrade
from tests.builders import actor_of, reloaded
from tests.deployments.company import Company, let_pass, services_of, upgrade_of

CHECK = {
    "healthCheck": {
        "port": 8080,
        "interval": 2000,
        "responseTimeout": 2000,
        "healthyThreshold": 2,
        "unhealthyThreshold": 3,
    }
}


def deadline_passes(ticket) -> None:
    let_pass(31 * 60)


def test_an_image_that_cannot_be_pulled_is_explained_while_it_deploys(company: Company):
    company.make_service()
    with company.simulator.engine_lock:
        company.simulator.levers.image("registry/shop:1.0.1", exists=False)
    ticket = company.begin(company.approved(company.a_placement("web")))

    def is_explained(one) -> bool:
        trouble = services_of(one)["web"].trouble
        return trouble is not None and trouble["code"] == "image_not_pulled"

    ticket = company.carry_on(ticket, until=is_explained)
    assert ticket.state == "deploying"
    assert "registry/shop:1.0.1" in explain.words(services_of(ticket)["web"].trouble)


def test_the_deadline_fails_it_and_names_the_cause(company: Company):
    company.make_service()
    with company.simulator.engine_lock:
        company.simulator.levers.image("registry/shop:1.0.1", exists=False)
    ticket = company.begin(company.approved(company.a_placement("web")))
    for _second in range(10):
        company.play(1)
        ticket = company.step(ticket)
    assert ticket.state == "deploying"

    deadline_passes(ticket)
    ticket = company.step(ticket)

    assert ticket.state == "failed"
    assert ticket.failure is not None
    assert ticket.failure["code"] == "deadline_passed"
    assert ticket.failure["because"]["code"] == "image_not_pulled"


def test_after_the_deadline_people_may_wait_longer_and_it_goes_on(company: Company):
    company.make_service(scale=3)
    ticket = company.begin(company.approved(company.a_placement("web")))
    deadline_passes(ticket)
    ticket = company.step(ticket)
    assert ticket.state == "failed"

    services.wait_longer(ticket.key, by=actor_of(company.ops), minutes=20)
    assert reloaded(ticket).state == "deploying"
    company.reach(reloaded(ticket), "verifying")
    assert Upgrade.objects.count() == 1, "the same attempt"


def test_rancher_recovers_by_itself_after_the_deadline(company: Company):
    company.make_service(scale=3)
    ticket = company.begin(company.approved(company.a_placement("web")))
    deadline_passes(ticket)
    ticket = company.step(ticket)
    assert ticket.state == "failed"

    company.reach(ticket, "verifying")


def test_at_the_deadline_the_policy_may_roll_back(company: Company):
    web = company.make_service()
    company.environment.at_deadline = "roll_back"
    company.environment.save()
    with company.simulator.engine_lock:
        company.simulator.levers.image("registry/shop:1.0.1", exists=False)
    ticket = company.begin(company.approved(company.a_placement("web")))
    company.play(3)
    ticket = company.step(ticket)
    deadline_passes(ticket)

    company.reach(ticket, "rolled_back", rounds=120)
    assert company.get(f"/services/{web}")["launchConfig"]["imageUuid"] == "docker:registry/shop:1.0.0"


def test_an_unhealthy_new_version_never_comes_to_its_verification(company: Company):
    company.make_service(config=CHECK)
    with company.simulator.engine_lock:
        company.simulator.levers.image_health("registry/shop:1.0.1", answers=False)
    ticket = company.begin(company.approved(company.a_placement("web")))
    for _second in range(40):
        company.play(1)
        ticket = company.step(ticket)

    assert ticket.state == "deploying"
    trouble = services_of(ticket)["web"].trouble
    assert trouble is not None
    assert trouble["code"] in ("not_healthy_yet", "unhealthy")


def test_containers_that_die_while_people_verify_are_told_and_finish_is_refused(company: Company):
    from deploytickets.deployments.errors import NotHealthy

    web = company.make_service()
    ticket = company.verify(company.verifying(company.a_placement("web")))
    new = [
        one
        for one in company.get(f"/services/{web}/instances")["data"]
        if one["imageUuid"].endswith(":1.0.1")
    ]
    company.post(f"/containers/{new[0]['id']}/?action=stop", {})
    company.play(5)

    ticket = company.step(ticket)
    assert ticket.failure is not None
    assert ticket.failure["code"] == "dead_while_upgraded"
    with pytest.raises(NotHealthy, match="web"):
        services.finish(ticket.key, by=actor_of(company.ops))
    assert reloaded(ticket).state == "verifying"


def test_f27_while_rancher_is_away_the_ticket_says_so_and_does_not_fail(company: Company):
    company.make_service()
    ticket = company.begin(company.approved(company.a_placement("web")))
    company.simulator.faults.order("status", method="GET", status=503, times=1000)

    ticket = company.step(ticket)
    assert ticket.state == "deploying"
    assert ticket.rancher_away_since is not None
    assert "Rancher" in explain.words(upgrade_of(ticket).unobserved_because)
    assert upgrade_of(ticket).look_again_at > upgrade_of(ticket).touched_at

    company.simulator.faults.clear()
    ticket = company.reach(ticket, "verifying")
    assert ticket.rancher_away_since is None


def test_past_its_deadline_a_ticket_fails_even_while_rancher_is_away_and_says_since_when(company: Company):
    company.make_service()
    ticket = company.begin(company.approved(company.a_placement("web")))
    company.simulator.faults.order("status", method="GET", status=503, times=1000)
    deadline_passes(ticket)

    ticket = company.step(ticket)

    assert ticket.state == "failed"
    assert ticket.failure is not None
    assert ticket.failure["code"] == "deadline_passed_away"


def test_at_the_deadline_the_policy_rolls_back_even_when_rancher_is_away_at_that_moment(company: Company):
    company.make_service()
    company.environment.at_deadline = "roll_back"
    company.environment.save()
    ticket = company.begin(company.approved(company.a_placement("web")))
    company.simulator.faults.order("status", method="GET", status=503, times=1000)
    deadline_passes(ticket)

    ticket = company.step(ticket)
    assert ticket.state == "rolling_back"

    company.simulator.faults.clear()
    assert company.reach(ticket, "rolled_back").state == "rolled_back"


def test_f23_a_refused_key_is_said_and_the_upgrade_goes_on_with_a_good_one(company: Company):
    company.make_service()
    ticket = company.begin(company.approved(company.a_placement("web")))
    company.simulator.faults.order("status", method="GET", status=401, times=1000)

    ticket = company.step(ticket)
    assert ticket.state == "deploying"
    reason = upgrade_of(ticket).unobserved_because
    assert reason is not None
    assert "key" in explain.words(reason)

    company.simulator.faults.clear()
    company.reach(ticket, "verifying")
