"""The whole way of a ticket by the API alone, on a simulated Rancher: what CI and the demo rely on."""

import json

from deploytickets.deployments import planning
from deploytickets.tickets.models import Ticket
from tests.builders import reloaded
from tests.deployments.company import Company
from tests.deployments.conftest import company, simulator  # noqa: F401  fixtures


def test_from_filed_to_finished(company: Company, calls):  # noqa: F811
    web = company.make_service()
    placement = company.a_placement("web")
    dora, oskar = calls(company.developer), calls(company.ops)

    filed = dora.post(
        "/tickets",
        {"application": placement.application.name, "environment": "prod", "branch": "release/1.0.1"},
    ).json()
    path = f"/tickets/{filed['key']}"
    planning.refresh(filed["key"], company.driver)
    planned = dora.get(path).json()
    assert [(one["name"], one["action"]) for one in planned["plan"]["services"]] == [("web", "upgraded")]
    assert planned["plan"]["services"][0]["images"][0]["after"] == "registry/shop:1.0.1"
    assert planned["plan"]["digest"] == planned["plan_digest"]
    assert planned["progress"] is None

    warnings = [finding["name"] for finding in planned["findings"] if finding["level"] == "warning"]
    approved = oskar.post(f"{path}/approve", {"plan_digest": planned["plan_digest"], "accept": warnings})
    assert (approved.status_code, approved.json()["state"]) == (200, "approved"), approved.content

    ticket = company.reach(company.begin(Ticket.objects.get(key=filed["key"])), "verifying")
    progress = dora.get(path).json()["progress"]
    assert (progress["healthy"], progress["wanted"]) == (2, 2)
    (service,) = progress["services"]
    assert (service["name"], service["phase"]) == ("web", "upgraded")
    new = [container for container in service["containers"] if container["is_new"]]
    assert {container["image"] for container in new} == {"registry/shop:1.0.1"}

    early = oskar.post(f"{path}/finish")
    assert (early.status_code, early.json()["kind"]) == (409, "not-ready")
    assert dora.post(f"{path}/verify", {"role": "developer", "works": True}).status_code == 200
    assert oskar.post(f"{path}/verify", {"role": "ops", "works": True, "note": "Fine."}).status_code == 200
    looked_at = ticket.verifications.get(role="ops").looked_at
    assert (looked_at["version"], len(looked_at["containers"])) == ("1.0.1", 2)
    assert oskar.post(f"{path}/finish").json()["state"] == "finishing"
    company.reach(reloaded(ticket), "finished")

    finished = dora.get(path)
    assert finished.json()["state"] == "finished"
    assert finished.json()["choices"] == []
    assert company.get(f"/services/{web}")["launchConfig"]["imageUuid"] == "docker:registry/shop:1.0.1"


def test_rolled_back_by_the_api(company: Company, calls):  # noqa: F811
    company.make_service()
    ticket = company.verifying(company.a_placement("web"))

    answer = calls(company.ops).post(f"/tickets/{ticket.key}/roll-back", {"reason": "Slower than before."})

    assert answer.json()["state"] == "rolling_back"
    company.reach(reloaded(ticket), "rolled_back")


def test_no_answer_holds_a_secret_of_the_launch_config(company: Company, calls):  # noqa: F811
    """The variable SECRET of the service has the value `canary`; Rancher's key is a secret as well."""
    company.make_service()
    ticket = company.verifying(company.a_placement("web"))
    caller = calls(company.ops)

    for path in (
        f"/tickets/{ticket.key}",
        f"/tickets/{ticket.key}/events",
        "/tickets",
        "/environments",
        "/applications",
        "/running",
        "/me",
        "/tokens",
    ):
        text = json.dumps(caller.get(path).json())
        assert "canary" not in text, path
        assert company.key[1] not in text, path
        assert "pbkdf2" not in text, path
        assert "md5$" not in text, path
