"""What stands in the way of a stuck upgrade, read from the service as rancher-1.6-api.md 5.6 shows it."""

import pytest

from deploytickets.deployments import explain
from tests.deployments.readings import OURS, block, config, container, facts, service

SENT = {"": config("v1", OURS)}
OUR_BLOCK = block(SENT, {"": config("0")})
OLD = container("0", "stopped")
STUCK = "Container should have been running but is in error state. Check logs for more information.: "


def upgrading(*containers, **fields):
    return service(
        "upgrading", SENT, OUR_BLOCK, containers, **({"scale": 2, "transitioning": "yes"} | fields)
    )


def broken(message):
    return container("v1", "error", message=message, rancher_id="1i60")


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("Error response from daemon: manifest for registry/shop:9.9 not found", "image_not_pulled"),
        ("Image [registry/shop:9.9] failed to pull: unauthorized", "image_not_pulled"),
        ("Allocation failed: host needs ports 8080/tcp available", "port_taken"),
        ("Allocation failed: No healthy hosts with sufficient resources available", "no_host_fits"),
        ("Error response from daemon: oci runtime error", "start_fails"),
    ],
)
def test_a_container_in_error_gives_the_cause(message, code):
    found = explain.trouble(facts(), upgrading(OLD, broken(message)))

    assert found is not None
    assert found.code == code
    assert message in explain.words(found.as_json())


@pytest.mark.parametrize(
    ("message", "code", "cause"),
    [
        (STUCK + "manifest for registry/shop:9.9 not found", "image_not_pulled", "manifest for"),
        (
            "Failed to allocate instance [container:1i465]: Bad instance [container:1i465] in state "
            "[stopping]: Allocation failed: host needs ports 8080/tcp available",
            "port_taken",
            "Allocation failed",
        ),
        ("java.lang.IllegalStateException", "rancher_says", "java"),
    ],
)
def test_the_services_own_line_tells_when_the_container_is_gone(message, code, cause):
    found = explain.trouble(facts(), upgrading(OLD, transitioning="error", message=message))

    assert found is not None
    assert found.code == code
    assert found.params["message"].startswith(cause)


def test_a_container_that_is_never_healthy_is_named():
    sick = container("v1", health="unhealthy", name="shop-web-2")
    found = explain.trouble(facts(), upgrading(OLD, sick, message="In Progress"))

    assert found is not None
    assert "shop-web-2" in explain.words(found.as_json())
    assert "0 of 2" in explain.words(found.as_json())


def test_a_crashing_container_is_named_with_its_starts():
    found = explain.trouble(facts(), upgrading(OLD, container("v1", "stopped", start_count=4)))

    assert found is not None
    assert (found.code, found.params["starts"]) == ("crashes", 4)


def test_the_newest_try_under_a_name_counts():
    first = container(
        "v1", "error", rancher_id="1i9", message="Allocation failed: host needs ports 1/tcp available"
    )
    second = container("v1", "running", rancher_id="1i10", health="initializing")
    found = explain.trouble(facts(), upgrading(first, second))

    assert found is not None
    assert found.code == "not_healthy_yet"


def test_an_old_container_that_does_not_stop_is_named_with_its_host():
    stuck = container("0", "stopping", host_name="node7")
    found = explain.trouble(
        facts(), upgrading(stuck, message="Waiting: state to equal stopped [container:1i456]")
    )

    assert found is not None
    assert (found.code, found.params["hosts"]) == ("old_does_not_stop", "node7")


def test_an_upgrade_that_sleeps_between_batches_is_no_trouble():
    assert explain.trouble(facts(), upgrading(OLD, container("v1"), message="In Progress")) is None


def test_an_error_in_upgraded_is_a_wobble_when_nothing_else_is_wrong():
    seen = service(
        "upgraded", SENT, OUR_BLOCK, [container("v1")], scale=2, transitioning="error", message="x"
    )
    found = explain.trouble(facts(), seen)

    assert found is not None
    assert found.code == "wobble"


def test_a_deadline_says_what_was_in_the_way():
    why = explain.deadline_passed(30, explain.trouble(facts(), upgrading(broken("manifest for x not found"))))

    sentence = explain.words(why.as_json())
    assert sentence.startswith("It was not done within 30 minutes.")
    assert "manifest for x not found" in sentence


def test_a_fact_of_another_release_is_still_a_sentence():
    assert "brand-new" in explain.words({"code": "brand-new"})
    assert explain.words({"code": "unhealthy", "service": "web"}).startswith("web:")
    assert explain.words(None) == ""
