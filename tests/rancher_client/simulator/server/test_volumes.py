"""A volume that a call asks for, and the container that names it, over HTTP (rancher-1.6-api.md 6.1)."""

from __future__ import annotations


def test_a_container_shows_the_ids_of_its_volumes_by_path(prod):
    made = prod.call("POST", "/volumes", {"name": "data", "driver": "local"})
    assert (made.status_code, made.json()["state"]) == (201, "registering")
    prod.server.advance(5)
    body = {"imageUuid": "sim:one", "dataVolumes": ["data:/x"]}
    container = prod.call("POST", "/containers", body).json()
    assert container["dataVolumeMounts"] is None
    prod.server.advance(30)

    shown = prod.get(f"/containers/{container['id']}")

    assert shown["dataVolumeMounts"] == {"/x": made.json()["id"]}
