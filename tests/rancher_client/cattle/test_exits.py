"""Why a container does not run (rancher-1.6-api.md 6.2, 7.4, 9). No I/O."""

from __future__ import annotations

import pytest

from rancher_client.cattle.exits import Exit, ExitReason, exit_reason
from rancher_client.cattle.resources import Container

NO_PORT = "Allocation failed: No healthy hosts meet the resource constraints: [80:80/tcp portReservation]."
NO_IMAGE = "Error response from daemon: manifest for shop:9 not found"


def a_container(**fields):
    return Container.parse({"type": "container", "id": "1i44", "state": "running", **fields})


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"state": "error", "transitioningMessage": NO_PORT}, Exit.NOT_PLACED),
        ({"state": "erroring", "transitioningMessage": NO_PORT}, Exit.NOT_PLACED),
        ({"state": "error", "transitioningMessage": NO_IMAGE}, Exit.NOT_STARTED),
        ({"state": "error", "transitioningMessage": NO_IMAGE, "firstRunningTS": 1}, Exit.FAILED_AGAIN),
        ({"state": "error"}, Exit.NOT_STARTED),
        ({"state": "stopped"}, Exit.STOPPED),
        ({"state": "stopped", "labels": {"io.rancher.container.start_once": "true"}}, Exit.JOB_ENDED),
        ({"state": "stopped", "labels": {"io.rancher.container.start_once": "false"}}, Exit.STOPPED),
        ({"state": "stopping", "healthState": "unhealthy"}, Exit.UNHEALTHY),
        ({"state": "removed", "healthState": "unhealthy"}, Exit.UNHEALTHY),
        ({"state": "removed", "healthState": "healthy"}, Exit.REMOVED),
        ({"state": "purged"}, Exit.REMOVED),
    ],
)
def test_the_end_of_a_container_is_told_from_its_state(fields, kind):
    reason = exit_reason(a_container(**fields))

    assert reason is not None
    assert reason.kind is kind


@pytest.mark.parametrize(
    "state", ["requested", "creating", "starting", "running", "restarting", "a-new-state"]
)
def test_one_that_runs_or_is_on_its_way_has_no_reason(state):
    assert exit_reason(a_container(state=state, healthState="unhealthy")) is None


def test_words_and_number_of_starts_are_kept():
    container = a_container(state="error", transitioningMessage=NO_PORT, startCount=3)

    assert exit_reason(container) == ExitReason(Exit.NOT_PLACED, NO_PORT, 3)
