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


def test_a_volume_made_of_a_template_leads_to_it_and_to_the_stack(prod):
    stack = prod.call("POST", "/stacks", {"name": "gamma"}).json()
    body = {"name": "vt", "stackId": stack["id"], "driver": "local"}
    template = prod.call("POST", "/volumetemplates", body).json()
    config = {"imageUuid": "sim:one", "dataVolumes": ["vt:/a"]}
    body = {"name": "web", "stackId": stack["id"], "startOnCreate": True, "launchConfig": config}
    prod.call("POST", "/services", body)
    prod.server.advance(30)

    (volume,) = prod.get(f"/volumetemplates/{template['id']}/volumes")["data"]

    assert (volume["stackId"], volume["volumeTemplateId"]) == (stack["id"], template["id"])
    assert (volume["driver"], volume["driverOpts"], volume["uri"]) == ("local", {}, None)
    assert {"stack", "volumeTemplate", "storagePools"} <= volume["links"].keys()
    assert prod.get(f"/volumes/{volume['id']}/stack")["id"] == stack["id"]
    assert prod.get(f"/volumes/{volume['id']}/volumetemplate")["id"] == template["id"]
    assert prod.get(f"/stacks/{stack['id']}/volumes")["data"] == [volume]
    (container,) = (c for c in prod.get("/containers")["data"] if c["name"] == "gamma-web-1")
    assert container["dataVolumeMounts"] == {"/a": volume["id"]}
