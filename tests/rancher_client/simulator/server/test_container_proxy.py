"""The action `proxy` of a container, which leads to a port of its address (rancher-1.6-api.md 6.3)."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("network", "refusal"),
    [
        ("managed", (501, "HostApiProxyDisabled")),
        ("none", (404, "Not Found")),
        ("host", (404, "Not Found")),
    ],
)
def test_without_an_address_there_is_nothing_to_lead_to(prod, network, refusal):
    made = prod.call("POST", "/containers", {"imageUuid": "sim:one", "networkMode": network}).json()
    prod.server.advance(30)
    assert prod.get(f"/containers/{made['id']}")["state"] == "running"

    refused = prod.call("POST", f"/containers/{made['id']}?action=proxy", {})

    assert (refused.status_code, refused.json()["code"]) == refusal
