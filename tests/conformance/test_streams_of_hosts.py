"""Where statistics are asked for (rancher-1.6-api.md 6.4)."""

from __future__ import annotations

import pytest


@pytest.mark.trap("79")
def test_the_statistics_of_a_project_are_found_by_its_link_and_not_below_it(wire, target):
    below = wire("GET", "hoststats")
    link = wire.root("GET", f"projects/{target.project}").json()["links"]["hostStats"]

    assert below.status_code == 404
    assert link.endswith(f"/projects/{target.project}/projects/{target.project}/hoststats")
